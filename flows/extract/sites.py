"""Where a patient's calcified lesions are.

A place counts where the sentence ties it to a calcified lesion: the noun that governs it is one ("nodules on both
elbows"), stands behind it ("scrotal calcinosis", "the left arm showed nodules"), or was imaged or sampled there ("films
of the hands showed calcification"). Words are data (data/rules/site_cues.csv, flows/extract/lesions.py).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

from flows.coding.items import CodedItem
from flows.coding.site_grammar import grammar
from flows.coding.vocabulary import is_plural, load_vocabulary
from flows.extract.context import Contexts
from flows.extract.lesions import LesionMention, lesion_mentions
from flows.extract.model import Finding, FindingState, Sentence
from flows.extract.reading import Reading
from flows.extract.site_cues import cue_table
from flows.extract.site_phrases import SentenceWords, SitePhrase, code_site_text, read_sites

Strength = Literal["named", "lesion", "change"]
_NAMED = frozenset({"calcinosis", "calcification", "deposit"})
_FAR_SECTIONS = frozenset({"discussion", "introduction"})
# Words that may stand between a site and the noun that it qualifies: "left elbow, hard subcutaneous nodules".
_QUALIFIERS = 4
# Words between a lesion and the preposition that ties a place to it.
_REACH = 18
_ASIDE = frozenset({"named", "lesion"})
_SINGLE_SIDES = frozenset({"left", "right"})


@dataclass(frozen=True, slots=True)
class _Head:
    """A noun that may govern a place. first, last: half-open range of words of the sentence.

    kind: "lesion" (with its mention or change), "other" (another finding), "look" (an investigation).
    """

    kind: Literal["lesion", "other", "look"]
    first: int
    last: int
    strength: Strength = "named"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class SiteOfLesion:
    """A place with what it was tied to. strength: "named" where the sentence names calcification, "lesion" where it
    names a nodule, mass or the like, "change" where it names a change of the skin or the firmness of a part.
    """

    sentence: Sentence
    phrase: SitePhrase
    strength: Strength
    state: FindingState
    rule: str


def find_lesion_sites(reading: Reading, contexts: Contexts) -> list[Finding]:
    """The places of calcified lesions of every patient, in the order of the text, one finding a noun phrase.

    name "lesion_sites"; value: the phrase as printed ("ring and index fingers"), "no " before it where lesions are
    denied; each code and side once a patient. Source of the words: data/rules/site_cues.csv.
    """
    found: list[Finding] = []
    by_patient: dict[int, list[SiteOfLesion]] = {}
    for site in lesion_sites_of(reading, contexts):
        by_patient.setdefault(_patient(site.sentence), []).append(site)
    for patient, sites in by_patient.items():
        found += _without_repeats(patient, sites)
    return sorted(found, key=lambda finding: finding.start)


_SITES: WeakKeyDictionary[Reading, list[SiteOfLesion]] = WeakKeyDictionary()


def lesion_sites_of(reading: Reading, contexts: Contexts) -> list[SiteOfLesion]:
    """Every place that the text ties to a calcified lesion, repeated or not; found once."""
    if reading not in _SITES:
        _SITES[reading] = _trusted(list(_sites(reading, contexts)), _is_necrotic(reading, contexts))
    return _SITES[reading]


def _patient(sentence: Sentence) -> int:
    return 1 if sentence.patient is None else sentence.patient


def _is_necrotic(reading: Reading, contexts: Contexts) -> bool:
    """Whether the report is of calciphylaxis, whose lesions are necroses and ulcers."""
    table = cue_table()
    for mention in lesion_mentions(reading, contexts):
        if mention.kind == "calcinosis" and mention.qualifiers.is_of_patient and not mention.qualifiers.negated:
            low, high = reading.words.between(mention.start, mention.end)
            if table.holds([reading.words.doc[index].norm_ for index in range(low, high)], "necrotic_form"):
                return True
    return False


def _trusted(sites: list[SiteOfLesion], is_necrotic: bool) -> list[SiteOfLesion]:
    """Without places of mere changes of the skin, where the report says more of its lesions; without imaged regions
    that only hold places already named."""
    firm = [site for site in sites if site.state == "present" and site.strength != "change"]
    codes = {item.code for site in firm for item in site.phrase.items if item.code}
    if firm and not is_necrotic:
        sites = [site for site in sites if site.strength != "change" or site.state == "absent" or _all_in(site, codes)]
    seen = {
        item.code
        for site in sites
        if site.state == "present" and site.rule != "site_imaged"
        for item in site.phrase.items
        if item.code
    }
    return [site for site in sites if site.rule != "site_imaged" or not _shows_only(site, seen)]


def _all_in(site: SiteOfLesion, codes: set[str]) -> bool:
    return all(item.code in codes for item in site.phrase.items)


def _shows_only(site: SiteOfLesion, seen: set[str]) -> bool:
    """Whether all that was imaged holds places that were named without it."""
    rules, fields = grammar(), cue_table().imaging_fields
    return all(
        item.code is not None
        and any(
            code != item.code and (rules.within(code, item.code) or _in_field(code, fields.get(item.code, frozenset())))
            for code in seen
        )
        for item in site.phrase.items
    )


def _in_field(code: str, field: frozenset[str]) -> bool:
    return not grammar().lineage[code].isdisjoint(field)


def _sites(reading: Reading, contexts: Contexts) -> Iterator[SiteOfLesion]:
    mentions = lesion_mentions(reading, contexts)
    starts = [mention.start for mention in mentions]
    terms = reading.terms("lesion_site")
    term_starts = [term.start for term in terms]
    previous: tuple[int, bool] = (-1, False)
    for sentence in reading.sentences:
        inside = mentions[bisect_left(starts, sentence.start) : bisect_left(starts, sentence.end)]
        told = previous[0] == sentence.index - 1 and previous[1]
        if inside or told:
            has_lesion = any(mention.kind != "lookalike" for mention in inside)
            previous = (sentence.index, has_lesion or told)
        low = bisect_left(term_starts, sentence.start)
        if low == len(terms) or terms[low].start >= sentence.end or sentence.role == "references":
            continue
        if sentence.patient is None:
            continue
        words = read_sites(reading, sentence)
        if not words.phrases or not _is_of_report(words, sentence):
            continue
        heads = _heads(reading, words, inside)
        for site in _tied(words, heads, told):
            if (kept := _qualified(contexts, site)) is not None:
                yield kept


def _is_of_report(words: SentenceWords, sentence: Sentence) -> bool:
    """Whether a sentence speaks of this report's patient: in discussions it must say so, and usual places are none."""
    table = cue_table()
    ours = table.holds(words.norms, "this_report")
    if sentence.role in _FAR_SECTIONS:
        return ours
    return ours or sentence.role == "title" or not table.holds(words.norms, "usual")


