"""The fields that are scored, and how the answers to each are held against gold."""

from __future__ import annotations

from dataclasses import dataclass

from flows.coding.coder import VOCABULARIES
from flows.evaluate.comparing import Agree, same_number, same_result, within


@dataclass(frozen=True, slots=True)
class Field:
    """A scored field.

    single: at most one value a patient, so that accuracy is given too.   agree: when two answers say the same.
    vocabulary: of its codes.   derived: reckoned from another field, whose errors tell all.
    """

    name: str
    single: bool = False
    agree: Agree | None = None
    vocabulary: str | None = None
    derived: bool = False


FIELDS: tuple[Field, ...] = (
    Field("n_patients", single=True),
    Field("age_years", single=True, agree=same_number),
    Field("sex", single=True),
    Field("variant_stated", single=True, vocabulary=VOCABULARIES["variant_stated"]),
    Field("variant_subtype", single=True, vocabulary=VOCABULARIES["variant_subtype"]),
    Field("lesion_sites", vocabulary=VOCABULARIES["lesion_sites"]),
    Field("site_laterality", single=True),
    Field("absent_sites", vocabulary=VOCABULARIES["lesion_sites"]),
    Field("associated_diseases", vocabulary=VOCABULARIES["associated_diseases"]),
    Field("comorbidities", vocabulary=VOCABULARIES["comorbidities"]),
    Field("diseases", vocabulary=VOCABULARIES["comorbidities"], derived=True),
    Field("absent_diseases", vocabulary=VOCABULARIES["comorbidities"]),
    Field("disease_duration", single=True, agree=within),
    Field("labs", agree=same_result),
    Field("lab_timing", single=True),
    Field("autoantibodies"),
    Field("morphology"),
    Field("largest_size_mm", single=True, agree=same_number),
    Field("histology", single=True),
    Field("imaging", vocabulary=VOCABULARIES["imaging"]),
    Field("treatments", vocabulary=VOCABULARIES["treatments"]),
    Field("outcome", single=True),
)
"""All scored fields in the order in which they are shown.

site_laterality is scored on the sites that were found, lab_timing on the laboratory results; diseases is both lists of
diseases together.
"""

BY_NAME = {field.name: field for field in FIELDS}
PERSON_FIELDS = ("n_patients", "age_years", "sex")
"""What is scored of a document whatever the disease."""
