"""What the header and the standing lines of an article say of it: title, authors, journal, year, identifiers."""

from __future__ import annotations

import re

from flows.ingest.narrative.identifiers import doi_in, pmcid_in, pmid_in, year_in
from flows.ingest.narrative.parts import Metadata

_MARKS = re.compile(
    r"\(\d+\)|[\u00b9\u00b2\u00b3\u2070-\u2079\d*\u2020\u2021\u00a7\u00b6\u2016#^{}]+(?:\s*,\s*(?=[\d*]))?"
)
_BETWEEN_NAMES = re.compile(r"\s*(?:,|;|\band\b|&|\by\b|\bund\b|\bet\b|\be\b|\u00b7|\u2022)\s*")
_DEGREE = re.compile(r"\(?(?:[A-Z][A-Za-z]{0,3}\.?){1,4}\)?|[A-Z]{2,6}\w*")
_NAME = re.compile(
    r"(?:(?:[A-Z\u00c0-\u00de][\w'\u2019-]*\.?|d[aeiou]s?|van|von|der|den|bin|ibn|al|el|la|le|di|du|dos|ter|y)[\s-]?){2,6}"
)
_CITATION = re.compile(
    r"(?P<authors>[^.:]{3,400}?)\.\s+(?P<title>.{3,400}?)[.?!]\s+\W{0,2}(?P<journal>[A-Z][^;:\d]{1,100}?)\W{0,3}"
    r"(?P<year>(?:19|20)\d\d)\b"
)
_CITE_WORDS = re.compile(r"^[^:]{0,60}:\s*")
_JOURNAL_LINE = re.compile(r"\W{0,3}(?P<journal>[A-Z][^\d;:]{2,80}?)\W{1,4}(?:\(?(?:19|20)\d\d|Vol)")
_COPYRIGHT_OWNER = re.compile(
    r"(?:\u00a9|\([cC]\)|Copyright)\W{0,3}(?:19|20)\d\d\W{1,3}(?P<owner>[A-Z][\w &:,'-]{3,100}?)"
    r"(?=\s+(?:available|published|all|this)\b|[.|;]|$)"
)
_JOURNAL_WORD = re.compile(r"\b(?:Journal|Annals|Archives|Reports|Acta|Revista|Anales|Annales|Zeitschrift)\b")


def authors_in(line: str) -> tuple[str, ...]:
    """The names of a line of authors, without their marks and degrees; empty where the line is no such line."""
    pieces = [" ".join(_MARKS.sub(" ", piece).split()).strip(" .,") for piece in _BETWEEN_NAMES.split(line)]
    pieces = [piece for piece in pieces if piece]
    names = [piece for piece in pieces if _NAME.fullmatch(piece) and " " in piece]
    strangers = [piece for piece in pieces if piece not in names and not _DEGREE.fullmatch(piece)]
    return tuple(names) if names and not strangers else ()


def read_how_to_cite(line: str, metadata: Metadata) -> None:
    """Take what a line "How to cite this article: …" says, where nothing better is known."""
    match = _CITATION.search(_CITE_WORDS.sub("", line, count=1))
    if match is None:
        metadata.year = metadata.year or year_in(line)
        return
    metadata.title = metadata.title or match["title"].strip()
    metadata.journal = metadata.journal or match["journal"].strip(" .,*_")
    metadata.year = metadata.year or int(match["year"])
    metadata.authors = metadata.authors or authors_in(match["authors"])


def read_standing_line(line: str, metadata: Metadata) -> None:
    """Take identifiers, year and journal from a line of the header or the back matter."""
    metadata.doi = metadata.doi or doi_in(line)
    metadata.pmid = metadata.pmid or pmid_in(line)
    metadata.pmcid = metadata.pmcid or pmcid_in(line)
    owner = _COPYRIGHT_OWNER.search(line)
    if owner and _JOURNAL_WORD.search(owner["owner"]):
        metadata.journal = metadata.journal or owner["owner"].strip()


def read_journal_line(line: str, metadata: Metadata) -> None:
    """Take journal and year from a line such as "Skin Letters 2019;4(2):10-12"."""
    metadata.year = metadata.year or year_in(line)
    match = _JOURNAL_LINE.match(line)
    if match:
        metadata.journal = metadata.journal or match["journal"].strip(" .,")