def _qualified(contexts: Contexts, site: SiteOfLesion) -> SiteOfLesion | None:
    said = contexts.qualify(site.sentence, site.phrase.start, site.phrase.end)
    if not said.is_of_patient:
        return None
    if said.negated and site.state == "present":
        return SiteOfLesion(site.sentence, site.phrase, site.strength, "absent", site.rule)
    return site


def _heads(reading: Reading, words: SentenceWords, mentions: Sequence[LesionMention]) -> list[_Head]:
    """The nouns of a sentence that may govern a place, in order."""
    offset = words.sentence.first_word
    heads: list[_Head] = []
    taken: set[int] = set()
    kinds = words.kinds
    for index, kind in enumerate(kinds):
        if kind == "other_finding" and index not in taken:
            last = index
            while last < len(kinds) and kinds[last] == "other_finding":
                last += 1
            heads.append(_Head("other", index, last))
            taken.update(range(index, last))
    for mention in mentions:
        low, high = reading.words.between(mention.start, mention.end)
        first, last = low - offset, high - offset
        if not taken.isdisjoint(range(first, last)):
            continue
        taken.update(range(first, last))
        said = mention.qualifiers
        if mention.kind == "lookalike" or not said.is_of_patient or (said.historical and mention.kind == "lesion"):
            heads.append(_Head("other", first, last))
        else:
            strength: Strength = "named" if mention.kind in _NAMED else "lesion"
            heads.append(_Head("lesion", first, last, strength, said.negated))
    for index, kind in enumerate(kinds):
        if index in taken:
            continue
        if kind == "investigation":
            heads.append(_Head("look", index, index + 1))
        elif kind in ("lesion_change", "skin_change"):
            heads.append(_Head("lesion", index, index + 1, "change"))
    heads.sort(key=lambda head: head.first)
    return _told_apart(heads, kinds)


