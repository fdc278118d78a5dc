from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.ingest.narrative.limits import NarrativeLimits
from flows.ingest.narrative.stable import stabilise
from flows.ingest.narrative.text_files import document_of_text, plain_of_markdown
from tests.ingest.narrative.reading_helpers import (
    check_sections,
    only,
    outline_of,
    refusal,
    roles_of,
    words_of,
    written,
)

ARTICLE = """Case Report

Calcified nodules of the heel after repeated punctures

Jane Roe¹, Juan Doe², Ann Poe¹

¹Department of Dermatology, City Hospital, Pune, India, ²Institute of Skin, Lima, Peru

doi: 10.1000/heel.2020.1

Abstract
Background: Nodules of the heel are seldom calcified.
Case presentation: A girl of 14 months had two nodules.
Conclusion: They vanish.
Keywords: heel; calcium

Introduction
Heel punctures are common in neonates. They may leave deposits behind.

Case report
A 14-month-old girl was seen for two yellowish nodules of the left heel. Calcium was 9.6 mg/dL.

Figure 1: Two yellowish nodules of the left heel.

They were left alone and vanished within a year.

Discussion
Deposits after punctures are dystrophic. Other causes are dermatomyositis and renal failure.

Treatment
Excision is seldom needed in children.

REFERENCES
1. Roe J. Heels. Skin Lett 2001;3:4-9.
2. Doe A. Punctures. Skin Lett 2004;6:12-19.

Corresponding Author: Jane Roe, City Hospital, Pune, India. E-mail: jane@roe.example

How to cite this article: Roe J, Doe J, Poe A. Calcified nodules of the heel after repeated punctures. Skin Lett 2020;1:2-3.
"""


def test_an_article_with_headings_is_read_with_its_roles(tmp_path: Path) -> None:
    document = only(written(tmp_path, "heel.txt", ARTICLE))
    assert document.title == "Calcified nodules of the heel after repeated punctures"
    assert document.authors == ("Jane Roe", "Juan Doe", "Ann Poe")
    assert (document.country, document.doi, document.year) == ("India", "10.1000/heel.2020.1", 2020)
    assert (document.journal, document.article_type) == ("Skin Lett", "Case Report")
    assert document.document_id == "doi:10.1000/heel.2020.1"
    assert document.coverage == "full_text"
    assert outline_of(document) == [
        ("other", None, "Case Report"),
        ("title", None, "Calcified nodules of the heel after repeated punctures"),
        ("other", None, "Jane Roe¹, Juan Doe², Ann Poe¹"),
        ("other", None, ARTICLE.split("\n")[6]),
        ("other", None, "doi: 10.1000/heel.2020.1"),
        ("abstract", "Abstract", ""),
        ("abstract", "Background", "Nodules of the heel are seldom calcified."),
        ("abstract", "Case presentation", "A girl of 14 months had two nodules."),
        ("abstract", "Conclusion", "They vanish."),
        ("other", None, "Keywords: heel; calcium"),
        ("introduction", "Introduction", "Heel punctures are common in neonates. They may leave deposits behind."),
        (
            "case",
            "Case report",
            "A 14-month-old girl was seen for two yellowish nodules of the left heel. Calcium was 9.6 mg/dL.",
        ),
        ("figure_caption", None, "Figure 1: Two yellowish nodules of the left heel."),
        ("case", None, "They were left alone and vanished within a year."),
        (
            "discussion",
            "Discussion",
            "Deposits after punctures are dystrophic. Other causes are dermatomyositis and renal failure.",
        ),
        ("discussion", "Treatment", "Excision is seldom needed in children."),
        (
            "references",
            "REFERENCES",
            "1. Roe J. Heels. Skin Lett 2001;3:4-9.\n2. Doe A. Punctures. Skin Lett 2004;6:12-19.",
        ),
        ("other", None, ARTICLE.split("\n")[-4]),
        ("other", None, ARTICLE.split("\n")[-2]),
    ]


def _document(text: str, markdown: bool = False):  # type: ignore[no-untyped-def]
    return document_of_text(text, "a text", NarrativeLimits(), markdown)


def test_a_text_without_headings_is_the_case() -> None:
    text = "A 60-year-old man had hard papules of the scrotum for ten years. Calcium was normal. They were excised."
    document = _document(text)
    assert outline_of(document) == [("case", None, text)]
    assert document.title is None
    assert document.document_id.startswith("text:")


