"""What the headings and the standing lines of case reports mean (data/rules), and how they are compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, cast, get_args

from flows.extract.model import Role
from flows.rules import read_rules

Level = Literal["main", "part", "keywords"]
LineKind = Literal[
    "affiliation",
    "article_type",
    "back_matter",
    "figure_caption",
    "front_matter",
    "how_to_cite",
    "journal_line",
    "keywords",
    "table_caption",
]

HEADING_COLUMNS = ("pattern", "role", "level", "matches", "must_not_match", "source")
LINE_COLUMNS = ("pattern", "kind", "matches", "must_not_match", "source")

_MAX_HEADING_CHARS = 120
_NUMBERING = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*\s*[.):]?|[ivx]{1,4}[.)]|[a-h][.)])\s+")
_SPACED_OUT = re.compile(r"(?:\w ){4,}\w")
# Pages put links beside their headings.
_LINK_BESIDE = re.compile(r"\s+(?:\^|\u25b2|\u2191)?\s*(?:top|go to:?)$")
_AT_THE_ENDS = " .:*#_|\u2022\u25a0-\u2013\u2014"


@dataclass(frozen=True, slots=True)
class HeadingRule:
    """A kind of heading. level: "main" opens a section of its role wherever it stands; "part" one inside the section
    that it stands in, and a section of its role only elsewhere; "keywords" the one paragraph that ends an abstract."""

    pattern: re.Pattern[str]
    role: Role
    level: Level

    @property
    def is_keywords(self) -> bool:
        """Whether the heading is that of the keywords, which end an abstract."""
        return self.level == "keywords"


def fold_heading(heading: str) -> str:
    """A heading as the patterns of section_headings.csv are written: small letters, no accents, number or marks."""
    words = unicodedata.normalize("NFD", heading.casefold().replace("\u2019", "'"))
    words = "".join(sign for sign in words if not unicodedata.combining(sign))
    words = _LINK_BESIDE.sub("", " ".join(words.split())).strip(_AT_THE_ENDS)
    if _SPACED_OUT.fullmatch(words):
        words = words.replace(" ", "")
    numbering = _NUMBERING.match(words)
    return words[numbering.end() :].strip(_AT_THE_ENDS) if numbering else words


@lru_cache(maxsize=4096)
def heading_rule(heading: str) -> HeadingRule | None:
    """The first rule that the whole heading fits; None for a heading that no rule knows."""
    if len(heading) > _MAX_HEADING_CHARS:
        return None
    folded = fold_heading(heading)
    if not folded:
        return None
    return next((rule for rule in _heading_rules() if rule.pattern.fullmatch(folded)), None)


def line_kind(line: str) -> LineKind | None:
    """What a line of a plain text is by its first words; None for a line of no known kind."""
    for kind, pattern in _line_patterns():
        if kind != "affiliation" and pattern.match(line):
            return kind
    return None


@cache
def affiliation_words() -> re.Pattern[str]:
    """The words that an address of authors holds."""
    return re.compile("|".join(pattern.pattern for kind, pattern in _line_patterns() if kind == "affiliation"))


@cache
def _heading_rules() -> tuple[HeadingRule, ...]:
    rules = []
    for row in read_rules("section_headings.csv", HEADING_COLUMNS):
        if row["role"] not in get_args(Role) or row["level"] not in get_args(Level):
            raise ValueError(f"section_headings.csv: no such role or level: {row['role']}, {row['level']}")
        rules.append(HeadingRule(re.compile(row["pattern"]), cast(Role, row["role"]), cast(Level, row["level"])))
    return tuple(rules)


@cache
def _line_patterns() -> tuple[tuple[LineKind, re.Pattern[str]], ...]:
    patterns = []
    for row in read_rules("document_lines.csv", LINE_COLUMNS):
        if row["kind"] not in get_args(LineKind):
            raise ValueError(f"document_lines.csv: no such kind: {row['kind']}")
        patterns.append((cast(LineKind, row["kind"]), re.compile(row["pattern"])))
    return tuple(patterns)