def _told_apart(heads: list[_Head], kinds: Sequence[str]) -> list[_Head]:
    """Heads with their weight: "hard" beside "nodule" is no finding of its own."""
    kept: list[_Head] = []
    for n, head in enumerate(heads):
        if head.strength == "change" and head.kind == "lesion":
            near = [other for other in heads[max(0, n - 3) : n + 4] if other is not head and other.kind == "lesion"]
            strong = [other for other in near if other.strength != "change" and abs(other.first - head.first) <= 4]
            if strong:
                continue
        kept.append(head)
    return kept


def _tied(words: SentenceWords, heads: Sequence[_Head], told: bool) -> list[SiteOfLesion]:
    """The places of a sentence that its lesions govern."""
    found: list[SiteOfLesion] = []
    looked: list[SitePhrase] = []
    offset = words.sentence.first_word
    for phrase in words.phrases:
        first, last = phrase.first - offset, phrase.last - offset
        verdict = _govern(words.kinds, words.norms, heads, first, last, phrase.is_adjective)
        if verdict is None:
            continue
        rule, head = verdict
        if rule == "imaged":
            looked.append(phrase)
        elif rule == "unruled":
            if told and not any(one.kind == "lesion" for one in heads) and _carries_on(words):
                found.append(SiteOfLesion(words.sentence, phrase, "lesion", "present", "site_carried_on"))
        elif head is not None:
            state: FindingState = "absent" if head.negated else "present"
            found.append(SiteOfLesion(words.sentence, phrase, head.strength, state, f"site_{rule}"))
    for phrase in looked:
        later = [head for head in heads if head.kind == "lesion" and head.first >= phrase.last - offset]
        own = any(site.phrase.first > phrase.last for site in found)
        strong = [head for head in later if head.strength in _ASIDE] or later
        if strong and not own:
            head = strong[0]
            state = "absent" if head.negated else "present"
            found.append(SiteOfLesion(words.sentence, phrase, head.strength, state, "site_imaged"))
    return sorted(found, key=lambda site: site.phrase.first)


def _carries_on(words: SentenceWords) -> bool:
    return cue_table().holds(words.norms, "carrier")


def _govern(
    kinds: Sequence[str], norms: Sequence[str], heads: Sequence[_Head], first: int, last: int, is_adjective: bool
) -> tuple[str, _Head | None] | None:
    """What governs the words first to last: a rule and its head, ("imaged", None), ("unruled", None), or None.

    None where another finding governs them.
    """
    within = next((head for head in heads if head.first < last and first < head.last), None)
    if within is not None:
        return ("named", within) if within.kind == "lesion" else None
    behind = _behind(kinds, norms, heads, last)
    if behind is not None:
        if behind.kind == "lesion":
            return "qualified", behind
        return ("imaged", None) if behind.kind == "look" else None
    if is_adjective:
        return None
    before = _before(kinds, norms, heads, first)
    if before is not None:
        if before.kind == "lesion":
            return "governed", before
        return ("imaged", None) if before.kind == "look" else None
    after = _after(kinds, norms, heads, last)
    if after is not None:
        return ("subject", after) if after.kind == "lesion" else None
    return "unruled", None


def _behind(kinds: Sequence[str], norms: Sequence[str], heads: Sequence[_Head], last: int) -> _Head | None:
    """The noun that the place qualifies: the first behind it with nothing but adjectives between."""
    head = next((head for head in heads if head.first >= last), None)
    if head is None or head.first - last > _QUALIFIERS:
        return None
    stops = {"of", "preposition", "join", "shows", "boundary", "determiner", "carrier"}
    for index in range(last, head.first):
        if kinds[index] in stops or not norms[index][0].isalnum():
            return None
    return head


def _before(kinds: Sequence[str], norms: Sequence[str], heads: Sequence[_Head], first: int) -> _Head | None:
    """The nearest noun before the place that a preposition ties it to."""
    index = first - 1
    while index >= 0 and kinds[index] in ("determiner", "side", "quantity"):
        index -= 1
    if index < 0 or not (kinds[index] in ("preposition", "of", "join") or not norms[index][0].isalnum()):
        return None
    border = max((n for n in range(first) if kinds[n] == "boundary" or norms[n] == ";"), default=-1)
    earlier = [head for head in heads if border < head.first and head.last <= first]
    if not earlier:
        return None
    nearest = earlier[-1]
    if first - nearest.last > _REACH:
        return None
    if nearest.kind == "other" and len(earlier) > 1:
        other = earlier[-2]
        between = range(other.last, nearest.first)
        if other.kind == "lesion" and len(between) <= 2 and any(kinds[n] == "join" for n in between):
            return other
    return nearest


