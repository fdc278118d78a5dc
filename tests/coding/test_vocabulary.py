from __future__ import annotations

import csv
from pathlib import Path

import pytest

from flows.coding.ontology import judge, main, refused_terms, used_ids
from flows.coding.vocabulary import VocabularyError, load_vocabulary, normalise, read_vocabulary, refused_ids
from flows.resources import resource

HEADER = "code,label,parent,level,synonyms,uberon_id,source,note\n"
TRUNK = "trunk,Trunk,,region,torso,UBERON:0002100,UBERON,\n"
CHEST = "chest,Chest,trunk,site,thorax|pre-sternal,UBERON:0001443,UBERON,\n"


@pytest.fixture
def write(tmp_path):
    def write_rows(*rows: str, header: str = HEADER) -> Path:
        path = tmp_path / "place.csv"
        path.write_text(header + "".join(rows), encoding="utf-8")
        return path

    return write_rows


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("Both Œdemas", "both edema"),
        ("haemodialysis", "hemodialysis"),
        ("Tumoural calcinoses", "tumoral calcinosis"),
        ("hyperphosphataemia", "hyperphosphatemia"),
        ("oesophagus", "esophagus"),
        ("paediatric", "pediatric"),
        ("sulphate fibres", "sulfate fiber"),
        ("generalised", "generalized"),
        ("axillae", "axilla"),
        ("extremities", "extremity"),
        ("feet", "foot"),
        ("calves", "calf"),
        ("abscesses", "abscess"),
        ("région glutéale", "region gluteale"),
        ("Guyon\u2019s canal", "guyon canal"),
        ("pre\u2013auricular", "pre-auricular"),
        ("L4/L5", "l4 l5"),
        ("  hand \n and  wrist ", "hand & wrist"),
    ],
)
def test_spellings_of_one_word_are_one(written, same):
    assert normalise(written) == normalise(same)


@pytest.mark.parametrize("word", ["pelvis", "penis", "humerus", "gas", "sclerosis", "abscess", "raised", "disease"])
def test_words_that_only_look_like_plurals_or_british_stay(word):
    assert normalise(word) == word


def test_text_of_signs_keeps_its_signs():
    assert [normalise(sign) for sign in ("-", "\u2014", "?", "+", "")] == ["-", "-", "?", "+", ""]


def test_a_vocabulary_is_read_with_its_hierarchy(write):
    vocabulary = read_vocabulary(write(TRUNK, CHEST))
    chest = vocabulary.terms["chest"]
    assert (chest.label, chest.parent, chest.level, chest.synonyms) == (
        "Chest",
        "trunk",
        "site",
        ("thorax", "pre-sternal"),
    )
    assert chest.ids == {"uberon_id": "UBERON:0001443"}
    assert vocabulary.ancestors("chest") == ["trunk"]
    assert vocabulary.ancestors("trunk") == []
    assert vocabulary.is_within("chest", "trunk")
    assert not vocabulary.is_within("trunk", "chest")


def test_lookup_takes_label_code_and_synonyms_however_spelled(write):
    vocabulary = read_vocabulary(write(TRUNK, CHEST))
    assert [vocabulary.lookup(text) for text in ("THORAX", "presternal", "Pre sternal", "chests", "trunk")] == [
        "chest",
        "chest",
        "chest",
        "chest",
        "trunk",
    ]
    assert vocabulary.lookup("chest pain") is None
    assert vocabulary.lookup("") is None


def test_suggestions_are_ordered_and_between_0_and_1(write):
    (first, second) = read_vocabulary(write(TRUNK, CHEST)).suggest("thorx", 2)
    assert first[0] == "chest"
    assert second[0] == "trunk"
    assert 1 > first[1] > second[1] > 0


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([TRUNK, TRUNK], "line 3: code 'trunk' already stands on line 2"),
        ([CHEST], "line 2: unknown parent 'trunk'"),
        ([TRUNK, CHEST.replace("thorax", "torsos")], "line 3: 'torsos' stands for 'chest' and, on line 2, for 'trunk'"),
        ([TRUNK.replace(",,region", ",chest,region"), CHEST], "'trunk' is its own ancestor"),
        ([TRUNK.replace("UBERON:0002100", "HP:0025027")], "line 2: 'HP:0025027' is no uberon_id"),
        ([TRUNK.replace("trunk,T", "Trunk wall,T")], "line 2: 'Trunk wall' is no code"),
        ([TRUNK.replace("Trunk,", ",")], "line 2: 'trunk' has no label"),
        (["trunk,Trunk,,region\n"], "line 2: not 8 cells"),
        (["trunk,Trunk,,region,,,,,more\n"], "line 2: not 8 cells"),
    ],
)
def test_a_broken_row_is_refused_with_its_line(write, rows, message):
    with pytest.raises(VocabularyError) as error:
        read_vocabulary(write(*rows))
    assert message in str(error.value)
    assert "place.csv" in str(error.value)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (HEADER.replace("note", "remark"), "unknown column 'remark'"),
        (HEADER.replace(",note", ""), "column note is missing"),
        (HEADER.replace("source", "note"), "is missing"),
    ],
)
def test_a_broken_heading_is_refused(write, header, message):
    with pytest.raises(VocabularyError, match=message):
        read_vocabulary(write(TRUNK, header=header))


