"""Where a patient's calcified lesions are.

A place counts where the sentence ties it to a calcified lesion: the noun that governs it is one ("nodules on both
elbows"), stands behind it ("scrotal calcinosis", "the left arm showed nodules"), or was imaged or sampled there ("films
of the hands showed calcification"). Words are data (data/rules/site_cues.csv, flows/extract/lesions.py).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from flows.coding.items import CodedItem
from flows.coding.site_grammar import grammar
from flows.extract.context import Contexts
from flows.extract.lesions import lesion_mentions
from flows.extract.model import Finding, FindingState, Sentence
from flows.extract.patients import patient_at
from flows.extract.reading import Reading
from flows.extract.site_cues import cue_table, words_of
from flows.extract.site_heads import Heads, Strength, is_of_patient
from flows.extract.site_phrases import SentenceWords, SitePhrase, code_site_text, read_sites

_FAR_SECTIONS = frozenset({"discussion"})
# Words of a sentence within which a pronoun is its subject.
_OPENING = 4
_SINGLE_SIDES = frozenset({"left", "right"})


@dataclass(frozen=True, slots=True)
class SiteOfLesion:
    """A place with what it was tied to. strength: "named" where the sentence names calcification, "lesion" where it
    names a nodule, mass or the like, "change" where it names a change of the skin or the firmness of a part, "past" for
    lesions of former times, "procedure" for places of injections. items: those of the phrase that count.
    """

    sentence: Sentence
    phrase: SitePhrase
    strength: Strength
    state: FindingState
    rule: str
    items: tuple[CodedItem, ...]


def find_lesion_sites(reading: Reading, contexts: Contexts) -> list[Finding]:
    """The places of calcified lesions of every patient, in the order of the text, one finding a noun phrase.

    name "lesion_sites"; value: the phrase as printed ("ring and index fingers"), "no " before it where lesions are
    denied; each code and side once a patient. Source of the words: data/rules/site_cues.csv.
    """
    found: list[Finding] = []
    by_patient: dict[int, list[SiteOfLesion]] = {}
    for site in lesion_sites_of(reading, contexts):
        if (patient := patient_at(reading, site.phrase.start)) is not None:
            by_patient.setdefault(patient, []).append(site)
    for patient, sites in by_patient.items():
        found += _without_repeats(patient, sites)
    return sorted(found, key=lambda finding: finding.start)


_SITES: WeakKeyDictionary[Reading, list[SiteOfLesion]] = WeakKeyDictionary()


def lesion_sites_of(reading: Reading, contexts: Contexts) -> list[SiteOfLesion]:
    """Every place that the text ties to a calcified lesion, repeated or not; found once."""
    if reading not in _SITES:
        _SITES[reading] = _trusted(list(_sites(reading, contexts)), _is_necrotic(reading, contexts))
    return _SITES[reading]


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
    that only hold places already named, without places of injections where lesions are placed, and without "injection
    site" where the body is named."""
    sites = [site for site in sites if site.strength != "past"] or sites
    sites = _without_injections(sites)
    firm = [site for site in sites if site.state == "present" and site.strength != "change" and _is_told(site)]
    codes = {item.code for site in firm for item in site.items if item.code}
    if firm and not is_necrotic:
        sites = [site for site in sites if site.strength != "change" or site.state == "absent" or _all_in(site, codes)]
    seen = {
        item.code
        for site in sites
        if site.state == "present" and site.rule != "site_imaged"
        for item in site.items
        if item.code
    }
    sites = [kept for site in sites if (kept := _beyond(site, seen)).items]
    told = {
        item.code
        for site in sites
        if site.state == "present" and site.sentence.role != "title"
        for item in site.items
        if item.code
    }
    sites = [kept for site in sites if (kept := _not_in_short(site, told)).items]
    places = [site for site in sites if site.state == "absent" or not _is_procedure(site)]
    return places if any(site.state == "present" for site in places) else sites


