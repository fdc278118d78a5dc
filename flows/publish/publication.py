"""Publication: a finished build becomes the registry in one step, and readers never see half of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb

from flows.home import Home


class PublicationError(RuntimeError):
    """A build must not be published; the message says why."""


def publish_build(home: Home, run_id: str, keep_versions: int) -> Path:
    """Swap the build of a run in as the published registry, and keep it under its run id in `versions`.

    The build must be closed and checkpointed. The file reaches the disk before its name changes, and the name changes in
    one step: a reader has the old registry or the new one, and a crash leaves one of them.
    Raises PublicationError when a write-ahead log is left on either side: beside a replaced file it would show phantom rows.
    """
    build = home.build_database(run_id)
    for database in (build, home.registry):
        log = database.with_name(database.name + ".wal")
        if log.exists():
            raise PublicationError(f"{log} is left: the file beside it was not closed cleanly")
    _sync(build)
    version = home.versions / f"{run_id}.duckdb"
    os.link(build, version)
    build.replace(home.registry)
    _sync(home.path)
    shutil.rmtree(home.build(run_id), ignore_errors=True)
    prune_versions(home, keep_versions)
    return home.registry


def list_versions(home: Home) -> list[str]:
    """Run ids of the kept versions, newest first."""
    return sorted((path.stem for path in home.versions.glob("*.duckdb")), reverse=True)


def published_run(home: Home) -> str | None:
    """Run id of the registry that is published now, or None."""
    if not home.registry.exists():
        return None
    inode = home.registry.stat().st_ino
    for run_id in list_versions(home):
        if (home.versions / f"{run_id}.duckdb").stat().st_ino == inode:
            return run_id
    return None


def roll_back(home: Home, to: str | None = None) -> str:
    """Publish an earlier version again; without `to`, the one before the published one. Returns its run id.

    Raises PublicationError when there is no such version.
    """
    versions, current = list_versions(home), published_run(home)
    if to is None:
        older = [run_id for run_id in versions if current is None or run_id < current]
        if not older:
            raise PublicationError(
                f"{home.versions} holds no version before the published one: nothing to roll back to"
            )
        to = older[0]
    if to not in versions:
        raise PublicationError(f"no version '{to}' in {home.versions}: choose one of {', '.join(versions) or 'none'}")
    link = home.path / f".registry-{to}.duckdb"
    link.unlink(missing_ok=True)
    os.link(home.versions / f"{to}.duckdb", link)
    link.replace(home.registry)
    # A rename onto another name of the same file leaves both names.
    link.unlink(missing_ok=True)
    _sync(home.path)
    return to


def prune_versions(home: Home, keep: int) -> None:
    """Remove all but the newest `keep` versions behind the published one."""
    current = published_run(home)
    others = [run_id for run_id in list_versions(home) if run_id != current]
    for run_id in others[keep:]:
        (home.versions / f"{run_id}.duckdb").unlink(missing_ok=True)


def prune_builds(home: Home, keep: int) -> None:
    """Remove what killed and held runs left in `builds`, except the newest `keep`."""
    for folder in sorted((path for path in home.builds.iterdir() if path.is_dir()), reverse=True)[keep:]:
        shutil.rmtree(folder, ignore_errors=True)


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def registry_checksum(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Checksum of the content of every table and view of `registry` and `analytics`, whatever the order of its rows."""
    names = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables "
        "WHERE table_schema IN ('registry', 'analytics') ORDER BY ALL"
    ).fetchall()
    checksums = {}
    for schema, name in names:
        row = connection.execute(
            f"SELECT count(*), bit_xor(md5_number(rows::VARCHAR)), sum(hash(rows::VARCHAR)::HUGEINT) FROM {schema}.{name} AS rows"
        ).fetchone()
        checksums[f"{schema}.{name}"] = "-".join(str(value) for value in row or ())
    return checksums
