"""Lesion sites: from an author's words to codes of data/vocabulary/lesion_site.csv, each with its side.

The text is read as a list of noun phrases. In each, the site is the largest set of its words that the vocabulary
knows; words that may be left out (qualifiers, connectors) are listed in data/vocabulary/site_modifiers.csv. What
phrases share is then handed on: the side in "both knees and buttocks", the noun in "1st, 2nd and 5th fingers", the
whole in "right hand, third knuckle".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from flows.coding.items import CodedItem
from flows.coding.site_grammar import WEIGHTS, Grammar, Token, grammar, tokenise

_MOST_OPTIONAL = 6
_SINGLE_SIDES = frozenset({"left", "right"})


@dataclass(slots=True)
class _Phrase:
    """Words between two separators; `joint` is the one before them. A `trailing` side stands behind the site."""

    joint: str
    start: int
    end: int = 0
    words: list[Token] = field(default_factory=list)
    side: str | None = None
    trailing: bool = False
    negated: bool = False
    extent: bool = False


@dataclass(frozen=True, slots=True)
class _Match:
    """A code and the words that it was read from."""

    code: str
    words: tuple[Token, ...]
    key: frozenset[str]

    @property
    def plural(self) -> bool:
        return any(word.plural for word in self.words)


@dataclass(slots=True)
class _Site:
    """An item in the making."""

    code: str | None
    start: int
    end: int
    joint: str
    match: _Match | None = None
    side: str | None = None
    absent: bool = False

    @property
    def plural(self) -> bool:
        return self.match is not None and self.match.plural


def code_sites(text: str) -> list[CodedItem]:
    """Code the lesion sites in one part of a cell, in the order of the text.

    Each item has the author's words, the most specific code of lesion_site.csv that they name (None when they name
    none), and the side as far as it is said: "hips bilaterally" is hip, bilateral; "elbow" has no side. Sites denied
    ("sparing the face", "no other lesions") have the state absent. Text without any word gives an empty list.
    """
    rules = grammar()
    phrases = _phrases(tokenise(text, rules), rules)
    sites = _Reading(rules, phrases).sites()
    if not sites:
        words = text.strip()
        side = next((phrase.side for phrase in phrases if phrase.side), None)
        return [CodedItem(words, laterality_code=side)] if any(map(str.isalnum, words)) else []
    items = {(site.code or site.start, site.side, site.absent): site for site in reversed(sites)}
    if len(items) == 1:
        return [_item(sites[0], text.strip())]
    return [_item(site, _words(text, site)) for site in reversed(items.values())]


def _words(text: str, site: _Site) -> str:
    words = text[site.start : site.end]
    return (
        f"{words})" if words.count("(") > words.count(")") and text[site.end : site.end + 1] == ")" else words.strip()
    )


def _item(site: _Site, words: str) -> CodedItem:
    return CodedItem(words, site.code, site.side, "absent" if site.absent else "present")


def _phrases(tokens: Sequence[Token], rules: Grammar) -> list[_Phrase]:
    """Cut tokens into phrases at separators, and write levels of the spine and ranges of digits out."""
    cutting = _Cutting(tokens, rules)
    phrases = cutting.phrases()
    return [part for phrase in phrases for part in _digits(phrase)] if cutting.has_digits else phrases


class _Cutting:
    """Tokens on their way into phrases."""

    def __init__(self, tokens: Sequence[Token], rules: Grammar) -> None:
        self.tokens = tokens
        self.rules = rules
        self.done: list[_Phrase] = []
        self.current = _Phrase("", 0)
        # Roman numbers are read as such only where fingers or toes are the matter.
        self.has_digits = any(
            token.norm in rules.digit_heads or rules.levels.get(token.norm, ("",))[-1] in rules.digit_heads
            for token in tokens
        )

    def phrases(self) -> list[_Phrase]:
        """All phrases in order."""
        for n, token in enumerate(self.tokens):
            if token.kind == "joint":
                if not (token.norm == "/" and self._is_number(n - 1) and self._is_number(n + 1)):
                    self._close("and" if token.norm == "/" else token.norm)
            elif token.kind == "sign":
                self.current.extent = self.current.extent or token.norm == "%"
            else:
                self._add(token)
        self._close("")
        return self.done

    def _add(self, token: Token) -> None:
        named = any(word.kind == "site" for word in self.current.words)
        # "right arm left leg" and "trunk sparing the face" are two phrases without a separator.
        if named and (token.kind == "negation" or (token.kind == "side" and self.current.side)):
            self._close("and")
            named = False
        current = self.current
        if not (current.words or current.side or current.negated):
            current.start = token.start
        current.end = token.end
        if token.kind == "side":
            current.side, current.trailing = current.side or token.value, named
        elif token.kind == "negation":
            current.negated = True
        elif token.norm in self.rules.levels:
            _expand_level(current, token, self.rules.levels[token.norm])
        elif self.has_digits and token.kind == "site" and token.norm in self.rules.roman:
            number = self.rules.roman[token.norm]
            current.words.append(Token(number, "ordinal", number, token.start, token.end, hyphen=token.hyphen))
        else:
            current.words.append(token)

    def _close(self, joint: str) -> None:
        current = self.current
        if current.words or current.side or current.negated or current.extent:
            self.done.append(current)
            self.current = _Phrase(joint, 0)
        elif joint in ("and", "(") or (self.done and not current.joint):
            current.joint = joint

    def _is_number(self, n: int) -> bool:
        if not 0 <= n < len(self.tokens):
            return False
        return self.tokens[n].kind == "ordinal" or self.tokens[n].norm in self.rules.levels


def _expand_level(phrase: _Phrase, token: Token, words: Sequence[str]) -> None:
    """Add what a level stands for: "C5" the words "cervical spine", "D2" "2nd digit", and a range for "C5-T1"."""
    expanded = [
        Token(word, "ordinal" if word.isdecimal() else "site", word, token.start, token.end, hyphen=token.hyphen)
        for word in words
    ]
    if token.hyphen and phrase.words:
        if phrase.words[-1].norm == expanded[-1].norm and expanded[0].kind == "ordinal":
            phrase.words.pop()
        else:
            phrase.words.append(Token("-", "range", "", token.start, token.start))
    phrase.words += expanded


def _digits(phrase: _Phrase) -> Iterator[_Phrase]:
    """Write ranges out: "2nd to 4th fingers" is "2nd", "3rd" and "4th fingers"; "fingers 2-4" likewise."""
    words = phrase.words
    for n in range(len(words) - 1):
        first = words[n]
        m = n + 2 if words[n + 1].kind == "range" and n + 2 < len(words) else n + 1
        last = words[m]
        if not (first.kind == last.kind == "ordinal" and (m == n + 2 or last.hyphen)):
            continue
        low, high = int(first.value), int(last.value)
        if not 0 < low < high < 10:
            continue
        head_before = any(word.kind == "site" for word in words[:n])
        numbers = [Token(str(k), "ordinal", str(k), first.start, last.end) for k in range(low, high + 1)]
        for k, number in enumerate(numbers):
            part = _Phrase(phrase.joint if k == 0 else "and", phrase.start, phrase.end, [number], phrase.side)
            if k == 0 and head_before:
                part.words = [*words[:n], number, *words[m + 1 :]]
            if k == len(numbers) - 1 and not head_before:
                part.words = [number, *words[m + 1 :]]
            part.negated, part.trailing = phrase.negated, phrase.trailing
            yield part
        return
    yield phrase


class _Reading:
    """One pass over the phrases of a text."""

    def __init__(self, rules: Grammar, phrases: list[_Phrase]) -> None:
        self.rules = rules
        self.phrases = phrases
        self.found: list[_Site] = []
        self.waiting: list[_Phrase] = []
        self.lead: list[Token] = []

    def sites(self) -> list[_Site]:
        """Sites of the text in order, with the sides that they share."""
        negated = False
        for n, phrase in enumerate(self.phrases):
            negated = phrase.negated or (negated and phrase.joint == "and")
            if negated:
                self._deny(phrase)
                continue
            following = self.phrases[n + 1] if n + 1 < len(self.phrases) else None
            matches, unknown = self._matches(phrase)
            if phrase.extent and self.found:
                continue
            if matches:
                self._place(phrase, matches)
            elif phrase.words or phrase.side:
                self._wait_or_attach(phrase, following, unknown)
        self._settle()
        self._share_sides()
        return self.found

    def _deny(self, phrase: _Phrase) -> None:
        matches, _ = self._matches(phrase)
        if not matches:
            self.found.append(_Site(None, phrase.start, phrase.end, "", None, phrase.side, absent=True))
        for match in matches:
            self.found.append(_Site(match.code, phrase.start, phrase.end, "", match, phrase.side, absent=True))

    def _matches(self, phrase: _Phrase) -> tuple[list[_Match], list[Token]]:
        """What a phrase names, most telling first said, and its words that nothing explains."""
        matches: list[_Match] = []
        unknown: list[Token] = []
        for stretch in _stretches(phrase.words):
            found, left_over = _cover(stretch, self.rules)
            matches += found
            unknown += left_over
        if len(matches) < 2:
            return matches, unknown
        rules = self.rules
        matches = _before_references(phrase.words, matches)
        specific = [match for match in matches if not rules.is_generic(match.code)] or matches[:1]
        # An organ has a head, a neck and a trunk too: "head of the pancreas".
        specific = [match for match in specific if match.code not in rules.weak] or specific
        kept = [
            match
            for n, match in enumerate(specific)
            if not any(
                other.code != match.code
                and rules.within(other.code, match.code)
                and not rules.within(match.code, other.code)
                for other in specific
            )
            and match.code not in {other.code for other in specific[:n]}
        ]
        if len(kept) > 1 and not any(word.kind == "range" for word in phrase.words):
            kept = [self._joined(kept) or _head(phrase.words, kept)]
        return kept, unknown

    def _joined(self, matches: Sequence[_Match]) -> _Match | None:
        """The site that the labels of several name together: "pulpejo" and "índice" are the tip of the index finger."""
        key = frozenset().union(*(self.rules.labels[match.code] for match in matches))
        code = self.rules.sites.get(key)
        return _Match(code, tuple(word for match in matches for word in match.words), key) if code else None

    def _place(self, phrase: _Phrase, matches: list[_Match]) -> None:
        """Add the sites of a phrase, or make the site before it more precise by them."""
        rules = self.rules
        last = self.found[-1].match if self.found else None
        if last is not None and (numbered := self._numbered(phrase, matches[0], last)) is not None:
            matches = [numbered]
            phrase.trailing = phrase.side is not None
        self._lend_noun(phrase, matches[0])
        before = self.found[-1] if self.found and not self.found[-1].absent else None
        if (
            before is not None
            and before.code
            and phrase.joint == "and"
            and self._is_tissue_of(before, phrase, matches[0])
        ):
            self.found.pop()
            phrase.start, phrase.side = before.start, phrase.side or before.side
        elif before is not None and before.code is not None and phrase.joint in (",", "("):
            if phrase.words[0].kind == "reference" and not rules.within(matches[0].code, before.code):
                before.end = phrase.end
                return
            if not rules.is_generic(before.code) and not any(word.kind == "site" for word in phrase.words):
                self._attach(phrase, [])
                return
            if len(matches) > 1:
                if all(rules.within(match.code, before.code) for match in matches):
                    before.end = phrase.end
                    return
            elif self._refine(before, phrase, matches[0]):
                self.lead = self._lead_of(phrase, matches[0])
                return
        led = self._led(matches[0]) if self._may_be_led(phrase) else None
        if led is None:
            self.lead = self._lead_of(phrase, matches[0])
        for match in [led] if led else matches:
            self.found.append(_Site(match.code, phrase.start, phrase.end, phrase.joint, match, phrase.side))
        if phrase.trailing and phrase.side:
            self._side_backwards(phrase.side)

    def _may_be_led(self, phrase: _Phrase) -> bool:
        """Whether what was said before "of" may hold of this phrase too: "… and third fingers of the right hand"."""
        kinds = [word.kind for word in phrase.words]
        of = kinds.index("of") if "of" in kinds else len(kinds)
        return phrase.joint == "and" and (not phrase.side or phrase.trailing) and "site" in kinds[:of]

    def _is_tissue_of(self, before: _Site, phrase: _Phrase, match: _Match) -> bool:
        """Whether the site before is but a tissue of this one, as in "skin and fat of the thigh"."""
        if before.code is None or not self.rules.is_generic(before.code) or self.rules.is_generic(match.code):
            return False
        kinds = [word.kind for word in phrase.words]
        return "of" in kinds and "tissue" in kinds[: kinds.index("of")]

    def _numbered(self, phrase: _Phrase, match: _Match, before: _Match) -> _Match | None:
        """Read "4 of the hand" after "fingers 2, 3 and" as the fourth finger."""
        numbers = [word for word in phrase.words if word.kind == "ordinal" and word.norm not in match.key]
        noun = [word for word in before.words if word.kind == "site"]
        if len(numbers) != 1 or not any(word.kind == "ordinal" for word in before.words):
            return None
        found = _read([*numbers, *noun], self.rules)
        return found if found and numbers[0].norm in found.key and self.rules.within(found.code, match.code) else None

    def _refine(self, before: _Site, phrase: _Phrase, match: _Match) -> bool:
        """Join two phrases of which one lies within the other, as in "right hand, third knuckle"."""
        rules, code = self.rules, before.code
        if code is None or (before.side and phrase.side and before.side != phrase.side):
            return False
        bracket = phrase.joint == "("
        if code in rules.weak and rules.is_generic(code):
            before.code, before.match, before.start = match.code, match, phrase.start
        elif (both := self._both(before, match)) is not None:
            before.code, before.match = both.code, both
        elif rules.is_generic(code) and not rules.is_generic(match.code):
            if not bracket and phrase.side is None:
                return False
            before.code, before.match, before.start = match.code, match, phrase.start
        elif rules.is_generic(match.code) and not rules.is_generic(code):
            pass
        elif rules.within(match.code, code):
            if before.plural and match.plural and not bracket and not before.side and match.code != code:
                return False
            before.code, before.match = match.code, match
        elif rules.within(code, match.code):
            if before.plural and match.plural and not bracket and not phrase.side:
                return False
        elif not bracket:
            return False
        before.end = phrase.end
        if phrase.side and not before.side:
            before.side = phrase.side
            self._side_backwards(phrase.side)
        return True

    def _both(self, before: _Site, match: _Match) -> _Match | None:
        """The site that both phrases name together, as "paravertebral, lumbar" do."""
        if before.match is None:
            return None
        found = _read([*before.match.words, *match.words], self.rules)
        cores = [{word.norm for word in part.words if word.kind == "site"} for part in (before.match, match)]
        if found is None or found.code == before.code or not all(core and core <= found.key for core in cores):
            return None
        return None if self.rules.is_generic(found.code) else found

    def _lend_noun(self, phrase: _Phrase, match: _Match) -> None:
        """Give the noun of this phrase to phrases before it that lack one, as in "1st and 2nd fingers"."""
        for early in self.waiting:
            combined = self._combine(early, match)
            if combined is not None:
                combined = self._led(combined) or combined
                side = early.side or phrase.side
                before = self.found[-1] if self.found else None
                if before and early.joint == "," and before.code and self.rules.within(combined.code, before.code):
                    # "left foot: second and third toes" says where on the foot.
                    side = side or before.side
                    self.found.pop()
                self.found.append(_Site(combined.code, early.start, early.end, early.joint, combined, side))
            elif early.side and phrase.side and early.side != phrase.side:
                self.found.append(_Site(match.code, early.start, early.end, early.joint, match, early.side))
            else:
                phrase.start = min(phrase.start, early.start)
                phrase.side = phrase.side or early.side
        self.waiting = []

    def _combine(self, phrase: _Phrase, match: _Match) -> _Match | None:
        """A site named by all telling words of `phrase` with the noun of `match`, more precise than that noun."""
        rules = self.rules
        content = [word for word in phrase.words if word.kind == "site" or word.kind in WEIGHTS]
        if not content:
            return None
        nouns = [word for word in match.words if word.kind == "site"]
        # "middle and ring fingers" share the last word alone.
        for noun in (nouns, nouns[-1:]):
            found = _read([*content, *noun], rules)
            if found is not None and any(not found.key.isdisjoint(word.norm.split()) for word in content):
                new = found.code != match.code or any(word.kind == "ordinal" for word in content)
                return found if new else None
        return None

    def _led(self, match: _Match) -> _Match | None:
        """Say of the feet what "dorsum of hands and feet" or "dorsal hands and feet" says of the hands."""
        if not self.lead:
            return None
        found = _read([*self.lead, *match.words], self.rules)
        return (
            found if found is not None and all(found.key.issuperset(word.norm.split()) for word in self.lead) else None
        )

    def _lead_of(self, phrase: _Phrase, match: _Match) -> list[Token]:
        """The words of a phrase that may hold of what follows it: a surface, or what stands before "of"."""
        of_at = next((n for n, word in enumerate(phrase.words) if word.kind == "of"), 0)
        lead = [word for word in phrase.words[:of_at] if match.key.issuperset(word.norm.split())]
        return lead or [word for word in phrase.words if word.kind == "surface"]

    def _wait_or_attach(self, phrase: _Phrase, following: _Phrase | None, unknown: list[Token]) -> None:
        """A phrase without a site belongs to the next one, or says more about the one before."""
        before = self.found[-1] if self.found else None
        if unknown and self._has_noun_ahead(phrase):
            self.waiting.append(phrase)
            return
        if unknown and not (before and before.match and self._combine(phrase, before.match)):
            self.found.append(_Site(None, phrase.start, phrase.end, phrase.joint, None, phrase.side))
            return
        if (
            following is not None
            and "(" not in (following.joint, phrase.joint)
            and self._looks_ahead(phrase, following)
        ):
            self.waiting.append(phrase)
        else:
            self._settle()
            self._attach(phrase, unknown)

    def _has_noun_ahead(self, phrase: _Phrase) -> bool:
        """Whether a later phrase of the list completes this one, as "fingers" does in "ring and little fingers"."""
        at = next(n for n, other in enumerate(self.phrases) if other is phrase)
        for later in self.phrases[at + 1 :]:
            if later.joint not in ("and", ","):
                return False
            if matches := self._matches(later)[0]:
                return self._combine(phrase, matches[0]) is not None
        return False

    def _looks_ahead(self, phrase: _Phrase, following: _Phrase) -> bool:
        """Whether a phrase without a site waits for the one that follows it."""
        before = self.found[-1] if self.found else None
        if following.joint == "and" or before is None:
            return True
        if not phrase.words:
            return before.side is not None
        numbered = any(word.kind == "ordinal" for word in phrase.words)
        return numbered or before.match is None or self._combine(phrase, before.match) is None

    def _settle(self) -> None:
        """Phrases that waited for a noun in vain belong to what stood before them."""
        for phrase in self.waiting:
            self._attach(phrase, unknown=[word for word in phrase.words if word.kind == "site"])
        self.waiting = []

    def _attach(self, phrase: _Phrase, unknown: list[Token]) -> None:
        before = self.found[-1] if self.found else None
        if before is None:
            if unknown:
                self.found.append(_Site(None, phrase.start, phrase.end, phrase.joint, None, phrase.side))
            return
        combined = self._combine(phrase, before.match) if before.match else None
        if combined is not None:
            if any(word.kind == "ordinal" for word in phrase.words):
                side = phrase.side or before.side
                self.found.append(_Site(combined.code, phrase.start, phrase.end, "and", combined, side))
                return
            before.code, before.match = combined.code, combined
        before.end = max(before.end, phrase.end)
        if phrase.side and not before.side:
            before.side = phrase.side
            if phrase.joint != "(":
                self._side_backwards(phrase.side)

    def _side_backwards(self, side: str) -> None:
        """Give a side said last to what was listed before it, as in "elbows and knees bilaterally"."""
        last = self.found[-1]
        for site in reversed(self.found[:-1]):
            if site.side == side:
                continue
            if site.side or site.code is None or site.absent or self._unpaired(site):
                break
            if not self._siblings(site, last) and (
                site.plural != last.plural or (side in _SINGLE_SIDES and site.plural)
            ):
                break
            site.side = side

    def _siblings(self, one: _Site, other: _Site) -> bool:
        """Whether two sites are parts of one site: fingers of a hand have the side of the hand, one or several."""
        terms = self.rules.vocabulary.terms
        parents = {terms[site.code].parent if site.code else None for site in (one, other)}
        parent = parents.pop()
        return not parents and parent is not None and terms[parent].level != "region"

    def _share_sides(self) -> None:
        """Give a side said first to what follows, as in "both knees and buttocks" or "right shoulder and arm"."""
        for before, site in zip(self.found, self.found[1:], strict=False):
            if site.side or before.side not in {*_SINGLE_SIDES, "bilateral"} or site.joint not in ("and", ","):
                continue
            if before.code is None or site.code is None or site.absent or before.absent or self._unpaired(site):
                continue
            if self.rules.is_generic(site.code):
                continue
            related = self.rules.within(site.code, before.code) or self.rules.within(before.code, site.code)
            number = site.plural or not before.plural if before.side == "bilateral" else site.plural == before.plural
            if number or self._siblings(before, site) or (related and before.side in _SINGLE_SIDES):
                site.side = before.side

    def _unpaired(self, site: _Site) -> bool:
        return site.code in self.rules.unpaired


def _stretches(words: Sequence[Token]) -> Iterator[list[Token]]:
    """Telling words between words for a range: "medial thigh to knee" has two stretches."""
    stretch: list[Token] = []
    for word in words:
        if word.kind == "range":
            yield stretch
            stretch = []
        elif word.kind == "site" or word.kind in WEIGHTS:
            stretch.append(word)
    yield stretch


def _before_references(words: Sequence[Token], matches: list[_Match]) -> list[_Match]:
    """Leave out sites that only say where the first one is: the ankle in "leg above the ankle"."""
    kept = matches[:1]
    for match in matches[1:]:
        used = next(word for word in match.words if not match.key.isdisjoint(word.norm.split()))
        at = next(n for n, word in enumerate(words) if word is used)
        lead = next((word for word in reversed(words[:at]) if word.kind != "link"), None)
        if lead is None or lead.kind != "reference" or not match.key.isdisjoint(lead.norm.split()):
            kept.append(match)
    return kept


def _head(words: Sequence[Token], matches: Sequence[_Match]) -> _Match:
    """The site that a phrase is about: the last one named before "of" or a preposition, as English nouns stand."""
    place = {id(word): n for n, word in enumerate(words)}
    border = next((n for n, word in enumerate(words) if n and word.kind in ("of", "link")), len(words))
    before = [
        match
        for match in matches
        if any(place.get(id(word), border) < border for word in match.words if word.kind == "site")
    ]
    return before[-1] if before else matches[-1]


def _cover(words: Sequence[Token], rules: Grammar) -> tuple[list[_Match], list[Token]]:
    """Sites that explain the words, each from as many neighbouring words as possible; and the words left over."""
    whole = _read(words, rules)
    if whole is not None:
        return [whole], []
    places = [n for n, word in enumerate(words) if word.kind == "site"]
    for size in range(len(places) - 1, 0, -1):
        for i in range(len(places) - size + 1):
            begin = places[i - 1] + 1 if i else 0
            end = places[i + size] if i + size < len(places) else len(words)
            match = _read(words[begin:end], rules)
            if match is not None:
                while match.key.isdisjoint(words[begin].norm.split()):
                    begin += 1
                while match.key.isdisjoint(words[end - 1].norm.split()):
                    end -= 1
                match = _Match(match.code, tuple(words[begin:end]), match.key)
                left, unknown_left = _cover(words[:begin], rules)
                right, unknown_right = _cover(words[end:], rules)
                return [*left, match, *right], [*unknown_left, *unknown_right]
    unknown = [words[n] for n in places]
    rest = _read([word for word in words if word.kind == "tissue"], rules) if places else None
    return ([rest] if rest else []), unknown


def _read(words: Sequence[Token], rules: Grammar) -> _Match | None:
    """The site that all site words together name, with as many of the optional words as the vocabulary knows."""
    core = frozenset(word.norm for word in words if word.kind == "site")
    optional: dict[str, Token] = {}
    for word in words:
        if word.kind != "site" and word.norm not in core:
            optional.setdefault(word.norm, word)
    chosen = sorted(optional.values(), key=lambda word: -WEIGHTS[word.kind])[:_MOST_OPTIONAL]
    for pick in _picks(tuple(WEIGHTS[word.kind] for word in chosen)):
        key = core.union(*(chosen[n].norm.split() for n in pick)) if pick else core
        code = rules.sites.get(key)
        if code is not None:
            return _Match(code, tuple(words), key)
    return None


@cache
def _picks(weights: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """All choices among optional words, the largest first, and of equally large ones the weightiest."""
    count = len(weights)
    picks = [tuple(n for n in range(count) if mask >> n & 1) for mask in range(1 << count)]
    return tuple(sorted(picks, key=lambda pick: -sum(10 + weights[n] for n in pick)))
