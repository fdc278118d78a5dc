"""The tables of clinical cues: every cue finds its own example and leaves its counter-example alone."""

from __future__ import annotations

import pytest

from flows.extract.clinical_cues import CueRow, cue_rows

TABLES = ("lab_cues", "examination_cues", "treatment_cues", "outcome_cues")


def _all() -> list[tuple[str, CueRow]]:
    return [(table, row) for table in TABLES for row in cue_rows(table)]


@pytest.mark.parametrize(
    ("table", "row"), _all(), ids=lambda value: value if isinstance(value, str) else value.cue[:30]
)
def test_a_cue_matches_its_example_only(table: str, row: CueRow) -> None:
    assert row.pattern.search(row.matches), f"{table}: {row.role}: not found in its example"
    assert not row.pattern.search(row.must_not_match), f"{table}: {row.role}: found in its counter-example"
