"""One door for all formats: a file goes in, its sheets come out as queries."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import duckdb

from flows.ingest.content import detect_kind, file_sha256, unpack
from flows.ingest.delimited import read_delimited
from flows.ingest.documents import looks_like_json, read_json
from flows.ingest.encoding import check_no_controls, detect_encoding, measure, transcode
from flows.ingest.errors import UnreadableFileError
from flows.ingest.mapping import Mapping, common_mapping
from flows.ingest.parquet import read_parquet
from flows.ingest.sources import Format, Limits, Sheet, SkippedSheet, SourceFile, Workspace
from flows.ingest.workbook import read_workbook

__all__ = ["Limits", "Sheet", "SkippedSheet", "SourceFile", "UnreadableFileError", "file_sha256", "read_file"]

_READS_AS_UTF8 = ("utf-8", "utf-8-sig")


def read_file(
    connection: duckdb.DuckDBPyConnection, path: Path, limits: Limits | None = None, mapping: Mapping | None = None
) -> SourceFile:
    """Find out what a file is, by its content first and its name second, and make its records ready to be queried.

    connection: the queries of the sheets run on it, and only until the returned SourceFile is closed.
    mapping: tells headings from titles above them; the common headings if not given.
    Every record was counted when this returns. Raises UnreadableFileError, with nothing left behind.
    """
    limits = limits or Limits()
    mapping = mapping or common_mapping()
    workspace = Workspace(connection)
    try:
        return _read(workspace, path, limits, mapping)
    except BaseException as error:
        workspace.close()
        if isinstance(error, PermissionError):
            raise UnreadableFileError(
                "permission_denied",
                f"{path.name} may not be read by this user",
                "Ask its owner for permission to read it",
            ) from error
        if isinstance(error, OSError):
            raise UnreadableFileError(
                "damaged", f"{path.name} cannot be read ({error.strerror or error})", "See whether it is still there"
            ) from error
        raise


def _read(workspace: Workspace, path: Path, limits: Limits, mapping: Mapping) -> SourceFile:
    name = path.name
    if not path.is_file():
        # Opening a folder or a missing file gives the system's own reason; a pipe would wait forever.
        if path.exists() and not path.is_dir():
            raise UnreadableFileError("unknown_format", f"{name} is no ordinary file", "Give a file")
        if path.is_dir():
            list(path.iterdir())
            raise UnreadableFileError("unknown_format", f"{name} is a folder", "Give the files in it")
    digest = file_sha256(path)
    n_bytes = path.stat().st_size
    compression: Literal["gzip"] | None = None
    content = path
    kind = detect_kind(path, name)
    if kind == "gzip":
        compression = "gzip"
        content = workspace.new_file("unpacked")
        unpack(path, content, name, limits)
        kind = detect_kind(content, name)
        if kind == "gzip":
            raise UnreadableFileError("unknown_format", f"{name} is packed twice", "Unpack it once and give that")

    encoding: str | None = None
    delimiter: str | None = None
    skipped: list[SkippedSheet] = []
    form: Format
    if kind == "parquet":
        form, sheets = "parquet", [read_parquet(workspace, content, name, mapping, limits)]
    elif kind == "workbook":
        sheets, skipped, form = read_workbook(workspace, content, name, mapping, limits)
    else:
        encoding = detect_encoding(content, name)
        if encoding not in _READS_AS_UTF8:
            text = workspace.new_file("text")
            transcode(content, text, encoding)
            content = text
        check_no_controls(content, name)
        if looks_like_json(content):
            sheet, form = read_json(workspace, content, name, mapping, limits)
        else:
            form = "csv"
            sheet, delimiter = read_delimited(workspace, content, measure(content, encoding), name, mapping, limits)
        sheets = [sheet]
    return SourceFile(
        path=path,
        name=name,
        file_sha256=digest,
        n_bytes=n_bytes,
        format=form,
        encoding=encoding,
        compression=compression,
        sheets=sheets,
        skipped_sheets=skipped,
        delimiter=delimiter,
        workspace=workspace,
    )
