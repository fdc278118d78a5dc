from __future__ import annotations

import re
import unicodedata

import pytest

from flows.ingest.narrative import rules
from flows.ingest.narrative.rules import HEADING_COLUMNS, LINE_COLUMNS, fold_heading, heading_rule
from flows.rules import read_rules

HEADINGS = list(read_rules("section_headings.csv", HEADING_COLUMNS))
LINES = list(read_rules("document_lines.csv", LINE_COLUMNS))


@pytest.mark.parametrize("row", HEADINGS, ids=lambda row: row["matches"])
def test_each_heading_pattern_fits_its_example_and_not_its_counterexample(row: dict[str, str]) -> None:
    found = heading_rule(row["matches"])
    assert found is not None
    assert (found.pattern.pattern, found.role, found.level) == (row["pattern"], row["role"], row["level"])
    assert not re.fullmatch(row["pattern"], fold_heading(row["must_not_match"]))


@pytest.mark.parametrize("row", LINES, ids=lambda row: row["matches"])
def test_each_line_pattern_fits_its_example_and_not_its_counterexample(row: dict[str, str]) -> None:
    search = re.search if row["kind"] == "affiliation" else re.match
    assert search(row["pattern"], row["matches"])
    assert not search(row["pattern"], row["must_not_match"])


def test_heading_patterns_are_written_as_headings_are_folded() -> None:
    for row in HEADINGS:
        assert row["pattern"] == unicodedata.normalize("NFC", row["pattern"])
        assert not re.search("[áéíóúüöäñçàèêô]", row["pattern"])


@pytest.mark.parametrize(
    ("printed", "role"),
    [
        ("2. CASE REPORT:", "case"),
        ("2.1. Case 1", "case"),
        ("Case 2: a girl with hard plaques", "case"),
        ("Third case", "case"),
        ("I N T R O D U C T I O N", "introduction"),
        ("III. Discussion", "discussion"),
        ("Discussion and review of the literature", "discussion"),
        ("Results and Discussion", "discussion"),
        ("Presentación del caso", "case"),
        ("Fallbericht", "case"),
        ("Observation", "case"),
        ("Literatur", "references"),
        ("Authors' contributions", "other"),
        ("Outcome and follow-up", "case"),
        ("Laboratory findings", "case"),
        ("Calcium in the skin of fishes", None),
        ("2019", None),
        ("Case fatality of sepsis", None),
    ],
)
def test_a_heading_has_the_role_that_its_words_say(printed: str, role: str | None) -> None:
    found = heading_rule(printed)
    assert (found.role if found else None) == role


def test_a_file_with_other_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="columns must be"):
        list(read_rules("section_headings.csv", (*HEADING_COLUMNS, "colour")))


def test_a_long_line_is_no_heading() -> None:
    assert heading_rule("Case " + "1" * 200) is None
    assert rules.line_kind("Figure 1 shows a nodule.") is None
