"""What a registry is derived from, as hashes: when none of them changed, nothing needs to be derived again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import duckdb

from flows import resources
from flows.database import insert_rows
from flows.resources import resource

_PARTS = {
    "vocabularies": ("data", "vocabulary"),
    "rules": ("expectations",),
    "queries": ("sql",),
}


def hash_files(paths: Iterable[Path], root: Path) -> str:
    """SHA-256 over the relative names and contents of files, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def program_fingerprints() -> dict[str, str]:
    """Hash of each part that is not input: vocabularies, rules (with data/rules), queries, program."""
    parts = {}
    for part, folder in _PARTS.items():
        root = resource(*folder)
        parts[part] = hash_files((path for path in root.rglob("*") if path.is_file()), root)
    rules = resource("data", "rules")
    parts["rules"] = hashlib.sha256(
        (parts["rules"] + hash_files((path for path in rules.rglob("*") if path.is_file()), rules)).encode()
    ).hexdigest()
    package = Path(__file__).parents[1]
    code = hash_files((path for path in package.rglob("*.py") if "_shipped" not in path.parts), package)
    libraries = " ".join(f"{name}=={version(name)}" for name in ("duckdb", "great-expectations", "rapidfuzz"))
    parts["program"] = hashlib.sha256(f"{code} {libraries}".encode()).hexdigest()
    return parts


def program_files() -> list[tuple[str, str, str]]:
    """Part, name and SHA-256 of each file of the vocabularies, rules and queries, so that a changed one can be named."""
    folders = [*_PARTS.items(), ("rules", ("data", "rules"))]
    return sorted(
        (part, path.relative_to(resources.ROOT).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
        for part, folder in folders
        for path in resource(*folder).rglob("*")
        if path.is_file()
    )


def input_fingerprint(files: Iterable[tuple[str, ...]]) -> str:
    """Hash of the files that the registry rests on, each given as (source key, sha256, mapping hash, …)."""
    return hashlib.sha256("\n".join("\t".join(file) for file in sorted(files)).encode()).hexdigest()


def read_fingerprints(connection: duckdb.DuckDBPyConnection, table: str = "staging.fingerprints") -> dict[str, str]:
    """Fingerprints that a build or a published registry holds."""
    return dict(connection.execute(f"SELECT part, sha256 FROM {table}").fetchall())


def write_fingerprints(connection: duckdb.DuckDBPyConnection, parts: dict[str, str]) -> None:
    """Keep the fingerprints of a build in staging.fingerprints."""
    insert_rows(connection, "staging.fingerprints", sorted(parts.items()))


def write_program_files(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep the hashes of the program's files in staging.program_files."""
    insert_rows(connection, "staging.program_files", program_files())
