"""Pieces of text on pages put into reading order: columns, lines, paragraphs, without what every page repeats."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from flows.ingest.narrative.rules import heading_rule, line_kind

_MARGIN = 0.09
_GUTTER_FROM, _GUTTER_TO = 0.3, 0.7
_MIN_GUTTER = 5.0
_MIN_COLUMN_LINES = 4
_MAX_CROSSING = 0.35
_WIDE_GAP = 2.0
_WORD_GAP = 0.12
_RAISED_SIZE = 0.82
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"\W*(?:page\s*|p\.\s*|[A-Z]{1,3}[-\s]?)?\d{1,5}(?:\s*(?:of|/|\|)\s*\d{1,4})?\W*", re.IGNORECASE
)
_CITED = re.compile(r"\d{1,3}(?:\s?[,\u2013\u2012-]\s?\d{1,3})*,?")
_UNIT_BEFORE = re.compile(r"(?:\d|\b(?:[cmkd\u00b5]?m|x|\u00d7))$")
_RAISED = str.maketrans("0123456789-\u2212+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁺")
_HYPHENATED = re.compile(r"[^\W\d_]{2,}[-\u2010]$")
_FINISHED = re.compile(r"[.!?:;][\"'\u201d\u2019)\]]*(?:\[[\d,\s\u2013-]+\])?$")
_STARTS_SMALL = re.compile(r"[\"'(\[]*[a-z\d\u00df-\u00ff]")
_PREFIXES = re.compile(
    r"\b(?:anti|non|post|pre|sub|peri|intra|inter|multi|semi|self|well|follow|year|half|low|high|long|short|hard|soft|"
    r"x|t|b|beta|alpha|cross|end|re|co|ex|two|three|four|five|six|seven|eight|nine|ten|first|second|third)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters side by side on a line. Places in points, from the lower left corner of the page."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        """Height of the line, which stands for the size of the letters."""
        return self.top - self.bottom

    @property
    def middle(self) -> float:
        """Height of its middle on the page."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Page:
    """A page and what is written on it."""

    width: float
    height: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line of one column."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    page: int


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together, joined. size: of its letters."""

    text: str
    size: float
    page: int


def paragraphs_of(pages: Sequence[Page]) -> tuple[list[Paragraph], list[str]]:
    """The paragraphs of all pages in reading order, and the repeated lines of heads and feet that were left out."""
    edges = [_edge_rows(page) for page in pages]
    repeated = _repeated(edges)
    dropped: list[str] = []
    paragraphs: list[Paragraph] = []
    for number, (page, rows) in enumerate(zip(pages, edges, strict=True)):
        running: set[Piece] = set()
        for row in rows:
            text = _line(row, number).text
            if _PAGE_NUMBER.fullmatch(text) or _key(text) in repeated:
                dropped.append(text)
                running.update(row)
        pieces = [piece for piece in page.pieces if piece.text and piece.height > 0 and piece not in running]
        for column in _columns(pieces):
            paragraphs.extend(_paragraphs(_lines(column, number)))
    return _rejoined(paragraphs), list(dict.fromkeys(dropped))


def join_lines(before: str, after: str) -> str:
    """Two lines of one paragraph as one, a word broken at the end of the first made whole."""
    if _HYPHENATED.search(before) and after[:1].islower() and not _PREFIXES.search(before.rstrip("-\u2010")):
        return before[:-1] + after
    if before.endswith(("-", "\u2010", "\u2013", "/")) and not before.endswith((" -", " \u2013", " /")):
        return before + after
    return f"{before} {after}"


def _columns(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """The pieces column by column; what runs over all columns parts those above from those below."""
    gutter = _gutter(pieces)
    if gutter is None:
        if pieces:
            yield pieces
        return
    crossing = [piece for piece in pieces if piece.left < gutter - 1 and piece.right > gutter + 1]
    others = [piece for piece in pieces if piece not in crossing]
    bands = _bands(crossing)
    bound = float("inf")
    for top, bottom, across in bands:
        yield from _side_by_side([piece for piece in others if top < piece.middle <= bound], gutter)
        inside = [piece for piece in others if bottom <= piece.middle <= top]
        yield across + inside
        bound = bottom
    yield from _side_by_side([piece for piece in others if piece.middle < bound], gutter)


def _side_by_side(pieces: list[Piece], gutter: float) -> Iterator[list[Piece]]:
    left = [piece for piece in pieces if piece.left + piece.right < 2 * gutter]
    right = [piece for piece in pieces if piece.left + piece.right >= 2 * gutter]
    for side in (left, right):
        if side:
            yield from _columns(side)


def _bands(crossing: list[Piece]) -> list[tuple[float, float, list[Piece]]]:
    """Top, bottom and pieces of each stretch of lines that run over the gutter, from the top of the page."""
    bands: list[tuple[float, float, list[Piece]]] = []
    for piece in sorted(crossing, key=lambda piece: -piece.top):
        if bands and bands[-1][1] - piece.top < 1.2 * piece.height:
            top, bottom, inside = bands[-1]
            bands[-1] = (top, min(bottom, piece.bottom), [*inside, piece])
        else:
            bands.append((piece.top, piece.bottom, [piece]))
    return bands


def _gutter(pieces: list[Piece]) -> float | None:
    """Middle of the free strip between two columns; None where the text runs over the whole width."""
    if len(pieces) < 2 * _MIN_COLUMN_LINES:
        return None
    left = min(piece.left for piece in pieces)
    right = max(piece.right for piece in pieces)
    width = right - left
    if width < 100:
        return None
    first = int(left + _GUTTER_FROM * width)
    steps = int((_GUTTER_TO - _GUTTER_FROM) * width) + 1
    changes = [0.0] * (steps + 1)
    total = 0.0
    for piece in pieces:
        total += 1
        begin = max(0, min(steps, int(piece.left) - first))
        end = max(0, min(steps, int(piece.right) + 1 - first))
        changes[begin] += 1
        changes[end] -= 1
    crossing: list[float] = []
    running = 0.0
    for change in changes[:steps]:
        running += change
        crossing.append(running)
    least = min(crossing)
    if least > _MAX_CROSSING * total:
        return None
    best = max(_strips(crossing, least), key=lambda strip: strip[1] - strip[0])
    if best[1] - best[0] < _MIN_GUTTER:
        return None
    gutter = first + (best[0] + best[1]) / 2
    n_left = len({round(piece.bottom) for piece in pieces if piece.right <= gutter + 1})
    n_right = len({round(piece.bottom) for piece in pieces if piece.left >= gutter - 1})
    return gutter if min(n_left, n_right) >= _MIN_COLUMN_LINES else None


def _strips(crossing: list[float], least: float) -> Iterator[tuple[int, int]]:
    begin = None
    for index, count in enumerate([*crossing, float("inf")]):
        if count <= least and begin is None:
            begin = index
        elif count > least and begin is not None:
            yield begin, index
            begin = None


def _lines(pieces: list[Piece], page: int) -> list[PrintedLine]:
    return [_line(row, page) for row in _rows(pieces)]


def _rows(pieces: list[Piece]) -> list[list[Piece]]:
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: -piece.middle):
        row = rows[-1] if rows else None
        if row is not None and _on_one_line(row, piece):
            row.append(piece)
        else:
            rows.append([piece])
    return rows


def _on_one_line(row: list[Piece], piece: Piece) -> bool:
    main = max(row, key=lambda each: (each.height, each.right - each.left))
    overlap = min(main.top, piece.top) - max(main.bottom, piece.bottom)
    return overlap > 0.45 * min(main.height, piece.height)


def _line(row: list[Piece], page: int) -> PrintedLine:
    row = sorted(row, key=lambda piece: piece.left)
    size = max(row, key=lambda piece: len(piece.text)).height
    base = median(piece.bottom for piece in row if piece.height >= _RAISED_SIZE * size)
    text = ""
    right = row[0].left
    for piece in row:
        gap = piece.left - right
        words = piece.text
        if piece.height < _RAISED_SIZE * size and piece.bottom > base + 0.12 * size and _CITED.fullmatch(words):
            if _UNIT_BEFORE.search(text) and words.isdecimal():
                words = words.translate(_RAISED)
            elif text:
                words = f"[{words.rstrip(',')}]"
            text += words
        elif not text:
            text = words
        elif gap > _WIDE_GAP * size:
            text += " | " + words
        else:
            text += (" " if gap > _WORD_GAP * size else "") + words
        right = max(right, piece.right)
    bottom = min(piece.bottom for piece in row)
    return PrintedLine(text, row[0].left, bottom, right, max(piece.top for piece in row), size, page)


def _edge_rows(page: Page) -> list[list[Piece]]:
    """The lines at the head and at the foot of a page, over its whole width."""
    inside = (_MARGIN * page.height, (1 - _MARGIN) * page.height)
    pieces = [
        piece
        for piece in page.pieces
        if piece.text and piece.height > 0 and (piece.top < inside[0] or piece.bottom > inside[1])
    ]
    return _rows(pieces)


def _repeated(edges: list[list[list[Piece]]]) -> frozenset[str]:
    """The lines of heads and feet, without their numbers, that stand on several pages."""
    seen: Counter[str] = Counter()
    for rows in edges:
        seen.update({_key(_line(row, 0).text) for row in rows})
    least = 2 if len(edges) < 6 else 3
    return frozenset(key for key, count in seen.items() if count >= least)


def _key(text: str) -> str:
    return _DIGITS.sub("#", "".join(text.casefold().split()))


def _paragraphs(lines: list[PrintedLine]) -> Iterator[Paragraph]:
    """Lines of one column joined to paragraphs."""
    if not lines:
        return
    left = _usual([line.left for line in lines])
    right = max(line.right for line in lines)
    pitches = [above.bottom - below.bottom for above, below in pairwise(lines) if above.bottom > below.bottom]
    pitch = median(pitches) if pitches else lines[0].size
    current: Paragraph | None = None
    before: PrintedLine | None = None
    for line in lines:
        if current is None or before is None or _begins(line, before, left, right, pitch):
            if current is not None:
                yield current
            current = Paragraph(line.text, line.size, line.page)
        else:
            current.text = join_lines(current.text, line.text)
        before = line
    if current is not None:
        yield current


def _usual(values: list[float]) -> float:
    return Counter(round(value) for value in values).most_common(1)[0][0]


def _begins(line: PrintedLine, before: PrintedLine, left: float, right: float, pitch: float) -> bool:
    if abs(line.size - before.size) > 0.14 * max(line.size, before.size):
        return True
    gap = before.bottom - line.bottom
    if gap > 1.35 * pitch and gap > 1.3 * line.size:
        return True
    if _is_heading(line, left, right) or _is_heading(before, left, right):
        return True
    width = right - left
    ended = _FINISHED.search(before.text) is not None
    if ended and line.left > left + 0.6 * line.size and before.left < line.left - 0.4 * line.size:
        return True
    if ended and before.right < right - 0.12 * width and not _STARTS_SMALL.match(line.text):
        return True
    return line_kind(line.text) is not None and (ended or before.right < right - 0.12 * width)


def _is_heading(line: PrintedLine, left: float, right: float) -> bool:
    if line.right - line.left > 0.85 * (right - left) and right - left > 150:
        return False
    return line.text[0].isupper() + line.text[0].isdigit() > 0 and heading_rule(line.text) is not None


def _rejoined(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """Paragraphs that a column or page broke, made whole, even if a caption or table stands between."""
    result: list[Paragraph] = []
    open_one: Paragraph | None = None
    for paragraph in paragraphs:
        goes_on = (
            open_one is not None
            and _STARTS_SMALL.match(paragraph.text) is not None
            and not paragraph.text[0].isdigit()
            and abs(open_one.size - paragraph.size) < 0.08 * open_one.size
        )
        if goes_on and open_one is not None:
            open_one.text = join_lines(open_one.text, paragraph.text)
        else:
            result.append(paragraph)
        target = open_one if goes_on and open_one is not None else paragraph
        if _is_unfinished(target):
            open_one = target
        elif target is open_one or not _is_aside(target, open_one):
            open_one = None
    return result


def _is_unfinished(paragraph: Paragraph) -> bool:
    text = paragraph.text
    return len(text) > 60 and _FINISHED.search(text) is None and heading_rule(text) is None and line_kind(text) is None


def _is_aside(paragraph: Paragraph, open_one: Paragraph | None) -> bool:
    if open_one is None:
        return False
    return line_kind(paragraph.text) is not None or abs(paragraph.size - open_one.size) >= 0.08 * open_one.size
