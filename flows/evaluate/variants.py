"""Scores the derived variant against a reader's judgement: `python -m flows.evaluate.variants REGISTRY`.

The judgement is the intake field variant_judged, a code of the variants, which no rule reads. Counted are cases, once
each: how many of the judged ones the recorded facts decide, and in how many of these rule and reader agree, each with a 95%
Wilson interval. A case with two judgements that differ is left out.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from statsmodels.stats.proportion import proportion_confint  # type: ignore[import-untyped]

from flows.database import open_reader

_JUDGED = """
WITH judged AS (
    SELECT record_cases.case_id, any_value(terms.code) AS variant_judged
    FROM staging.records AS records
    INNER JOIN staging.record_cases AS record_cases ON record_cases.record_no = records.record_no
    INNER JOIN registry.terms AS terms ON terms.vocabulary = 'variant' AND terms.code = lower(trim(records.variant_judged))
    GROUP BY record_cases.case_id
    HAVING count(DISTINCT terms.code) = 1
)
SELECT
    cases.case_id, judged.variant_judged, derived.variant_derived_code, cases.variant_stated_code, derived.variant_rule,
    derived.variant_facts, publications.first_author, publications.year, publications.title
FROM judged
INNER JOIN registry.cases AS cases ON cases.case_id = judged.case_id
INNER JOIN staging.derived_variants AS derived ON derived.case_id = judged.case_id
LEFT JOIN registry.publications AS publications ON publications.publication_id = cases.publication_id
ORDER BY judged.variant_judged, derived.variant_derived_code, cases.case_id
"""


@dataclass(frozen=True, slots=True)
class Share:
    """n of total, with its 95% Wilson interval; share, low and high are fractions, and None where total is 0."""

    n: int
    total: int

    @property
    def share(self) -> float | None:
        return self.n / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        if not self.total:
            return None
        low, high = proportion_confint(self.n, self.total, method="wilson")
        return float(low), float(high)

    def __str__(self) -> str:
        if self.interval is None:
            return "0 of 0"
        low, high = (100 * end for end in self.interval)
        return f"{self.n} of {self.total}, {100 * self.n / self.total:.1f}% ({low:.1f} to {high:.1f})"


@dataclass(frozen=True, slots=True)
class VariantScore:
    """decided: judged cases whose facts decide the variant.   agreed: of these, those that the reader judged alike.

    by_variant: judged variant -> the same two.   disagreements, undecided: the cases, as dictionaries.
    """

    decided: Share
    agreed: Share
    by_variant: dict[str, tuple[Share, Share]]
    disagreements: list[dict[str, Any]]
    undecided: list[dict[str, Any]]


def score_variants(connection: duckdb.DuckDBPyConnection) -> VariantScore:
    """Score staging.derived_variants of a build or a published registry."""
    result = connection.execute(_JUDGED)
    columns = [column for column, *_ in result.description or []]
    cases = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
    by_variant = {
        variant: _shares([case for case in cases if case["variant_judged"] == variant])
        for variant in sorted({case["variant_judged"] for case in cases})
    }
    decided, agreed = _shares(cases)
    return VariantScore(
        decided,
        agreed,
        by_variant,
        [case for case in cases if case["variant_derived_code"] not in (None, case["variant_judged"])],
        [case for case in cases if case["variant_derived_code"] is None],
    )


def _shares(cases: list[dict[str, Any]]) -> tuple[Share, Share]:
    decided = [case for case in cases if case["variant_derived_code"] is not None]
    agreed = [case for case in decided if case["variant_derived_code"] == case["variant_judged"]]
    return Share(len(decided), len(cases)), Share(len(agreed), len(decided))


def main(arguments: Sequence[str]) -> None:
    """Print the score of a published registry, and every disagreement."""
    with open_reader(Path(arguments[0])) as connection:
        score = score_variants(connection)
    print(f"enough facts: {score.decided}")
    print(f"of these agree: {score.agreed}")
    for variant, (decided, agreed) in score.by_variant.items():
        print(f"  {variant}: enough facts {decided}; agree {agreed}")
    for case in score.disagreements:
        print(
            f"{case['case_id']} {case['first_author'] or ''} {case['year'] or ''}: judged {case['variant_judged']}, "
            f"stated {case['variant_stated_code']}, derived {case['variant_derived_code']} by {case['variant_rule']}: "
            f"{', '.join(case['variant_facts'])}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