def _without_injections(sites: list[SiteOfLesion]) -> list[SiteOfLesion]:
    """Without the places of injections, but for those that say more exactly where the lesions are."""
    told = [site for site in sites if site.state == "present" and _is_told(site) and not _is_procedure(site)]
    codes = {str(item.code) for site in told for item in site.items}
    rules = grammar()

    def is_exact(site: SiteOfLesion) -> bool:
        return all(any(rules.within(str(item.code), code) for code in codes) for item in site.items)

    return [site for site in sites if site.strength != "procedure" or not told or is_exact(site)]


def _is_told(site: SiteOfLesion) -> bool:
    """Whether lesions are said to be at a place, which was not only imaged or injected."""
    return site.strength != "procedure" and site.rule != "site_imaged"


def _is_procedure(site: SiteOfLesion) -> bool:
    """Whether only the place of a procedure is named, which says less than a place on the body."""
    rules = grammar()
    return all(item.code is not None and rules.is_generic(item.code) for item in site.items)


def _all_in(site: SiteOfLesion, codes: set[str]) -> bool:
    return all(item.code in codes for item in site.items)


def _beyond(site: SiteOfLesion, seen: set[str]) -> SiteOfLesion:
    """An imaged region without the parts that only hold places named without it."""
    if site.rule != "site_imaged":
        return site
    lineage, fields = grammar().lineage, cue_table().imaging_fields

    def is_region(code: str) -> bool:
        field = {code, *fields.get(code, ())}
        return any(other != code and not lineage[other].isdisjoint(field) for other in seen)

    return replace(site, items=tuple(item for item in site.items if item.code and not is_region(item.code)))


def _not_in_short(site: SiteOfLesion, told: set[str]) -> SiteOfLesion:
    """A place of the title without what the report says more exactly: "hands" for the back of the left hand."""
    if site.sentence.role != "title":
        return site
    rules = grammar()
    items = (item for item in site.items if item.code)
    vague = [item for item in items if any(code != item.code and rules.within(code, str(item.code)) for code in told)]
    return replace(site, items=tuple(item for item in site.items if item not in vague))


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
        if not words.phrases or not is_of_report(words):
            continue
        past = "past_history" in words.present
        for site in _tied(words, Heads(reading, words, inside), told):
            if (kept := _qualified(contexts, site, past)) is not None:
                yield kept


def is_of_report(words: SentenceWords) -> bool:
    """Whether a sentence speaks of this report's patient: in discussions it must say so, and what is usual does not."""
    ours = "this_report" in words.present
    if words.sentence.role in _FAR_SECTIONS:
        return ours
    return ours or words.sentence.role == "title" or "usual" not in words.present


def _qualified(contexts: Contexts, site: SiteOfLesion, past: bool) -> SiteOfLesion | None:
    said = contexts.qualify(site.sentence, site.phrase.start, site.phrase.end)
    if not is_of_patient(site.sentence, said):
        return None
    strength: Strength = "past" if (past or said.historical) and site.strength != "named" else site.strength
    state: FindingState = "absent" if said.negated else site.state
    return replace(site, strength=strength, state=state)


