"""Words for nothing to code: not reported, not assessed, or none (data/vocabulary/missing_value.csv)."""

from __future__ import annotations

from functools import cache
from typing import cast

from flows.coding.items import State
from flows.coding.vocabulary import load_vocabulary, normalise


def missing_state(text: str) -> State | None:
    """The state that a whole cell stands for ("NR", "not done", "none"); None when it says anything else."""
    words = " ".join(text.casefold().split()).strip("()[]\"'")
    if not words:
        return "not_reported"
    state = _tokens().get(words) or (_keys().get(normalise(words)) if any(map(str.isalnum, words)) else None)
    return cast(State, state) if state else None


@cache
def _tokens() -> dict[str, str]:
    terms = load_vocabulary("missing_value").terms.values()
    return {" ".join(word.casefold().split()): term.code for term in terms for word in (term.label, *term.synonyms)}


@cache
def _keys() -> dict[str, str]:
    return {key: code for key, code in load_vocabulary("missing_value").keys.items() if len(key) > 1}
