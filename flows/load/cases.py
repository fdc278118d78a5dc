"""From raw records to cases: staging, identity, golden records, registry, history and ledger, all set-wise in SQL."""

from __future__ import annotations

import duckdb

from flows.curation.stage import assign_decisions, refuse_impossible_decisions, set_decisions_apart
from flows.database import run_sql
from flows.extract.evidence import derive_evidence
from flows.home import Home
from flows.load.migration import carry_over_history
from flows.load.rule_tables import load_rule_tables
from flows.load.variants import derive_variants
from flows.validate.stage import (
    CONTRIBUTION_SUITE,
    EVIDENCE_SUITE,
    RECORD_SUITE,
    apply_case_rules,
    apply_row_rules,
    prepare_rules,
    shipped_suites,
)

CASE_TABLES = (
    "case_lesion_sites",
    "case_associated_diseases",
    "case_comorbidities",
    "case_laboratory_values",
    "case_autoantibodies",
    "case_morphologies",
    "case_imaging",
    "case_treatments",
)


def stage_records(connection: duckdb.DuckDBPyConnection) -> int:
    """Build staging.case_records from coded records. Returns its number of rows."""
    run_sql(connection, "staging/case_records")
    set_decisions_apart(connection)
    run_sql(connection, "staging/record_limits")
    row = connection.execute("SELECT count(*) FROM staging.case_records").fetchone()
    return int(row[0]) if row else 0


def name_records(connection: duckdb.DuckDBPyConnection) -> None:
    """Give each record its key and content hash, and set duplicates aside."""
    run_sql(connection, "staging/record_keys", "staging/record_duplicates", "staging/sheet_fields")


def identify_cases(connection: duckdb.DuckDBPyConnection) -> None:
    """Find which accepted records tell of the same publication and patient, and in which order they speak."""
    run_sql(
        connection,
        "staging/record_identifiers",
        "staging/publication_components",
        "staging/record_cases",
    )
    assign_decisions(connection)
    run_sql(connection, "staging/contribution_ranks", "staging/contributions")


def build_registry(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Build `registry` and what `quality` says of the records. Returns the number of cases and publications."""
    run_sql(
        connection,
        "staging/record_files",
        "quality/findings",
        "quality/quarantine",
        "quality/unused_corrections",
        "quality/decisions",
        "quality/unmet_decisions",
        "staging/case_decisions",
        "staging/case_flags",
        "staging/golden_records",
        "staging/case_chemistry",
    )
    derive_variants(connection)
    run_sql(
        connection,
        "registry/cases",
        "quality/variant_disagreements",
        "registry/publication_identifiers",
        "staging/publication_notices",
        "registry/publications",
        *(f"registry/{table}" for table in CASE_TABLES),
        "registry/case_contributions",
        "registry/documents",
        "registry/case_evidence",
        "registry/age_groups",
        "quality/source_completeness",
        "quality/present_values",
    )
    load_rule_tables(connection)
    run_sql(connection, "staging/work_up_states", "staging/fully_read_cases", "registry/case_work_up")
    row = connection.execute(
        "SELECT (SELECT count(*) FROM registry.cases), (SELECT count(*) FROM registry.publications)"
    ).fetchone()
    return {"cases": row[0], "publications": row[1]} if row else {}


def append_history(connection: duckdb.DuckDBPyConnection, home: Home, run_id: str) -> None:
    """Take the log of the published registry over and append what this run changes to it."""
    run_sql(connection, "history/case_log")
    carry_over_history(connection, home)
    run_sql(connection, "history/append_case_log", parameters={"run_id": run_id})
    run_sql(connection, "history/case_versions")


def append_ledger(connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Append this run's accounts to ops.ledger."""
    run_sql(connection, "ops/append_ledger", parameters={"run_id": run_id})
    run_sql(connection, "ops/source_freshness")


def judge_and_merge(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """From coded records to the registry: name and type them, judge them by the row rules, and merge the accepted ones.

    Returns the number of cases and publications. The only place that knows the order of these steps.
    """
    suites = shipped_suites()
    name_records(connection)
    stage_records(connection)
    prepare_rules(connection, suites)
    derive_evidence(connection)
    for suite in suites:
        if suite.name == RECORD_SUITE:
            refuse_impossible_decisions(connection, suite)
    apply_row_rules(connection, suites, RECORD_SUITE)
    apply_row_rules(connection, suites, EVIDENCE_SUITE)
    identify_cases(connection)
    apply_row_rules(connection, suites, CONTRIBUTION_SUITE)
    counts = build_registry(connection)
    apply_case_rules(connection, suites)
    return counts
