"""The limits that checks read name codes that the vocabularies have."""

from __future__ import annotations

import csv

import duckdb
import pytest

from flows.coding.vocabulary import load_vocabulary
from flows.resources import resource
from flows.validate import limits
from flows.validate.limits import LimitsError, load_limits


def rows(name: str) -> list[dict[str, str]]:
    with resource("data", "rules", f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_sites_and_sides_are_terms() -> None:
    sites, sides = load_vocabulary("lesion_site").terms, load_vocabulary("laterality").terms
    found = rows("site_properties")
    assert len({row["site_code"] for row in found}) == len(found) > 100
    assert [row["site_code"] for row in found if row["site_code"] not in sites] == []
    assert {side for row in found for side in row["excluded_laterality"].split("|")} - {""} <= set(sides)
    assert {row["sex"] for row in found} == {"", "female", "male"}
    assert [row for row in found if not row["source"]] == []


def test_limited_conditions_are_terms_and_say_a_limit_and_its_source() -> None:
    found = rows("term_limits")
    for row in found:
        assert row["code"] in load_vocabulary(row["vocabulary"]).terms, row
        assert any(row[name] for name in ("sex", "onset_below_years", "age_from_years", "age_to_years")), row
        assert row["source"], row
    assert len({(row["vocabulary"], row["code"]) for row in found}) == len(found)


def test_a_cell_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(row: limits.Row) -> tuple[object, ...]:
        raise ValueError("'x' is neither yes nor no")

    monkeypatch.setitem(limits._READERS, "site_properties", refuse)
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA staging")
        with pytest.raises(LimitsError, match=r"data/rules/site_properties\.csv, line 2: 'x' is neither yes nor no"):
            load_limits(connection)
