"""The flow diagram: valid XML, every number in its box, and no word outside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from flows.publish.prisma_figure import draw_flow

SVG = "{http://www.w3.org/2000/svg}"
BOXES = {
    "previous_studies": "Studies included in previous version of review",
    "previous_reports": "Reports of studies included in previous version of review",
    "documents_identified": "Records identified from",
    "documents_duplicate": "Duplicate records removed",
    "documents_unreadable": "Records removed for other reasons",
    "documents_screened": "Records screened",
    "documents_excluded_at_screening": "Records excluded",
    "reports_sought": "Reports sought for retrieval",
    "reports_not_retrieved": "Reports not retrieved",
    "reports_assessed": "Reports assessed for eligibility",
    "reports_excluded": "Reports excluded",
    "reports_included": "Reports from which cases were taken",
    "records_identified": "Rows identified from",
    "records_duplicate": "Duplicate rows removed",
    "records_assessed": "Rows assessed for eligibility",
    "records_excluded": "Rows excluded",
    "records_included": "Rows from which cases were taken",
    "new_studies": "New studies included in review",
    "new_reports": "Reports of new included studies",
    "new_cases": "Cases of new included studies",
    "retracted_reports": "Reports retracted since, left out of the distributions",
    "total_studies": "Total studies included in review",
    "total_reports": "Reports of total included studies",
}
Row = dict[str, Any]


def _flow(parts: Sequence[tuple[str, str, int]] = (), **numbers: int) -> list[Row]:
    rows = [{"box": box, "label": label, "reason": None, "n": numbers.get(box, 0)} for box, label in BOXES.items()]
    return rows + [{"box": box, "label": label, "reason": label, "n": n} for box, label, n in parts]


def _words(svg: str) -> list[str]:
    return [(text.text or "").replace("\u00a0", " ") for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def _boxes(svg: str) -> list[dict[str, float]]:
    return [
        {name: float(rect.attrib[name]) for name in ("x", "y", "width", "height")}
        for rect in ElementTree.fromstring(svg).iter(f"{SVG}rect")
        if "x" in rect.attrib
    ]


def test_a_new_review_of_documents_alone_has_one_column() -> None:
    svg = draw_flow(_flow(documents_identified=9, documents_duplicate=2, documents_screened=7, new_studies=3))
    words = " ".join(_words(svg))
    assert "Records identified from (n = 9)" in words
    assert "Duplicate records removed (n = 2)" in words
    assert "Records screened (n = 7)" in words
    assert "New studies included in review (n = 3)" in words
    assert "Previous studies" not in words
    assert "case lists" not in words
    assert "Total studies" not in words
    # Four main boxes with one beside each, what is included, three strips at the left and one heading.
    assert len(_boxes(svg)) == 8 + 1 + 3 + 1
    # Between the main boxes 3, to the boxes beside them 4, to what is included 1.
    assert len(list(ElementTree.fromstring(svg).iter(f"{SVG}polyline"))) == 8


def test_an_updated_review_with_sheets_has_three_columns_and_totals() -> None:
    svg = draw_flow(_flow(previous_studies=31, documents_identified=9, records_identified=40, total_studies=52))
    words = " ".join(_words(svg))
    assert "Previous studies" in words
    assert "Identification of new cases via other methods: case lists" in words
    assert "Rows identified from (n = 40)" in words
    assert "Total studies included in review (n = 52)" in words
    # Beside those of a new review: sheets 4 and a heading, the previous review and a heading, the total.
    assert len(_boxes(svg)) == 13 + 5 + 2 + 1
    # Sheets: 1 between, 2 beside, 1 to what is included. The previous review and what is included lead to the total.
    assert len(list(ElementTree.fromstring(svg).iter(f"{SVG}polyline"))) == 8 + 4 + 2


def test_the_largest_reasons_are_listed_and_the_rest_is_summed_up() -> None:
    parts = [("reports_excluded", f"reason {n}", n) for n in range(1, 10)]
    words = _words(draw_flow(_flow(parts, reports_excluded=45)))
    listed = [word for word in words if word.startswith("reason ")]
    assert listed == [f"reason {n} (n = {n})" for n in (9, 8, 7, 6, 5, 4)]
    assert "3 further (n = 6)" in words


def test_it_can_be_read_without_being_seen() -> None:
    root = ElementTree.fromstring(draw_flow(_flow(new_cases=12)))
    named = root.attrib["aria-labelledby"].split()
    assert root.attrib["role"] == "img"
    assert [
        root.findtext(f"{SVG}title"),
        "Cases of new included studies: 12" in (root.findtext(f"{SVG}desc") or ""),
    ] == [
        "PRISMA 2020 flow diagram",
        True,
    ]
    assert {element.attrib.get("id") for element in root} >= set(named)


def test_hostile_labels_stay_text() -> None:
    label = '<script>alert(1)</script> & \x00\x1b \ud800 "quoted"'
    root = ElementTree.fromstring(draw_flow(_flow([("documents_identified", label, 1)], documents_identified=1)))
    assert not list(root.iter(f"{SVG}script"))
    words = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
    assert "<script>alert(1)</script>" in words
    assert not re.search("[\x00\x1b\ud800]", words)


def test_no_line_leaves_its_box_and_no_boxes_overlap() -> None:
    long = "Calcification of an organ, tendon, cartilage or other place that is not skin or soft tissue"
    parts = [
        (box, f"{long} {n}", n)
        for box in ("documents_identified", "reports_excluded", "records_excluded")
        for n in (1, 2)
    ]
    svg = draw_flow(_flow(parts, previous_studies=3, records_identified=4, retracted_reports=1))
    boxes = _boxes(svg)
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        if "transform" in text.attrib:
            continue
        x, y = float(text.attrib["x"]), float(text.attrib["y"])
        [box] = [
            box
            for box in boxes
            if box["x"] <= x <= box["x"] + box["width"] and box["y"] <= y <= box["y"] + box["height"]
        ]
        # 12 pixels high, an average letter of Helvetica is half as wide.
        assert x + len(text.text or "") * 6 <= box["x"] + box["width"]
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            assert (
                one["x"] + one["width"] <= other["x"]
                or other["x"] + other["width"] <= one["x"]
                or one["y"] + one["height"] <= other["y"]
                or other["y"] + other["height"] <= one["y"]
            )
