"""Pin the ontology terms that the vocabularies use, and say which of their ids are wrong.

`python -m flows.coding.ontology DIR` reads the full tables mondo.tsv, hpo.tsv and uberon.tsv in DIR (tab-separated; the
first column the id, the second the label) and writes data/vocabulary/ontology_terms.csv: one row per id in use, with
its label there. Exit code 1 when an id is unknown, obsolete or refused.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from flows.resources import resource

TABLES: Mapping[str, str] = {"mondo_id": "mondo.tsv", "hpo_id": "hpo.tsv", "uberon_id": "uberon.tsv"}
"""Columns of a vocabulary whose ids are checked, and the table that holds all ids of that ontology."""

COLUMNS = ("ontology_id", "label", "status", "release")


def used_ids(folder: Path) -> dict[str, list[str]]:
    """Ids of the checked ontologies in all vocabularies of a folder: id -> places ("disease.csv, line 12")."""
    used: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = [column for column in TABLES if column in (reader.fieldnames or [])]
            for row in reader:
                for column in columns:
                    for ontology_id in filter(None, (row[column] or "").split("|")):
                        used.setdefault(ontology_id, []).append(f"{path.name}, line {reader.line_num}")
    return used


def read_tables(folder: Path) -> dict[str, str]:
    """Id -> label out of the full tables. Raises FileNotFoundError when one is missing."""
    labels: dict[str, str] = {}
    for name in TABLES.values():
        with (folder / name).open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            next(rows, None)
            labels.update((row[0], row[1]) for row in rows if len(row) > 1)
    return labels


def judge(
    used: Mapping[str, Sequence[str]],
    labels: Mapping[str, str],
    refused: Mapping[str, str],
    releases: Mapping[str, str],
) -> tuple[list[dict[str, str]], list[str]]:
    """Rows for ontology_terms.csv, ordered by id, and a sentence for each id that is unknown, obsolete or refused.

    used: id -> where it stands.   labels: all ids of the ontologies.   refused: id -> why.   releases: "MONDO" -> date.
    """
    rows: list[dict[str, str]] = []
    problems: list[str] = []
    for ontology_id in sorted(used):
        label = labels.get(ontology_id, "")
        if ontology_id in refused:
            status, reason = "refused", refused[ontology_id]
        elif ontology_id not in labels:
            status, reason = "unknown", "no table has it"
        elif re.match(r"obsolete\b", label, re.IGNORECASE):
            status, reason = "obsolete", label
        else:
            status, reason = "current", ""
        release = releases.get(ontology_id.partition(":")[0], "")
        rows.append(dict(zip(COLUMNS, (ontology_id, label, status, release), strict=True)))
        if reason:
            problems.append(f"{ontology_id} is {status} ({reason}): {'; '.join(used[ontology_id])}")
    return rows, problems


def refused_terms() -> dict[str, str]:
    """Ids that data/vocabulary/refused_terms.csv forbids, with the reason."""
    with resource("data", "vocabulary", "refused_terms.csv").open(encoding="utf-8", newline="") as file:
        return {row["ontology_id"]: row["why"] for row in csv.DictReader(file)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line of this module; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m flows.coding.ontology", description=__doc__)
    parser.add_argument("tables", type=Path, metavar="DIR", help="folder with " + ", ".join(TABLES.values()))
    parser.add_argument("--release", action="append", default=[], metavar="MONDO=2026-08-04", help="release of a table")
    options = parser.parse_args(arguments)
    releases = {name: release for name, _, release in (entry.partition("=") for entry in options.release)}
    folder = resource("data", "vocabulary")
    try:
        labels = read_tables(options.tables)
    except FileNotFoundError as error:
        parser.error(f"{error.filename} is missing: give the folder that holds {', '.join(TABLES.values())}")
    rows, problems = judge(used_ids(folder), labels, refused_terms(), releases)
    with (folder / "ontology_terms.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} ontology terms in use, {len(problems)} to mend")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
