from __future__ import annotations

import csv

import pytest

from flows.coding.items import CodedItem
from flows.coding.sites import code_sites
from flows.coding.splitting import split_list
from flows.coding.vocabulary import load_vocabulary
from flows.resources import resource


def written(items: list[CodedItem]) -> str:
    """Items as data/gold/coding.csv writes them: "elbow@left|-face"; "" for a word that has no code."""
    return "|".join(
        ("-" if item.state == "absent" else "")
        + (item.code or "")
        + (f"@{item.laterality_code}" if item.laterality_code else "")
        for item in items
    )


def gold(sample: str) -> list[tuple[str, str]]:
    with resource("data", "gold", "coding.csv").open(encoding="utf-8", newline="") as file:
        return [
            (row["text"], row["expected"])
            for row in csv.DictReader(file)
            if row["field"] == "lesion_sites" and row["sample"] == sample
        ]


@pytest.mark.parametrize(("sample", "least"), [("shipped", 0.98), ("held_out", 0.97)])
def test_hand_checked_sites_are_coded_right(sample, least):
    cases = gold(sample)
    wrong = [(text, expected, written(code_sites(text))) for text, expected in cases]
    wrong = [case for case in wrong if case[1] != case[2]]
    assert len(cases) >= 75
    assert 1 - len(wrong) / len(cases) >= least, wrong


def test_all_hand_checked_sites_together_reach_98_percent():
    cases = [*gold("shipped"), *gold("held_out")]
    right = sum(written(code_sites(text)) == expected for text, expected in cases)
    assert len(cases) >= 150
    assert right / len(cases) >= 0.98


def test_gold_names_only_known_codes():
    sites, sides = load_vocabulary("lesion_site").terms, load_vocabulary("laterality").terms
    for _, expected in [*gold("shipped"), *gold("held_out")]:
        for item in filter(None, expected.replace("-", "").split("|")):
            code, _, side = item.partition("@")
            assert code in sites
            assert side in sides or not side


def test_the_shipped_cases_map():
    with resource("data", "cases", "published_cases.csv").open(encoding="utf-8", newline="") as file:
        cells = [part.strip() for row in csv.DictReader(file) for part in row["lesion_sites"].split(";")]
    parts = [part for part in cells if part]
    known = [part for part in parts if all(item.code for item in code_sites(part))]
    assert len(parts) > 600
    assert len(known) / len(parts) >= 0.97
    assert len(set(known)) / len(set(parts)) >= 0.97


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("both knees and buttocks", "knee@bilateral|buttock@bilateral"),
        ("both thighs and abdomen", "thigh@bilateral|abdomen"),
        ("left elbow and both knees", "elbow@left|knee@bilateral"),
        ("right shoulder, elbow and wrist", "shoulder@right|elbow@right|wrist@right"),
        ("left hand and feet", "hand@left|foot"),
        ("elbows and knees bilaterally", "elbow@bilateral|knee@bilateral"),
        ("hips (R > L)", "hip@bilateral"),
        ("elbow (left)", "elbow@left"),
        ("Rt. 4th toe", "toe_4@right"),
        ("L thigh", "thigh@left"),
        ("thigh-left", "thigh@left"),
        ("right arm left leg", "arm@right|leg@left"),
        ("neck", "neck"),
    ],
)
def test_sides_are_read_and_shared(text, expected):
    assert written(code_sites(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2nd to 4th fingers of the left hand", "finger_2@left|finger_3@left|finger_4@left"),
        ("fingers II-IV", "finger_2|finger_3|finger_4"),
        ("D2-D3", "finger_2|finger_3"),
        ("digits 2, 3 and 4 of the left hand", "finger_2@left|finger_3@left|finger_4@left"),
        ("index, middle and ring fingers", "finger_2|finger_3|finger_4"),
        ("left foot: second and third toes", "toe_2@left|toe_3@left"),
        ("proximal third of the left thumb", "finger_1@left"),
        ("L5-S1", "lumbar_spine|sacral_spine"),
    ],
)
def test_numbers_name_digits_and_levels(text, expected):
    assert written(code_sites(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dorsum of right foot", "dorsum_of_foot@right"),
        ("Left Foot Dorsum", "dorsum_of_foot@left"),
        ("hands (dorsal aspect)", "dorsum_of_hand"),
        ("dorsum of hands and feet", "dorsum_of_hand|dorsum_of_foot"),
        ("upper third of the right thigh", "thigh@right"),
        ("skin and fat of the thigh", "thigh"),
        ("lower limbs (thighs and calves)", "thigh|calf"),
        ("left leg above the ankle", "leg@left"),
        ("pancreatic head", "gastrointestinal"),
        ("trunk and extremities", "trunk|limb"),
        ("face, limbs", "face|limb"),
        ("neck, limbs, trunk", "neck|limb|trunk"),
        ("codo derecho", "elbow@right"),
        ("les deux genoux et les coudes", "knee@bilateral|elbow@bilateral"),
        ("Gesäß und Oberschenkel", "buttock|thigh"),
    ],
)
def test_the_most_specific_known_site_wins(text, expected):
    assert written(code_sites(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no other lesions", "-"),
        ("trunk, sparing the face", "trunk|-face"),
        ("extremities sparing palms and soles", "limb|-palm|-sole"),
    ],
)
def test_denied_sites_are_absent(text, expected):
    assert written(code_sites(text)) == expected


