"""The cues of laboratory results (data/rules/lab_cues.csv), for those who read values, judgements and times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from flows.extract.clinical_cues import ending_pattern, only_roles

ROLES = frozenset(
    {
        "in_front",
        "join",
        "link",
        "copula",
        "plural",
        "stop",
        "next",
        "from",
        "not_blood_behind",
        "not_blood_front",
        "target",
        "range",
        "before",
        "presentation",
        "during",
        "after",
        "presence",
        "asked",
        "not_serum",
        "in_serum",
        "serology",
        "vague",
        "denial",
        "likewise",
        "carries",
        "not_laboratory",
        "limit_of",
        "modal",
        "no_test",
        "names_disease",
    }
)


@cache
def lab_cues() -> Mapping[str, re.Pattern[str]]:
    """Role -> pattern of its cues."""
    return only_roles("lab_cues", ROLES)


def ends_with(role: str, text: str) -> bool:
    """Whether a cue of this role is the last thing in a text."""
    return ending_pattern("lab_cues", role).search(text) is not None
