"""Lines "key: value" at the head of a text that say what it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from flows.ingest.narrative.identifiers import doi_in, pmcid_in, year_in
from flows.ingest.narrative.parts import Metadata

_FENCE = "---"
_PAIR = re.compile(r"(?P<key>[A-Za-z][A-Za-z _-]{1,30}?)\s*:(?:\s+(?P<value>.*))?$")
_ITEM = re.compile(r"\s*-\s+(?P<value>.*)$")
_NAMES = re.compile(r"\s*[;|]\s*")
_MIN_PAIRS = 2
_MAX_LINES = 100

KEYS: Mapping[str, str] = {
    "article_type": "article_type",
    "author": "authors",
    "authors": "authors",
    "country": "country",
    "date": "year",
    "doi": "doi",
    "id": "own_id",
    "journal": "journal",
    "lang": "language",
    "language": "language",
    "license": "licence",
    "licence": "licence",
    "pmcid": "pmcid",
    "pmid": "pmid",
    "publication_date": "year",
    "published": "year",
    "source": "journal",
    "title": "title",
    "type": "article_type",
    "url": "url",
    "year": "year",
}
"""Key as files write it, small letters -> field of Metadata. Other keys are left out."""


def read_front_matter(text: str) -> tuple[Metadata, int, tuple[int, int] | None]:
    """What the head of a stable text says: metadata, where the article begins, and the offsets of the title.

    The head is a block between lines "---", or at least two known pairs up to the first empty line. A list stands in
    brackets, one item a line with "- ", or with ";" between its items.
    """
    fenced = text.startswith(_FENCE + "\n")
    pairs: dict[str, list[str]] = {}
    title: tuple[int, int] | None = None
    key = ""
    position = len(_FENCE) + 1 if fenced else 0
    for line in text[position:].split("\n")[:_MAX_LINES]:
        end = position + len(line) + 1
        if (fenced and line.rstrip() in (_FENCE, "...")) or (not fenced and not line.strip()):
            return (*_result(pairs, min(end, len(text)), fenced), title) if _is_block(pairs, fenced) else _nothing()
        if (item := _ITEM.match(line)) and key:
            pairs[key].append(_unquoted(item["value"]))
        elif (pair := _PAIR.match(line)) and (fenced or _field(pair["key"])):
            key = _field(pair["key"]) or pair["key"]
            value = _unquoted(pair["value"] or "")
            pairs.setdefault(key, []).extend([value] if value else [])
            if key == "title" and value:
                start = position + line.index(value, pair.start("value"))
                title = (start, start + len(value))
        elif not (fenced and line.startswith((" ", "#"))):
            return _nothing()
        position = end
    return _nothing()


def fill(metadata: Metadata, pairs: Mapping[str, Iterable[str]]) -> None:
    """Put values into the fields of metadata that they are for; a value of the wrong form is left out."""
    for name, values in pairs.items():
        listed = [value for value in values if value]
        if not listed:
            continue
        value = listed[0]
        if name == "authors":
            metadata.authors = tuple(author for each in listed for author in _NAMES.split(each) if author)
        elif name == "year":
            metadata.year = metadata.year or year_in(value)
        elif name == "doi":
            metadata.doi = doi_in(value)
        elif name == "pmcid":
            metadata.pmcid = pmcid_in(value) or (f"PMC{value}" if value.isdecimal() else None)
        elif name == "pmid":
            metadata.pmid = value.lstrip("0") if value.isascii() and value.isdecimal() else None
        elif name in _TEXT_FIELDS:
            setattr(metadata, name, value)


_TEXT_FIELDS = frozenset(KEYS.values()) - {"authors", "year", "doi", "pmcid", "pmid"}


def _field(key: str) -> str | None:
    return KEYS.get(key.strip().casefold().replace(" ", "_").replace("-", "_"))


def _is_block(pairs: Mapping[str, list[str]], fenced: bool) -> bool:
    return fenced or len(pairs) >= _MIN_PAIRS


def _result(pairs: Mapping[str, list[str]], end: int, fenced: bool) -> tuple[Metadata, int]:
    metadata = Metadata()
    fill(metadata, {key: _listed(values) for key, values in pairs.items()})
    return metadata, end


def _nothing() -> tuple[Metadata, int, None]:
    return Metadata(), 0, None


def _listed(values: list[str]) -> list[str]:
    if len(values) == 1 and values[0].startswith("[") and values[0].endswith("]"):
        return [_unquoted(item) for item in values[0][1:-1].split(",")]
    return values


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1].strip() if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
