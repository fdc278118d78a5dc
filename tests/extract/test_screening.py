"""The screen over a corpus, in DuckDB and in Python."""

from __future__ import annotations

import random
import re

import duckdb
import pytest

from flows.extract.screening import ignoring_case, is_relevant, screen_documents, screening_pattern
from flows.rules import read_rules

ROWS = read_rules("screening_terms.csv", ("name", "pattern", "matches", "must_not_match", "source"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["name"]))
def test_terms_find_their_sentence_and_leave_the_other(row: dict[str, str]) -> None:
    assert re.search(ignoring_case(row["pattern"]), row["matches"])
    assert not is_relevant(row["must_not_match"])


@pytest.mark.parametrize(
    "text",
    [
        "CALCINOSIS CUTIS OF THE ELBOW",
        "Multiple calciﬁed papules",
        "deposits of amorphous\ncalcium in the dermis",
        "calcium\u00a0salts",
        "Kalzinose der Finger",
        "calcinose cutanée",
        "depósitos de calcio",
        "a chalk-like paste",
        "transepidermal elimination of calcium",
    ],
)
def test_words_of_any_language_and_print_are_relevant(text: str) -> None:
    assert is_relevant(text)


@pytest.mark.parametrize(
    "text",
    ["", "Serum calcium was 2.3 mmol/l.", "Calcaneal fracture", "calcitriol and calcium carbonate", "calcipotriol"],
)
def test_other_words_are_not(text: str) -> None:
    assert not is_relevant(text)


def screened(texts: list[str | None]) -> list[bool]:
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA raw; CREATE SCHEMA staging")
        connection.execute(
            "CREATE TABLE raw.documents (document_no BIGINT, source_key VARCHAR, document_id VARCHAR, text VARCHAR)"
        )
        rows = [(number, "s", f"d{number}", text) for number, text in enumerate(texts)]
        connection.executemany("INSERT INTO raw.documents VALUES (?, ?, ?, ?)", rows)
        screen_documents(connection)
        answer = connection.execute("SELECT * FROM staging.screened_documents ORDER BY document_no").fetchall()
    assert [row[:3] for row in answer] == [row[:3] for row in rows]
    return [row[3] for row in answer]


def test_duckdb_and_python_give_the_same_answer() -> None:
    pieces = [row["matches"] for row in ROWS] + [row["must_not_match"] for row in ROWS]
    pieces += [
        "calci",
        "calcıfied",
        "CALCİNOSIS",
        "ſalt",
        "\u212aossa",
        "fi",
        "nosis",
        " ",
        "\n",
        "\u00a0",
        "é",
        "ſ",
        ".",
        "-",
    ]
    dice = random.Random(20)
    texts = []
    for _ in range(600):
        text = "".join(dice.choice(pieces) for _ in range(dice.randint(1, 3)))
        begin = dice.randrange(len(text))
        cut = text[begin : begin + dice.randint(5, 120)]
        texts.append(dice.choice([cut, cut.upper(), cut.swapcase(), cut.lower()]))
    answers = [is_relevant(text) for text in texts]
    assert screened(list(texts)) == answers
    assert 100 < sum(answers) < 500


def test_a_document_without_text_is_not_relevant() -> None:
    assert screened([None, "calcinosis"]) == [False, True]


def test_the_pattern_has_no_part_that_matches_nothing() -> None:
    assert not re.search(screening_pattern(), "")
