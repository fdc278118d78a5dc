"""Files of `data/curation` that a run reads beside its sources: notices on papers, and the review that it goes on from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from flows.database import quoted
from flows.ingest.content import file_sha256
from flows.ingest.encoding import detect_encoding, transcode
from flows.ingest.errors import SourceNotFoundError, UnreadableFileError
from flows.ingest.sources import Workspace
from flows.resources import resource

RETRACTION_COLUMNS = (
    "Record ID", "OriginalPaperDOI", "OriginalPaperPubMedID", "RetractionDate", "RetractionNature", "Reason",
)  # fmt: skip
REVIEW_COLUMNS = ("label", "n_studies", "n_reports", "source")


@dataclass(frozen=True)
class CurationFiles:
    """Where the files lie; None means the one that the project ships."""

    retractions: Path | None = None
    previous_review: Path | None = None

    @property
    def retractions_path(self) -> Path:
        """The notices on papers."""
        return self.retractions or resource("data", "curation", "retractions.csv")

    @property
    def previous_review_path(self) -> Path:
        """The review that the registry goes on from."""
        return self.previous_review or resource("data", "curation", "previous_review.csv")

    def sha256(self) -> str:
        """Hash of the contents, so that a changed file makes a new registry.

        Raises SourceNotFoundError when a file is not there.
        """
        digest = hashlib.sha256()
        for setting, path in (("retractions", self.retractions_path), ("previous_review", self.previous_review_path)):
            if not path.is_file():
                raise SourceNotFoundError(f"{path} does not exist: correct '{setting}' in registry.toml or remove it")
            digest.update(f"{setting}:{file_sha256(path)}\n".encode())
        return digest.hexdigest()


def load_curation_files(connection: duckdb.DuckDBPyConnection, files: CurationFiles) -> None:
    """Fill raw.retractions and raw.previous_reviews.

    Raises UnreadableFileError for a file that is no CSV, lacks a column, or has a number that is none.
    """
    _read(connection, files.retractions_path, RETRACTION_COLUMNS, "raw.retractions")
    path = files.previous_review_path
    _read(connection, path, REVIEW_COLUMNS, "previous_reviews_as_text", make=True)
    wrong = connection.execute(
        "SELECT label, n_studies, n_reports FROM previous_reviews_as_text "
        "WHERE coalesce(try_cast(n_studies AS UBIGINT), -1) < 0 OR coalesce(try_cast(n_reports AS UBIGINT), -1) < 0"
    ).fetchone()
    if wrong is not None:
        raise UnreadableFileError(
            "damaged",
            f"{path.name}: review '{wrong[0]}' has the numbers '{wrong[1]}' and '{wrong[2]}'",
            "Write n_studies and n_reports as whole numbers",
        )
    connection.execute("INSERT INTO raw.previous_reviews FROM previous_reviews_as_text")
    connection.execute("DROP TABLE previous_reviews_as_text")


def _read(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: Sequence[str], table: str, *, make: bool = False
) -> None:
    """Put columns of a CSV file, as text, into a table, or into a temporary one that is made."""
    workspace = Workspace(connection)
    try:
        encoding, text = detect_encoding(path, path.name), path
        if encoding not in ("utf-8", "utf-8-sig"):
            text = workspace.new_file("text")
            transcode(path, text, encoding)
        rows = (
            f"read_csv({quoted(str(text))}, header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', "
            "strict_mode = false)"
        )
        found = {name for name, *_ in connection.execute(f"DESCRIBE FROM {rows}").fetchall()}
        missing = [column for column in columns if column not in found]
        if missing:
            raise UnreadableFileError(
                "no_known_heading",
                f"{path.name} has no column {', '.join(missing)}",
                f"Its headings must include {', '.join(columns)}",
            )
        names = ", ".join(f'"{column}"' for column in columns)
        selected = f"SELECT {names} FROM {rows}"
        connection.execute(f"CREATE TEMP TABLE {table} AS {selected}" if make else f"INSERT INTO {table} {selected}")
    except duckdb.Error as error:
        raise UnreadableFileError(
            "damaged", f"{path.name} cannot be read as CSV: {str(error).splitlines()[0]}", "Save it as CSV with commas"
        ) from error
    finally:
        workspace.close()