def _after(kinds: Sequence[str], norms: Sequence[str], heads: Sequence[_Head], last: int) -> _Head | None:
    """The first noun of the clause behind the place: "on the left elbow there was a nodule"."""
    border = next((n for n in range(last, len(kinds)) if kinds[n] == "boundary" or norms[n] == ";"), len(kinds))
    later = [head for head in heads if last <= head.first < border and head.kind != "look"]
    if not later or later[0].first - last > _REACH:
        return None
    return later[0]


def _without_repeats(patient: int, sites: Sequence[SiteOfLesion]) -> list[Finding]:
    """Each code once with its side; a side said somewhere stands for the place without one."""
    present = {_key(item) for site in sites if site.state == "present" for item in _items(site)}
    sided = {code for code, side in present if side}
    both = {code for code, side in present if side == "bilateral"}
    vague = _vague(sites, present)
    done: set[tuple[str | None, str | None, FindingState]] = set()
    found: list[Finding] = []
    for site in sites:
        new = []
        for item in _items(site):
            state: FindingState = "absent" if "absent" in (site.state, item.state) else "present"
            code, side = _key(item)
            spare = state == "present" and (
                (side is None and code in sided) or (side in _SINGLE_SIDES and code in both) or (code, side) in vague
            )
            contradicted = state == "absent" and any(known == code for known, _ in present)
            if not spare and not contradicted and (code, side, state) not in done:
                done.add((code, side, state))
                new.append((item, state))
        if not new:
            continue
        if len(new) == len(_items(site)):
            found.append(_finding(patient, site, site.phrase.start, site.phrase.text, new[0][1]))
        else:
            found += [_part(patient, site, item, state) for item, state in new]
    return found


def _vague(
    sites: Sequence[SiteOfLesion], present: set[tuple[str | None, str | None]]
) -> set[tuple[str | None, str | None]]:
    """Places that others say more exactly: the "fingers" of which the report later names ring and index finger.

    Several parts, or the only part of a place said in the singular, stand for the place; one finger is not "fingers".
    """
    terms = load_vocabulary("lesion_site").terms
    vague: set[tuple[str | None, str | None]] = set()
    for code, side in present:
        parts = {
            (part, part_side)
            for part, part_side in present
            if part is not None
            and terms[part].parent == code
            and (side is None or part_side is None or side == part_side or side == "bilateral")
        }
        if parts and code is not None and terms[code].level != "region":
            plural = any(
                any(map(is_plural, item.text.split()))
                for site in sites
                for item in site.phrase.items
                if item.code == code
            )
            if not plural or len(parts) > 1 or any(part_side == "bilateral" for _, part_side in parts):
                vague.add((code, side))
    return vague


def _items(site: SiteOfLesion) -> Sequence[CodedItem]:
    return site.phrase.items


def _key(item: CodedItem) -> tuple[str | None, str | None]:
    return item.code, item.laterality_code


def _part(patient: int, site: SiteOfLesion, item: CodedItem, state: FindingState) -> Finding:
    """A finding of one item of a phrase: its own words where they say as much, else the whole phrase."""
    alone = code_site_text(item.text)
    at = site.phrase.text.find(item.text)
    if at >= 0 and [_key(one) for one in alone] == [_key(item)]:
        return _finding(patient, site, site.phrase.start + at, item.text, state)
    return _finding(patient, site, site.phrase.start, site.phrase.text, state)


_CONFIDENCE = {"named": 0.95, "lesion": 0.85, "change": 0.6}


def _finding(patient: int, site: SiteOfLesion, start: int, words: str, state: FindingState) -> Finding:
    value = f"no {words}" if state == "absent" else words
    return Finding(
        "lesion_sites",
        value,
        start,
        start + len(words),
        site.rule,
        patient=patient,
        state=state,
        confidence=_CONFIDENCE[site.strength],
    )
