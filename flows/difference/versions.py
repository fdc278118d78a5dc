"""Which two versions of the registry are compared."""

from __future__ import annotations

from collections.abc import Sequence

from flows.difference.comparing import Version
from flows.home import Home
from flows.journal import read_journal
from flows.publish.publication import list_versions, published_run


class NoSuchVersionError(LookupError):
    """There are no two versions to compare, or none of that name; the message says which there are."""


def known_versions(home: Home) -> dict[str, Version]:
    """The versions that can be compared, by run id, oldest first: kept ones, the published one, and builds held by a gate."""
    current = published_run(home)
    versions = {
        run_id: Version(run_id, home.versions / f"{run_id}.duckdb", "published" if run_id == current else "earlier")
        for run_id in list_versions(home)
    }
    for folder in home.builds.iterdir() if home.builds.is_dir() else ():
        journal = home.runs / f"{folder.name}.json"
        database = home.build_database(folder.name)
        if database.exists() and journal.exists() and read_journal(journal).status == "held":
            versions[folder.name] = Version(folder.name, database, "held")
    return dict(sorted(versions.items()))


def choose_versions(home: Home, names: Sequence[str] = ()) -> tuple[Version, Version]:
    """The older and the newer version to compare.

    names: none (a build held since the last publication against the published version, else the published version against the
    one before it), one (the published version against that one, whichever is older first; a held build is the newer one), or
    two run ids in the order from, to. A run id may be cut short as long as one version alone begins like it.
    Raises NoSuchVersionError.
    """
    versions = known_versions(home)
    current = published_run(home)
    if not versions or current is None:
        raise NoSuchVersionError("nothing is published yet: `calcinosis refresh` builds a registry")
    published = versions[current]
    if not names:
        waiting = [one for one in versions.values() if one.state == "held" and one.run_id > current]
        return (published, waiting[-1]) if waiting else (_before(versions, published), published)
    chosen = [_named(versions, name) for name in names]
    if len(chosen) == 2:
        return chosen[0], chosen[1]
    [one] = chosen
    if one.run_id == current:
        return _before(versions, published), published
    older, newer = sorted((one, published), key=lambda version: version.run_id)
    return (published, one) if one.state == "held" else (older, newer)


def _before(versions: dict[str, Version], published: Version) -> Version:
    earlier = [one for one in versions.values() if one.state == "earlier" and one.run_id < published.run_id]
    if not earlier:
        raise NoSuchVersionError(f"no version before {published.run_id} is kept: there is nothing to compare it with")
    return earlier[-1]


def _named(versions: dict[str, Version], name: str) -> Version:
    if name in versions:
        return versions[name]
    found = [run_id for run_id in versions if run_id.startswith(name)]
    if len(found) != 1:
        problem = "several versions begin with" if found else "there is no version"
        raise NoSuchVersionError(f"{problem} '{name}': choose one of {', '.join(found or versions)}")
    return versions[found[0]]
