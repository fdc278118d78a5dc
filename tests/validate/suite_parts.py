"""The parts that the suites of these tests are made of: rows, gates and row rules."""

from __future__ import annotations

from typing import Any

# record_no, case_id, age_years, sex, variant, onset_date
SOUND_ROWS = [
    (1, "case_a", 34.0, "female", "dystrophic", "2011-03-01"),
    (2, "case_b", 0.5, "male", "iatrogenic", "2012-07-30"),
    (3, "case_c", 71.0, "female", "calciphylaxis", "2015-01-15"),
    (4, "case_d", 52.0, None, "idiopathic", None),
]

ROW_COUNT = {
    "type": "expect_table_row_count_to_be_between",
    "severity": "critical",
    "kwargs": {"min_value": 1},
    "meta": {
        "id": "has_records",
        "action": "stop",
        "category": "completeness",
        "sentence": "There is no record: look at the file.",
    },
}
COMPLETE = {
    "type": "expect_column_values_to_not_be_null",
    "severity": "critical",
    "kwargs": {"column": "case_id", "mostly": 0.9},
    "meta": {
        "id": "case_id_is_complete",
        "action": "stop",
        "category": "completeness",
        "sentence": "Nine of ten records have a case id.",
        "advice": "Fill them in.",
    },
}


def row_rule(rule: str, condition: str, field: str = "age_years", action: str = "flag") -> dict[str, Any]:
    """A row rule that is broken by the rows for which the condition holds."""
    query = f"SELECT record_no, '{field}' AS field, {field} AS value FROM {{batch}} WHERE {condition}"
    return {
        "type": "unexpected_rows_expectation",
        "severity": "warning",
        "kwargs": {"unexpected_rows_query": query},
        "meta": {
            "id": rule,
            "action": action,
            "category": "plausibility",
            "field": field,
            "sentence": f"{field} is plausible.",
            "advice": "Correct it.",
        },
    }


def gate(rule: str, expectation_type: str, **kwargs: Any) -> dict[str, Any]:
    """A gate on the table."""
    return {
        "type": expectation_type,
        "severity": "critical",
        "kwargs": kwargs,
        "meta": {
            "id": rule,
            "action": "stop",
            "category": "conformance",
            "sentence": f"{rule} holds.",
            "advice": "Mend it.",
        },
    }
