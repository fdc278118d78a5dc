from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.extract.model import Role
from flows.ingest.errors import UnreadableFileError
from flows.ingest.narrative.identifiers import country_in, doi_in, pmcid_in, pmid_in
from flows.ingest.narrative.limits import NarrativeLimits
from flows.ingest.narrative.parts import Metadata, Part, compose, make_document
from tests.ingest.narrative.reading_helpers import check_sections

_PARTS = st.builds(
    Part,
    st.sampled_from(get_args(Role)),
    st.none() | st.text(min_size=1, max_size=10),
    st.lists(st.text(max_size=20), max_size=3).map(tuple),
)


@given(st.lists(_PARTS, max_size=8))
def test_the_sections_of_a_composed_document_lie_within_its_text_in_order(parts: list[Part]) -> None:
    text, sections = compose([*parts, Part("case", "Case", ("A man.", "He fell."))])
    document = make_document(Metadata(), text, sections, "a text", NarrativeLimits())
    check_sections(document)
    last = document.sections[-1]
    assert (last.heading, text[last.start : last.end]) == ("Case", "A man.\n\nHe fell.")
    assert text[: last.start].endswith("Case\n")


def test_a_document_is_called_by_its_best_identifier() -> None:
    assert Metadata(pmcid="PMC1", doi="10.1/x", pmid="2", own_id="a").document_id("t") == "pmcid:PMC1"
    assert Metadata(doi="10.1/x", pmid="2", own_id="a").document_id("t") == "doi:10.1/x"
    assert Metadata(pmid="2", own_id="a").document_id("t") == "pmid:2"
    assert Metadata(own_id="a").document_id("t") == "a"
    assert Metadata().document_id("t") != Metadata().document_id("u")


def test_a_text_beyond_the_limit_is_refused() -> None:
    text, sections = compose([Part("case", None, ("x" * 101,))])
    with pytest.raises(UnreadableFileError, match="101 characters"):
        make_document(Metadata(), text, sections, "a text", NarrativeLimits(document_chars=100))


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("https://doi.org/10.1000/ABC.12).", "10.1000/abc.12"),
        ("doi:10.1016/S0190-9622(05)80001-X, and", "10.1016/s0190-9622(05)80001-x"),
        ("10.1000", None),
    ],
)
def test_a_doi_ends_where_its_sentence_goes_on(text: str, doi: str | None) -> None:
    assert doi_in(text) == doi


def test_numbers_of_pubmed_are_known_by_their_names() -> None:
    assert pmcid_in("pmc.ncbi.nlm.nih.gov/articles/PMC1234567/") == "PMC1234567"
    assert pmid_in("https://pubmed.ncbi.nlm.nih.gov/0123/") == "123"
    assert pmid_in("PMID: 77 [Indexed]") == "77"
    assert pmid_in("12345678") is None


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("Department of Dermatology, City Hospital, Pune, India.", "India"),
        ("Emory University, Atlanta, Georgia, USA. Electronic address: a@b.example.", "USA"),
        ("Dept, Lyon 69003, France; Dept, Lima, Peru", "France"),
        ("1066 EA Amsterdam, The Netherlands", "The Netherlands"),
        ("Jordan University Hospital, Amman", None),
        ("Seoul, Republic of Korea", "Republic of Korea"),
    ],
)
def test_the_country_of_an_address_is_the_one_that_it_ends_with(address: str, country: str | None) -> None:
    assert country_in(address) == country
