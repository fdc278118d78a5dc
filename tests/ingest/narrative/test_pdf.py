from __future__ import annotations

from pathlib import Path

import pytest

from flows.ingest.narrative.limits import NarrativeLimits
from flows.ingest.narrative.page_layout import Page, Piece, join_lines, paragraphs_of
from tests.ingest.narrative.pdf_writer import Words, assemble, column, pdf_of
from tests.ingest.narrative.reading_helpers import only, outline_of, refusal, roles_of, written

_LEFT = (
    "Case report\n"
    "A 52-year-old woman with limited systemic sclerosis was seen for hard whitish nodules of the right index finger and "
    "the left elbow. Serum calcium was normal, and a radio-\n"
    "graph of the hand showed dense deposits in the subcu-\n"
    "taneous tissue. She had been treated with diltiazem for two years with-\n"
    "out any benefit. A biopsy of the elbow was taken and it showed amorphous deposits in the deep dermis, which stained "
    "black with the von Kossa method, and the diagnosis of dystrophic"
)
_RIGHT = (
    "calcinosis cutis was made. The nodule of the finger was excised under local anaesthesia.\n"
    "Discussion\n"
    "Metastatic calcinosis needs a raised product of calcium and phosphate, and idiopathic calcinosis has no known cause "
    "at all.\nREFERENCES\n"
    "1. Roe J, Doe A. Calcified heels. Skin Lett 2001;3:4-9.\n"
    "2. Doe A. Calcified scrotum. Skin Lett 2004;6:12-19."
)
_CASE = (
    "A 52-year-old woman with limited systemic sclerosis was seen for hard whitish nodules of the right index finger and "
    "the left elbow. Serum calcium was normal, and a radiograph of the hand showed dense deposits in the subcutaneous "
    "tissue. She had been treated with diltiazem for two years without any benefit. A biopsy of the elbow was taken and it "
    "showed amorphous deposits in the deep dermis, which stained black with the von Kossa method, and the diagnosis of "
    "dystrophic calcinosis cutis was made. The nodule of the finger was excised under local anaesthesia."
)


def _running(number: int) -> list[Words]:
    head = Words("Skin Letters 2019;4(2):10-12", 50, 810, 8)
    return [head, Words("Roe and Doe: Calcified finger", 50, 30, 8), Words(str(number), 300, 30, 8)]


def _article() -> bytes:
    first = [
        Words("Dystrophic calcinosis cutis of the finger", 50, 770, 18),
        Words("Jane Roe, John Doe", 50, 745, 11),
        Words("Department of Dermatology, City Hospital, Pune, India", 50, 730, 8),
        *column(_LEFT, 50, 690, 48),
        *column(_RIGHT, 310, 690, 48),
        *_running(10),
    ]
    second = [*column("Figure 1: Hard nodules of the right index finger.", 50, 700, 60), *_running(11)]
    return pdf_of([first, second])


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    document = only(written(tmp_path, "a.pdf", _article()))
    assert (document.title, document.authors) == ("Dystrophic calcinosis cutis of the finger", ("Jane Roe", "John Doe"))
    assert (document.journal, document.year, document.country) == ("Skin Letters", 2019, "India")
    sections = outline_of(document)
    assert [role for role, _, _ in sections] == [
        "title", "other", "other", "case", "discussion", "references", "figure_caption"
    ]  # fmt: skip
    assert sections[3] == ("case", "Case report", _CASE)
    assert sections[4][1:] == (
        "Discussion",
        "Metastatic calcinosis needs a raised product of calcium and phosphate, and idiopathic calcinosis has no known "
        "cause at all.",
    )
    assert sections[6][2] == "Figure 1: Hard nodules of the right index finger."
    assert "Roe and Doe" not in document.text


def test_one_column_stays_as_it_is(tmp_path: Path) -> None:
    text = (
        "A girl of 14 months had two hard yellowish nodules of the left heel, which had been punctured after birth. "
        * 9
    )
    document = only(written(tmp_path, "a.pdf", pdf_of([column(text, 60, 760, 95)])))
    assert outline_of(document) == [("case", None, text.strip())]


def test_a_text_that_a_page_breaks_is_made_whole(tmp_path: Path) -> None:
    first = column(
        "A girl of 14 months had two hard yellowish nodules of the left heel, and they had been", 60, 700, 60
    )
    second = column("noticed by her mother. They vanished.", 60, 700, 60)
    document = only(written(tmp_path, "a.pdf", pdf_of([first, second])))
    assert document.text.endswith("left heel, and they had been noticed by her mother. They vanished.")


def test_a_raised_number_does_not_grow_together_with_its_word() -> None:
    line = [
        Piece("calcinosis", 50, 700, 100, 710),
        Piece("1,2", 100, 704, 108, 710.5),
        Piece("of 10", 112, 700, 130, 710),
        Piece("9", 130, 704, 134, 710.5),
        Piece("/L", 134, 700, 142, 710),
    ]
    (paragraph,), _ = paragraphs_of([Page(595, 842, tuple(line))])
    assert paragraph.text == "calcinosis[1,2] of 10⁹/L"


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("subcu-", "taneous tissue", "subcutaneous tissue"),
        ("a 52-year-", "old woman", "a 52-year-old woman"),
        ("anti-", "centromere", "anti-centromere"),
        ("Ehlers-", "Danlos", "Ehlers-Danlos"),
        ("hard", "nodule", "hard nodule"),
    ],
)
def test_words_broken_at_the_end_of_a_line_are_joined(before: str, after: str, joined: str) -> None:
    assert join_lines(before, after) == joined


def test_a_scanned_pdf_says_so(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, "a.pdf", pdf_of([[], []])))
    assert error.reason == "no_text"
    assert "scanned" in error.detail
    assert "OCR" in error.advice


def test_a_locked_pdf_says_so(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "a.pdf", pdf_of([[]], encrypted=True))).reason == "password_protected"


def test_more_pages_than_the_limit_are_refused(tmp_path: Path) -> None:
    path = written(
        tmp_path, "a.pdf", pdf_of([column("A girl had hard nodules of the heel since her birth.", 50, 700, 90)] * 9)
    )
    assert refusal(path, NarrativeLimits(pages=8)).reason == "too_many_pages"
    assert roles_of(only(path))[0] == "case"


def test_a_cut_off_pdf_is_damaged(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "a.pdf", _article()[:700])).reason == "damaged"


@pytest.mark.parametrize("count", [b"/Count 2", b"/Count 400", b"/Count 100000000", b""])
def test_a_page_tree_that_holds_itself_comes_to_an_end(tmp_path: Path, count: bytes) -> None:
    tree = b"<< /Type /Pages /Kids [2 0 R 2 0 R] " + count + b" >>"
    path = written(tmp_path, "a.pdf", assemble([b"<< /Type /Catalog /Pages 2 0 R >>", tree]))
    assert refusal(path, NarrativeLimits(seconds=20)).reason in ("damaged", "no_text", "too_many_pages")


def test_a_pdf_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    slow = b"BT /F1 9 Tf " + b"1 0 0 1 9 9 Tm (a) Tj " * 400_000 + b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [" + b"4 0 R " * 50 + b"] /Count 50 >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(slow), slow),
    ]
    error = refusal(written(tmp_path, "a.pdf", assemble(objects)), NarrativeLimits(seconds=1))
    assert error.reason == "too_slow"
