from __future__ import annotations

from pathlib import Path

from flows.ingest.narrative.limits import NarrativeLimits
from tests.ingest.narrative.reading_helpers import (
    check_sections,
    only,
    outline_of,
    refusal,
    roles_of,
    with_broken,
    written,
)

ARTICLE = """<article xmlns:xlink="http://www.w3.org/1999/xlink" article-type="case-report" xml:lang="en">
<front><journal-meta><journal-title-group><journal-title>Skin Letters</journal-title></journal-title-group></journal-meta>
<article-meta><article-id pub-id-type="pmid">0123</article-id><article-id pub-id-type="pmc">456</article-id>
<article-id pub-id-type="doi">10.1000/Heel</article-id>
<title-group><article-title>Calcified <italic>heel</italic> nodules</article-title><subtitle>a report</subtitle></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Roe</surname><given-names>Jane</given-names></name></contrib>
<contrib contrib-type="editor"><name><surname>Poe</surname><given-names>Ed</given-names></name></contrib></contrib-group>
<aff id="a1"><label>1</label>Department of Dermatology, City Hospital, Lyon, <country>France</country></aff>
<pub-date pub-type="epub"><year>2018</year></pub-date><pub-date pub-type="ppub"><year>2019</year></pub-date>
<permissions><license xlink:href="http://creativecommons.org/licenses/by/4.0/"><license-p>Free.</license-p></license></permissions>
<abstract><sec><title>Background</title><p>Rare.</p></sec><sec><title>Case</title><p>A girl of 14 months.</p></sec></abstract>
<abstract abstract-type="graphical"><p>See picture.</p></abstract>
<trans-abstract xml:lang="fr"><p>Une fille.</p></trans-abstract>
<kwd-group><kwd>heel</kwd><kwd>calcium</kwd></kwd-group></article-meta></front>
<body><sec sec-type="intro"><title>Why we write</title><p>Deposits are rare<sup><xref ref-type="bibr" rid="r1">1</xref>,<xref
 ref-type="bibr" rid="r2">2</xref></sup> and seldom seen [<xref ref-type="bibr" rid="r1">1</xref>].</p></sec>
<sec><title>Case 1</title><sec><title>History</title><p>A 14-month-old girl, 10<sup>9</sup>/L, 25(OH)D<sub>3</sub>.
<fig id="f1"><label>Figure 1</label><caption><title>Left heel.</title><p>Two nodules.</p></caption></fig> She fell.</p>
<list><list-item><p>First finding.</p></list-item><list-item><p>Second finding.</p></list-item></list></sec></sec>
<sec><title>Case 2</title><p>A boy.</p>
<table-wrap><label>Table 1</label><caption><p>Both children</p></caption><table><thead><tr><th>Patient</th><th>Age</th></tr></thead>
<tbody><tr><td rowspan="2">1</td><td>14 months</td></tr><tr><td>2 years</td></tr></tbody></table>
<table-wrap-foot><p>Ages at birth.</p></table-wrap-foot></table-wrap></sec>
<sec><title>Discussion</title><p>Others saw scrotal nodules.</p><sec><title>Treatment</title><p>Excision.</p></sec></sec></body>
<back><ack><p>We thank them.</p></ack><ref-list><title>References</title><ref><label>1.</label><mixed-citation>Roe J. Heels.
 <italic>Skin Lett</italic> 2001;3:4.</mixed-citation></ref></ref-list></back></article>"""


def test_an_article_is_read_whole(tmp_path: Path) -> None:
    document = only(written(tmp_path, "a.nxml", ARTICLE))
    check_sections(document)
    assert document.document_id == "pmcid:PMC456"
    assert (document.doi, document.pmid, document.pmcid) == ("10.1000/heel", "123", "PMC456")
    assert (document.title, document.authors) == ("Calcified heel nodules: a report", ("Jane Roe",))
    assert (document.journal, document.year, document.country) == ("Skin Letters", 2019, "France")
    assert (document.article_type, document.language) == ("case-report", "en")
    assert document.licence == "http://creativecommons.org/licenses/by/4.0/"
    assert document.coverage == "full_text"
    assert outline_of(document) == [
        ("title", None, "Calcified heel nodules: a report"),
        ("abstract", "Background", "Rare."),
        ("abstract", "Case", "A girl of 14 months."),
        ("other", "Keywords", "heel; calcium"),
        ("introduction", "Why we write", "Deposits are rare[1,2] and seldom seen [1]."),
        ("case", "Case 1", ""),
        (
            "case",
            "History",
            "A 14-month-old girl, 10⁹/L, 25(OH)D3. She fell.",
        ),
        ("figure_caption", "Figure 1", "Left heel.\n\nTwo nodules."),
        ("case", None, "First finding.\n\nSecond finding."),
        ("case", "Case 2", "A boy."),
        (
            "table",
            "Table 1",
            "Both children\n\nPatient | Age\n\n1 | 14 months\n\n1 | 2 years\n\nAges at birth.",
        ),
        ("discussion", "Discussion", "Others saw scrotal nodules."),
        ("discussion", "Treatment", "Excision."),
        ("other", None, "We thank them."),
        ("references", "References", "1. Roe J. Heels. Skin Lett 2001;3:4."),
    ]


