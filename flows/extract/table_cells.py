"""The fields of patients in tables: a cell is read as that of a sheet, by the heading that it stands under.

Headings are known from data/mappings. A cell that the coder does not understand whole is left to the other finders.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from flows.extract.evidence import coded
from flows.extract.model import Finding
from flows.extract.patient_tables import patient_tables
from flows.extract.patients import patient_at
from flows.extract.reading import Reading
from flows.ingest.mapping import common_mapping

_FIELDS = frozenset(
    {
        "associated_diseases",
        "comorbidities",
        "disease_duration_years",
        "largest_size_mm",
        "lesion_sites",
        "morphology",
        "outcome",
        "treatments",
        "variant_stated",
        "variant_subtype",
    }
)
_CONFIDENCE = 0.9


def read_tables(reading: Reading, findings: Iterable[Finding]) -> list[Finding]:
    """The findings, with those inside a cell that is understood by its heading replaced by what the cell says.

    Call `flows.extract.patients.assign_patients` first; ages and sexes are found by `flows.extract.demographics`.
    """
    in_cells = list(_cells(reading))
    if not in_cells:
        return list(findings)
    outside = [one for one in findings if not any(cell.start <= one.start < cell.end for cell in in_cells)]
    return [*outside, *in_cells]


def _cells(reading: Reading) -> Iterator[Finding]:
    text = reading.document.text
    for table in patient_tables(reading):
        for cell in table.cells:
            name = _field(cell.heading)
            if name is None or patient_at(reading, cell.start) != cell.patient:
                continue
            words = text[cell.start : cell.end]
            items = coded(name, words)
            if items and all(item.state == "present" and (item.code or item.value_low is not None) for item in items):
                yield Finding(
                    name,
                    " ".join(words.split()),
                    cell.start,
                    cell.end,
                    "table_cell",
                    cell.patient,
                    confidence=_CONFIDENCE,
                    target="calcinosis" if name == "treatments" else None,
                )


@cache
def _field(heading: str) -> str | None:
    """The field of a heading whose bare numbers stand in the field's own unit."""
    name, unit = common_mapping().read_heading(heading)
    if name == "disease_duration_years" and "disease" not in heading.casefold():
        # "Duration" alone is mostly that of the lesions.
        return None
    return name if unit is None and name in _FIELDS else None
