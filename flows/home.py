"""Where things lie in a registry's home."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """A registry's home folder; every path in it has its name here."""

    path: Path

    @property
    def registry(self) -> Path:
        """The published database."""
        return self.path / "registry.duckdb"

    @property
    def builds(self) -> Path:
        return self.path / "builds"

    def build(self, run_id: str) -> Path:
        """Folder in which a run builds; removed once it is published."""
        return self.builds / run_id

    def build_database(self, run_id: str) -> Path:
        return self.build(run_id) / "build.duckdb"

    @property
    def versions(self) -> Path:
        """Published databases, each under the id of the run that built it."""
        return self.path / "versions"

    @property
    def runs(self) -> Path:
        """Journals of the runs."""
        return self.path / "runs"

    @property
    def exports(self) -> Path:
        return self.path / "exports"

    @property
    def data_docs(self) -> Path:
        return self.path / "data_docs"

    @property
    def lock(self) -> Path:
        return self.path / "refresh.lock"

    def create(self) -> None:
        """Make the folders that every run needs."""
        for folder in (self.builds, self.versions, self.runs):
            folder.mkdir(parents=True, exist_ok=True)
