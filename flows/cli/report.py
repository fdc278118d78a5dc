"""What a refresh prints: the ledger and the three distributions."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from flows.cli.common import Format, console, print_rows
from flows.cli.differing import print_brief
from flows.cli.release import SHARE_COLUMNS

HEADLINE = (
    "The cases are published reports, a selection: striking variants are reported more, and not every report states "
    "a variant."
)
TITLES = {
    "variant": "Variant of calcinosis cutis",
    "lesion_site": "Lesion site (region; a case may have several, so shares sum to more than 1)",
    "work_up": "Work-up of calcinosis cutis",
    "associated_disease": "Associated disease (group; a case may have several, so shares sum to more than 1)",
}
LEDGER_COLUMNS = ("source", "read", "accepted", "unchanged", "duplicate", "quarantined", "withdrawn")


DOCUMENT_STATES = ("in_scope", "out_of_scope", "duplicate", "failed")
# More files of narratives than these make one row of the ledger.
_LISTED_NARRATIVES = 5


def ledger_rows(ledger: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The record ledger with one row per source; read = accepted + unchanged + duplicate + quarantined.

    Many files of narratives are one row together.
    """
    narratives = {row["source_key"] for row in ledger if row["unit"] == "document"}
    together = narratives if len(narratives) > _LISTED_NARRATIVES else set()
    sources: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in ledger:
        if row["unit"] == "record":
            source = f"({len(together)} files of narratives)" if row["source_key"] in together else row["source_key"]
            sources[source][row["state"]] += row["n"]
    return [
        {
            "source": source,
            "read": sum(n for state, n in states.items() if state != "withdrawn"),
            **{state: states.get(state, 0) for state in LEDGER_COLUMNS[2:]},
        }
        for source, states in sorted(sources.items())
    ]


def document_rows(ledger: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The document ledger over all sources: one row per state and reason."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for row in ledger:
        if row["unit"] == "document":
            counts[row["state"], row["reason"] or ""] += row["n"]
    order = sorted(counts, key=lambda key: (DOCUMENT_STATES.index(key[0]), -counts[key], key[1]))
    return [{"documents": state, "reason": reason, "n": counts[state, reason]} for state, reason in order]


def distribution_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a distribution as a person reads them: label, n of N, share in percent with its interval."""
    shown: list[dict[str, Any]] = []
    for row in rows:
        interval = f"{100 * row['ci_low']:.1f} to {100 * row['ci_high']:.1f}" if row["ci_low"] is not None else ""
        of = (
            row["n_reported"]
            if row["ci_low"] is not None or row["code"] not in ("not_reported", "not_assessed")
            else row["n_total"]
        )
        shown.append(
            {
                **{name: row[name] for name in ("stratum", "item") if name in row},
                "label": row["label"],
                "n_cases": row["n_cases"],
                "of": of,
                "share %": f"{100 * row['share']:.1f}" if row["share"] is not None else "",
                "95% interval": interval,
                "n_absent": row["n_absent"] or "",
            }
        )
    return shown


def print_refresh(summary: dict[str, Any]) -> None:
    """Print ledger, findings, distributions and where the outputs lie."""
    out = console()
    rows = ledger_rows(summary["ledger"])
    if rows:
        print_rows(rows, LEDGER_COLUMNS, Format.table, "Ledger of the records")
    documents = document_rows(summary["ledger"])
    if documents:
        print_rows(documents, ("documents", "reason", "n"), Format.table, "Ledger of the documents")
    for file in summary["files"]:
        if file["state"] == "failed":
            out.print(f"could not be read: {file['detail']}. {file['advice']}", style="yellow", markup=False)
        elif file["state"] == "duplicate":
            out.print(f"not read again: {file['detail']}", markup=False)
        elif file["is_stale"]:
            out.print(
                f"stale: {file['file']} is not there any more; its {file['n_records']} records are kept "
                f"(`calcinosis sources remove {file['source_key']}` drops them)",
                markup=False,
            )
    if summary["validation"]:
        held = sum(row["n_held"] for row in summary["validation"])
        total = sum(row["n_expectations"] for row in summary["validation"])
        out.print(f"Validation: {held} of {total} expectations held", style="bold")
        for suite in summary["validation"]:
            for failed in suite["failed"]:
                number = f"{failed['n_unexpected']} x " if failed["n_unexpected"] else ""
                out.print(f"  {failed['action']}: {number}{failed['sentence']} ({failed['rule']})", markup=False)
    if summary.get("difference"):
        print_brief(summary["difference"])
    if summary.get("drift"):
        print_rows(summary["drift"], SHARE_COLUMNS, Format.table, "Shares that moved without a cause")
    out.print()
    for name, distribution in summary["distributions"].items():
        print_rows(
            distribution_rows(distribution),
            ("label", "n_cases", "of", "share %", "95% interval", "n_absent"),
            Format.table,
            TITLES[name],
        )
    if summary["distributions"]:
        out.print(HEADLINE, style="italic")
    if summary.get("n_unmapped_terms"):
        out.print(f"{summary['n_unmapped_terms']} terms are in no vocabulary yet: `calcinosis unmapped` lists them")
    if summary.get("n_unused_corrections"):
        out.print(
            f"{summary['n_unused_corrections']} corrections of data/mappings change nothing any more: "
            'calcinosis sql "FROM quality.unused_corrections" says why',
            markup=False,
        )
    unmet = summary.get("unmet_decisions") or {}
    if unmet:
        out.print(
            f"{sum(unmet.values())} decisions of curators need a second look: "
            'calcinosis sql "FROM quality.unmet_decisions" says why',
            markup=False,
        )
    out.print()
    out.print(f"Run {summary['run_id']}: {summary['message']}", style="bold", markup=False)
    for name, path in summary["outputs"].items():
        out.print(f"  {name:<10} {path}", markup=False, soft_wrap=True)
