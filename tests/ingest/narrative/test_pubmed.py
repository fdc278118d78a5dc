from __future__ import annotations

import gzip
from pathlib import Path

from flows.ingest.narrative import read_documents
from tests.ingest.narrative.reading_helpers import only, outline_of, refusal, with_broken, written

RECORD = """<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID><Article><Journal><JournalIssue><PubDate>
<MedlineDate>2001 Jan-Feb</MedlineDate></PubDate></JournalIssue><Title>Skin letters</Title></Journal>
<ArticleTitle>[Calcified nodules of the heel].</ArticleTitle>
<ELocationID EIdType="doi" ValidYN="Y">10.1000/X{pmid}</ELocationID>
<Abstract><AbstractText Label="BACKGROUND">Rare.</AbstractText>
<AbstractText Label="CASE">A 4-year-old boy, <i>hard</i> heel.</AbstractText></Abstract>
<AuthorList><Author><LastName>Roe</LastName><ForeName>Jane</ForeName><AffiliationInfo><Affiliation>Department of Skin, City
 Hospital, Lyon, France. jane@roe.example.</Affiliation></AffiliationInfo></Author></AuthorList><Language>fre</Language>
<PublicationTypeList><PublicationType>Journal Article</PublicationType><PublicationType>Case Reports</PublicationType>
</PublicationTypeList></Article></MedlineCitation><PubmedData><ArticleIdList><ArticleId IdType="pmc">PMC9{pmid}</ArticleId>
</ArticleIdList><ReferenceList><Reference><ArticleIdList><ArticleId IdType="pmc">PMC1</ArticleId></ArticleIdList></Reference>
</ReferenceList></PubmedData></PubmedArticle>"""
NO_ABSTRACT = (
    "<PubmedArticle><MedlineCitation><PMID>7</PMID><Article><ArticleTitle>Heels</ArticleTitle><Abstract>"
    "<AbstractText></AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
)
BROKEN = "<PubmedArticle><MedlineCitation><PMID>8</PMID><b></MedlineCitation></PubmedArticle>"


def _set(*records: str) -> str:
    return "<?xml version='1.0'?>\n<PubmedArticleSet>\n" + "\n".join(records) + "\n</PubmedArticleSet>"


def test_a_record_is_read_whole(tmp_path: Path) -> None:
    document = only(written(tmp_path, "a.xml", _set(RECORD.format(pmid=1000))))
    assert document.document_id == "pmcid:PMC91000"
    assert (document.pmid, document.doi) == ("1000", "10.1000/x1000")
    assert (document.title, document.authors) == ("Calcified nodules of the heel", ("Jane Roe",))
    assert (document.journal, document.year, document.country) == ("Skin letters", 2001, "France")
    assert (document.article_type, document.language, document.coverage) == ("Case Reports", "fre", "abstract")
    assert outline_of(document) == [
        ("title", None, "Calcified nodules of the heel"),
        ("abstract", "BACKGROUND", "Rare."),
        ("abstract", "CASE", "A 4-year-old boy, hard heel."),
    ]


def test_broken_records_name_their_place_and_the_others_are_read(tmp_path: Path) -> None:
    records = _set(RECORD.format(pmid=1000), BROKEN, NO_ABSTRACT, RECORD.format(pmid=1001))
    documents, broken = with_broken(written(tmp_path, "a.xml", records))
    assert [(document.pmid, document.line_number) for document in documents] == [("1000", 1), ("1001", 4)]
    assert [(record.line_number, record.reason) for record in broken] == [(2, "damaged"), (3, "no_text")]
    assert "a.xml, record 3 has a title but no abstract" in broken[1].detail


def test_a_record_without_end_does_not_swallow_the_next(tmp_path: Path) -> None:
    records = _set("<PubmedArticle><MedlineCitation>", RECORD.format(pmid=1001))
    documents, broken = with_broken(written(tmp_path, "a.xml", records))
    assert [document.pmid for document in documents] == ["1001"]
    assert [(record.line_number, record.reason) for record in broken] == [(1, "damaged")]


def test_a_set_that_was_cut_off_says_so_behind_its_whole_records(tmp_path: Path) -> None:
    whole = _set(RECORD.format(pmid=1000), RECORD.format(pmid=1001))
    documents, broken = with_broken(written(tmp_path, "a.xml", whole[:-200]))
    assert [document.pmid for document in documents] == ["1000"]
    assert [(record.line_number, record.reason) for record in broken] == [(2, "truncated")]
    documents, broken = with_broken(written(tmp_path, "a.xml", whole[:-5]))
    assert len(documents) == 2
    assert [record.reason for record in broken] == ["truncated"]


def test_thousands_of_packed_records_are_streamed(tmp_path: Path) -> None:
    path = tmp_path / "a.xml.gz"
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write("<PubmedArticleSet>")
        for number in range(4000):
            file.write(RECORD.format(pmid=1000 + number))
        file.write("</PubmedArticleSet>")
    pmids = [document.pmid for document in read_documents(path)]
    assert pmids == [str(1000 + number) for number in range(4000)]


def test_a_set_without_records_says_so(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "a.xml", _set())).reason in ("no_records", "truncated")


def test_without_a_listener_a_broken_record_raises(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "a.xml", _set(NO_ABSTRACT))).reason == "no_text"


MEDLINE = """
PMID- 0123
OWN - NLM
TI  - Calcinosis of the
      scrotum: a report.
LID - 12 [pii]
LID - 10.1000/abc [doi]
AB  - BACKGROUND: Rare thing. CASE REPORT: A 30-year-old man came. CONCLUSION: Cut
      it.
FAU - Roe, Jane
AU  - Roe J
AD  - Dept, City Hospital, Pune, India.
LA  - eng
PT  - Journal Article
PT  - Case Reports
DP  - 2010 May
TA  - Skin Lett
JT  - Skin letters
PMC - PMC77777

PMID- 124
TI  - Nothing.

PMID- 125
TI  - Plain.
AB  - A man: one nodule.
"""


def test_medline_records_are_read_whole(tmp_path: Path) -> None:
    documents, broken = with_broken(written(tmp_path, "a.nbib", MEDLINE))
    first, second = documents
    assert first.document_id == "pmcid:PMC77777"
    assert (first.pmid, first.doi, first.line_number) == ("123", "10.1000/abc", 2)
    assert (first.title, first.authors) == ("Calcinosis of the scrotum: a report", ("Jane Roe",))
    assert (first.journal, first.year, first.country) == ("Skin letters", 2010, "India")
    assert (first.article_type, first.language, first.coverage) == ("Case Reports", "eng", "abstract")
    assert outline_of(first) == [
        ("title", None, "Calcinosis of the scrotum: a report"),
        ("abstract", "BACKGROUND", "Rare thing."),
        ("abstract", "CASE REPORT", "A 30-year-old man came."),
        ("abstract", "CONCLUSION", "Cut it."),
    ]
    assert (second.pmid, second.line_number) == ("125", 24)
    assert outline_of(second)[1:] == [("abstract", None, "A man: one nodule.")]
    assert [(record.line_number, record.reason) for record in broken] == [(21, "no_text")]
