"""Diseases, exposures and injuries in an author's words: "ESRD on HD", "no lupus", "type 1 and 2 diabetes".

The words are read as known phrases (flows/coding/disease_phrases.py) and then as clauses: what joins two terms ends a
clause, a cue holds for its clause, and what stands in brackets explains the term before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from flows.coding.disease_phrases import NONE, Phrase, ambiguity_of, code_of, read_phrases
from flows.coding.items import CodedItem, State
from flows.coding.vocabulary import Vocabulary, load_vocabulary

AMBIGUOUS = "ambiguous abbreviation"
"""Problem of an item whose abbreviation stands for several diseases, with nothing beside it that decides."""

_ENDING = frozenset(("joint", "terminator"))
_JOINING = _ENDING | {"and", "alternative", "attach", "of"}
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_LISTING = frozenset(",;:•|\n")
_SAME_CLAUSE = "same clause"
_CUE = "cue"
_SHORTEST_PREFIX = 3
_SHORTEST_LAST_WORD = 4
_CUTTING = _OPENING | _CLOSING | _LISTING | {"/"}


@dataclass(slots=True)
class _Clause:
    """Phrases between two joints, and what stands before them: "and", ",", "/", "(", "attach", "joint" or ""."""

    joint: str
    bracketed: bool
    phrases: list[Phrase] = field(default_factory=list)
    mode: str | None = None
    before: int = 0

    @property
    def terms(self) -> list[Phrase]:
        return [phrase for phrase in self.phrases if phrase.is_term]

    @property
    def unknown(self) -> list[Phrase]:
        return [phrase for phrase in self.phrases if not phrase.kinds]


@dataclass(slots=True)
class _Found:
    code: str | None
    start: int
    end: int
    state: State
    interpretation: str | None
    joint: str
    bracketed: bool
    problem: str | None = None


def code_diseases(text: str) -> list[CodedItem]:
    """Items of one part of `associated_diseases` or `comorbidities`, in the order of the text.

    text: already cut at semicolons. Gives one item per disease: state "absent" for "no lupus", "not_assessed" with
    interpretation "suspected", "family history" or "planned" for what is not said to be present, code `none` (absent)
    for "otherwise healthy". Words that no term knows give an item without code; empty text gives no item.
    """
    phrases = read_phrases(text)
    if not phrases:
        return [CodedItem(text.strip())] if text.strip() else []
    clauses = _clauses(text, phrases)
    _spread_cues(clauses)
    found = list(_found(text, clauses, phrases))
    found = _without_repeats(found)
    if not found:
        return [CodedItem(text.strip())]
    return [_item(text, one) for one in found]


def _item(text: str, found: _Found) -> CodedItem:
    words = text[found.start : found.end].strip()
    return CodedItem(words, found.code, state=found.state, interpretation=found.interpretation, problem=found.problem)


# --- clauses ------------------------------------------------------------------------------------------------------


def _clauses(text: str, phrases: list[Phrase]) -> list[_Clause]:
    clauses = [_Clause("", False)]
    depth, last_end = 0, 0
    for at, phrase in enumerate(phrases):
        joint = _sign_joint(phrase.signs, text[:last_end])
        depth = _depth(depth, phrase.signs)
        last_end = phrase.end
        if joint or (depth > 0) != clauses[-1].bracketed:
            clauses.append(_Clause(joint or ",", depth > 0))
        if phrase.kinds & _JOINING and not phrase.is_term:
            kind = next(
                kind for kind in ("terminator", "joint", "alternative", "and", "of", "attach") if kind in phrase.kinds
            )
            clauses.append(_Clause(kind, depth > 0))
            clauses[-1].before = phrase.end
            continue
        if clauses[-1].terms and phrase.kinds.intersection(_BEFORE) and _term_follows(phrases, at):
            clauses.append(_Clause(_CUE, depth > 0))
        clauses[-1].phrases.append(phrase)
    return [clause for clause in clauses if clause.phrases or clause.joint in _ENDING]


def _term_follows(phrases: list[Phrase], at: int) -> bool:
    for phrase in phrases[at + 1 :]:
        if any(sign in _CUTTING for sign in phrase.signs):
            return False
        if phrase.is_term:
            return True
        if phrase.kinds & _JOINING:
            return False
    return False


def _sign_joint(signs: str, before: str) -> str:
    for sign in signs:
        if sign in _OPENING or sign == "=":
            return "("
        if sign in _CLOSING:
            return ")"
        if sign in _LISTING:
            return ","
        if sign == "/":
            return "/"
        if sign in "&+":
            return "and"
    # A full stop after a short word stands for letters left out ("vs.", "i.v."), after a longer one it ends a sentence.
    return "," if "." in signs and before[-_SHORTEST_LAST_WORD:].isalpha() else ""


def _depth(depth: int, signs: str) -> int:
    for sign in signs:
        depth += (sign in _OPENING) - (sign in _CLOSING)
    return max(depth, 0)


# --- cues ---------------------------------------------------------------------------------------------------------

# In the order of their weight: "no family history of" says nothing about the patient.
_BEFORE = ("family", "planned", "suppress", "negation", "suspicion")
_AFTER = {"negation_after": "negation", "suspicion_after": "suspicion", "planned_after": "planned"}


def _spread_cues(clauses: list[_Clause]) -> None:
    """Set the mode of each clause: from a cue in it, or from the list ("no A, B or C") that it goes on with."""
    mode: str | None = None
    heading = False
    for at, clause in enumerate(clauses):
        if not (heading and clause.joint == ",") and _ends_scope(clauses, at, mode):
            mode, heading = None, False
        own = _own_cue(clause)
        if own is not None:
            # "ruled out: lupus, sarcoidosis" is a heading over all that follows.
            mode, heading = own, not clause.terms
        if clause.joint == "alternative":
            mode = mode or "suspicion"
            clauses[at - 1].mode = clauses[at - 1].mode or "suspicion"
        clause.mode = mode


def _ends_scope(clauses: list[_Clause], at: int, mode: str | None) -> bool:
    clause = clauses[at]
    if clause.joint in ("terminator", "joint", "(", _CUE):
        return True
    if clause.joint == ",":
        return not _list_goes_on(clauses, at, mode)
    return clause.joint == "and" and mode in ("suspicion", "suppress")


def _own_cue(clause: _Clause) -> str | None:
    cues: set[str] = set()
    for phrase in clause.phrases:
        if phrase.is_term:
            break
        cues |= phrase.kinds.intersection(_BEFORE)
    return next((cue for cue in _BEFORE if cue in cues), None)


def _list_goes_on(clauses: list[_Clause], at: int, mode: str | None) -> bool:
    # "no diabetes, hypertension or gout" denies all three; "no diabetes, hypertension" says two things.
    if mode not in ("negation", "family"):
        return False
    for clause in clauses[at:]:
        if clause.joint == "and":
            return True
        if clause.joint != "," or _own_cue(clause):
            return False
    return False


# --- items --------------------------------------------------------------------------------------------------------


def _found(text: str, clauses: list[_Clause], phrases: list[Phrase]) -> Iterator[_Found]:
    previous: _Clause | None = None
    for at, clause in enumerate(clauses):
        terms = clause.terms
        if terms:
            borrowed = _borrowed(clauses, at)
            for nth, one in enumerate(_terms_of(text, clause, phrases)):
                yield replace(one, code=borrowed, problem=None) if borrowed and nth == 0 else one
            previous = clause
            continue
        completed = _completed(clauses, at, previous)
        if completed is not None:
            start, end = _span(clause.phrases)
            state, interpretation = _state(clause.mode, clause.phrases)
            yield _Found(completed, start, end, state, interpretation, clause.joint, clause.bracketed)
        elif clause.unknown and not _is_aside(clause, previous) and not _leads(clauses, at):
            start, end = _span(clause.phrases)
            state, interpretation = _state(clause.mode, clause.phrases)
            yield _Found(None, start, end, state, interpretation, clause.joint, clause.bracketed)


def _terms_of(text: str, clause: _Clause, phrases: list[Phrase]) -> Iterator[_Found]:
    start, joint = clause.phrases[0].start, clause.joint
    for at, phrase in enumerate(clause.phrases):
        if not phrase.is_term:
            continue
        after = clause.phrases[at + 1 :]
        tail = _until_term(after)
        whole = at + len(tail) + 1 == len(clause.phrases)
        end = (tail[-1] if tail and whole else phrase).end
        head = _since_term(clause.phrases[:at])
        behind = after[: len(tail) + 1]
        mode = "suppress" if any("suppress_after" in one.kinds for one in behind) else clause.mode
        if mode == "suppress" and phrase.code != NONE:
            start = end
            continue
        state, interpretation = _state(mode, [*head, *tail] if whole or at == 0 else head, head)
        if state == "present" and ("?" in phrase.signs or text[end:].lstrip().startswith("?")):
            state, interpretation = "not_assessed", "suspected"
        code, problem = phrase.code, None
        if code is None:
            code = _decided(phrase, phrases)
            problem = None if code else AMBIGUOUS
        if any(not one.kinds for one in tail) and tail[0].start - phrase.end <= 1 and not tail[0].kinds:
            # A word behind a term changes it: a "lupus" something is not lupus.
            code, problem = None, None
        if code == NONE:
            state, interpretation = "absent", None
        yield _Found(code, start, end, state, interpretation, joint, clause.bracketed, problem)
        start, joint = end, _SAME_CLAUSE


def _until_term(phrases: list[Phrase]) -> list[Phrase]:
    tail: list[Phrase] = []
    for phrase in phrases:
        if phrase.is_term:
            break
        tail.append(phrase)
    return tail


def _since_term(phrases: list[Phrase]) -> list[Phrase]:
    return list(reversed(_until_term(list(reversed(phrases)))))


def _state(mode: str | None, near: list[Phrase], head: list[Phrase] | None = None) -> tuple[State, str | None]:
    kinds = {kind for phrase in near for kind in phrase.kinds}
    for cue, meaning in _AFTER.items():
        behind = [phrase for phrase in near if head is None or phrase not in head]
        if mode is None and any(cue in phrase.kinds for phrase in behind):
            mode = meaning
    if head and "negation_next" in head[-1].kinds:
        mode = "negation"
    if any("?" in phrase.signs for phrase in near):
        mode = mode or "suspicion"
    if mode == "negation":
        return "absent", None
    if mode == "family":
        return "not_assessed", "family history"
    if mode == "planned":
        return "not_assessed", "planned"
    if mode == "suspicion" and "confirmation" not in kinds:
        return "not_assessed", "suspected"
    return "present", None


def _decided(phrase: Phrase, phrases: list[Phrase]) -> str | None:
    vocabulary = load_vocabulary("disease")
    ambiguity = ambiguity_of(phrase)
    others = [other for other in phrases if other is not phrase]
    for other in others:
        for candidate in ambiguity.candidates:
            if other.code is not None and _related(vocabulary, other.code, candidate):
                return candidate
    words = {word for other in others for word in (*other.words, "".join(other.words))}
    fitting = [code for code, context in ambiguity.context.items() if words & context]
    return fitting[0] if len(fitting) == 1 else None


def _related(vocabulary: Vocabulary, code: str, other: str) -> bool:
    return vocabulary.is_within(code, other) or vocabulary.is_within(other, code)


def _completed(clauses: list[_Clause], at: int, previous: _Clause | None) -> str | None:
    """Code of a clause that shares its words with a neighbour: "renal" in "renal and hepatic failure"."""
    clause = clauses[at]
    for words in (_own_words(clause), [word for phrase in clause.unknown for word in phrase.words]):
        if words and (code := _completed_by_neighbours(clauses, at, previous, words)) is not None:
            return code
    return None


def _completed_by_neighbours(clauses: list[_Clause], at: int, previous: _Clause | None, words: list[str]) -> str | None:
    clause = clauses[at]
    if (following := _partner(clauses, at)) is not None:
        whole = _words_to_first_term(following)
        for cut in range(1, len(whole)):
            if (code := code_of([*words, *whole[cut:]])) is not None:
                return code
        # "hyper- and hypothyroidism" shares a part of a word.
        last = whole[-1]
        for cut in range(_SHORTEST_PREFIX, len(last) - _SHORTEST_PREFIX):
            if (code := code_of([*words, last[cut:]])) is not None:
                return code
    if previous is not None and clause.joint in ("and", ",", "/"):
        term = previous.terms[-1]
        for cut in range(len(term.words) - 1, 0, -1):
            if (code := code_of([*term.words[:cut], *words])) is not None:
                return code
    return None


def _borrowed(clauses: list[_Clause], at: int) -> str | None:
    """Code of a term whose first words stand with the member of the list before: "type 1 and 2 diabetes"."""
    before = clauses[at - 1] if at else None
    if before is None or before.terms or clauses[at].joint not in ("and", ",", "/"):
        return None
    words, whole = _own_words(before), _words_to_first_term(clauses[at])
    for cut in range(1, len(words)):
        if (code := code_of([*words[:cut], *whole])) is not None:
            return code
    return None


def _own_words(clause: _Clause) -> list[str]:
    return [word for phrase in clause.phrases if not phrase.kinds.intersection(_BEFORE) for word in phrase.words]


def _words_to_first_term(clause: _Clause) -> list[str]:
    upto = clause.phrases.index(clause.terms[0])
    return [word for phrase in clause.phrases[: upto + 1] for word in phrase.words]


def _partner(clauses: list[_Clause], at: int) -> _Clause | None:
    # The head noun stands with the last member of the list: "lung, breast and colon cancer".
    for clause in clauses[at + 1 :]:
        if clause.joint not in ("and", ",", "/"):
            return None
        if clause.terms:
            return clause
    return None


def _is_aside(clause: _Clause, previous: _Clause | None) -> bool:
    """Whether words without a term only explain the term before them, as in "vitiligo (scrotum, glans)"."""
    if previous is None:
        return False
    return clause.joint in ("attach", "of") or clause.bracketed


def _leads(clauses: list[_Clause], at: int) -> bool:
    """Whether these unknown words only lead to a term, as in "an unusual course of sarcoidosis"."""
    following = clauses[at + 1] if at + 1 < len(clauses) else None
    return following is not None and following.joint == "of" and bool(following.terms)


def _span(phrases: list[Phrase]) -> tuple[int, int]:
    return phrases[0].start, phrases[-1].end


def _without_repeats(found: list[_Found]) -> list[_Found]:
    """Leave out what says the same again, and the wider of two terms of which one explains the other."""
    vocabulary = load_vocabulary("disease")
    kept: list[_Found] = []
    for one in found:
        same = next((k for k in kept if k.code is not None and k.code == one.code and k.state == one.state), None)
        if same is not None:
            continue
        before = kept[-1] if kept else None
        if before is not None and _explains(one) and before.code and one.code and before.state == one.state:
            if vocabulary.is_within(before.code, one.code) and NONE not in (before.code, one.code):
                continue
            if vocabulary.is_within(one.code, before.code):
                kept[-1] = replace(before, code=one.code, end=one.end)
                continue
        kept.append(one)
    if any(one.state == "present" for one in kept):
        kept = [one for one in kept if one.code != NONE]
    return kept


def _explains(found: _Found) -> bool:
    return found.bracketed or found.joint in ("(", ",", "/", _SAME_CLAUSE)