def test_unknown_words_stay_without_a_code():
    assert code_sites("xyzzy") == [CodedItem("xyzzy")]
    assert code_sites("left xyzzy, neck") == [
        CodedItem("left xyzzy", laterality_code="left"),
        CodedItem("neck", "neck"),
    ]


def test_a_side_alone_names_no_site():
    assert code_sites(" left ") == [CodedItem("left", laterality_code="left")]


@pytest.mark.parametrize("text", ["", "  ", "?", ",;", "((("])
def test_text_without_words_gives_nothing(text):
    assert code_sites(text) == []


@pytest.mark.parametrize(
    "text", ["(", ")left(", "1st", "2nd-5th", "of of of", "no", "and", "%", "L4-", "\u00e9\u0301\U0001f9e0", "a" * 5000]
)
def test_odd_text_never_raises(text):
    assert isinstance(code_sites(text), list)


def test_each_item_keeps_its_own_words():
    items = code_sites("1st and 5th fingers of right hand, left elbow")
    assert [item.text for item in items] == ["1st", "5th fingers of right hand", "left elbow"]
    assert [item.text for item in code_sites(" scrotum, 2/3 of surface ")] == ["scrotum, 2/3 of surface"]


def test_levels_of_the_hierarchy_are_region_site_subsite():
    terms = load_vocabulary("lesion_site").terms
    rank = {"region": 0, "site": 1, "subsite": 2}
    for term in terms.values():
        if term.parent is None:
            assert term.level == "region", term.code
        else:
            parent = terms[term.parent]
            assert rank[parent.level] < rank[term.level] or parent.level == term.level == "subsite", term.code


def test_lists_are_cut_outside_brackets():
    parts = split_list("SLE and nephritis, CKD (stage 5, on HD); x")
    assert [(part.text, part.joint) for part in parts] == [
        ("SLE", ""),
        ("nephritis", "and"),
        ("CKD (stage 5, on HD)", ","),
        ("x", ";"),
    ]
    assert [part.text for part in split_list("1,25-OH vitamin D, calcium")] == ["1,25-OH vitamin D", "calcium"]
    assert [part.text for part in split_list("L4/5 and foot/ankle", slashes=True)] == ["L4/5", "foot", "ankle"]
    assert [part.text for part in split_list("a, b and c", commas=False, words=False)] == ["a, b and c"]
    assert split_list(" ; , ") == []
    for part in split_list("a (b, c) and d"):
        assert "a (b, c) and d"[part.start : part.end] == part.text


def test_what_stands_before_of_holds_of_the_whole_list() -> None:
    items = code_sites("distal phalanx of the second and third fingers of the right hand")
    assert [(item.code, item.laterality_code) for item in items] == [("fingertip_2", "right"), ("fingertip_3", "right")]
