"""What governs a place in its sentence: a calcified lesion, another finding, or an investigation.

A noun governs a place that a preposition ties to it ("nodules on both elbows"), that qualifies it ("elbow nodules"), or
that it is said of ("the left arm showed nodules"). Other findings govern too, and keep their places to themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from flows.extract.lesions import LesionMention
from flows.extract.model import Qualifiers, Sentence
from flows.extract.reading import Reading
from flows.extract.site_phrases import SentenceWords, SitePhrase

Strength = Literal["named", "lesion", "change", "past", "procedure"]
Relation = Literal["named", "qualified", "governed", "subject", "imaged", "procedure", "other", "alone"]
_NAMED = frozenset({"calcinosis", "calcification", "deposit"})
# What these say is said of the patient of the report, though they have no verb to say it with.
_OWN_ROLES = frozenset({"title", "figure_caption", "table"})
# Words that may stand between a site and the noun that it qualifies: "left elbow, hard subcutaneous nodules".
_QUALIFIERS = 4
# Words between a noun and the preposition that ties a place to it.
_REACH = 18
# Words between a nodule and the word for its firmness or colour, which is no finding of its own.
_BESIDE = 4
# "Site" and "location" also say where lesions lie.
_LABELS = frozenset({"label", "carrier"})
# Words behind a place among which the verb stands: "the knees were quite normal".
_CLOSE = 3
# Words behind "proved to be" among which the disease stands: "a benign naevus".
_COMPLEMENT = 3
# Words before an investigation that only says how something was found.
_BY_WHICH = frozenset({"on", "upon", "to", "by"})
_NOT_BETWEEN = frozenset({"of", "preposition", "join", "shows", "boundary", "determiner", "carrier", "function_word"})
# Why a calcification is not of the skin, where a place on the body beside it says otherwise.
_NEAR_ORGANS = frozenset({"other_organ", "muscle"})
_BEFORE_SITE = frozenset({"determiner", "side"})
# What may stand right before a place that a noun governs; "lateral to" is a position.
_TIES = frozenset({"preposition", "of", "join", "position"})


@dataclass(frozen=True, slots=True)
class Head:
    """A noun that may govern a place. first, last: half-open range of words of the sentence.

    kind: "lesion" (a calcified lesion or what may be one), "other" (another finding), "look" (an investigation).
    strength: "named" where it names calcification, "lesion" for a nodule, mass or the like, "change" for a change of the
    skin or the firmness of a part, "past" for a lesion of former times, "procedure" for an injection or the like.
    """

    kind: Literal["lesion", "other", "look"]
    first: int
    last: int
    strength: Strength = "named"
    negated: bool = False


def is_of_patient(sentence: Sentence, said: Qualifiers) -> bool:
    """Whether a mention is said of the patient; titles and captions need no verb to say so."""
    if sentence.role in _OWN_ROLES:
        return not (said.hypothetical or said.family or said.other_person)
    return said.is_of_patient


class Heads:
    """The nouns of one sentence that may govern a place, in order."""

    def __init__(self, reading: Reading, words: SentenceWords, mentions: Sequence[LesionMention]) -> None:
        """mentions: those of this sentence."""
        self._kinds = words.kinds
        self._norms = words.norms
        self._offset = words.sentence.first_word
        self._ends = [phrase.last - self._offset for phrase in words.phrases]
        self.heads = self._told_apart(sorted(self._find(reading, words, mentions), key=lambda head: head.first))

    @property
    def has_lesion(self) -> bool:
        """Whether any calcified lesion, or what may be one, is among them."""
        return any(head.kind == "lesion" for head in self.heads)

    def _find(self, reading: Reading, words: SentenceWords, mentions: Sequence[LesionMention]) -> Iterator[Head]:
        taken: set[int] = set()
        kinds = self._kinds
        # An "injection site" is a place, an injection is none.
        places = {n - self._offset for phrase in words.phrases for n in range(phrase.first, phrase.last)}
        for index, kind in enumerate(kinds):
            if kind in ("other_finding", "other_disease", "procedure") and index not in places:
                taken.add(index)
                yield Head("other", index, index + 1, "procedure" if kind == "procedure" else "named")
        for mention in mentions:
            low, high = reading.words.between(mention.start, mention.end)
            first, last = low - self._offset, high - self._offset
            if not taken.isdisjoint(range(first, last)):
                continue
            taken.update(range(first, last))
            said = mention.qualifiers
            if mention.kind == "lookalike" and mention.reason in _NEAR_ORGANS and is_of_patient(words.sentence, said):
                yield Head("lesion", first, last, "change", said.negated)
            elif mention.kind == "lookalike" or not is_of_patient(words.sentence, said) or self._is_equated(mention, last):
                yield Head("other", first, last)
            else:
                past: Strength = "past" if said.historical else "lesion"
                strength: Strength = "named" if mention.kind in _NAMED else past
                yield Head("lesion", first, last, strength, said.negated)
        for index, kind in enumerate(kinds):
            if index in taken:
                continue
            if kind == "investigation":
                if not self._is_adverbial(index):
                    yield Head("look", index, index + 1)
            elif kind == "lesion_noun":
                yield Head("lesion", index, index + 1, "lesion")
            elif kind in ("lesion_change", "skin_change"):
                yield Head("lesion", index, index + 1, "change")

    def _is_adverbial(self, index: int) -> bool:
        """Whether an investigation only says how something was found: "tender on palpation"."""
        after = self._norms[index + 1] if index + 1 < len(self._norms) else ""
        return index > 0 and self._norms[index - 1] in _BY_WHICH and after not in ("of", ":")

    def _is_equated(self, mention: LesionMention, last: int) -> bool:
        """Whether a lump is said to be another disease: "the papule of the cheek proved to be a naevus"."""
        if mention.kind != "lesion":
            return False
        end = next((n for n in range(last, len(self._kinds)) if self._is_border(n)), len(self._kinds))
        verbs = [n for n in range(last, end) if self._kinds[n] in ("equals", "shows")]
        return any("other_disease" in self._kinds[n + 1 : n + 1 + _COMPLEMENT] for n in verbs)

    def _told_apart(self, heads: list[Head]) -> list[Head]:
        """Without words such as "hard" beside a nodule."""
        firm = [head for head in heads if head.kind == "lesion" and head.strength != "change"]
        return [
            head
            for head in heads
            if head.kind != "lesion"
            or head.strength != "change"
            or all(abs(other.first - head.first) > _BESIDE for other in firm)
        ]

    def govern(self, phrase: SitePhrase) -> tuple[Relation, Head | None]:
        """What governs a place, and how; a head only where that is a lesion. "other": another finding does."""
        first, last = phrase.first - self._offset, phrase.last - self._offset
        within = next((head for head in self.heads if head.first < last and first < head.last), None)
        if within is not None:
            return self._verdict("named", within)
        behind = self._behind(last)
        if behind is not None:
            return self._verdict("qualified", behind)
        if phrase.is_adjective:
            return "other", None
        before = self._before(first, last)
        if before is not None:
            return self._verdict("governed", before)
        after = self._after(last)
        return ("alone", None) if after is None else self._verdict("subject", after)

    def _verdict(self, relation: Relation, head: Head) -> tuple[Relation, Head | None]:
        if head.kind == "lesion":
            return relation, head
        if head.strength == "procedure":
            return "procedure", None
        return ("imaged" if head.kind == "look" else "other"), None

    def is_spared(self, phrase: SitePhrase) -> bool:
        """Whether a place is said to be free of findings: "the knees were normal"."""
        last = phrase.last - self._offset
        return "spared" in self._kinds[last : last + _CLOSE]

    def is_denied(self, phrase: SitePhrase) -> bool:
        """Whether a place is named as an exception: "sparing the thighs", "but not on the hands"."""
        index = phrase.first - self._offset - 1
        while index >= 0 and self._kinds[index] in _BEFORE_SITE:
            index -= 1
        return index >= 0 and self._kinds[index] == "denied"

    def is_labelled(self, phrase: SitePhrase) -> bool:
        """Whether a place stands behind a label that opens the sentence: "Sites involved: thighs, arms"."""
        opening = self._norms[: phrase.first - self._offset]
        return ":" in opening and set(self._kinds[: opening.index(":")]) <= _LABELS

    def is_struck(self, phrase: SitePhrase) -> bool:
        """Whether a place is said to be affected as others are: "the shoulders were also involved"."""
        last = phrase.last - self._offset
        return "struck" in self._kinds[last : last + _CLOSE]

    def _behind(self, last: int) -> Head | None:
        """The noun that the place qualifies: the first behind it with nothing but adjectives between."""
        head = next((head for head in self.heads if head.first >= last), None)
        if head is None or head.first - last > _QUALIFIERS:
            return None
        for index in range(last, head.first):
            if self._kinds[index] in _NOT_BETWEEN or not self._norms[index][0].isalnum():
                return None
        return head

    def _before(self, first: int, last: int) -> Head | None:
        """The nearest noun before the place that a preposition ties it to."""
        index = first - 1
        while index >= 0 and self._kinds[index] in _BEFORE_SITE:
            index -= 1
        if index < 0:
            return None
        # Notes leave the preposition out: "swelling right knee".
        near = next((head for head in self.heads if head.last == index + 1), None)
        if near is not None:
            return near
        # "…, and the right leg was swollen" begins a clause of its own.
        opens = self._kinds[index] == "join" or self._norms[index] == ","
        if opens and last < len(self._kinds) and self._kinds[last] == "shows":
            return None
        if self._kinds[index] not in _TIES and self._norms[index][0].isalnum():
            return None
        border = max((n for n in range(first) if self._is_border(n)), default=-1)
        earlier = [head for head in self.heads if border < head.first and head.last <= first]
        if not earlier:
            return None
        nearest = earlier[-1]
        # "Examination: left elbow, a hard mass" opens a list of what was found where.
        if nearest.kind == "look" and self._norms[index] == ":":
            return None
        # Places in a row lengthen the reach: "nodules over both elbows, on several fingers and along the left forearm".
        since = max([nearest.last, *(last for last in self._ends if nearest.last <= last <= first)])
        if first - since > _REACH:
            return None
        if nearest.kind == "other":
            return self._joined(earlier) or nearest
        return nearest

    def _joined(self, earlier: Sequence[Head]) -> Head | None:
        """The lesion that shares its place with another finding: "swelling and pain of the elbow"."""
        nearest = earlier[-1]
        for other in reversed(earlier[:-1]):
            between = range(other.last, nearest.first)
            placed = any(between.start < end <= between.stop for end in self._ends)
            # "papules where electrodes had been fixed to the scalp" are papules of the scalp.
            if other.kind == "lesion" and nearest.strength == "procedure" and not placed:
                return other
            # "an ulcer in the scar of the left leg" is an ulcer of the leg.
            if other.kind == "lesion" and self._is_complement(between):
                return other
            if len(between) > 2 or not any(self._kinds[n] == "join" or self._norms[n] == "," for n in between):
                return None
            if other.kind == "lesion":
                return other
            nearest = other
        return None

    def _is_complement(self, between: range) -> bool:
        """Whether the words between two nouns make the second a complement of the first, as "in the old" does."""
        return (
            0 < len(between) <= _BESIDE
            and self._kinds[between.start] == "preposition"
            and not any(self._kinds[n] == "join" or self._norms[n] == "," for n in between)
            and not any(between.start < end <= between.stop for end in self._ends)
        )

    def _after(self, last: int) -> Head | None:
        """The first noun of the clause behind the place: "on the left elbow there was a nodule"."""
        border = next((n for n in range(last, len(self._kinds)) if self._is_border(n)), len(self._kinds))
        later = [head for head in self.heads if last <= head.first < border and head.kind != "look"]
        return later[0] if later and later[0].first - last <= _REACH else None

    def _is_border(self, index: int) -> bool:
        return self._kinds[index] == "boundary" or self._norms[index] == ";"
