"""From the findings on a patient to the intake record that a structured row would give."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from flows.coding.coder import MULTI_VALUED
from flows.extract.evidence import coded, derives
from flows.extract.model import Document, ExtractedCase, Finding

JOINT = "; "
_LATER = ("during_treatment", "after_treatment")
_INITIALS = re.compile(r"(?:[^\W\d_]\.?[ -]?){1,4}")
# Small words that belong to the family name behind them ("van der Meer"), in any language.
_PARTICLE = re.compile(r"[a-z'’]{1,4}")


def used_findings(document: Document, case: ExtractedCase) -> list[Finding]:
    """The findings that the record of a case is made of, in the order of the text.

    Of a single-valued field the surest, then the first; of the others each value once. Laboratory values under and after
    treatment, and treatments of something else, are findings of the report and no part of the record; nor is a value
    that its quote alone does not give again.
    """
    best: dict[str, Finding] = {}
    several: dict[tuple[object, ...], Finding] = {}
    for finding in case.findings:
        if (
            finding.timing in _LATER
            or finding.target == "other"
            or not derives(finding.name, finding.value, document.text[finding.start : finding.end])
        ):
            continue
        if finding.name in MULTI_VALUED:
            several.setdefault((finding.name, *_meaning(finding)), finding)
        elif finding.name not in best or finding.confidence > best[finding.name].confidence:
            best[finding.name] = finding
    return sorted(
        chain(best.values(), several.values()), key=lambda finding: (finding.start, finding.end, finding.name)
    )


def intake_record(document: Document, case: ExtractedCase) -> dict[str, str]:
    """The intake record of a case: field to words, without the fields that nothing is said of."""
    record = _publication(document)
    record["record_id"] = f"{document.document_id}#{case.patient_index}"
    record["patient_index"] = str(case.patient_index)
    cells: dict[str, list[str]] = {}
    for finding in used_findings(document, case):
        cells.setdefault(finding.name, []).append(_cell(finding.value))
    record.update({name: JOINT.join(values) for name, values in cells.items()})
    return record


def _meaning(finding: Finding) -> tuple[object, ...]:
    """What tells two values of a field apart: their codes, sides and numbers, and the words that no vocabulary knows."""
    return tuple(
        (item.code or item.text.casefold(), item.laterality_code, item.state, item.interpretation, item.value_low)
        for item in coded(finding.name, finding.value)
    )


def _cell(value: str) -> str:
    # A semicolon would cut the cell in two.
    return " ".join(value.replace(";", ",").split())


def _publication(document: Document) -> dict[str, str]:
    said = {
        "doi": document.doi,
        "pmid": document.pmid,
        "pmcid": document.pmcid,
        "url": document.url,
        "title": document.title,
        "first_author": first_author(document.authors),
        "journal": document.journal,
        "year": None if document.year is None else str(document.year),
        "country": document.country,
    }
    return {name: value for name, value in said.items() if value}


def first_author(authors: Sequence[str]) -> str | None:
    """Family name and initials of the first author, as citations have it: "Rakesh Jain" and "Jain, Rakesh" give "Jain R"."""
    if not authors or not authors[0].strip():
        return None
    name = " ".join(authors[0].split())
    if "," in name:
        family, _, given = name.partition(",")
        return f"{family.strip()} {_initials(given)}".strip()
    words = name.split(" ")
    if len(words) == 1 or (_INITIALS.fullmatch(words[-1]) and words[-1].isupper()):
        return name.replace(".", "")
    begin = len(words) - 1
    while begin > 1 and _PARTICLE.fullmatch(words[begin - 1]):
        begin -= 1
    return f"{' '.join(words[begin:])} {_initials(' '.join(words[:begin]))}".strip()


def _initials(given: str) -> str:
    return "".join(word[0].upper() for word in re.split(r"[\s.-]+", given) if word)