def test_a_title_above_a_text_without_headings_is_no_part_of_the_case() -> None:
    document = _document("Hard papules of the scrotum\n\nA 60-year-old man had hard papules for ten years.")
    assert outline_of(document) == [
        ("title", None, "Hard papules of the scrotum"),
        ("case", None, "A 60-year-old man had hard papules for ten years."),
    ]


def test_lines_broken_by_hand_are_no_title_and_stay_as_they_are() -> None:
    text = "A 34-year-old man came with a\nhard nodule of the knee. It was\nexcised and did not recur."
    assert outline_of(_document(text)) == [("case", None, text)]


def test_an_article_copied_from_a_page_without_empty_lines_keeps_its_roles() -> None:
    long = "She had no joint pain and no fever, and the lesions had not changed in number over the last six months. "
    document = _document(
        f"Abstract\nHard lumps of the legs are rare. {long}\nKeywords: lumps, calcium\nIntroduction\n"
        f"Calcium may lie in the skin. {long}\nCase Report\nA 33-year-old woman had lumps of the legs. {long}\n"
        f"Figure 2. Radiograph of both legs.\nDiscussion\nMetastatic deposits need a high phosphate. {long}"
    )
    assert roles_of(document) == ["abstract", "other", "introduction", "case", "figure_caption", "discussion"]


def test_several_cases_keep_their_headings() -> None:
    document = _document(
        "Case 1\nA 4-year-old boy.\n\nHistory\nBorn at term.\n\nCase 2\nA 6-year-old girl.\n\nComment\nBoth did well."
    )
    assert [(role, heading) for role, heading, _ in outline_of(document)] == [
        ("case", "Case 1"),
        ("case", "History"),
        ("case", "Case 2"),
        ("discussion", "Comment"),
    ]


def test_a_heading_with_only_a_heading_below_it_is_kept_as_an_empty_section() -> None:
    document = _document("Case 1\n\nHistory\nA 4-year-old boy fell.\n\nCase 2\nA 6-year-old girl.")
    assert [(heading, words) for _, heading, words in outline_of(document)] == [
        ("Case 1", ""),
        ("History", "A 4-year-old boy fell."),
        ("Case 2", "A 6-year-old girl."),
    ]


def test_a_case_told_in_the_line_of_its_heading_begins_behind_it() -> None:
    document = _document("Case 1: A 50-year-old woman had a hard nodule.\nCase 2: A 68-year-old man had a plaque.")
    assert outline_of(document) == [
        ("case", "Case 1", "A 50-year-old woman had a hard nodule."),
        ("case", "Case 2", "A 68-year-old man had a plaque."),
    ]


def test_references_without_a_heading_are_known_by_their_numbers() -> None:
    document = _document(
        "A 60-year-old man had hard papules. They were excised.\n\n"
        "1. Roe J. Heels. Skin Lett 2001;3:4-9.\n2. Doe A. Punctures. Skin Lett 2004;6:12-19."
    )
    assert roles_of(document) == ["case", "references"]


def test_a_numbered_list_of_findings_is_no_list_of_references() -> None:
    document = _document("He had three lesions.\n\n1. A nodule of the knee.\n2. A plaque of the elbow.\n3. An ulcer.")
    assert roles_of(document) == ["case"]


def test_references_go_on_behind_the_address_that_the_page_puts_between_them() -> None:
    document = _document(
        "A man had papules.\n\nReferences\n\n1. Roe J. Heels. Skin Lett 2001;3:4-9.\n2. Doe A. Skin and\n\n"
        "Corresponding Author:\n\nDr. Jane Roe, City Hospital, Pune, India\n\nbone. Leeds: Press; 2004. p. 5-6.\n"
    )
    assert roles_of(document) == ["case", "references", "other", "references"]


@pytest.mark.parametrize(
    "headings",
    [
        ("Resumen", "Introducción", "Caso clínico", "Discusión", "Bibliografía"),
        ("Zusammenfassung", "Einleitung", "Kasuistik", "Diskussion", "Literatur"),
        ("Résumé", "Introduction", "Observation", "Discussion", "Références"),
    ],
)
def test_headings_of_other_languages_are_known(headings: tuple[str, ...]) -> None:
    document = _document("\n\n".join(f"{heading}\nUna niña de 4 años." for heading in headings))
    assert roles_of(document) == ["abstract", "introduction", "case", "discussion", "references"]


