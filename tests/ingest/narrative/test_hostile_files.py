from __future__ import annotations

import gzip
import random
import tracemalloc
from pathlib import Path

import pytest

from flows.ingest.narrative import NarrativeLimits
from tests.ingest.narrative.reading_helpers import check_sections, only, refusal, written

PROSE = "A 60-year-old man had hard papules of the scrotum for ten years. They were excised.\n"


def test_ten_megabytes_of_one_line_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", PROSE.strip() * 120_000)
    tracemalloc.start()
    error = refusal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.reason == "line_too_long"
    assert peak < 200 * 1024 * 1024


def test_noise_is_no_text(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(200_000)
    assert refusal(written(tmp_path, "a.txt", noise)).reason == "wrong_encoding"
    assert refusal(written(tmp_path, "b.bin", noise)).reason == "unknown_format"


@pytest.mark.parametrize("name", ["a.txt.gz", "a.xml.gz", "a"])
def test_packed_files_that_end_early_say_so(tmp_path: Path, name: str) -> None:
    packed = gzip.compress((PROSE * 4000 + str(random.Random(2).random())).encode())
    assert refusal(written(tmp_path, name, packed[:-20])).reason == "truncated"


def test_a_packed_bomb_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt.gz", gzip.compress(PROSE.encode() + b" " * 20_000_000))
    assert refusal(path, NarrativeLimits(ratio_free_bytes=1_000_000)).reason == "too_large"
    assert refusal(path, NarrativeLimits(file_bytes=1_000_000)).reason == "too_large"


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    for name in ("a.txt", "a.html", "a.json"):
        start = {"a.txt": "", "a.html": "<html>", "a.json": '[\n{"text": "' + "x" * 200 + '"},\n'}[name]
        path = written(tmp_path, name, start + PROSE * 40)
        assert refusal(path, NarrativeLimits(document_bytes=1000)).reason == "too_large"


def test_nothing_says_so(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "a.txt", "")).reason == "empty"
    assert refusal(tmp_path).reason == "unknown_format"
    assert refusal(tmp_path / "missing.txt").reason == "damaged"


def test_tables_are_left_to_their_own_readers(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "a.csv", "title,age,sex\nHeels,4,male\n")).reason == "unknown_format"


def test_writing_from_right_to_left_and_combining_marks_are_read(tmp_path: Path) -> None:
    text = "\u202bمريضة عمرها ٥٥ سنة\u202c had ne\u0301crosis of the he\u0302el. עקב קשה\u200f too. Z\u0351\u036b\u0343 end.\n"
    document = only(written(tmp_path, "a.txt", text))
    check_sections(document)
    assert "nécrosis of the hêel." in document.text
    assert "\u202b" not in document.text


def test_texts_in_other_encodings_are_read(tmp_path: Path) -> None:
    text = "A café-au-lait stain and a 5 µg dose. " + PROSE
    for codec in ("utf-8-sig", "utf-16", "windows-1252"):
        assert only(written(tmp_path, "a.txt", text.encode(codec))).text == text
