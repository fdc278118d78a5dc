"""From a document to its patients: one reading, asked by every field in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from flows.extract.appearance import find_largest_size, find_morphology
from flows.extract.autoantibodies import find_autoantibodies
from flows.extract.context import Contexts
from flows.extract.demographics import find_ages, find_sexes
from flows.extract.diseases import find_diseases
from flows.extract.durations import find_disease_durations
from flows.extract.examinations import find_histology, find_imaging
from flows.extract.laboratory import find_laboratory_values
from flows.extract.lesions import lesion_mentions
from flows.extract.model import Document, ExtractedCase, Extraction, Finding
from flows.extract.outcomes import find_outcome
from flows.extract.paragraphs import mark_general_paragraphs
from flows.extract.patients import assign_patients, patient_at
from flows.extract.reading import Reading
from flows.extract.scope import decide_scope
from flows.extract.sites import find_lesion_sites
from flows.extract.table_cells import read_tables
from flows.extract.treatments import find_treatments
from flows.extract.variants import find_variants
from flows.ingest.narrative.reading import read_documents
from flows.resources import resource

Finder = Callable[[Reading, Contexts], list[Finding]]

FINDERS: tuple[Finder, ...] = (
    find_ages,
    find_sexes,
    find_variants,
    find_lesion_sites,
    find_diseases,
    find_disease_durations,
    find_laboratory_values,
    find_autoantibodies,
    find_morphology,
    find_largest_size,
    find_histology,
    find_imaging,
    find_treatments,
    find_outcome,
)
"""One function a group of fields; each gives the findings of all patients."""


MOST_CHARACTERS = 1_000_000
"""A longer text is a book, or a file that is no article; a report with all its references has some 50,000."""


class DocumentTooLargeError(ValueError):
    """A document has more characters than a report has."""


def extract(document: Document, *, everything: bool = False) -> Extraction:
    """Read the patients with calcinosis out of a document.

    everything: read the patients of a document out of scope too. A cohort whose patients are not told apart gives none,
    and animals are no patients.
    Raises DocumentTooLargeError for a document of more than MOST_CHARACTERS.
    """
    if len(document.text) > MOST_CHARACTERS:
        raise DocumentTooLargeError(
            f"{document.document_id} has {len(document.text):,} characters: give the report alone"
        )
    reading = Reading(document)
    contexts = Contexts(reading)
    mark_general_paragraphs(reading)
    n_patients = assign_patients(reading, contexts)
    scope = decide_scope(reading, contexts)
    if scope.reason == "animal" or not (scope.in_scope or everything):
        return Extraction(document, scope)
    patients = range(1, (n_patients or 1) + 1) if n_patients or scope.in_scope else range(0)
    findings = [_of_patient(reading, finding) for find in FINDERS for finding in find(reading, contexts)]
    findings = read_tables(reading, findings)
    if scope.in_scope and len(patients) > 1:
        patients_with_lesions = _with_lesions(reading, contexts, patients, findings)
        cases = [_case(number, findings) for number in patients if number in patients_with_lesions]
    else:
        cases = [_case(number, findings) for number in patients]
    return Extraction(document, scope, cases)


def warm_up() -> None:
    """Read the first report that the project ships: what the first of a process waits for is then in memory.

    Lexicons, patterns and rules take a second, a report takes some milliseconds.
    """
    for path in sorted(resource("data", "narratives").glob("*_*"))[:1]:
        for document in read_documents(path):
            extract(document)


def _with_lesions(
    reading: Reading, contexts: Contexts, patients: Iterable[int], findings: Iterable[Finding]
) -> set[int]:
    """Of several patients those with calcified lesions, in words or in a table of theirs; all where nothing says whose."""
    found = {one.patient for one in findings if (one.name, one.rule) == ("lesion_sites", "table_cell")}
    for mention in lesion_mentions(reading, contexts):
        if mention.kind in ("calcinosis", "calcification") and not mention.qualifiers.negated:
            number = patient_at(reading, mention.start)
            if number == 0:
                return set(patients)
            if number is not None:
                found.add(number)
    return found or set(patients)


def _of_patient(reading: Reading, finding: Finding) -> Finding:
    """The finding of the one patient whom its words speak of, where its sentence speaks of several."""
    patient = patient_at(reading, finding.start) if finding.patient == 0 else None
    return replace(finding, patient=patient) if patient else finding


def _case(number: int, findings: Iterable[Finding]) -> ExtractedCase:
    own = [replace(finding, patient=number) for finding in findings if finding.patient in (0, number)]
    return ExtractedCase(number, sorted(own, key=lambda finding: (finding.start, finding.end, finding.name)))
