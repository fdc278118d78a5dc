"""XML and HTML trees read with care: no entity, no document type and no network is ever followed."""

from __future__ import annotations

import html.entities
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from flows.ingest.errors import UnreadableFileError
from flows.ingest.narrative.stable import one_line

_BARE = re.compile(r"\d{1,3}(?:\s*[,;\u2013\u2012-]\s*\d{1,3})*,?")
_RAISED = str.maketrans("0123456789+-\u2212n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")
_RAISABLE = re.compile(r"[-+\u2212]?\d{1,3}[-+\u2212]?|[-+\u2212]")
_OPEN = re.compile(r"[\[(,;\u2013-]\s*$")
_SPAN_LIMIT = 50

IsBlock = Callable[[str], bool]
IsCitation = Callable[[Any], bool]


def xml_events(path: Path, tag: str, events: tuple[str, ...] = ("end",)) -> Iterator[tuple[str, Any]]:
    """The elements of one name in an XML file, streamed. Raises etree.XMLSyntaxError."""
    with path.open("rb") as file:
        yield from etree.iterparse(
            file,
            events=events,
            tag=tag,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            attribute_defaults=False,
            dtd_validation=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )


def safe_parser() -> etree.XMLParser:
    """A parser for one record of a set."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def xml_error(error: etree.XMLSyntaxError, place: str, n_lines: int | None = None) -> UnreadableFileError:
    """What a person is told of XML that cannot be parsed."""
    message = " ".join((error.msg or str(error)).split())
    line = error.lineno or 0
    where = f"{place}, line {line}" if line else place
    small = message.casefold()
    if "depth" in small:
        return UnreadableFileError("too_deep", f"{where}: {message}", "Give the article as its publisher writes it")
    if "entit" in small and ("loop" in small or "amplification" in small or "not defined" not in small):
        return _entity_error(where, message)
    if "premature end" in small or "not fully" in small or "end of data" in small or "document is empty" in small:
        return UnreadableFileError(
            "truncated", f"{where}: the XML ends too early", "Copy or download it again; the transfer was cut off"
        )
    return UnreadableFileError("damaged", f"{where} is not valid XML ({message})", "Download it again")


def _entity_error(place: str, message: str) -> UnreadableFileError:
    return UnreadableFileError(
        "unsafe",
        f"{place} uses an entity of its own ({message}), which is never followed",
        "Give the article without entities, as its publisher writes it",
    )


def name_of(element: Any) -> str:
    """Local name of an element, without its namespace; "" for what is no element."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    return tag.rpartition("}")[2]


def depth_of(root: Any) -> int:
    """How many elements lie inside one another."""
    depth = deepest = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def check_depth(root: Any, limit: int, place: str) -> None:
    """Raise UnreadableFileError too_deep where elements nest beyond the limit."""
    deepest = depth_of(root)
    if deepest > limit:
        raise UnreadableFileError(
            "too_deep", f"{place} nests {deepest:,} elements, more than {limit}", "Give the article as published"
        )


def children(element: Any, *names: str) -> list[Any]:
    """Child elements of these names, in order."""
    return [child for child in element if name_of(child) in names]


def descendants(element: Any, *names: str) -> Iterator[Any]:
    """Elements of these names anywhere below, in order."""
    return (found for found in element.iter() if found is not element and name_of(found) in names)


def first(element: Any, *path: str) -> Any | None:
    """The first element at a path of child names."""
    for step in path:
        if element is None:
            return None
        element = next((child for child in element if name_of(child) == step), None)
    return element


def text_at(element: Any, *path: str) -> str | None:
    """Text of the element at a path of child names, on one line; None where it is missing or empty."""
    found = first(element, *path)
    return (inline_text(found) or None) if found is not None else None


def inline_text(
    element: Any, is_block: IsBlock | None = None, is_citation: IsCitation | None = None, place: str = "the document"
) -> str:
    """The text of an element on one line, its blocks left out.

    is_block: whether the element of a name is left out.   is_citation: whether an element points to a reference; its
    raised number is written in brackets, so that it does not grow together with the word before it. Other raised
    digits stay raised ("10⁹"). Raises UnreadableFileError unsafe for an entity that only the file itself defines.
    """
    pieces: list[str] = []
    _gather(element, pieces, is_block, is_citation, place)
    return one_line("".join(pieces))


def _gather(
    element: Any, pieces: list[str], is_block: IsBlock | None, is_citation: IsCitation | None, place: str
) -> None:
    if element.text:
        pieces.append(element.text)
    for child in element:
        name = name_of(child)
        if child.tag is etree.Entity:
            pieces.append(entity_text(child, place))
        elif not name:
            pass
        elif is_block is not None and is_block(name):
            pieces.append(" ")
        elif is_citation is not None and (is_citation(child) or _raises_citation(child, name, is_citation)):
            _cite(inline_text(child, None, None, place), pieces)
        elif name == "sup":
            raised = inline_text(child, is_block, is_citation, place)
            pieces.append(raised.translate(_RAISED) if _RAISABLE.fullmatch(raised) else raised)
        elif name in ("break", "br"):
            pieces.append(" ")
        else:
            _gather(child, pieces, is_block, is_citation, place)
        if child.tail:
            pieces.append(child.tail)


def entity_text(entity: Any, place: str) -> str:
    """The character of an entity that HTML knows."""
    known = html.entities.html5.get(f"{entity.name};")
    if known is None:
        raise _entity_error(place, f"&{entity.name};")
    return known


def _raises_citation(child: Any, name: str, is_citation: IsCitation) -> bool:
    return name == "sup" and any(is_citation(inner) for inner in child.iter() if inner is not child)


def _cite(text: str, pieces: list[str]) -> None:
    before = "".join(pieces[-3:])
    if _BARE.fullmatch(text) and not _OPEN.search(before):
        pieces.append(f"[{text.rstrip(',')}]")
    else:
        pieces.append(text)


def table_rows(table: Any, cell_text: Callable[[Any], str]) -> list[str]:
    """The rows of a table, one line each, cells set apart by " | "; a cell over several rows stands in each."""
    lines: list[str] = []
    held: dict[int, tuple[str, int]] = {}
    for row in descendants(table, "tr"):
        cells: list[str] = []
        for cell in children(row, "td", "th"):
            while len(cells) in held:
                cells.append(_from_above(held, len(cells)))
            text = cell_text(cell)
            below = _span(cell.get("rowspan")) - 1
            for _ in range(_span(cell.get("colspan"))):
                if below:
                    held[len(cells)] = (text, below)
                cells.append(text)
                text = ""
        while len(cells) in held:
            cells.append(_from_above(held, len(cells)))
        if any(cells):
            lines.append(" | ".join(cells))
    return lines


def _from_above(held: dict[int, tuple[str, int]], column: int) -> str:
    text, below = held.pop(column)
    if below > 1:
        held[column] = (text, below - 1)
    return text


def _span(value: str | None) -> int:
    return min(int(value), _SPAN_LIMIT) if value and value.isascii() and value.isdecimal() and int(value) else 1
