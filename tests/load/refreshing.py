"""The stages in the order of the flow, without Prefect and without the gates, on small sheets that a test writes."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.analyse.distributions import build_analytics
from flows.coding.stage import code_records
from flows.curation.decisions import Decisions
from flows.database import open_build, open_reader
from flows.home import Home
from flows.load.cases import (
    append_history,
    append_ledger,
    judge_and_merge,
)
from flows.load.curation_files import CurationFiles
from flows.load.fingerprints import write_fingerprints
from flows.load.raw import Plan, load_raw, plan_files
from flows.load.records import gather_records
from flows.publish.publication import publish_build, registry_checksum
from flows.validate.drift import measure_drift

Record = Mapping[str, object]


def write_sheet(path: Path, records: Sequence[Record]) -> Path:
    """Write records as a CSV file; its headings are all keys, in the order in which they come up first."""
    headings = list(dict.fromkeys(name for record in records for name in record))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, headings)
        writer.writeheader()
        writer.writerows(records)
    return path


def case(title: str, **changes: object) -> dict[str, object]:
    """A sound record of a publication with that title; `changes` says where it differs."""
    sound = {
        "doi": f"10.1000/{title}", "title": title, "first_author": "Jain A", "year": 2015, "patient_index": 1,
        "age_years": 36, "sex": "male", "variant_stated": "dystrophic", "lesion_sites": "hand",
    }  # fmt: skip
    return {**sound, **changes}


@dataclass
class Registry:
    """A registry in a folder of its own."""

    home: Home
    overrides: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: int = 0
    drift_threshold: float = 0.05
    plan: Plan = field(default_factory=Plan)
    curation: CurationFiles = field(default_factory=CurationFiles)
    decisions: Decisions = field(default_factory=Decisions)

    @property
    def run_id(self) -> str:
        return f"run_{self.runs:03d}"

    def refresh(self, *sources: Path | str, full: bool = False, removed: Sequence[str] = ()) -> Registry:
        """Build and publish from these sources and what the registry knows already."""
        self.runs += 1
        self.home.create()
        self.plan = plan_files(
            self.home,
            [str(source) for source in sources],
            self.overrides,
            full=full,
            removed=removed,
            curation=self.curation,
        )
        self.plan.decisions = self.decisions
        load_raw(self.home, self.run_id, self.plan, self.overrides)
        with open_build(self.home.build_database(self.run_id)) as connection:
            write_fingerprints(connection, {"inputs": self.plan.inputs_sha256})
            gather_records(connection)
            code_records(connection)
            judge_and_merge(connection)
            append_history(connection, self.home, self.run_id)
            append_ledger(connection, self.run_id)
            build_analytics(connection)
            measure_drift(connection, self.run_id, self.drift_threshold)
        publish_build(self.home, self.run_id, keep_versions=5)
        return self

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the published registry."""
        with open_reader(self.home.registry) as connection:
            return connection.execute(query).fetchall()

    def checksum(self) -> dict[str, str]:
        with open_reader(self.home.registry) as connection:
            return registry_checksum(connection)

    def ledger(self, unit: str = "record") -> dict[str, int]:
        """Numbers of the last run by state, over all sources and reasons."""
        rows = self.ask(
            f"SELECT state, sum(n)::BIGINT FROM ops.ledger WHERE run_id = '{self.run_id}' AND unit = '{unit}' GROUP BY state"
        )
        return dict(rows)

    def actions(self) -> dict[str, str]:
        """What the plan of the last run did with each file, by name."""
        return {file.file_name: file.action for file in self.plan.files}