def test_what_stands_above_an_article_is_not_taken_for_its_section() -> None:
    document = _document(
        "Year : 2001 | Volume : 17\n\nHard nodules of the scrotum\n\nCorrespondence Address:\nJane Roe\n"
        "City Hospital, Pune, India\n\nKeywords: nodules; scrotum\n\nHow to cite this article:\n"
        "Roe J. Hard nodules of the scrotum. Skin Lett 2001;17:184-5\n\n"
        "A 36-year-old man had hard nodules of the scrotum for six years. They were excised.\n\n   Discussion  Top\n"
        "Others saw them too.\n"
    )
    assert [section for section in outline_of(document) if section[0] in ("case", "discussion")] == [
        ("case", None, "A 36-year-old man had hard nodules of the scrotum for six years. They were excised."),
        ("discussion", "Discussion  Top", "Others saw them too."),
    ]
    assert (document.year, document.journal) == (2001, "Skin Lett")


def test_a_record_as_pubmed_prints_it_is_an_abstract() -> None:
    document = _document(
        "1. J Skin. 2019 Mar;4(2):10-2. doi: 10.1000/abc.\n\nHard nodules of the heel.\n\nRoe J(1), Doe A(2).\n\n"
        "Author information:\n(1)Department of Dermatology, City Hospital, Lyon, France.\n(2)Elsewhere.\n\n"
        "A 4-year-old girl had hard nodules of the heel.\n\nDOI: 10.1000/abc\nPMID: 1234567 [Indexed for MEDLINE]\n"
    )
    assert (document.title, document.authors) == ("Hard nodules of the heel", ("Roe J", "Doe A"))
    assert (document.pmid, document.doi, document.year) == ("1234567", "10.1000/abc", 2019)
    assert document.coverage == "abstract"
    assert ("abstract", None, "A 4-year-old girl had hard nodules of the heel.") in outline_of(document)
    assert "case" not in roles_of(document)


def test_what_a_differential_diagnosis_names_is_not_the_case_and_the_treatment_behind_it_is() -> None:
    document = _document(
        "Case presentation\nA girl.\n\nDifferential diagnosis\nGout.\n\nTreatment\nCut.\n\nDiscussion\nRare.\n\n"
        "Treatment\nCutting helps."
    )
    assert roles_of(document) == ["case", "discussion", "case", "discussion", "discussion"]


def test_a_label_is_no_part_of_the_title() -> None:
    document = _document("Title: Heel nodules\n\nAbstract: A girl had nodules.")
    assert document.title == "Heel nodules"
    assert outline_of(document)[0] == ("title", None, "Heel nodules")


def test_a_note_above_an_article_holds_one_paragraph_only() -> None:
    document = _document("Acknowledgements\nWe thank her.\n\nA 36-year-old man had hard nodules. They were excised.")
    assert roles_of(document) == ["other", "case"]


def test_only_an_abstract_is_partial() -> None:
    document = _document("Hard papules\n\nAbstract\nA 60-year-old man had hard papules of the scrotum.")
    assert document.coverage == "abstract"
    assert roles_of(document) == ["title", "abstract"]


def test_front_matter_says_what_the_article_is() -> None:
    text = (
        "---\ntitle: 'Heels: a report'\nauthors:\n  - Jane Roe\n  - Juan Doe\njournal: Skin Letters\nyear: 2004\n"
        "doi: https://doi.org/10.1000/Heel\npmid: 0123\npmcid: 77\ncountry: Peru\nlicence: CC BY 4.0\ncolour: blue\n"
        "---\n\n# Heels: a report\n\n## Case\n\nA **hard** nodule of the [heel](http://x.example).\n"
    )
    document = _document(text, markdown=True)
    assert (document.title, document.authors) == ("Heels: a report", ("Jane Roe", "Juan Doe"))
    assert (document.journal, document.year, document.country) == ("Skin Letters", 2004, "Peru")
    assert (document.doi, document.pmid, document.pmcid) == ("10.1000/heel", "123", "PMC77")
    assert document.licence == "CC BY 4.0"
    assert document.document_id == "pmcid:PMC77"
    assert outline_of(document) == [
        ("title", None, "Heels: a report"),
        ("case", "Case", "A hard nodule of the heel."),
    ]


def test_pairs_without_a_fence_are_front_matter_up_to_the_first_empty_line() -> None:
    document = _document("title: Heels\nauthor: Roe J; Doe A\nyear: 1999\n\nA 4-year-old boy had a hard heel.")
    assert (document.title, document.authors, document.year) == ("Heels", ("Roe J", "Doe A"), 1999)
    assert outline_of(document) == [("title", None, "Heels"), ("case", None, "A 4-year-old boy had a hard heel.")]


