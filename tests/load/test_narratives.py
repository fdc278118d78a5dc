"""Narratives on the road of structured rows: read, screened, extracted, judged, merged, and shown with their words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.coding.stage import code_records
from flows.database import open_build
from flows.home import Home
from flows.load.cases import judge_and_merge
from flows.load.raw import load_raw, plan_files
from flows.load.records import gather_records

from .refreshing import Registry, case, write_sheet

FULL_TEXT = """---
title: Hard lumps of the scrotum
authors: Adeyemi T; Musa K
journal: Journal of Examples
year: 2018
doi: 10.1000/scrotum
---

# Case report

A 34-year-old man came with painless hard nodules of the scrotum that had grown for ten years. His father has gout.
Serum calcium, phosphate and parathyroid hormone were within normal limits. The nodules were excised. Histology showed
deposits of calcium in the dermis, and idiopathic scrotal calcinosis was diagnosed. There was no recurrence at one year.

# Discussion

Dystrophic calcinosis is the most common form and accompanies systemic sclerosis; it is usually seen on the fingers and elbows.
"""
ABSTRACT = (
    "Scrotal calcinosis is rare. We report a 34-year-old man with multiple calcified nodules of the scrotum, "
    "which were excised. Idiopathic scrotal calcinosis was diagnosed."
)
ELSEWHERE = """# Kidneys full of stones

