"""Which files a run is asked to read, and what the source of each is called."""

from __future__ import annotations

import glob
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flows.ingest.errors import SourceNotFoundError

_KEY_AND_PATH = re.compile(r"^([a-z][a-z0-9_]*)=(.+)$", re.DOTALL)
_COMPANION_SUFFIXES = {".toml", ".yaml", ".yml"}
_COMPANION_NAMES = {"thumbs.db", "desktop.ini"}
_COMPANION_BEGINNINGS = ("README", "LICENSE", "LICENCE", "CHANGELOG", "CONTRIBUTING", "NOTICE")
_OFFICE_LOCKS = ("~$", ".~lock.")


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read.

    source_key: lasting name of its source, also when the file moves.   argument: what it was found by.
    skipped: why it is not to be read (a companion of the data, such as a README), else None.
    """

    path: Path
    source_key: str
    argument: str
    skipped: str | None = None


def discover(arguments: Sequence[str]) -> list[Found]:
    """Find the files that the arguments name.

    An argument is a file, a folder (searched through and through), a pattern such as "exports/*.csv", or any of
    these behind "key=", which fixes the source key. A file named twice is found once, and the naming with a key
    counts. Sorted by key.
    Raises SourceNotFoundError naming each argument that matches nothing.
    """
    found: dict[Path, tuple[Found, str | None, str]] = {}
    missing: list[str] = []
    for argument in arguments:
        key, target = _split(argument)
        entries = _entries(target)
        if not entries:
            missing.append(argument)
        readable = sum(skipped is None for _, _, skipped in entries)
        for path, relative, skipped in entries:
            stem = slug(_without_suffixes(relative))
            base = stem if key is None else key if readable <= 1 else f"{key}_{stem}"
            identity = path.resolve()
            if identity not in found or (key is not None and found[identity][1] is None):
                found[identity] = (Found(path, base, argument, skipped), key, base)
    if missing:
        raise SourceNotFoundError(_explain(missing))
    return _with_distinct_keys([entry for entry, _, _ in found.values()])


def slug(text: str) -> str:
    """Lower-case ASCII letters, digits and single underscores: "Fälle (Nord) 2020" gives "falle_nord_2020".

    A text without any such sign gives "source".
    """
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_") or "source"


def _split(argument: str) -> tuple[str | None, str]:
    match = _KEY_AND_PATH.match(argument)
    if match is None or os.path.lexists(argument):
        return None, argument
    return match.group(1), match.group(2)


def _entries(target: str) -> list[tuple[Path, str, str | None]]:
    """Path, name to make the key of, and reason for skipping of every file that a target names."""
    if not target:
        # An empty argument comes from an unset variable of a shell and does not mean the current folder.
        return []
    path = Path(target).expanduser()
    if path.is_dir():
        return _scan(path)
    if os.path.lexists(path):
        return [(path, path.name, None)]
    if not glob.has_magic(target):
        return []
    entries: list[tuple[Path, str, str | None]] = []
    # Path.glob takes no absolute patterns.
    for match in sorted(glob.glob(str(path), recursive=True)):  # noqa: PTH207
        matched = Path(match)
        if matched.is_dir():
            continue
        if not matched.name.startswith(_OFFICE_LOCKS):
            entries.append((matched, matched.name, None))
    return entries


def _scan(folder: Path) -> list[tuple[Path, str, str | None]]:
    entries: list[tuple[Path, str, str | None]] = []

    def unreadable(error: OSError) -> None:
        # A folder that may not be looked into is handed on, so that reading it records the reason.
        place = Path(error.filename or folder)
        entries.append((place, str(place.relative_to(folder)), None))

    for root, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        for name in sorted(names):
            path = Path(root, name)
            if name.startswith((".", *_OFFICE_LOCKS)) or not (path.is_file() or path.is_symlink()):
                continue
            companion = (
                path.suffix.lower() in _COMPANION_SUFFIXES
                or name.lower() in _COMPANION_NAMES
                or name.upper().startswith(_COMPANION_BEGINNINGS)
            )
            entries.append((path, str(path.relative_to(folder)), "companion file" if companion else None))
    return entries


def _without_suffixes(name: str) -> str:
    path = Path(name)
    if path.suffix.lower() == ".gz":
        path = path.with_suffix("")
    return str(path.with_suffix("")) if path.suffix else str(path)


def _with_distinct_keys(entries: list[Found]) -> list[Found]:
    """Make equal keys differ by what tells the files apart: first the suffix, then the folders above."""
    suffixes = {entry.path: slug("_".join(part.lstrip(".") for part in entry.path.suffixes[-2:])) for entry in entries}
    keyed = _rename_clashes(entries, {entry.path: f"{entry.source_key}_{suffixes[entry.path]}" for entry in entries})
    for depth in range(max((len(entry.path.absolute().parts) for entry in entries), default=0)):
        parents = {entry.path: entry.path.absolute().parents for entry in entries}
        prefixed = {
            entry.path: f"{slug(parents[entry.path][depth].name)}_{entry.source_key}"
            for entry in keyed
            if depth < len(parents[entry.path])
        }
        keyed = _rename_clashes(keyed, prefixed)
    return sorted(keyed, key=lambda entry: (entry.source_key, str(entry.path)))


def _rename_clashes(entries: list[Found], names: dict[Path, str]) -> list[Found]:
    by_key: dict[str, list[Found]] = defaultdict(list)
    for entry in entries:
        if entry.skipped is None:
            by_key[entry.source_key].append(entry)
    clashing = {entry.path for same in by_key.values() if len(same) > 1 for entry in same}
    return [
        replace(entry, source_key=names[entry.path]) if entry.path in clashing and entry.path in names else entry
        for entry in entries
    ]


def _explain(missing: list[str]) -> str:
    named = ", ".join(repr(argument) for argument in missing)
    return (
        f"nothing found for {named} (looked from {Path.cwd()}): give a file, a folder, a quoted pattern such as"
        ' "exports/*.csv", or key=path'
    )
