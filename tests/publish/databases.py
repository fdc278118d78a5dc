"""Small builds to publish."""

from __future__ import annotations

from flows.database import open_build, open_reader
from flows.home import Home


def make_build(home: Home, run_id: str, says: str) -> None:
    """A closed build of a run with one table of one row."""
    home.create()
    home.build(run_id).mkdir(parents=True)
    with open_build(home.build_database(run_id)) as connection:
        connection.execute("CREATE SCHEMA registry")
        connection.execute("CREATE TABLE registry.cases AS SELECT ? AS says", [says])


def published(home: Home) -> str:
    """What the row of the published registry says."""
    with open_reader(home.registry) as connection:
        row = connection.execute("SELECT says FROM registry.cases").fetchone()
    assert row is not None
    return str(row[0])
