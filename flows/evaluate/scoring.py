"""Reads the documents of gold as the pipeline does, and scores what comes out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flows.evaluate.answers import answers_of
from flows.evaluate.comparing import Answer, Comparison, Expected, compare, move_either
from flows.evaluate.expected import expected_of
from flows.evaluate.fields import BY_NAME, FIELDS, PERSON_FIELDS
from flows.evaluate.gold import GoldDocument, Row
from flows.evaluate.scores import FieldScore, ScreeningScore, Tallies, score_field, score_screening
from flows.extract.extractor import extract
from flows.extract.model import Document, Extraction, Scope
from flows.extract.reading import Reading
from flows.extract.report import as_json

Case = dict[str, Any]
Extractor = Callable[..., Extraction]
Group = Literal["cases", "persons"]
ErrorKind = Literal["missed", "spurious", "wrong"]


@dataclass(frozen=True, slots=True)
class ScoredError:
    """One difference from gold.

    patient: index of the patient, None of what is said of the document.   group: "cases", or "persons" where age and
    sex were scored whatever the disease.   sentence: that holds the words of gold or of the answer, where known.
    """

    doc_id: str
    patient: int | None
    group: Group
    field: str
    kind: ErrorKind
    expected: str | None
    found: str | None
    sentence: str | None
    debatable: bool = False


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of all fields.   cases: of patients with calcinosis; persons: of patients whatever the disease."""

    screening: ScreeningScore
    cases: tuple[FieldScore, ...]
    persons: tuple[FieldScore, ...]

    def field(self, name: str) -> FieldScore:
        """The score of a field of the cases, or with "persons." before it of the persons. Raises KeyError."""
        group, _, plain = name.rpartition(".")
        for score in self.persons if group == "persons" else self.cases:
            if score.field == plain:
                return score
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of one evaluation.

    missing: ids of gold without a text.   failed: documents on which the reading broke off, with the reason; they
    count as documents without an answer.   debatable: what readers may differ on, in no other score.
    """

    n_documents: int
    n_cases: int
    n_persons: int
    scores: Scores
    debatable: Scores
    errors: tuple[ScoredError, ...]
    missing: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)


def evaluate(
    gold: Mapping[str, GoldDocument], documents: Mapping[str, Document], *, extractor: Extractor = extract
) -> Evaluation:
    """Score what the extractor reads in the documents of gold.

    A document that is screened out gives no answers, so that what gold says of its patients counts as missed.
    """
    scorer = _Scorer(extractor)
    present = [document for doc_id, document in sorted(gold.items()) if doc_id in documents]
    for document in present:
        scorer.add(document, documents[document.doc_id])
    return Evaluation(
        n_documents=len(present),
        n_cases=sum(bool(document.is_case) for document in present),
        n_persons=sum(document.person is not None for document in present),
        scores=scorer.scores(debatable=False),
        debatable=scorer.scores(debatable=True),
        errors=tuple(scorer.errors),
        missing=tuple(sorted(set(gold) - set(documents))),
        failed=scorer.failed,
    )


class _Scorer:
    def __init__(self, extractor: Extractor) -> None:
        self._extractor = extractor
        self._screening: dict[bool, dict[str, tuple[bool, bool, str | None]]] = {False: {}, True: {}}
        self._cases = {False: Tallies(), True: Tallies()}
        self._persons = {False: Tallies(), True: Tallies()}
        self.errors: list[ScoredError] = []
        self.failed: dict[str, str] = {}

    def scores(self, *, debatable: bool) -> Scores:
        cases, persons = self._cases[debatable].by_field, self._persons[debatable].by_field
        return Scores(
            score_screening(self._screening[debatable]),
            tuple(
                score_field(item.name, cases[item.name], single=item.single) for item in FIELDS if item.name in cases
            ),
            tuple(
                score_field(name, persons[name], single=BY_NAME[name].single)
                for name in PERSON_FIELDS
                if name in persons
            ),
        )

    def add(self, gold: GoldDocument, document: Document) -> None:
        sentences = _Sentences(document)
        if gold.is_case is not None:
            cases = self._screen(gold, document, sentences)
            if gold.is_case:
                self._add_cases(gold, cases, sentences)
        if gold.person is not None:
            _, cases = self._read(document, gold.doc_id, everything=True)
            self._add_person(gold.doc_id, gold.person, cases, sentences)

    def _read(self, document: Document, doc_id: str, *, everything: bool) -> tuple[Scope | None, list[Case]]:
        try:
            extraction = self._extractor(document, everything=everything)
            return extraction.scope, as_json(extraction)["cases"]
        except Exception as error:  # one document must not cost the scores of all others
            self.failed[doc_id] = f"{type(error).__name__}: {error}"
            return None, []

    def _screen(self, gold: GoldDocument, document: Document, sentences: _Sentences) -> list[Case]:
        scope, cases = self._read(document, gold.doc_id, everything=False)
        taken = scope is not None and scope.in_scope
        self._screening[gold.debatable][gold.doc_id] = (bool(gold.is_case), taken, gold.kind)
        if taken != gold.is_case:
            place = scope.start if scope else None
            if place is None and gold.patients:
                place = sentences.place_of(_telling_span(gold.patients[0]))
            expected = "case" if gold.is_case else f"no case ({gold.kind or 'other'})"
            found = f"{'case' if taken else 'no case'} ({scope.reason if scope else 'not read'})"
            self.errors.append(
                ScoredError(
                    gold.doc_id,
                    None,
                    "cases",
                    "screening",
                    "wrong",
                    expected,
                    found,
                    sentences.at(place),
                    gold.debatable,
                )
            )
        return cases if taken else []

    def _add_cases(self, gold: GoldDocument, cases: list[Case], sentences: _Sentences) -> None:
        self._score_number(gold.doc_id, "cases", len(gold.patients), len(cases), gold.debatable, sentences)
        doc_id = gold.doc_id
        covered = set(expected_of(gold.patients[0])) if gold.patients else set()
        for row, case in _paired(gold.patients, cases):
            expected: dict[str, list[Expected]] = {name: [] for name in covered} if row is None else expected_of(row)
            answers = answers_of(case) if case else {}
            if {"associated_diseases", "comorbidities"} <= expected.keys() & answers.keys():
                answers["associated_diseases"], answers["comorbidities"] = move_either(
                    (expected["associated_diseases"], expected["comorbidities"]),
                    (answers["associated_diseases"], answers["comorbidities"]),
                )
            number = int((row or case or {}).get("patient_index") or 1)
            debatable = gold.debatable if row is None else bool(row.get("debatable"))
            for name in expected:
                found = answers.get(name, [])
                comparison = self._score(doc_id, number, "cases", name, expected[name], found, debatable, sentences)
                for apart, source in (("site_laterality", "lesion_sites"), ("lab_timing", "labs")):
                    if name == source:
                        self._score_aside(doc_id, number, apart, comparison, debatable, sentences)

    def _score_aside(
        self, doc_id: str, number: int, name: str, comparison: Comparison, debatable: bool, sentences: _Sentences
    ) -> None:
        """What was found with its code is asked for its side or time too, each by itself."""
        for item, given in comparison.matches:
            said = frozenset[str]().union(*(answer.aside for answer in given))
            if name == "lab_timing" and item.aside & said:
                said = item.aside
            self._score(
                doc_id,
                number,
                "cases",
                name,
                [Expected(((item.aside,),), _shown(item), item.span)] if item.aside else [],
                [Answer((said,), f"{' + '.join(sorted(said))} ({given[0].shown})", given[0].start)] if said else [],
                debatable,
                sentences,
            )

    def _add_person(self, doc_id: str, row: Row, cases: list[Case], sentences: _Sentences) -> None:
        expected = expected_of(row)
        answers = answers_of(cases[0]) if cases else {}
        debatable = bool(row.get("debatable"))
        if "n_patients" in row:
            self._score_number(doc_id, "persons", row["n_patients"] or 0, len(cases), debatable, sentences)
        for name in ("age_years", "sex"):
            if name in expected:
                self._score(doc_id, 1, "persons", name, expected[name], answers.get(name, []), debatable, sentences)

    def _score_number(
        self, doc_id: str, group: Group, n_gold: int, n_found: int, debatable: bool, sentences: _Sentences
    ) -> None:
        """The number of patients; none at all, as of a review or a cohort, is no answer."""
        expected = [Expected(((n_gold,),), str(n_gold))] if n_gold else []
        answers = [Answer((n_found,), str(n_found))] if n_found else []
        self._score(doc_id, None, group, "n_patients", expected, answers, debatable, sentences)

    def _score(
        self,
        doc_id: str,
        patient: int | None,
        group: Group,
        name: str,
        expected: Iterable[Expected],
        answers: Iterable[Answer],
        debatable: bool,
        sentences: _Sentences,
    ) -> Comparison:
        rules = BY_NAME[name]
        comparison = compare(expected, answers, agree=rules.agree, vocabulary=rules.vocabulary)
        tallies = self._persons if group == "persons" else self._cases
        tallies[debatable].add(name, doc_id, comparison)
        if rules.derived:
            return comparison
        missed, spurious = list(comparison.missed), list(comparison.spurious)
        if rules.single and missed and spurious:
            item, answer = missed.pop(), spurious.pop()
            sentence = sentences.at(answer.start) or sentences.at(sentences.place_of(item.span))
            self.errors.append(
                ScoredError(doc_id, patient, group, name, "wrong", item.shown, answer.shown, sentence, debatable)
            )
        for item in missed:
            sentence = sentences.at(sentences.place_of(item.span))
            self.errors.append(
                ScoredError(doc_id, patient, group, name, "missed", item.shown, None, sentence, debatable)
            )
        for answer in spurious:
            sentence = sentences.at(answer.start)
            self.errors.append(
                ScoredError(doc_id, patient, group, name, "spurious", None, answer.shown, sentence, debatable)
            )
        return comparison


class _Sentences:
    """The sentences of a document, split when the first error asks for one."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._reading: Reading | None = None

    def at(self, offset: int | None) -> str | None:
        """The sentence that holds an offset, white space folded."""
        if offset is None:
            return None
        self._reading = self._reading or Reading(self._document)
        sentence = self._reading.sentence_at(offset)
        return " ".join(sentence.text.split()) if sentence else None

    def place_of(self, span: str | None) -> int | None:
        """Where the words of gold stand first, whatever the white space."""
        words = (span or "").split()
        match = re.search(r"\s+".join(map(re.escape, words)), self._document.text) if words else None
        return match.start() if match else None


def _paired(rows: list[Row], cases: list[Case]) -> Iterable[tuple[Row | None, Case | None]]:
    """Patients of gold with those of the program: by their index, those that are left over in the order of the text."""
    by_index = {int(case["patient_index"]): case for case in cases}
    pairs: list[tuple[Row | None, Case | None]] = []
    left: list[Row] = []
    for row in rows:
        case = by_index.pop(int(row.get("patient_index") or 1), None)
        if case is None:
            left.append(row)
        else:
            pairs.append((row, case))
    others = [by_index[index] for index in sorted(by_index)]
    for number in range(max(len(left), len(others))):
        pairs.append((left[number] if number < len(left) else None, others[number] if number < len(others) else None))
    return pairs


def _telling_span(row: Row) -> str | None:
    for item in row.get("lesion_sites") or ():
        return str(item["text"])
    return row.get("variant_text")


def _shown(item: Expected) -> str:
    return f"{' + '.join(sorted(item.aside))} ({item.shown})"