def _tied(words: SentenceWords, heads: Heads, told: bool) -> list[SiteOfLesion]:
    """The places of a sentence that its lesions govern. told: whether the sentence before spoke of lesions."""
    found: list[SiteOfLesion] = []
    looked: list[SitePhrase] = []
    for phrase in words.phrases:
        relation, head = heads.govern(phrase)
        if heads.is_denied(phrase) or (heads.is_spared(phrase) and relation in ("subject", "alone")):
            if told or heads.has_lesion:
                found.append(SiteOfLesion(words.sentence, phrase, "lesion", "absent", "site_spared", phrase.items))
        elif relation == "alone" and (heads.is_labelled(phrase) or (told and heads.is_struck(phrase))):
            found.append(SiteOfLesion(words.sentence, phrase, "lesion", "present", "site_carried_on", phrase.items))
        elif head is not None:
            state: FindingState = "absent" if head.negated else "present"
            found.append(SiteOfLesion(words.sentence, phrase, head.strength, state, f"site_{relation}", phrase.items))
        elif relation == "imaged":
            looked.append(phrase)
        elif relation == "procedure":
            found.append(SiteOfLesion(words.sentence, phrase, "procedure", "present", "site_procedure", phrase.items))
        elif relation == "alone" and words.sentence.role == "table":
            # A row of a table of patients has no noun: "2 | 47 / M | scrotum | excision".
            found.append(SiteOfLesion(words.sentence, phrase, "lesion", "present", "site_in_table", phrase.items))
        elif relation == "alone" and told and _carries_on(words, heads):
            found.append(SiteOfLesion(words.sentence, phrase, "lesion", "present", "site_carried_on", phrase.items))
    for phrase in looked:
        later = [
            head
            for head in heads.heads
            if head.kind == "lesion" and head.first >= phrase.last - words.sentence.first_word
        ]
        if later and not any(site.phrase.first > phrase.last for site in found):
            head = next((head for head in later if head.strength != "change"), later[0])
            state = "absent" if head.negated else "present"
            found.append(SiteOfLesion(words.sentence, phrase, head.strength, state, "site_imaged", phrase.items))
    return sorted(found, key=lambda site: site.phrase.first)


def _carries_on(words: SentenceWords, heads: Heads) -> bool:
    """Whether a sentence goes on about the lesions of the one before: "they had spread to the elbows"."""
    opening = words.norms[:_OPENING]
    return not heads.has_lesion and "carrier" in words.present and cue_table().holds(opening, "pronoun")


def _without_repeats(patient: int, sites: Sequence[SiteOfLesion]) -> list[Finding]:
    """Each code once with its side; a side said somewhere stands for the place without one."""
    present = {_key(item) for site in sites if site.state == "present" for item in site.items}
    sided = {code for code, side in present if side}
    both = {code for code, side in present if side == "bilateral"}
    done: set[tuple[str | None, str | None, FindingState]] = set()
    found: list[Finding] = []
    for site in sites:
        new = []
        for item in site.items:
            state: FindingState = "absent" if "absent" in (site.state, item.state) else "present"
            code, side = _key(item)
            spare = state == "present" and (
                (side is None and code in sided) or (side in _SINGLE_SIDES and code in both)
            )
            contradicted = state == "absent" and any(known == code for known, _ in present)
            if not spare and not contradicted and (code, side, state) not in done:
                done.add((code, side, state))
                new.append((item, state))
        if not new:
            continue
        if len(new) == len(site.phrase.items) and (len(new) == 1 or new[0][1] == "present"):
            found.append(_finding(patient, site, site.phrase.start, site.phrase.text, new[0][1]))
        else:
            parts = [_part(patient, site, item, state) for item, state in new]
            found += [part for part in parts if part is not None]
    return found


def _key(item: CodedItem) -> tuple[str | None, str | None]:
    return item.code, item.laterality_code


def _part(patient: int, site: SiteOfLesion, item: CodedItem, state: FindingState) -> Finding | None:
    """A finding of one item of a phrase: its own words where they say as much, else the whole phrase.

    None for a place denied whose words say less alone: "no" before a list denies more than its first place.
    """
    words = item.text
    while cue_table().scan(words_of(words)[:1])[0] == ["determiner"] and " " in words:
        words = words.split(" ", 1)[1]
    at = site.phrase.text.find(words)
    if at >= 0 and [_key(one) for one in code_site_text(words)] == [_key(item)]:
        return _finding(patient, site, site.phrase.start + at, words, state)
    return None if state == "absent" else _finding(patient, site, site.phrase.start, site.phrase.text, state)


_CONFIDENCE = {"named": 0.95, "lesion": 0.85, "change": 0.6, "past": 0.5, "procedure": 0.5}


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
