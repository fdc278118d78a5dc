"""Identifiers, years, authors and countries as they stand in headers, addresses and links."""

from __future__ import annotations

import re
from functools import lru_cache

from flows.coding.vocabulary import load_vocabulary
from flows.ingest.narrative.stable import one_line

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"'<>{}|\\^`\[\]]+", re.IGNORECASE)
_AFTER_DOI = ".,;:)]}\u201d\u2019"
_PMCID = re.compile(r"\bPMC\s?(\d{4,9})\b", re.IGNORECASE)
_PMID = re.compile(r"(?:\bPMID:?|\bpubmed/|pubmed\.ncbi\.nlm\.nih\.gov/)\s*(\d{1,9})\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_EMAIL = re.compile(r"(?:electronic address|e-?mail|correo)?:?\s*\S+@\S+", re.IGNORECASE)
_ADDRESS_PARTS = re.compile(r"[,;]|\s-\s|\.\s")
_POSTAL_CODE = re.compile(r"(?<!\w)[A-Z]{0,3}-?\d[\w-]*")


def doi_in(text: str) -> str | None:
    """The first DOI in a text or link, in small letters, without what follows it in a sentence."""
    match = _DOI.search(text)
    if match is None:
        return None
    doi = match.group()
    while doi and doi[-1] in _AFTER_DOI and not (doi[-1] == ")" and doi.count("(") >= doi.count(")")):
        doi = doi[:-1]
    return doi.casefold()


def pmcid_in(text: str) -> str | None:
    """The first PMCID in a text or link, as "PMC1234567"."""
    match = _PMCID.search(text)
    return f"PMC{match.group(1)}" if match else None


def pmid_in(text: str) -> str | None:
    """The first PMID that a text or link calls one."""
    match = _PMID.search(text)
    return match.group(1).lstrip("0") or None if match else None


def year_in(text: str) -> int | None:
    """The first year from 1800 to 2099 in a text."""
    match = _YEAR.search(text)
    return int(match.group(1)) if match else None


@lru_cache(maxsize=16_384)
def country_in(address: str) -> str | None:
    """The country that an address of authors ends with, as printed; None where its last parts name none.

    An address of several institutions gives the country of the first.
    """
    countries = load_vocabulary("country")
    parts = _ADDRESS_PARTS.split(_EMAIL.sub("", one_line(address)))
    found: str | None = None
    for part in parts:
        words = _POSTAL_CODE.sub("", part).strip(" .;:()[]*\u00b7-")
        if len(words) > 1 and countries.lookup(words) is not None:
            # "Georgia, USA": a state may be called as a country is.
            found = words
        elif found is not None:
            return found
    return found


def first_country(addresses: list[str]) -> str | None:
    """The country of the first address that names one."""
    return next((country for address in addresses if (country := country_in(address))), None)
