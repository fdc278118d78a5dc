from __future__ import annotations

import json
from pathlib import Path

from tests.ingest.narrative.reading_helpers import only, outline_of, refusal, with_broken, written

TEXT = "A 60-year-old man had hard papules of the scrotum for ten years. Calcium was normal. They were all excised."


def test_a_record_is_read_with_what_it_says_of_itself(tmp_path: Path) -> None:
    record = {
        "id": "X1",
        "doi": "https://doi.org/10.1000/ABC.",
        "url": "https://pmc.ncbi.nlm.nih.gov/articles/PMC55555/",
        "publication_date": "2013-03-19",
        "source": "Skin Letters",
        "licence": "CC BY",
        "type": "journal",
        "authors": ["Jane Roe", {"given": "Juan", "family": "Doe"}],
        "title": "Hard\u00a0papules",
        "text": TEXT,
        "pmid": 12345,
    }
    document = only(written(tmp_path, "a.jsonl", json.dumps(record) + "\n"))
    assert document.document_id == "pmcid:PMC55555"
    assert (document.doi, document.pmid) == ("10.1000/abc", "12345")
    assert (document.journal, document.year, document.licence) == ("Skin Letters", 2013, "CC BY")
    assert document.authors == ("Jane Roe", "Juan Doe")
    assert outline_of(document) == [("title", None, "Hard papules"), ("case", None, TEXT)]


def test_a_record_without_identifiers_keeps_the_name_that_its_file_gives_it(tmp_path: Path) -> None:
    path = written(tmp_path, "a.ndjson", json.dumps({"id": "X1", "text": TEXT}) + "\n")
    document = only(path)
    assert (document.document_id, document.text) == ("X1", TEXT)


def test_lines_that_are_broken_name_their_place_and_the_others_are_read(tmp_path: Path) -> None:
    good = json.dumps({"text": TEXT})
    lines = "\n".join([good, '{"text": "', "", "[1]", '{"text": "  "}', '{"title": "x"}', good])
    documents, broken = with_broken(written(tmp_path, "a.jsonl", lines))
    assert [document.line_number for document in documents] == [1, 7]
    assert [(record.line_number, record.reason) for record in broken] == [
        (2, "damaged"),
        (4, "damaged"),
        (5, "no_text"),
        (6, "no_text"),
    ]


def test_a_list_and_an_object_with_a_list_are_read(tmp_path: Path) -> None:
    records = [{"id": "a", "text": TEXT}, {"id": "b", "text": TEXT}]
    for content in (records, {"meta": {"n": 2}, "records": records}):
        documents, broken = with_broken(written(tmp_path, "a.json", json.dumps(content, indent=1)))
        assert [(document.document_id, document.line_number) for document in documents] == [("a", 1), ("b", 2)]
        assert not broken


def test_a_record_with_only_an_abstract_is_partial(tmp_path: Path) -> None:
    document = only(written(tmp_path, "a.json", json.dumps({"title": "Papules", "abstract": TEXT})))
    assert document.coverage == "abstract"
    assert [role for role, _, _ in outline_of(document)] == ["title", "abstract"]


def test_deeply_nested_json_is_refused(tmp_path: Path) -> None:
    text = json.dumps({"text": TEXT, "x": 0})[:-2] + "[" * 100_000 + "]" * 100_000 + "}"
    assert refusal(written(tmp_path, "a.json", text)).reason == "too_deep"


def test_very_long_lines_are_records_too(tmp_path: Path) -> None:
    line = json.dumps({"text": f"{TEXT}\n\n" * 4000})
    documents, broken = with_broken(written(tmp_path, "a.jsonl", f"{line}\n{line}\n"))
    assert [document.line_number for document in documents] == [1, 2]
    assert not broken