def test_refused_and_obsolete_ontology_terms_are_refused(write):
    header = HEADER.replace("uberon_id", "hpo_id")
    row = TRUNK.replace("UBERON:0002100", "HP:0025027")
    with pytest.raises(VocabularyError, match=r"HP:0025027 must not be used \(Osteoma cutis"):
        read_vocabulary(write(row, header=header), refused_ids())


def test_look_alikes_of_calcinosis_cutis_are_refused():
    assert {"MONDO:1014560", "HP:0025027", "HP:0034282", "MONDO:0000714", "MONDO:0008897"} <= refused_ids().keys()


def vocabulary_names() -> list[str]:
    """Files of data/vocabulary that have the columns of a vocabulary."""
    names = []
    for path in sorted(resource("data", "vocabulary").glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            if "synonyms" in next(csv.reader(file)):
                names.append(path.stem)
    return names


@pytest.mark.parametrize("name", vocabulary_names())
def test_every_shipped_vocabulary_keeps_the_contract(name):
    vocabulary = load_vocabulary(name)
    assert vocabulary.terms
    for code, term in vocabulary.terms.items():
        assert vocabulary.lookup(term.label) == code
        assert all(vocabulary.lookup(words) == code for words in term.synonyms)


def test_every_ontology_id_in_use_is_pinned_as_current():
    with resource("data", "vocabulary", "ontology_terms.csv").open(encoding="utf-8", newline="") as file:
        pinned = {row["ontology_id"]: row["status"] for row in csv.DictReader(file)}
    used = used_ids(resource("data", "vocabulary"))
    assert len(used) > 100
    wrong = {ontology_id: places for ontology_id, places in used.items() if pinned.get(ontology_id) != "current"}
    assert not wrong, "run python -m flows.coding.ontology DIR"


def test_uberon_labels_of_sites_are_the_pinned_ones():
    with resource("data", "vocabulary", "ontology_terms.csv").open(encoding="utf-8", newline="") as file:
        labels = {row["ontology_id"]: row["label"] for row in csv.DictReader(file)}
    terms = load_vocabulary("lesion_site").terms
    expected = {
        "elbow": "elbow",
        "scrotum": "scrotum",
        "buttock": "buttock",
        "hand": "manus",
        "finger_2": "manual digit 2",
    }
    assert {code: labels[terms[code].ids["uberon_id"]] for code in expected} == expected


def test_the_judge_names_unknown_obsolete_and_refused_ids():
    used = {"HP:1": ["a.csv, line 2"], "HP:2": ["a.csv, line 3"], "HP:3": ["a.csv, line 4"], "HP:4": ["b.csv, line 2"]}
    labels = {"HP:1": "Calcinosis cutis", "HP:2": "obsolete Lump", "HP:3": "Osteoma cutis"}
    rows, problems = judge(used, labels, {"HP:3": "bone"}, {"HP": "2026-01"})
    assert [(row["ontology_id"], row["status"], row["release"]) for row in rows] == [
        ("HP:1", "current", "2026-01"),
        ("HP:2", "obsolete", "2026-01"),
        ("HP:3", "refused", "2026-01"),
        ("HP:4", "unknown", "2026-01"),
    ]
    assert problems == [
        "HP:2 is obsolete (obsolete Lump): a.csv, line 3",
        "HP:3 is refused (bone): a.csv, line 4",
        "HP:4 is unknown (no table has it): b.csv, line 2",
    ]


def test_each_refused_term_says_why():
    assert all(refused_terms().values())


def test_a_folder_without_the_tables_is_a_usage_error(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main([str(tmp_path)])
    assert stop.value.code == 2
    assert "mondo.tsv is missing" in capsys.readouterr().err
