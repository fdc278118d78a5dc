"""Sentences in our own words with what they say (clinical_sentences.csv), and how the two are compared.

Answers of the half `after` were written down before the rules had read the sentence, but for those added with a repair.
Those of the half `before` were taken from the rules and read through by eye: they guard against going back, no more.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flows.coding.coder import code_text
from flows.extract.context import Contexts
from flows.extract.model import Document, Finding, Section
from flows.extract.reading import Reading

Find = Callable[[Reading, Contexts], list[Finding]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A text and the expected findings, as `said` writes them. half: written before or after the rules."""

    half: str
    text: str
    expected: frozenset[str]


def samples(module: str) -> list[Sample]:
    """The samples of one module."""
    with Path(__file__).with_name("clinical_sentences.csv").open(encoding="utf-8", newline="") as file:
        return [
            Sample(row["half"], row["text"], frozenset(filter(None, row["expected"].split(";"))))
            for row in csv.DictReader(file)
            if row["module"] == module
        ]


def found(find: Find, text: str) -> list[Finding]:
    """What a module finds in a text that is one case section of one patient."""
    reading = Reading(Document("sample", text, (Section("case", None, 0, len(text)),)))
    return find(reading, Contexts(reading))


def said(findings: list[Finding]) -> frozenset[str]:
    """Findings in short: the code of the value, and what else is known of it.

    A laboratory result is "test value judgement timing" with a full stop for what is not said, the value in the
    canonical unit; judgement and value of one test at one time are one item.
    """
    items: set[str] = set()
    results: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        item = code_text(finding.name, finding.value)[0]
        if finding.timing is not None:
            in_serum = finding.name.startswith("serum_")
            test = finding.name.removeprefix("serum_").removesuffix("_value") if in_serum else item.code or "?"
            result = results.setdefault((test, finding.timing), [".", "."])
            if item.value_low is not None:
                result[0] = f"{item.value_low:.6f}".rstrip("0").rstrip(".")
            result[1] = item.interpretation or result[1]
        elif finding.target is not None:
            items.add(f"{item.code} {finding.target}")
        elif finding.name == "autoantibodies":
            items.add(f"{item.code} {'negative' if finding.state == 'absent' else 'positive'}")
        elif finding.name == "outcome":
            items.add(str(item.code))
        else:
            items.add(f"{finding.name} {item.code or item.state}")
    return frozenset(items | {f"{test} {value} {word} {when}" for (test, when), (value, word) in results.items()})
