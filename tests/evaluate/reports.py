"""Made reports with what a made program reads in them, for scores that can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flows.extract.model import Document, ExtractedCase, Extraction, Finding, Scope, Section

Extractor = Callable[..., Extraction]


def document(doc_id: str, text: str) -> Document:
    return Document(doc_id, text, (Section("case", None, 0, len(text)),))


def finding(text: str, name: str, quote: str, **more: Any) -> Finding:
    """A finding whose value is its quote, the first of these words in the text."""
    start = text.index(quote)
    return Finding(name, more.pop("value", quote), start, start + len(quote), "made", **more)


class Program:
    """Gives the patients that it was told to, for each document a list of findings by patient; None is out of scope."""

    def __init__(self, patients: Mapping[str, Mapping[int, list[Finding]] | None]) -> None:
        self.patients = patients
        self.asked: list[tuple[str, bool]] = []

    def __call__(self, document: Document, *, everything: bool = False) -> Extraction:
        self.asked.append((document.document_id, everything))
        patients = self.patients[document.document_id]
        if patients is None:
            return Extraction(document, Scope(False, "negated"))
        cases = [ExtractedCase(number, findings) for number, findings in patients.items()]
        return Extraction(document, Scope(not everything, "calcinosis_named"), cases)