def test_a_set_with_namespaces_gives_each_article(tmp_path: Path) -> None:
    inner = ARTICLE.replace("456", "457")
    whole = (
        f'<pmc-articleset xmlns="http://jats.example">{ARTICLE}'
        f"<article><front><article-meta><title-group><article-title>Empty</article-title></title-group></article-meta>"
        f"</front></article>{inner}</pmc-articleset>"
    )
    documents, broken = with_broken(written(tmp_path, "a.xml", whole))
    assert [(document.pmcid, document.line_number) for document in documents] == [("PMC456", 1), ("PMC457", 3)]
    assert [(record.line_number, record.reason) for record in broken] == [(2, "no_text")]


def test_articles_before_the_place_where_the_file_breaks_are_read(tmp_path: Path) -> None:
    documents, broken = with_broken(written(tmp_path, "a.xml", f"<pmc-articleset>{ARTICLE}<article><body><p>Cut"))
    assert len(documents) == 1
    assert [(record.line_number, record.reason) for record in broken] == [(2, "truncated")]


def test_a_body_without_sections_is_the_case(tmp_path: Path) -> None:
    text = "<article><body><p>A girl had a nodule.</p><p>It was cut.</p></body></article>"
    document = only(written(tmp_path, "a.xml", text))
    assert outline_of(document) == [("case", None, "A girl had a nodule.\n\nIt was cut.")]


def test_only_front_matter_is_an_abstract(tmp_path: Path) -> None:
    text = "<article><front><article-meta><abstract><p>A girl.</p></abstract></article-meta></front></article>"
    document = only(written(tmp_path, "a.xml", text))
    assert (document.coverage, roles_of(document)) == ("abstract", ["abstract"])


def test_named_characters_of_html_are_known_without_the_document_type(tmp_path: Path) -> None:
    text = (
        '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS" "http://unreachable.example/jats.dtd">'
        "<article><body><p>5&nbsp;&micro;g &ndash; caf&eacute;</p></body></article>"
    )
    assert only(written(tmp_path, "a.xml", text)).text == "5 µg – café"


def test_an_entity_that_points_to_a_file_is_not_followed(tmp_path: Path) -> None:
    secret = written(tmp_path, "secret.txt", "the secret")
    text = (
        f'<!DOCTYPE article [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
        "<article><body><p>A girl had a nodule &x;.</p></body></article>"
    )
    error = refusal(written(tmp_path, "a.xml", text))
    assert error.reason == "unsafe"
    assert "the secret" not in str(error)


def test_entities_that_multiply_are_refused(tmp_path: Path) -> None:
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    for place in ("<p>&l11;</p>", '<p id="&l11;">A girl.</p>'):
        text = f'<!DOCTYPE article [<!ENTITY l0 "ha">{bomb}]><article><body>{place}</body></article>'
        assert refusal(written(tmp_path, "a.xml", text)).reason == "unsafe"


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    for depth in (150, 5000):
        text = "<article><body>" + "<sec>" * depth + "<p>x</p>" + "</sec>" * depth + "</body></article>"
        assert refusal(written(tmp_path, "a.xml", text)).reason == "too_deep"


def test_more_sections_than_the_limit_are_refused(tmp_path: Path) -> None:
    text = "<article><body>" + "<sec><title>Case</title><p>x</p></sec>" * 11 + "</body></article>"
    path = written(tmp_path, "a.xml", text)
    assert refusal(path, NarrativeLimits(sections=10)).reason == "too_many_sections"
    assert len(only(path).sections) == 11


def test_broken_xml_names_its_place(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, "a.xml", "<article>\n<body>\n<p>x</q></body></article>"))
    assert error.reason == "damaged"
    assert "a.xml, line 3" in error.detail
