"""Where a patient's calcified lesions are.

A place counts where the sentence ties it to a calcified lesion: the noun that governs it is one ("nodules on both
elbows"), stands behind it ("scrotal calcinosis", "the left arm showed nodules"), or was imaged or sampled there ("films
of the hands showed calcification"). Words are data (data/rules/site_cues.csv, flows/extract/lesions.py).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from flows.coding.items import CodedItem
from flows.coding.site_grammar import grammar
from flows.extract.context import Contexts
from flows.extract.lesions import lesion_mentions
from flows.extract.model import Finding, FindingState, Sentence
from flows.extract.reading import Reading
from flows.extract.site_cues import cue_table
from flows.extract.site_heads import Heads, Strength, is_of_patient
from flows.extract.site_phrases import SentenceWords, SitePhrase, code_site_text, read_sites

_FAR_SECTIONS = frozenset({"discussion", "introduction"})
# Words of a sentence within which a pronoun is its subject.
_OPENING = 4
_SINGLE_SIDES = frozenset({"left", "right"})


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
    that only hold places already named, and without places of procedures where the body is named."""
    sites = [site for site in sites if site.strength != "past"] or sites
    firm = [
        site for site in sites if site.state == "present" and site.strength != "change" and site.rule != "site_imaged"
    ]
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
    sites = [site for site in sites if site.rule != "site_imaged" or not _shows_only(site, seen)]
    places = [site for site in sites if site.state == "absent" or not _is_procedure(site)]
    return places if any(site.state == "present" for site in places) else sites


def _is_procedure(site: SiteOfLesion) -> bool:
    """Whether only the place of a procedure is named, which says less than a place on the body."""
    rules = grammar()
    return all(item.code is not None and rules.is_generic(item.code) for item in site.phrase.items)


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
        if not words.phrases or not is_of_report(words.norms, sentence):
            continue
        past = cue_table().holds(words.norms, "past_history")
        for site in _tied(words, Heads(reading, words, inside), told):
            if (kept := _qualified(contexts, site, past)) is not None:
                yield kept


def is_of_report(norms: Sequence[str], sentence: Sentence) -> bool:
    """Whether a sentence speaks of this report's patient: in discussions it must say so, and what is usual does not.

    norms: the words of the sentence in their normal form.
    """
    table = cue_table()
    ours = table.holds(norms, "this_report")
    if sentence.role in _FAR_SECTIONS:
        return ours
    return ours or sentence.role == "title" or not table.holds(norms, "usual")


def _qualified(contexts: Contexts, site: SiteOfLesion, past: bool) -> SiteOfLesion | None:
    said = contexts.qualify(site.sentence, site.phrase.start, site.phrase.end)
    if not is_of_patient(site.sentence, said):
        return None
    strength: Strength = "past" if (past or said.historical) and site.strength != "named" else site.strength
    state: FindingState = "absent" if said.negated else site.state
    return SiteOfLesion(site.sentence, site.phrase, strength, state, site.rule)


def _tied(words: SentenceWords, heads: Heads, told: bool) -> list[SiteOfLesion]:
    """The places of a sentence that its lesions govern. told: whether the sentence before spoke of lesions."""
    found: list[SiteOfLesion] = []
    looked: list[SitePhrase] = []
    for phrase in words.phrases:
        relation, head = heads.govern(phrase)
        if head is not None:
            state: FindingState = "absent" if head.negated else "present"
            found.append(SiteOfLesion(words.sentence, phrase, head.strength, state, f"site_{relation}"))
        elif relation == "imaged":
            looked.append(phrase)
        elif relation == "alone" and told and not heads.has_lesion and _carries_on(words):
            found.append(SiteOfLesion(words.sentence, phrase, "lesion", "present", "site_carried_on"))
    for phrase in looked:
        later = [
            head
            for head in heads.heads
            if head.kind == "lesion" and head.first >= phrase.last - words.sentence.first_word
        ]
        if later and not any(site.phrase.first > phrase.last for site in found):
            head = next((head for head in later if head.strength != "change"), later[0])
            state = "absent" if head.negated else "present"
            found.append(SiteOfLesion(words.sentence, phrase, head.strength, state, "site_imaged"))
    return sorted(found, key=lambda site: site.phrase.first)


def _carries_on(words: SentenceWords) -> bool:
    """Whether a sentence goes on about the lesions of the one before: "they had spread to the elbows"."""
    table = cue_table()
    return table.holds(words.norms[:_OPENING], "pronoun") and table.holds(words.norms, "carrier")


def _without_repeats(patient: int, sites: Sequence[SiteOfLesion]) -> list[Finding]:
    """Each code once with its side; a side said somewhere stands for the place without one."""
    present = {_key(item) for site in sites if site.state == "present" for item in _items(site)}
    sided = {code for code, side in present if side}
    both = {code for code, side in present if side == "bilateral"}
    done: set[tuple[str | None, str | None, FindingState]] = set()
    found: list[Finding] = []
    for site in sites:
        new = []
        for item in _items(site):
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
        if len(new) == len(_items(site)):
            found.append(_finding(patient, site, site.phrase.start, site.phrase.text, new[0][1]))
        else:
            found += [_part(patient, site, item, state) for item, state in new]
    return found


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


_CONFIDENCE = {"named": 0.95, "lesion": 0.85, "change": 0.6, "past": 0.5}


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
