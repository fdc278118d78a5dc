"""Lesion sites in prose: what ties a place to a calcified lesion, and what does not."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import cast

import pytest

from flows.coding.coder import code_text
from flows.extract import site_cues as module
from flows.extract.context import Contexts
from flows.extract.model import Document, Finding, Role, Section
from flows.extract.reading import Reading
from flows.extract.site_cues import Cue, SiteCueError, holds_word_of, site_cues
from flows.extract.sites import find_lesion_sites

REPORTS = [
    (row["half"], cast(Role, row["role"]), frozenset(row["sites"].split()), row["text"])
    for row in csv.DictReader((Path(__file__).parent / "site_reports.csv").open(encoding="utf-8", newline=""))
]
# Each half was written in one go: the first before any rule, the second to see how the rules carry over.
FLOORS = {"before": 0.98, "after": 0.98}
SENTENCES = [cue for cue in site_cues() if cue.matches]


def findings(text: str, role: Role = "case") -> list[Finding]:
    reading = Reading(Document("test", text, (Section(role, None, 0, len(text)),)))
    return find_lesion_sites(reading, Contexts(reading))


def sites(text: str, role: Role = "case") -> set[str]:
    """Codes with their side, "-" before what is absent."""
    return {
        ("-" if item.state == "absent" else "")
        + f"{item.code}"
        + (f":{item.laterality_code}" if item.laterality_code else "")
        for finding in findings(text, role)
        for item in code_text("lesion_sites", finding.value)
    }


@pytest.mark.parametrize("half", ["before", "after"])
def test_sites_of_reports_reach_their_floor(half: str) -> None:
    wrong = []
    hits = wanted = given = 0
    for part, role, expected, text in REPORTS:
        if part != half:
            continue
        found = sites(text, role)
        hits += len(found & expected)
        wanted += len(expected)
        given += len(found)
        if found != expected:
            wrong.append(f"{text}\n  missing {sorted(expected - found)}, too many {sorted(found - expected)}")
    assert 2 * hits / (wanted + given) >= FLOORS[half], "\n".join(wrong)


@pytest.mark.parametrize(("role", "text"), [(role, text) for _, role, _, text in REPORTS], ids=range(len(REPORTS)))
def test_value_derives_again_from_its_quote(role: Role, text: str) -> None:
    for finding in findings(text, role):
        quote = text[finding.start : finding.end]
        assert finding.value == (f"no {quote}" if finding.state == "absent" else quote)
        codes = [(item.code, item.laterality_code) for item in code_text("lesion_sites", finding.value)]
        assert codes == [(item.code, item.laterality_code) for item in code_text("lesion_sites", quote)]
        assert all(code for code, _ in codes)


@pytest.mark.parametrize("cue", SENTENCES, ids=[f"{cue.kind}/{cue.name}" for cue in SENTENCES])
def test_cue_matches_its_sentence_and_not_the_other(cue: Cue) -> None:
    assert holds_word_of(cue.matches, cue)
    assert not holds_word_of(cue.must_not_match, cue)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nodules on the elbows and arthritis of the knees: calcinosis cutis.", {"elbow"}),
        ("Calcinosis of the left elbow; later both elbows were affected by calcinosis.", {"elbow:bilateral"}),
        ("A calcified nodule of the elbow was seen. The left elbow nodule was excised.", {"elbow:left"}),
        ("An ulcer in the scar of the left leg showed dystrophic calcification.", {"leg:left"}),
        ("Calcified plaques lay on the trunk; the hands and feet were spared.", {"trunk", "-hand", "-foot"}),
        ("A hard calcified plaque lay at the back of the right calf.", {"calf:right"}),
        ("X-ray both arms: sheet-like calcification of the subcutaneous fat.", {"arm:bilateral"}),
        ("Two years back she noticed a calcified mass. She took oral prednisone.", set()),
        ("Calcium deposits were seen in the dermis and subcutaneous fat of the specimen.", set()),
        ("Calcification of the renal arteries and of the pancreas was seen.", set()),
        ("Hx: stony lumps L elbow + R knee.", {"elbow:left", "knee:right"}),
        ("Nodule right cheek, excised: calcified.", {"cheek:right"}),
        ("A calcified mass lateral to the left hip was seen.", {"hip:left"}),
        ("A calcified plate, tender on palpation, that occupied the left thigh.", {"thigh:left"}),
        ("A calcified papule within the external auditory canal.", {"ear_canal"}),
        ("Calcified plaques covered the abdomen, sparing the thighs.", {"abdomen", "-thigh"}),
        ("Sites involved: thighs, buttocks.", {"thigh", "buttock"}),
        ("A papule of the left cheek proved to be a naevus.", set()),
        ("Calcified nodules of the elbows. CT of the abdomen showed a cyst of the liver.", {"elbow"}),
        ("Erythematous flat papules over the knuckles; stony nodules of the elbows.", {"elbow"}),
        ("Papules followed where electrodes had been fixed to the scalp.", {"scalp"}),
    ],
)
def test_what_ties_a_place_to_a_lesion(text: str, expected: set[str]) -> None:
    assert sites(text) == expected


def test_discussion_speaks_of_others_unless_it_says_so() -> None:
    assert sites("Calcified nodules lay on the elbows of a woman with lupus.", "discussion") == set()
    assert sites("In our patient calcified nodules lay on the elbows.", "discussion") == {"elbow"}


def test_titles_of_references_are_no_places_of_the_patient() -> None:
    assert sites("A woman had calcified nodules of the face.", "references") == set()


def test_sentence_may_go_on_about_the_lesions_of_the_one_before() -> None:
    lesions = "Calcified nodules lay on the elbows."
    assert sites(f"{lesions} They had spread to the knees.") == {"elbow", "knee"}
    assert sites(f"{lesions} The knees had been replaced.") == {"elbow"}
    assert sites(f"{lesions} They hurt when he bent the knees.") == {"elbow"}


def test_places_of_injections_count_where_nothing_says_more() -> None:
    assert sites("Calcium was infused into the left hand. A hard swelling followed.") == {"hand:left"}
    assert sites("Insulin was injected into the abdomen. Calcified nodules lay on the elbows.") == {"elbow"}
    assert sites("Calcinosis of the hand. A cannula had been in the back of the left hand.") == {
        "hand",
        "dorsum_of_hand:left",
    }


def test_further_places_may_be_affected_like_those_before() -> None:
    assert sites("Calcified nodules lay on the elbows. The shoulders were also involved.") == {"elbow", "shoulder"}


def test_title_gives_way_to_the_exact_place() -> None:
    title, case = "Calcinosis cutis of the hands", "Calcified deposits lay over the dorsum of the left hand."
    text = f"{title}\n\n{case}"
    sections = (Section("title", None, 0, len(title)), Section("case", None, len(title) + 2, len(text)))
    reading = Reading(Document("test", text, sections))
    values = [finding.value for finding in find_lesion_sites(reading, Contexts(reading))]
    assert values == ["dorsum of the left hand"]


def test_row_of_a_table_names_its_site_without_a_noun() -> None:
    assert sites("2 | 47 / M | scrotum and base of the penis | excision", "table") == {"scrotum", "penis"}


def test_places_of_nobody_are_left_out() -> None:
    text = "Calcified nodules lay on the elbows."
    reading = Reading(Document("test", text, (Section("case", None, 0, len(text)),)))
    reading.sentences[0].patient = None
    assert find_lesion_sites(reading, Contexts(reading)) == []


def test_finding_carries_the_number_of_its_patient() -> None:
    text = "Calcified nodules lay on the elbows. Calcified nodules lay on the knees."
    reading = Reading(Document("test", text, (Section("case", None, 0, len(text)),)))
    reading.sentences[1].patient = 2
    found = find_lesion_sites(reading, Contexts(reading))
    assert [(finding.value, finding.patient) for finding in found] == [("elbows", 1), ("knees", 2)]


def test_unknown_kind_of_cue_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "site_cues.csv"
    path.write_text("kind,name,cues,matches,must_not_match,source\nnonsense,x,y,,,z\n", encoding="utf-8")
    monkeypatch.setattr(module, "resource", lambda *parts: path)
    with pytest.raises(SiteCueError, match="line 2: the kind 'nonsense' is unknown"):
        site_cues.__wrapped__()