A 40-year-old woman was admitted with pain in the flank. Ultrasound showed bilateral nephrocalcinosis. She was treated with
potassium citrate and did well.
"""
PUBMED = f"""<?xml version="1.0" encoding="UTF-8"?>
<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>31000001</PMID><Article>
<Journal><Title>Journal of Examples</Title><JournalIssue><PubDate><Year>2018</Year></PubDate></JournalIssue></Journal>
<ArticleTitle>Hard lumps of the scrotum</ArticleTitle><Abstract><AbstractText>{ABSTRACT}</AbstractText></Abstract>
<AuthorList><Author><LastName>Adeyemi</LastName><ForeName>Tunde</ForeName><Initials>T</Initials></Author></AuthorList>
<ELocationID EIdType="doi">10.1000/scrotum</ELocationID></Article></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pubmed">31000001</ArticleId>
<ArticleId IdType="doi">10.1000/scrotum</ArticleId></ArticleIdList></PubmedData></PubmedArticle></PubmedArticleSet>
"""


def write_folder(folder: Path) -> Path:
    """A folder of mixed formats: a full text, its abstract, a report of something else, a broken page and a sheet."""
    folder.mkdir()
    (folder / "full.md").write_text(FULL_TEXT, encoding="utf-8")
    (folder / "pubmed.xml").write_text(PUBMED, encoding="utf-8")
    (folder / "kidney.txt").write_text(ELSEWHERE, encoding="utf-8")
    (folder / "broken.xml").write_text(PUBMED[:500], encoding="utf-8")
    record = {"id": "n1", "title": "Another journal", "text": ABSTRACT.replace("34", "51"), "doi": "10.1000/other"}
    (folder / "set.ndjson").write_text(json.dumps(record) + "\n", encoding="utf-8")
    write_sheet(folder / "sheet.csv", [case("scrotum", age_years=34, lesion_sites="scrotum", variant_stated="")])
    return folder


def balance(registry: Registry, unit: str) -> dict[str, int]:
    """Ledger of the last run by state."""
    return dict(
        registry.ask(
            f"SELECT state, sum(n)::BIGINT FROM ops.ledger WHERE run_id = '{registry.run_id}' AND unit = '{unit}' GROUP BY 1"
        )
    )


def test_abstract_full_text_and_row_of_one_publication_are_one_case(tmp_path: Path, registry: Registry) -> None:
    registry.refresh(write_folder(tmp_path / "folder"))
    assert registry.ask("SELECT doi, n_cases FROM registry.publications ORDER BY 1") == [
        ("10.1000/other", 1),
        ("10.1000/scrotum", 1),
    ]
    rows = registry.ask(
        "SELECT tier FROM registry.case_contributions WHERE doi = '10.1000/scrotum' ORDER BY contribution_rank"
    )
    assert rows == [("structured_row",), ("full_text",), ("abstract",)]
    golden = registry.ask(
        "SELECT age_years_low, sex_code, variant_stated_code, serum_calcium_interpretation_code, outcome_state "
        "FROM registry.cases INNER JOIN registry.publications USING (publication_id) WHERE doi = '10.1000/scrotum'"
    )
    assert golden[0][:4] == (34.0, "male", "idiopathic", "normal")


def test_the_ledger_balances_for_files_documents_and_records(tmp_path: Path, registry: Registry) -> None:
    registry.refresh(write_folder(tmp_path / "folder"))
    assert balance(registry, "file") == {"loaded": 5, "failed": 1}
    assert balance(registry, "document") == {"in_scope": 3, "out_of_scope": 1}
    assert balance(registry, "record") == {"accepted": 4}
    assert registry.ask("SELECT document_state, reason FROM registry.documents WHERE source_key = 'kidney'") == [
        ("out_of_scope", "other_organ")
    ]
    registry.refresh()
    assert balance(registry, "document") == {"in_scope": 3, "out_of_scope": 1}
    assert balance(registry, "record") == {"unchanged": 4}


def test_every_value_of_a_narrative_stands_in_its_document(tmp_path: Path, registry: Registry) -> None:
    registry.refresh(write_folder(tmp_path / "folder"))
    rows = registry.ask(
        "SELECT evidence.quote, substring(documents.text, quote_start + 1, quote_end - quote_start), "
        "contains(evidence.quote_sentence, evidence.quote) FROM registry.case_evidence AS evidence "
        "INNER JOIN raw.documents AS documents USING (source_key, document_id)"
    )
    assert len(rows) > 12
    assert all(quote == found and is_in_sentence for quote, found, is_in_sentence in rows)
    said = dict(
        registry.ask(
            "SELECT intake_field, quote FROM registry.case_evidence WHERE source_key = 'full' AND is_used "
            "AND intake_field IN ('age_years', 'sex', 'lesion_sites')"
        )
    )
    assert said == {"age_years": "34-year-old", "sex": "man", "lesion_sites": "scrotum"}
    assert not registry.ask("SELECT * FROM registry.case_lesion_sites WHERE lesion_site_code IN ('finger', 'elbow')")


def test_a_field_of_which_a_full_text_is_silent_is_not_reported_and_of_an_abstract_not_assessed(
    tmp_path: Path, registry: Registry
) -> None:
    registry.refresh(write_folder(tmp_path / "folder"))
    rows = registry.ask("SELECT tier, imaging_state FROM registry.case_contributions ORDER BY tier, imaging_state")
    assert set(rows) == {
        ("abstract", "not_assessed"),
        ("full_text", "not_reported"),
        ("structured_row", "not_assessed"),
    }


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        ("quote_start = quote_start + 1", "quote_stands_in_its_document"),
        ("quote_end = quote_start", "quote_stands_in_its_document"),
        ("quote = 'a 43-year-old'", "quote_stands_in_its_document"),
        ("document_no = 4711", "finding_is_of_a_document"),
        ("finding_value = '43 years'", "value_follows_from_its_quote"),
    ],
)
def test_spoilt_evidence_keeps_the_record_out_and_is_named(tmp_path: Path, damage: str, rule: str) -> None:
    home = Home(tmp_path / "home")
    home.create()
    (tmp_path / "full.md").write_text(FULL_TEXT, encoding="utf-8")
    load_raw(home, "run_1", plan_files(home, [str(tmp_path / "full.md")], {}, full=False), {})
    with open_build(home.build_database("run_1")) as connection:
        gather_records(connection)
        code_records(connection)
        connection.execute(f"UPDATE staging.extracted_findings SET {damage} WHERE intake_field = 'age_years'")
        judge_and_merge(connection)
        (rules,) = connection.execute("SELECT rules FROM quality.quarantine").fetchall()
        assert rule in rules[0]
        assert connection.execute("SELECT count(*) FROM registry.cases").fetchall() == [(0,)]


def test_a_text_that_two_files_hold_is_read_once(tmp_path: Path, registry: Registry) -> None:
    for name in ("one", "two"):
        record = {"id": name, "title": "A title", "text": ABSTRACT, "doi": f"10.1000/{name}"}
        (tmp_path / f"{name}.ndjson").write_text(json.dumps(record) + "\n", encoding="utf-8")
    registry.refresh(tmp_path / "one.ndjson", tmp_path / "two.ndjson")
    assert balance(registry, "document") == {"in_scope": 1, "duplicate": 1}


def write_hostile_folder(folder: Path) -> Path:
    """Files that mean harm or are of no use, beside one sound report."""
    folder.mkdir()
    bomb = "".join(
        f'<!ENTITY e{n} "&e{n - 1};&e{n - 1};&e{n - 1};&e{n - 1};&e{n - 1};&e{n - 1};">' for n in range(1, 12)
    )
    files: dict[str, str | bytes] = {
        "bomb.xml": f'<?xml version="1.0"?><!DOCTYPE article [<!ENTITY e0 "calcinosis">{bomb}]>'
        "<article><body><p>&e11;</p></body></article>",
        "external.xml": '<?xml version="1.0"?><!DOCTYPE article [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        "<article><front><article-meta><title-group><article-title>&x;</article-title></title-group></article-meta></front>"
        "<body><p>Calcinosis cutis &x;</p></body></article>",
        "deep.xml": "<article>" + "<sec>" * 5000 + "</sec>" * 5000 + "</article>",
        "line.txt": "A man had calcified nodules. " * 360_000,
        "book.txt": "A man had calcified nodules.\n\n" * 34_000,
        "cycle.pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 99999>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
        "noise.txt": bytes(range(256)) * 400,
        "empty.md": "",
        "abstract.nbib": "PMID- 31000002\nTI  - Calcinosis of nothing\nAB  - \n\n",
        "marks.txt": "A 30-year-old man had cal\u0301cified nodules \u202eof the scrotum\u202c. "
        "\u05d4\u05d7\u05d5\u05dc\u05d4 Calcinosis cutis of the scrotum was diagnosed.",
    }
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "sound.md").write_text(FULL_TEXT, encoding="utf-8")
    return folder


def test_a_hostile_folder_ends_with_a_reason_for_each_file(tmp_path: Path, registry: Registry) -> None:
    registry.refresh(write_hostile_folder(tmp_path / "folder"))
    reasons = dict(
        registry.ask("SELECT file_name, reason FROM raw.source_files WHERE file_state = 'failed' ORDER BY file_name")
    )
    assert set(reasons) == {
        "bomb.xml", "external.xml", "deep.xml", "line.txt", "cycle.pdf", "noise.txt", "empty.md", "abstract.nbib",
    }  # fmt: skip
    assert all(reasons.values())
    assert not registry.ask("SELECT * FROM raw.documents WHERE contains(text, 'root:')")
    assert registry.ask("SELECT document_id FROM registry.documents WHERE source_key = 'sound'") == [
        ("doi:10.1000/scrotum",)
    ]
    assert balance(registry, "file") == {"loaded": 3, "failed": 8}
    ((source, reason, detail),) = registry.ask(
        "SELECT source_key, reason, detail FROM registry.documents WHERE document_state = 'failed'"
    )
    assert (source, reason) == ("book", "too_large")
    assert detail.endswith(" has 1,020,000 characters: give the report alone")
