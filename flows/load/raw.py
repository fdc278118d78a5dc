"""The first stage: what the sources say goes into `raw`, as it came, in a new build.

A build starts empty. Files that the published registry already holds with the same content and mapping are taken over
from it, the others are read. History and the ledger are taken over too.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, is_dataclass
from dataclasses import fields as fields_of
from pathlib import Path
from typing import Any

import duckdb

from flows.curation.decisions import Decisions
from flows.curation.stage import write_decisions
from flows.database import SCHEMAS, create_macros, insert_rows, open_build, quoted, run_sql
from flows.home import Home
from flows.ingest.discovery import discover
from flows.ingest.errors import UnreadableFileError
from flows.ingest.mapping import TIERS, Mapping, load_mapping, map_headings
from flows.ingest.narrative import narrative_format
from flows.ingest.reading import file_sha256, read_file
from flows.ingest.sources import Sheet
from flows.load.curation_files import CurationFiles, load_curation_files
from flows.load.documents import number_documents, read_narratives
from flows.load.fingerprints import input_fingerprint, program_fingerprints, write_fingerprints, write_program_files
from flows.load.migration import carry_over, open_published

LOGGER = logging.getLogger(__name__)

SourceOverrides = dict[str, dict[str, Any]]


@dataclass
class PlannedFile:
    """A file of this run, and what is to be done with it.

    action: read (new or changed), keep (the published registry holds it), duplicate (of another file of the run),
    skip (a companion of the data), missing (known, and not there any more), fail (cannot even be looked at).
    """

    source_key: str
    path: str
    file_name: str
    action: str
    file_sha256: str | None = None
    mapping_sha256: str | None = None
    reason: str | None = None
    detail: str | None = None
    advice: str | None = None
    n_records: int = 0


@dataclass
class Plan:
    """What a run is about to read, and whether that differs from what is published."""

    files: list[PlannedFile] = field(default_factory=list)
    curation: CurationFiles = field(default_factory=CurationFiles)
    curation_sha256: str = ""
    decisions: Decisions = field(default_factory=Decisions)

    @property
    def inputs_sha256(self) -> str:
        """Hash of the contents that the registry rests on, readable or not."""
        files = [
            (
                file.source_key,
                file.file_sha256 or "",
                file.mapping_sha256 or "",
                "failed" if file.action == "fail" else "",
            )
            for file in self.files
            if file.action in ("read", "keep", "missing", "fail")
        ]
        return input_fingerprint([*files, ("", self.curation_sha256)])

    def fingerprints(self) -> dict[str, str]:
        """Hashes of what a registry is made from: the contents of its files, and the decisions of curators."""
        return {"inputs": self.inputs_sha256, "decisions": self.decisions.sha256}

    @property
    def failures(self) -> list[PlannedFile]:
        """Files that cannot be read, each with reason, detail and advice."""
        return [file for file in self.files if file.action == "fail"]


def mapping_sha256(mapping: Mapping) -> str:
    """Hash of all that a mapping says, so that a changed one has its files read again."""
    return hashlib.sha256(json.dumps(_plain(mapping), sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> Any:
    # Not asdict, which copies the thousand headings that every source shares, for every file.
    if is_dataclass(value):
        return {item.name: getattr(value, item.name) for item in fields_of(value)}
    return sorted(value)


def plan_files(
    home: Home,
    sources: Sequence[str],
    overrides: SourceOverrides,
    *,
    full: bool,
    removed: Iterable[str] = (),
    curation: CurationFiles | None = None,
    replay: bool = False,
) -> Plan:
    """Look at every file that the run is given or that the registry knows, without reading records.

    replay: take every file as the registry knows it, and look at none.
    Raises SourceNotFoundError when an argument or a setting names no file.
    """
    if replay:
        return _plan_replay(home, overrides, curation or CurationFiles())
    known = _known_files(home)
    plan = Plan(curation=curation or CurationFiles())
    plan.curation_sha256 = plan.curation.sha256()
    given: set[str] = set()
    keys_by_path = {path: key for (key, path) in known}
    for found in discover(sources) if sources else []:
        path = str(found.path.resolve())
        key = found.source_key if "=" in found.argument else keys_by_path.get(path, found.source_key)
        given.add(path)
        if found.skipped:
            plan.files.append(PlannedFile(key, path, found.path.name, "skip", reason="companion", detail=found.skipped))
            continue
        plan.files.append(_plan_file(key, Path(path), overrides, known, full=full))
    replaced = {file.source_key for file in plan.files if file.action in ("read", "keep")}
    failed_paths = {file.path for file in plan.files if file.action == "fail"}
    for (key, path), held in known.items():
        if key in removed or (path in given and path not in failed_paths):
            continue
        if path in failed_paths or key not in replaced:
            plan.files.append(_plan_known(key, path, held, overrides, known, full=full, failed=path in failed_paths))
    _set_copies_aside(plan)
    if not full:
        failures = _known_failures(home)
        for file in plan.files:
            reason = failures.get((file.source_key, file.file_sha256, file.mapping_sha256))
            if file.action == "read" and reason is not None:
                file.action, (file.reason, file.detail, file.advice) = "fail", reason
    return plan


def _set_copies_aside(plan: Plan) -> None:
    """Of files with the same content only one is read, whichever came first: the one with the smallest key and path."""
    first: dict[str | None, PlannedFile] = {}
    for file in sorted(plan.files, key=lambda file: (file.source_key, file.path)):
        if file.action not in ("read", "keep"):
            continue
        if file.file_sha256 in first:
            file.action, file.reason, file.n_records = "duplicate", "same_content", 0
            file.detail = f"{file.path} has the content of {first[file.file_sha256].path}, byte for byte"
        else:
            first[file.file_sha256] = file


def _known_files(home: Home) -> dict[tuple[str, str], dict[str, Any]]:
    if not home.registry.exists():
        return {}
    with open_published(home) as connection:
        rows = connection.execute(
            "SELECT source_key, path, file_name, file_sha256, mapping_sha256, n_records FROM raw.source_files "
            "WHERE file_state = 'loaded'"
        ).fetchall()
    return {
        (key, path): {"file_name": name, "file_sha256": sha256, "mapping_sha256": mapping, "n_records": n}
        for key, path, name, sha256, mapping, n in rows
    }


def _known_failures(home: Home) -> dict[tuple[str, str | None, str | None], tuple[str, str, str]]:
    """Why files of the published registry could not be read, by source, content and mapping."""
    if not home.registry.exists():
        return {}
    with open_published(home) as connection:
        rows = connection.execute(
            "SELECT source_key, file_sha256, mapping_sha256, reason, detail, advice FROM raw.source_files "
            "WHERE file_state = 'failed'"
        ).fetchall()
    return {(key, sha256, mapping): (reason, detail, advice) for key, sha256, mapping, reason, detail, advice in rows}


def _plan_file(
    key: str,
    path: Path,
    overrides: SourceOverrides,
    known: dict[tuple[str, str], dict[str, Any]],
    *,
    full: bool,
) -> PlannedFile:
    file = PlannedFile(key, str(path), path.name, "read")
    try:
        file.file_sha256 = file_sha256(path)
    except OSError as error:
        file.action, file.reason = "fail", "permission_denied"
        file.detail = f"{path}: {error.strerror}"
        file.advice = "Make the file readable for the account that runs the registry"
        return file
    file.mapping_sha256 = mapping_sha256(load_mapping(key, overrides.get(key)))
    same = [
        held
        for (known_key, _), held in known.items()
        if known_key == key
        and held["file_sha256"] == file.file_sha256
        and held["mapping_sha256"] == file.mapping_sha256
    ]
    if same and not full:
        file.action, file.n_records = "keep", same[0]["n_records"]
    return file


def _plan_known(
    key: str,
    path: str,
    held: dict[str, Any],
    overrides: SourceOverrides,
    known: dict[tuple[str, str], dict[str, Any]],
    *,
    full: bool,
    failed: bool,
) -> PlannedFile:
    """Plan a file that the registry knows and that this run was not given, or could not read."""
    if Path(path).exists() and not failed:
        return _plan_file(key, Path(path), overrides, known, full=full)
    return PlannedFile(
        key,
        path,
        held["file_name"],
        "missing",
        held["file_sha256"],
        held["mapping_sha256"],
        n_records=held["n_records"],
    )


def _plan_replay(home: Home, overrides: SourceOverrides, curation: CurationFiles) -> Plan:
    """Plan to derive from what the published registry holds: each file as it was read, each failure as it was."""
    with open_published(home) as connection:
        files = connection.execute(
            "SELECT files.source_key, files.path, files.file_name, files.file_sha256, files.mapping_sha256, files.n_records, "
            "files.file_state, files.reason, files.detail, files.advice, "
            "coalesce(bool_or(freshness.is_stale) FILTER (freshness.file_state = 'loaded'), false) "
            "FROM raw.source_files AS files LEFT JOIN ops.source_freshness AS freshness "
            "ON freshness.source_key = files.source_key AND freshness.path = files.path "
            "GROUP BY ALL ORDER BY files.source_key, files.path, files.file_state"
        ).fetchall()
    plan = Plan(curation=curation, curation_sha256=curation.sha256())
    for key, path, name, sha256, mapping, n, state, reason, detail, advice, is_stale in files:
        if state == "failed":
            plan.files.append(PlannedFile(key, path, name, "fail", sha256, mapping, reason, detail, advice))
            continue
        file = PlannedFile(key, path, name, "missing" if is_stale else "keep", sha256, mapping, n_records=n)
        if mapping != mapping_sha256(load_mapping(key, overrides.get(key))):
            file.detail = f"the mapping of {key} changed since {path} was read"
            file.advice = "Run `calcinosis refresh`: it reads the file again"
        plan.files.append(file)
    return plan


def load_raw(
    home: Home, run_id: str, plan: Plan, overrides: SourceOverrides, *, memory_limit: str = "2.5GB"
) -> dict[str, int]:
    """Make the build of a run and fill `raw`. Returns the number of files by what became of them, and of records."""
    home.build(run_id).mkdir(parents=True, exist_ok=True)
    home.build_database(run_id).unlink(missing_ok=True)
    with open_build(home.build_database(run_id), memory_limit=memory_limit) as connection:
        prepare_build(connection)
        carry_over(connection, home, plan)
        for file in plan.files:
            if file.action == "read":
                read_into_raw(connection, file, load_mapping(file.source_key, overrides.get(file.source_key)))
        _keep_what_a_failed_file_said(connection, home, plan)
        number_documents(connection)
        load_curation_files(connection, plan.curation)
        _write_files(connection, plan, overrides)
        write_decisions(connection, plan.decisions)
        write_fingerprints(connection, {**program_fingerprints(), **plan.fingerprints()})
        write_program_files(connection)
        row = connection.execute("SELECT count(*) FROM raw.records").fetchone()
    counts: dict[str, int] = {}
    for file in plan.files:
        counts[file_state(file)] = counts.get(file_state(file), 0) + 1
    return {**counts, "records": row[0] if row else 0}


def prepare_build(connection: duckdb.DuckDBPyConnection) -> None:
    """Create schemas, macros and the tables that stages fill."""
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    create_macros(connection)
    run_sql(connection, "staging/reference_ranges", "macros/age_sex_limits")
    run_sql(
        connection,
        *(f"raw/{name}" for name in ("sources", "source_files", "source_columns", "records", "documents")),
        "raw/retractions",
        "raw/previous_reviews",
        *(f"staging/{name}" for name in ("run_files", "fingerprints", "previous_fingerprints", "previous_records")),
        *(f"staging/{name}" for name in ("program_files", "replacements", "corrections", "decisions")),
        *(f"staging/{name}" for name in ("previous_distributions", "drift_settings")),
        *(f"staging/{name}" for name in ("extracted_records", "extracted_findings", "document_outcomes")),
        *(f"ops/{name}" for name in ("ledger", "runs", "stages", "releases", "schema_version")),
        "quality/checks",
    )


def read_into_raw(connection: duckdb.DuckDBPyConnection, file: PlannedFile, mapping: Mapping) -> None:
    """Read one file into raw.records; a file that cannot be read is marked as failed with its reason and leaves no rows."""
    connection.execute("BEGIN")
    try:
        path = Path(file.path)
        form = narrative_format(path)
        if form is not None:
            file.n_records = read_narratives(connection, path, file.source_key, str(file.file_sha256))
            _list_file(connection, file, form, None, None, path.stat().st_size)
        else:
            with read_file(connection, path, mapping=mapping) as source:
                for sheet in source.sheets:
                    _insert_sheet(connection, file, sheet, mapping)
                    file.n_records += sheet.n_rows
                _list_file(connection, file, source.format, source.encoding, source.compression, source.n_bytes)
        connection.execute("COMMIT")
    except (UnreadableFileError, duckdb.Error, OSError) as error:
        connection.execute("ROLLBACK")
        file.action, file.n_records = "fail", 0
        if isinstance(error, UnreadableFileError):
            file.reason, file.detail, file.advice = error.reason, error.detail, error.advice
        else:
            file.reason, file.detail = "damaged", f"{file.path}: {error}"
            file.advice = "Open the file in the program that wrote it, save it again, and pass the new file"
        LOGGER.warning("%s: %s. %s", file.file_name, file.detail, file.advice)


def _list_file(
    connection: duckdb.DuckDBPyConnection,
    file: PlannedFile,
    form: str,
    encoding: str | None,
    compression: str | None,
    n_bytes: int,
) -> None:
    connection.execute(
        "INSERT INTO raw.source_files BY NAME SELECT $key AS source_key, $sha AS file_sha256, $path AS path, "
        "$name AS file_name, $format AS format, $encoding AS encoding, $compression AS compression, "
        "$n_bytes AS n_bytes, $n_records AS n_records, $mapping AS mapping_sha256, 'loaded' AS file_state",
        {
            "key": file.source_key,
            "sha": file.file_sha256,
            "path": file.path,
            "name": file.file_name,
            "format": form,
            "encoding": encoding,
            "compression": compression,
            "n_bytes": n_bytes,
            "n_records": file.n_records,
            "mapping": file.mapping_sha256,
        },
    )


def _insert_sheet(connection: duckdb.DuckDBPyConnection, file: PlannedFile, sheet: Sheet, mapping: Mapping) -> None:
    fields = map_headings(sheet.headings, mapping)
    units = mapping.heading_units(sheet.headings)
    columns = []
    unknown = []
    for position, (heading, name) in enumerate(zip(sheet.headings, fields, strict=True)):
        if name is None:
            unknown.append(f"{_literal(heading)}: c{position}")
        elif heading in units:
            # A unit that stands in the heading belongs to each bare number below it.
            columns.append(
                f"CASE WHEN regexp_matches(trim(c{position}), '^[<>=~≤≥]*\\s*[0-9][0-9.,]*$') "
                f"THEN c{position} || ' ' || {_literal(units[heading])} ELSE c{position} END AS {name}"
            )
        else:
            columns.append(f"c{position} AS {name}")
    extras = ", ".join([*unknown, "'(beyond the headings)': overflow"])
    present = " OR ".join(
        ["overflow IS NOT NULL", *(f"c{i} IS NOT NULL" for i, name in enumerate(fields) if name is None)]
    )
    is_numbered = sheet.unnumbered_query is None or sheet.line_of_place is None
    query = sheet.query if is_numbered else f"SELECT NULL::BIGINT AS line_number, * FROM ({sheet.unnumbered_query})"
    connection.execute(
        f"INSERT INTO raw.records BY NAME SELECT {_literal(file.source_key)} AS source_key, "
        f"{_literal(file.file_sha256)} AS file_sha256, {_literal(sheet.name)} AS sheet, line_number, "
        f"{', '.join([*columns, ''])} CASE WHEN {present} THEN to_json({{{extras}}})::VARCHAR END AS extra "
        f"FROM ({query})"
    )
    if not is_numbered:
        _number_lines(connection, file, sheet)
    insert_rows(
        connection,
        "raw.source_columns",
        [
            (file.source_key, file.file_sha256, sheet.name, position + 1, heading, name)
            for position, (heading, name) in enumerate(zip(sheet.headings, fields, strict=True))
        ],
    )


def _number_lines(connection: duckdb.DuckDBPyConnection, file: PlannedFile, sheet: Sheet) -> None:
    """Give the rows that were just inserted the lines that they stand on; they lie in the order of the file.

    Numbered while it is read, a file would be read on one core.
    """
    first, n_rows = connection.execute(
        "SELECT min(rowid), count(*) FROM raw.records WHERE line_number IS NULL"
    ).fetchone() or (0, 0)
    if n_rows != sheet.n_rows:
        raise UnreadableFileError(
            "changed_while_read",
            f"{file.file_name} had {sheet.n_rows} records when they were counted, and {n_rows} when they were read",
            "Refresh again when nobody writes the file",
        )
    place = f"(rowid - {first or 0} + 1)"
    connection.execute(
        f"UPDATE raw.records SET line_number = {str(sheet.line_of_place).format(place=place)} WHERE line_number IS NULL"
    )


def _literal(text: str | None) -> str:
    return "NULL" if text is None else quoted(text)


def _keep_what_a_failed_file_said(connection: duckdb.DuckDBPyConnection, home: Home, plan: Plan) -> None:
    """A file whose new content cannot be read keeps the records of its last readable content, and is stale."""
    failed = [file for file in plan.files if file.action == "fail"]
    known = _known_files(home) if failed else {}
    kept = [
        PlannedFile(
            file.source_key,
            file.path,
            held["file_name"],
            "missing",
            held["file_sha256"],
            held["mapping_sha256"],
            n_records=held["n_records"],
        )
        for file in failed
        if (held := known.get((file.source_key, file.path)))
        and not any(other.action == "missing" and other.path == file.path for other in plan.files)
    ]
    if kept:
        carry_over(connection, home, Plan(files=kept), records_only=True)
        plan.files.extend(kept)


def file_state(file: PlannedFile) -> str:
    """What the ledger calls what became of a file."""
    return {"read": "loaded", "keep": "unchanged", "missing": "unchanged", "fail": "failed"}.get(
        file.action, file.action
    )


def _write_files(connection: duckdb.DuckDBPyConnection, plan: Plan, overrides: SourceOverrides) -> None:
    insert_rows(
        connection,
        "staging.run_files",
        [
            (
                file.source_key, file.file_name, file.path, file.file_sha256, file_state(file),
                "file_is_missing" if file.action == "missing" else file.reason,
                file.detail, file.advice, file.action == "missing",
            )
            for file in plan.files
            if file.action != "skip"
        ],
    )  # fmt: skip
    failed = [file for file in plan.files if file.action == "fail"]
    if failed:
        connection.executemany(
            "INSERT INTO raw.source_files BY NAME SELECT ? AS source_key, ? AS path, ? AS file_name, ? AS file_sha256, "
            "? AS mapping_sha256, 0 AS n_records, 'failed' AS file_state, ? AS reason, ? AS detail, ? AS advice",
            [
                (f.source_key, f.path, f.file_name, f.file_sha256, f.mapping_sha256, f.reason, f.detail, f.advice)
                for f in failed
            ],
        )
    keys = [
        key for (key,) in connection.execute("SELECT DISTINCT source_key FROM raw.source_files ORDER BY 1").fetchall()
    ]
    mappings = {key: load_mapping(key, overrides.get(key)) for key in keys}
    insert_rows(
        connection,
        "raw.sources",
        [
            (
                key, mapping.label, mapping.tier, TIERS.index(mapping.tier) + 1, mapping.priority, mapping.scope,
                mapping.licence, mapping.citation, mapping.obtained,
            )
            for key, mapping in mappings.items()
        ],
    )  # fmt: skip
    for key, mapping in mappings.items():
        _write_replacements(connection, key, mapping)


def _write_replacements(connection: duckdb.DuckDBPyConnection, key: str, mapping: Mapping) -> None:
    # The values of the source itself come first in a mapping, and go before the common ones. What is compared is made lower
    # case by `lower`, on both sides: casefold, which turns a sharp s into two, is not known in SQL.
    values: dict[tuple[str, str], str | None] = {}
    for rule in mapping.values:
        values.setdefault((rule.field, rule.value.strip().lower()), rule.becomes)
    insert_rows(
        connection,
        "staging.replacements",
        [(key, name, value, becomes) for (name, value), becomes in values.items()],
    )
    for correction in mapping.corrections:
        match = dict(correction.match)
        connection.execute(
            "INSERT INTO staging.corrections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                key, *(match.get(name) for name in ("record_id", "doi", "pmid", "pmcid", "url", "patient_index")),
                correction.field, correction.expect, correction.becomes, correction.why,
            ],
        )  # fmt: skip