def test_one_pair_is_no_front_matter() -> None:
    document = _document("Source: the mother told us. She was sure of it.\n\nThe boy had a hard heel.")
    assert document.journal is None


def test_markdown_headings_nest() -> None:
    document = _document(
        "# Hard heels\n\n## Case 1\n\n### Treatment\n\nCut.\n\n## Discussion\n\n### Treatment\n\nCutting helps.\n"
        "\n### What others saw\n\nMuch.",
        markdown=True,
    )
    assert document.title == "Hard heels"
    assert outline_of(document) == [
        ("title", None, "Hard heels"),
        ("case", "Case 1", ""),
        ("case", "Treatment", "Cut."),
        ("discussion", "Discussion", ""),
        ("discussion", "Treatment", "Cutting helps."),
        ("discussion", "What others saw", "Much."),
    ]


def test_a_heading_on_the_level_of_the_discussion_is_no_part_of_it() -> None:
    document = _document(
        "# Heels\n\n## History\n\nA girl.\n\n## Discussion\n\nRare.\n\n## Outcome\n\nGone.", markdown=True
    )
    assert roles_of(document) == ["title", "case", "discussion", "case"]


@pytest.mark.parametrize(
    ("written_as", "read_as"),
    [
        ("a *hard* and **very hard** _nodule_", "a hard and very hard nodule"),
        ("5 * 3 * 2 cm and snake_case_word", "5 * 3 * 2 cm and snake_case_word"),
        ("![A nodule](a.png) and `calcium`", "A nodule and calcium"),
        ("- a nodule", "\u2022 a nodule"),
        ("> quoted", "quoted"),
        ("| Age | Sex |", "Age | Sex"),
        ("|---|:-:|", ""),
        (r"p \< 0.05 and \*", "p < 0.05 and *"),
    ],
)
def test_marks_of_markdown_are_left_out(written_as: str, read_as: str) -> None:
    assert plain_of_markdown(written_as) == (read_as, {})


@pytest.mark.parametrize(
    ("written_as", "read_as"),
    [
        ("cafe\u0301", "caf\u00e9"),
        ("5\u2009mm\u00a0of", "5 mm of"),
        ("calci\u00ad\nfied calci\u00adfied", "calcified calcified"),
        ("\ufb01ngers \ufb04", "fingers ffl"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("\ufeffa\u200bb\u202ec\x07", "abc"),
        ("x\u00b2 \u00bd \u00b5g \u2122", "x\u00b2 \u00bd \u00b5g \u2122"),
        ("שלום\u200f עולם", "שלום עולם"),
        ("a\ud800b", "a\ufffdb"),
    ],
)
def test_the_text_is_made_stable(written_as: str, read_as: str) -> None:
    assert stabilise(written_as) == read_as
    assert stabilise(read_as) == read_as


def test_a_text_with_no_words_says_so(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "a.txt", " \n\n \n")).reason == "no_text"


def test_a_title_without_text_says_so(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, "a.txt", "---\ntitle: Heels\n---\n\n"))
    assert error.reason == "no_text"
    assert "a title but no abstract" in error.detail


_LINES = st.sampled_from(
    ["", "Case 1", "Case report", "Abstract", "Discussion", "References", "Keywords: a, b", "Figure 1: A heel.",
     "A man of 60 years had papules. They were hard.", "1. Roe J. Heels. Skin Lett 2001;3:4-9.", "2. Doe A. 2004;6:1.",
     "Corresponding Author: Jane Roe, City Hospital, Pune, India", "Jane Roe, Juan Doe", "---", "title: Heels", "# Case",
     "Conclusion: It was hard.", "How to cite this article: Roe J. Heels. Skin Lett 2020;1:2.", "  ", "\u05d0\u05d1",
     "Department of Skin, City Hospital, Lyon, France", "| a | b |", "**", "==="]
)  # fmt: skip
_TEXTS = st.one_of(st.lists(_LINES, min_size=1, max_size=25).map("\n".join), st.text(min_size=1, max_size=200))


@given(_TEXTS, st.booleans())
def test_sections_lie_within_the_text_in_order(text: str, markdown: bool) -> None:
    document = _document(text + "\nA man of 60 years had hard papules.", markdown)
    check_sections(document)
    covered = "".join(words_of(document, section) for section in document.sections)
    assert "hard papules" in covered
