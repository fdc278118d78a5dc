"""The PRISMA 2020 flow diagram as SVG: boxes and arrows where the templates for new and updated reviews have them.

Source: Page MJ et al., The PRISMA 2020 statement, BMJ 2021;372:n71, flow diagrams for databases, registers and other sources.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

Row = dict[str, Any]

_FONT_SIZE, _LINE = 12, 16
_PADDING, _GAP = 8, 26
_STRIP, _LEFT, _MAIN, _SIDE = 26, 48, 222, 236
_HEADING = 40
# Width of an average letter of a sans-serif font, in parts of its size; wide enough that no line leaves its box.
_LETTER = 0.54
_LISTED = 6
# What XML 1.0 cannot hold, whatever is written around it.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TRACK_HEADINGS = {
    "previous": "Previous studies",
    "documents": "Identification of new studies via databases and registers",
    "records": "Identification of new cases via other methods: case lists",
}
_SECTIONS = ("Identification", "Screening", "Included")


@dataclass
class _Box:
    x: float
    y: float
    width: float
    lines: list[str]
    height: float = 0

    @property
    def needed(self) -> float:
        return len(self.lines) * _LINE + 2 * _PADDING

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass
class _Track:
    """A column of boxes, each with the box beside it that takes what leaves: (row, main, side)."""

    name: str
    x: float
    rows: list[tuple[int, _Box, _Box | None]]


def draw_flow(rows: Sequence[Row]) -> str:
    """The flow of analytics.prisma_flow (rows of `flows.analyse.prisma.read_flow`) as the text of an SVG file.

    The column of the previous review is drawn where one is known, and the column of sheets where a sheet was read. A box
    lists its six largest parts; the others are summed up.
    """
    return _Figure(rows).text()


class _Figure:
    def __init__(self, rows: Sequence[Row]) -> None:
        self._totals = {row["box"]: row for row in rows if row["reason"] is None}
        self._parts: dict[str, list[Row]] = {}
        for row in rows:
            if row["reason"] is not None:
                self._parts.setdefault(row["box"], []).append(row)
        self._is_update = bool(self._n("previous_studies") or self._n("previous_reports"))
        self._has_sheets = self._n("records_identified") > 0
        self._svg = ElementTree.Element("svg")

    def text(self) -> str:
        x = float(_LEFT)
        previous = None
        if self._is_update:
            previous = _Box(x, 0, _MAIN, [*self._lines("previous_studies"), *self._lines("previous_reports")])
            x += _MAIN + _GAP
        tracks = [self._documents(x)]
        x += _MAIN + _GAP + _SIDE + _GAP
        if self._has_sheets:
            tracks.append(self._records(x))
            x += _MAIN + _GAP + _SIDE + _GAP
        width = x - _GAP + 10
        bands = self._place(tracks, previous)
        included = _Box(tracks[0].x, bands[-1][1] + _GAP, _MAIN + _GAP + _SIDE, self._included())
        included.height = included.needed
        boxes = [box for track in tracks for _, *pair in track.rows for box in pair if box is not None]
        boxes += [included, *([previous] if previous else [])]
        total = None
        if self._is_update:
            lines = [*self._lines("total_studies"), *self._lines("total_reports")]
            total = _Box(included.x, included.bottom + _GAP, included.width, lines)
            total.height = total.needed
            boxes.append(total)
        end = (total or included).bottom
        self._begin(width, end + 12)
        self._headings(tracks, previous)
        for name, (top, bottom) in zip(_SECTIONS, [*bands, (included.y, end)], strict=True):
            self._strip(name, top, bottom)
        self._arrows(tracks, included, previous, total)
        for box in boxes:
            self._draw(box)
        ElementTree.indent(self._svg)
        return ElementTree.tostring(self._svg, encoding="unicode", xml_declaration=True) + "\n"

    def _n(self, box: str) -> int:
        return int(self._totals[box]["n"]) if box in self._totals else 0

    def _documents(self, x: float) -> _Track:
        removed = ["Records removed before screening:", *self._lines("documents_duplicate", "documents_unreadable")]
        return _Track(
            "documents",
            x,
            [
                (0, self._box(x, "documents_identified"), _Box(x + _MAIN + _GAP, 0, _SIDE, removed)),
                (1, self._box(x, "documents_screened"), self._box(x, "documents_excluded_at_screening", is_side=True)),
                (2, self._box(x, "reports_sought"), self._box(x, "reports_not_retrieved", is_side=True)),
                (3, self._box(x, "reports_assessed"), self._box(x, "reports_excluded", is_side=True)),
            ],
        )

    def _records(self, x: float) -> _Track:
        removed = ["Rows removed before assessment:", *self._lines("records_duplicate")]
        return _Track(
            "records",
            x,
            [
                (0, self._box(x, "records_identified"), _Box(x + _MAIN + _GAP, 0, _SIDE, removed)),
                (3, self._box(x, "records_assessed"), self._box(x, "records_excluded", is_side=True)),
            ],
        )

    def _box(self, x: float, name: str, *, is_side: bool = False) -> _Box:
        return _Box(x + (_MAIN + _GAP if is_side else 0), 0, _SIDE if is_side else _MAIN, self._lines(name))

    def _lines(self, *names: str) -> list[str]:
        """What stands in a box: its label with n, and its parts below."""
        lines = []
        for name in names:
            parts = sorted(self._parts.get(name, []), key=lambda row: (-row["n"], str(row["label"])))
            lines.append(f"{self._totals[name]['label']} (n\u00a0=\u00a0{self._n(name)}){':' if parts else ''}")
            lines += [f"  {row['label']} (n\u00a0=\u00a0{row['n']})" for row in parts[:_LISTED]]
            if more := parts[_LISTED:]:
                lines.append(f"  {len(more)} further (n\u00a0=\u00a0{sum(row['n'] for row in more)})")
        return lines

    def _included(self) -> list[str]:
        names = ["new_studies", "new_reports", "new_cases"]
        if self._n("retracted_reports"):
            names.append("retracted_reports")
        return [f"{self._totals[name]['label']} (n\u00a0=\u00a0{self._n(name)})" for name in names]

    def _place(self, tracks: Sequence[_Track], previous: _Box | None) -> list[tuple[float, float]]:
        """Give each box its lines, y and height; boxes of one row share both. Gives top and bottom of the two upper bands."""
        boxes = [(row, box) for track in tracks for row, *pair in track.rows for box in pair if box is not None]
        boxes += [(0, previous)] if previous else []
        for _, box in boxes:
            box.lines = _wrap(box.lines, box.width)
        y, bands = 10.0 + _HEADING + _GAP / 2, []
        for row in range(4):
            members = [box for place, box in boxes if place == row]
            height = max(box.needed for box in members)
            for box in members:
                box.y, box.height = y, height
            bands.append((y, y + height))
            y += height + _GAP
        return [bands[0], (bands[1][0], bands[3][1])]

    def _begin(self, width: float, height: float) -> None:
        size = {"width": f"{width:g}", "height": f"{height:g}", "viewBox": f"0 0 {width:g} {height:g}"}
        self._svg.attrib |= {
            "xmlns": "http://www.w3.org/2000/svg", **size, "role": "img", "aria-labelledby": "prisma-title prisma-desc",
            "font-family": "Helvetica, Arial, sans-serif", "font-size": str(_FONT_SIZE),
        }  # fmt: skip
        title = ElementTree.SubElement(self._svg, "title", id="prisma-title")
        title.text = "PRISMA 2020 flow diagram"
        described = ElementTree.SubElement(self._svg, "desc", id="prisma-desc")
        described.text = _clean("; ".join(f"{row['label']}: {row['n']}" for row in self._totals.values()))
        marker = ElementTree.SubElement(
            ElementTree.SubElement(self._svg, "defs"), "marker", id="prisma-arrow", viewBox="0 0 8 8", refX="8", refY="4",
            markerWidth="8", markerHeight="8", orient="auto",
        )  # fmt: skip
        ElementTree.SubElement(marker, "path", d="M0 0 L8 4 L0 8 z", fill="#333333")
        ElementTree.SubElement(self._svg, "rect", width="100%", height="100%", fill="#ffffff")

    def _headings(self, tracks: Sequence[_Track], previous: _Box | None) -> None:
        bars = [("previous", previous.x, float(_MAIN))] if previous else []
        bars += [(track.name, track.x, float(_MAIN + _GAP + _SIDE)) for track in tracks]
        for name, x, width in bars:
            bar = _Box(x, 10, width, _wrap([_TRACK_HEADINGS[name]], width), _HEADING)
            self._draw(bar, fill="#f2c94c", weight="bold", rounded=True)

    def _strip(self, name: str, top: float, bottom: float) -> None:
        self._rectangle(10, top, _STRIP, bottom - top, "#bcd4ec", rounded=True)
        x, y = 10 + _STRIP / 2 + 4, (top + bottom) / 2
        words = ElementTree.SubElement(
            self._svg, "text", {"text-anchor": "middle", "font-weight": "bold", "transform": f"rotate(-90 {x:g} {y:g})"}
        )
        words.attrib |= {"x": f"{x:g}", "y": f"{y:g}"}
        words.text = name

    def _arrows(self, tracks: Sequence[_Track], included: _Box, previous: _Box | None, total: _Box | None) -> None:
        for track in tracks:
            mains = [main for _, main, _ in track.rows]
            for upper, lower in pairwise(mains):
                self._arrow((upper.middle, upper.bottom), (lower.middle, lower.y))
            for _, main, side in track.rows:
                if side is not None:
                    y = main.y + main.height / 2
                    self._arrow((main.x + main.width, y), (side.x, y))
            last = mains[-1]
            if included.x <= last.middle <= included.x + included.width:
                self._arrow((last.middle, last.bottom), (last.middle, included.y))
            else:
                y = included.y + included.height / 2
                self._arrow((last.middle, last.bottom), (last.middle, y), (included.x + included.width, y))
        if previous is not None and total is not None:
            y = total.y + total.height / 2
            self._arrow((previous.middle, previous.bottom), (previous.middle, y), (total.x, y))
            self._arrow((included.middle, included.bottom), (included.middle, total.y))

    def _arrow(self, *points: tuple[float, float]) -> None:
        ElementTree.SubElement(
            self._svg,
            "polyline",
            {
                "points": " ".join(f"{x:g},{y:g}" for x, y in points),
                "fill": "none",
                "stroke": "#333333",
                "marker-end": "url(#prisma-arrow)",
            },
        )

    def _draw(self, box: _Box, *, fill: str = "#ffffff", weight: str = "normal", rounded: bool = False) -> None:
        self._rectangle(box.x, box.y, box.width, box.height, fill, rounded=rounded)
        lines = _wrap(box.lines, box.width)
        y = box.y + (box.height - len(lines) * _LINE) / 2 + _FONT_SIZE
        for line in lines:
            indent = 12 if line.startswith("  ") else 0
            words = ElementTree.SubElement(self._svg, "text", {"font-weight": weight})
            words.attrib |= {"x": f"{box.x + _PADDING + indent:g}", "y": f"{y:g}"}
            words.text = _clean(line.strip())
            y += _LINE

    def _rectangle(self, x: float, y: float, width: float, height: float, fill: str, *, rounded: bool) -> None:
        sizes = {"x": x, "y": y, "width": width, "height": height, "rx": 6 if rounded else 0}
        attributes = {name: f"{size:g}" for name, size in sizes.items()}
        ElementTree.SubElement(self._svg, "rect", attributes | {"fill": fill, "stroke": "#333333"})


def _wrap(lines: Sequence[str], width: float) -> list[str]:
    """Break lines to the width of a box; the parts of a line that is indented stay indented."""
    wrapped = []
    for line in lines:
        indent = "  " if line.startswith("  ") else ""
        letters = int((width - 2 * _PADDING - (12 if indent else 0)) / (_FONT_SIZE * _LETTER))
        wrapped += [indent + part for part in textwrap.wrap(line.strip(), letters)]
    return wrapped


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
