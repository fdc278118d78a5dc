from __future__ import annotations

from pathlib import Path

from tests.ingest.narrative.reading_helpers import check_sections, only, outline_of, refusal, written

LONG = (
    "They had grown slowly over ten years, did not hurt, and had never been opened by anybody before this visit. " * 4
)
PAGE = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Journal</title>
<meta name="citation_title" content="Hard papules of the scrotum"><meta name="citation_author" content="Roe, Jane">
<meta name="citation_author_institution" content="City Hospital, Pune, India"><meta name="citation_author" content="Juan Doe">
<meta name="citation_journal_title" content="Skin Letters"><meta name="citation_publication_date" content="2012/05/01">
<meta name="citation_doi" content="10.1000/Scrot"><meta name="citation_pmid" content="321">
<script>var calcinosis = "never";</script></head><body><nav><a href="/">Home</a> All issues</nav>
<div class="cookie-banner">We use cookies.</div>
<article><h1>Hard papules of the scrotum</h1><div class="share-buttons">Share this</div>
<section><h2>Abstract</h2><p>A man had papules.</p></section>
<section><h2>1. Introduction</h2><p>Papules are common <sup><a href="#r1">1</a>,<a href="#r2">2</a></sup>.</p></section>
<section><h2>2. Case Report</h2><p>A 60-year-old man had <b>hard</b> papules. {LONG}</p>
<figure><img src="a.png"><figcaption>Figure 1. Papules of the scrotum.</figcaption></figure>
<p>Calcium was 2.3 mmol/L.<br>Phosphate was normal.</p>
<table><caption>Table 1</caption><tr><th>Test</th><th>Value</th></tr><tr><td>Calcium</td><td>2.3</td></tr></table>
<div style="display:none">Hidden words.</div></section>
<section><h2>Discussion</h2><p>Other causes are renal.</p><h3>Treatment</h3><ul><li>Excision</li><li>None</li></ul></section>
<section><h2>References</h2><ol><li>Roe J. Heels. 2001;3:4.</li></ol></section></article>
<aside>Related articles: nephrocalcinosis in dogs</aside><footer>Imprint</footer></body></html>"""


def test_the_article_is_read_and_not_the_page_around_it(tmp_path: Path) -> None:
    document = only(written(tmp_path, "a.html", PAGE))
    check_sections(document)
    assert (document.title, document.authors) == ("Hard papules of the scrotum", ("Jane Roe", "Juan Doe"))
    assert (document.journal, document.year, document.country) == ("Skin Letters", 2012, "India")
    assert (document.doi, document.pmid, document.language) == ("10.1000/scrot", "321", "en")
    assert outline_of(document) == [
        ("title", None, "Hard papules of the scrotum"),
        ("abstract", "Abstract", "A man had papules."),
        ("introduction", "1. Introduction", "Papules are common [1,2]."),
        ("case", "2. Case Report", f"A 60-year-old man had hard papules. {LONG.strip()}"),
        ("figure_caption", None, "Figure 1. Papules of the scrotum."),
        ("case", None, "Calcium was 2.3 mmol/L. Phosphate was normal."),
        ("table", None, "Table 1\n\nTest | Value\n\nCalcium | 2.3"),
        ("discussion", "Discussion", "Other causes are renal."),
        ("discussion", "Treatment", "Excision\n\nNone"),
        ("references", "References", "Roe J. Heels. 2001;3:4."),
    ]


def test_a_page_without_an_article_element_is_read_from_its_body(tmp_path: Path) -> None:
    page = (
        "<html><body><h1>Heels</h1><div>A girl had <i>two</i> nodules.</div><div><p>They went.</p></div></body></html>"
    )
    document = only(written(tmp_path, "a.html", page))
    assert document.title == "Heels"
    assert outline_of(document) == [("title", None, "Heels"), ("case", None, "A girl had two nodules.\n\nThey went.")]


def test_a_page_in_an_old_encoding_is_read_as_it_says(tmp_path: Path) -> None:
    page = '<html><head><meta charset="windows-1252"></head><body><p>Caf\u00e9 \u00b5g</p></body></html>'
    assert only(written(tmp_path, "a.html", page.encode("windows-1252"))).text == "Café µg"


def test_a_page_without_text_says_so(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "a.html", "<html><body><nav>Home</nav></body></html>")).reason == "no_text"


def test_a_page_of_endless_boxes_is_refused(tmp_path: Path) -> None:
    for depth in (240, 100_000):
        page = "<html><body>" + "<div>" * depth + "x" + "</div>" * depth + "</body></html>"
        assert refusal(written(tmp_path, "a.html", page)).reason == "too_deep"


def test_a_box_that_is_named_after_the_page_around_it_is_read_where_it_holds_the_article(tmp_path: Path) -> None:
    page = PAGE.replace("<article>", '<div class="page-with-sidebar">').replace("</article>", "</div>")
    assert outline_of(only(written(tmp_path, "a.html", page))) == outline_of(only(written(tmp_path, "b.html", PAGE)))
