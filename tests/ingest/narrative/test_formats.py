from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from flows.ingest.narrative import narrative_format
from tests.ingest.narrative.reading_helpers import written

PROSE = "A 60-year-old man had hard papules of the scrotum for ten years. They were excised.\n"
LONG = PROSE * 3


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("a.txt", PROSE, "text"),
        ("a", PROSE, "text"),
        ("a.dat", PROSE, "text"),
        ("a.md", "# Heels\n\n" + PROSE, "markdown"),
        ("a.txt", "<article><body/></article>", "jats"),
        ("a.xml", "<?xml version='1.0'?><!DOCTYPE article [<!ENTITY a 'b'>]>\n<j:article xmlns:j='x'/>", "jats"),
        ("a.xml", "<PubmedArticleSet></PubmedArticleSet>", "pubmed_xml"),
        ("a.xml", "<OAI-PMH><record><article xmlns='x'/></record></OAI-PMH>", "jats"),
        ("a.htm", "<!DOCTYPE html><html><body><article>x</article></body></html>", "html"),
        ("a.pdf", "%PDF-1.4\n", "pdf"),
        ("a.txt", "\n%PDF-1.4\n", "pdf"),
        ("a.nbib", "\nPMID- 1\nTI  - x\n", "medline"),
        ("a.txt", "PMID- 1\nTI  - x\n", "medline"),
        ("a.jsonl", json.dumps({"text": LONG}) + "\n" + json.dumps({"text": LONG}), "ndjson"),
        ("a.json", json.dumps([{"text": LONG}], indent=2), "json"),
        ("a.json", json.dumps({"cases": [{"age": 4, "sex": "male"}]}), None),
        ("a.jsonl", '{"age": 4, "sex": "male"}\n{"age": 5, "sex": "male"}\n', None),
        ("a.csv", "title,age,sex\nHeels,4,male\n", None),
        ("a.txt", "title\tage\tsex\nHeels\t4\tmale\n", None),
        ("a.txt", "Our cases\n\ntitle;age_years;sex\nHeels;4;male\n", None),
        ("a.csv", PROSE, None),
        ("a.xml", "<library><book/></library>", None),
        ("a.xlsx", b"PK\x03\x04rest", None),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(100), None),
        ("a.txt", bytes(range(256)) * 20, "text"),
        ("a.bin", bytes(range(256)) * 20, None),
    ],
)
def test_a_file_is_known_by_its_content_first(
    tmp_path: Path, name: str, content: str | bytes, form: str | None
) -> None:
    path = written(tmp_path, name, content)
    assert narrative_format(path) == form
    raw = content.encode() if isinstance(content, str) else content
    assert narrative_format(written(tmp_path, name + ".gz", gzip.compress(raw))) == form


def test_a_text_in_utf16_is_known(tmp_path: Path) -> None:
    assert narrative_format(written(tmp_path, "a.txt", PROSE.encode("utf-16"))) == "text"
    assert narrative_format(written(tmp_path, "a.xml", "<article/>".encode("utf-16"))) == "jats"
