"""What was read out of a document, as JSON for programs: `calcinosis extract --json`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from flows.coding.coder import VOCABULARIES
from flows.coding.items import CodedItem
from flows.coding.numbers import NUMBER, fold, read_commas
from flows.coding.vocabulary import load_vocabulary
from flows.extract.composing import used_findings
from flows.extract.evidence import coded
from flows.extract.model import ExtractedCase, Extraction, Finding

_LAB_FIELDS = ("serum_calcium", "serum_calcium_value", "serum_phosphate", "serum_phosphate_value", "other_labs")
# Fields whose code is the judgement itself, with the test that they judge.
_JUDGED = {"serum_calcium": "calcium", "serum_phosphate": "phosphate"}
# An antibody that is named as found, without a word for its result, was found.
_RESULTS = {"present": "positive", "absent": "negative"}
_NOT_DONE = {"not_assessed": "not_done"}
_PRINTED = re.compile(rf"(?P<value>{NUMBER})(?:\s*(?:-|to)\s*{NUMBER})?\s*(?P<unit>[^\s\d(,;][^(,;]*)?")
_Json = dict[str, Any]


def as_json(extraction: Extraction) -> _Json:
    """A document with its scope and its cases; offsets count characters of the document's text."""
    document = extraction.document
    return {
        "document_id": document.document_id,
        "title": document.title,
        "doi": document.doi,
        "pmid": document.pmid,
        "pmcid": document.pmcid,
        "line_number": document.line_number,
        "in_scope": extraction.scope.in_scope,
        "reason": extraction.scope.reason,
        "cases": [case_json(extraction, case) for case in extraction.cases],
    }


def case_json(extraction: Extraction, case: ExtractedCase) -> _Json:
    """One patient: coded values with the author's words, and the evidence for each of them."""
    text = extraction.document.text
    used = used_findings(extraction.document, case)
    one = {finding.name: finding for finding in used}
    age = _item(one.get("age_years"))
    duration = _item(one.get("disease_duration_years"))
    size = _item(one.get("largest_size_mm"))
    return {
        "patient_index": case.patient_index,
        "age_years": _middle(age),
        "age_low": age.value_low if age else None,
        "age_high": age.value_high if age else None,
        "age_text": _quote(text, one.get("age_years")),
        "sex": _code(one.get("sex")),
        "variant_stated": _code(one.get("variant_stated")),
        "variant_subtype": _code(one.get("variant_subtype")),
        "lesion_sites": _coded(text, used, "lesion_sites", laterality=True),
        "associated_diseases": _coded(text, used, "associated_diseases"),
        "comorbidities": _coded(text, used, "comorbidities"),
        "disease_duration_low": duration.value_low if duration else None,
        "disease_duration_high": duration.value_high if duration else None,
        "disease_duration_text": _quote(text, one.get("disease_duration_years")),
        "labs": _labs(text, case.findings),
        "autoantibodies": [
            {
                "name": item.code,
                "result": item.interpretation or _RESULTS.get(item.state),
                "text": text[finding.start : finding.end],
            }
            for finding in used
            if finding.name == "autoantibodies"
            for item in coded(finding.name, finding.value)
        ],
        "morphology": _coded(text, used, "morphology"),
        "largest_size_mm": size.value_high if size else None,
        "histology": _histology(one.get("histology")),
        "imaging": _coded(text, used, "imaging"),
        "treatments": [
            {**entry, "target": finding.target}
            for finding in case.findings
            if finding.name == "treatments"
            for entry in _coded(text, [finding], "treatments")
        ],
        "outcome": _code(one.get("outcome")),
        "evidence": [
            {
                "field": finding.name,
                "value": finding.value,
                "state": finding.state,
                "quote": text[finding.start : finding.end],
                "start": finding.start,
                "end": finding.end,
                "rule": finding.rule,
                "confidence": finding.confidence,
            }
            for finding in case.findings
        ],
    }


@cache
def _label(vocabulary: str, term: str) -> str:
    return load_vocabulary(vocabulary).terms[term].label


def _item(finding: Finding | None) -> CodedItem | None:
    items = coded(finding.name, finding.value) if finding else ()
    return items[0] if items else None


def _code(finding: Finding | None) -> str | None:
    item = _item(finding)
    return item.code if item else None


def _histology(finding: Finding | None) -> str | None:
    """Code of what histology says; a biopsy that was not taken has no code, but is told."""
    item = _item(finding)
    return item.code or _NOT_DONE.get(item.state) if item else None


def _middle(item: CodedItem | None) -> float | None:
    if item is None or item.value_low is None or item.value_high is None:
        return None
    return (item.value_low + item.value_high) / 2


def _quote(text: str, finding: Finding | None) -> str | None:
    return text[finding.start : finding.end] if finding else None


def _coded(text: str, findings: Iterable[Finding], name: str, *, laterality: bool = False) -> list[_Json]:
    rows: list[_Json] = []
    for finding in findings:
        if finding.name != name:
            continue
        for item in coded(name, finding.value):
            row: _Json = {
                "code": item.code,
                "label": _label(VOCABULARIES[name], item.code) if item.code else None,
                "state": item.state,
                "text": text[finding.start : finding.end],
            }
            if laterality:
                row["laterality"] = item.laterality_code
            rows.append(row)
    return rows


def _labs(text: str, findings: Iterable[Finding]) -> list[_Json]:
    """One entry per test and statement: a judgement and a value that stand in the same words are one."""
    rows: dict[tuple[str | None, int, int, str | None], _Json] = {}
    for finding in findings:
        if finding.name not in _LAB_FIELDS:
            continue
        for item in coded(finding.name, finding.value):
            judged = _JUDGED.get(finding.name)
            test = judged or item.code
            row = rows.setdefault(
                (test, finding.start, finding.end, finding.timing),
                {
                    "test": test,
                    "value": None,
                    "unit": None,
                    "interpretation": None,
                    "timing": finding.timing,
                    "text": text[finding.start : finding.end],
                },
            )
            row["interpretation"] = row["interpretation"] or (item.code if judged else item.interpretation)
            if item.value_low is not None and row["value"] is None:
                row["value"], row["unit"] = _printed(finding.value, item)
    return list(rows.values())


def _printed(value: str, item: CodedItem) -> tuple[float | None, str | None]:
    """Number and unit as they are printed; the canonical ones where they cannot be told apart from other numbers."""
    said = read_commas(fold(value.partition("=")[2] or value), thousands=True)
    match = _PRINTED.search(said)
    if match is None:
        return item.value_low, item.unit
    unit = (match["unit"] or "").strip()
    return float(match["value"]), unit or item.unit
