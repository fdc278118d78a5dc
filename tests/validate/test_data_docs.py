"""Data Docs: whole, readable, kept for the last runs, and silent towards any network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from flows.validate import data_docs
from flows.validate.data_docs import write_data_docs
from flows.validate.suites import SuiteResult, load_suites, run_suites

from .suite_parts import gate, row_rule

# What makes a browser fetch: these attributes of any element, and these words of a style sheet.
FETCHING = {"src", "srcset", "href", "action", "formaction", "poster", "data", "background", "ping", "manifest"}
FETCHING_STYLE = re.compile(r"@import|url\s*\(", re.I)
FIRST_RUN = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Page(HTMLParser):
    """The addresses that a page names, the elements that it is made of, its styles and its words."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.addresses, self.tags, self.styles, self.words = path, [], set(), [], ""
        self._open = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._open = tag
        self.tags.add(tag)
        for name, value in attributes:
            if name in FETCHING:
                self.addresses.append(value or "")
            if name == "style":
                self.styles.append(value or "")

    def handle_data(self, words: str) -> None:
        if self._open == "style":
            self.styles.append(words)
        else:
            self.words += words


def pages(folder: Path) -> list[Page]:
    return [Page(path) for path in sorted(folder.rglob("*.html"))]


@pytest.fixture
def results(database: Path, write_suite: Callable[..., Path]) -> list[SuiteResult]:
    """Results with each kind of outcome: passed, broken by rows, broken as a whole, not to be checked."""
    odd = row_rule("odd_words", "age_years > 50", action="quarantine")
    odd["meta"] |= {
        "sentence": "Age < 50 & <b>not</b> $dear, $$, $PARAMETER.",
        "why": "See http://example.org/why",
        "source": "'quoted'",
    }
    folder = write_suite(
        odd,
        row_rule("cannot_be_checked", "nosuch > 1"),
        gate("known", "expect_column_values_to_be_in_set", column="variant", value_set=["iatrogenic", "<none>"]),
        gate("sex_share", "expect_column_proportion_of_non_null_values_to_be_between", column="sex", min_value=0.9),
        gate("case_id_once", "expect_column_values_to_be_unique", column="case_id"),
        gate("pair_once", "expect_compound_columns_to_be_unique", column_list=["sex", "variant"]),
        gate("age_type", "expect_column_values_to_be_of_type", column="age_years", type_="DOUBLE"),
    )
    return run_suites(database, load_suites(folder), "run_1")


def write_runs(results: list[SuiteResult], folder: Path, n_runs: int) -> Path:
    index = folder / "index.html"
    for n in range(1, n_runs + 1):
        index = write_data_docs(results, folder, f"run_{n}", written_at=FIRST_RUN + timedelta(days=n))
    return index


def test_the_pages_ask_for_nothing_and_every_link_leads_to_a_page(results: list[SuiteResult], tmp_path: Path) -> None:
    folder = tmp_path / "data_docs"
    assert write_runs(results, folder, 2) == folder / "index.html"
    found = pages(folder)
    assert len(found) == 1 + 2 * 2
    for page in found:
        assert not page.tags & {"script", "iframe", "img", "object", "embed"}
        assert not FETCHING_STYLE.search(" ".join(page.styles))
        for address in page.addresses:
            if address == "data:," or address.startswith("#"):
                continue
            assert not re.match(r"[a-z]+:|//|/", address), address
            assert (page.path.parent / address).resolve().is_file(), address
    assert any(page.path.name == "index.html" and len(page.addresses) > 4 for page in found)


def test_what_a_suite_says_stands_on_its_pages_word_for_word(results: list[SuiteResult], tmp_path: Path) -> None:
    folder = tmp_path / "data_docs"
    write_runs(results, folder, 1)
    for page in pages(folder / "runs"):
        assert "Age < 50 & <b>not</b> $dear, $$, $PARAMETER." in page.words
        assert "See http://example.org/why 'quoted'" in page.words
        assert "WHERE age_years > 50" in page.words
        assert '["iatrogenic", "<none>"]' in page.words
    [index] = [page for page in pages(folder) if page.path.name == "index.html"]
    assert "Age < 50 & <b>not</b> $dear, $$, $PARAMETER." in index.words


def test_counts_and_exceptions_stand_on_the_page_of_the_results(results: list[SuiteResult], tmp_path: Path) -> None:
    folder = tmp_path / "data_docs"
    write_runs(results, folder, 1)
    page = Page(folder / "runs" / "run_1" / "staging.case_records.html")
    # Two of the four sound rows are older than 50; three have another variant than the one known.
    assert "2 of 4 rows" in page.words
    assert "75% unexpected" in " ".join(page.words.split())
    assert "Could not be checked" in page.words
    assert "nosuch" in page.words


def test_no_value_of_a_record_stands_on_a_page(results: list[SuiteResult], tmp_path: Path) -> None:
    write_runs(results, tmp_path / "data_docs", 1)
    words = " ".join(page.words for page in pages(tmp_path / "data_docs"))
    assert not re.search(r"\bcase_[abcd]\b|\b71\.0|\bdystrophic\b|\bcalciphylaxis\b", words)


def test_the_last_five_runs_are_kept(results: list[SuiteResult], tmp_path: Path) -> None:
    folder = tmp_path / "data_docs"
    index = write_runs(results, folder, 7)
    assert sorted(path.name for path in (folder / "runs").iterdir()) == [f"run_{n}" for n in range(3, 8)]
    headings = re.findall(r"<h2>.*?</span>\s*(\w+)", index.read_text(encoding="utf-8"), re.S)
    assert headings == ["run_7", "run_6", "run_5", "run_4", "run_3"]


def test_a_run_that_is_written_again_replaces_itself(results: list[SuiteResult], tmp_path: Path) -> None:
    folder = tmp_path / "data_docs"
    write_runs(results, folder, 2)
    index = write_data_docs([], folder, "run_1", written_at=FIRST_RUN + timedelta(days=9))
    assert index.read_text(encoding="utf-8").count("<h2>") == 2
    assert [path.name for path in (folder / "runs" / "run_1").iterdir()] == ["run.json"]


def test_a_run_that_fails_midway_leaves_the_pages_as_they_were(
    results: list[SuiteResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data_docs"
    write_runs(results, folder, 1)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def fail(*_: Any) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(data_docs, "_summarise", fail)
        with pytest.raises(OSError, match="no space left"):
            write_data_docs(results, folder, "run_2")
    assert {path: path.read_bytes() for path in before} == before
    index = write_data_docs(results, folder, "run_3")
    assert not list((folder / "runs").glob(".*"))
    assert "run_2" not in index.read_text(encoding="utf-8")


def test_a_run_id_cannot_leave_the_folder(results: list[SuiteResult], tmp_path: Path) -> None:
    folder = tmp_path / "data_docs"
    write_data_docs(results, folder, "../../2026-01-05T10:11:12 <otter>")
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()].count("data_docs") == 1
    [page] = [page for page in pages(folder) if page.path.name == "index.html"]
    assert "../../2026-01-05T10:11:12 <otter>" in page.words
    assert all((folder / address).is_file() for address in page.addresses if address.startswith("runs/"))


def test_the_index_tells_flagged_records_from_a_forbidden_publication(
    results: list[SuiteResult], tmp_path: Path
) -> None:
    [result] = results
    flagged = replace(result, results=tuple(replace(rule, action="flag") for rule in result.results))
    sound = replace(result, results=tuple(replace(rule, success=True) for rule in result.results))
    for n, outcome in enumerate([sound, flagged, result]):
        folder = tmp_path / str(n)
        text = write_data_docs([outcome], folder, "run_1").read_text(encoding="utf-8")
        assert re.findall(r'<td><span class="state (\w+)', text) == [["passed"], ["noted"], ["failed"]][n]


def find_browser() -> str:
    browser = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
    )
    if not browser:
        if os.environ.get("CI") == "true":
            pytest.fail("no chromium on this machine; the pages must be seen in a browser: apt-get install chromium")
        pytest.skip("no chromium on this machine; install it to see the pages in a browser")
    return browser


def look_at(page: Path, tmp_path: Path) -> tuple[bytes, list[str]]:
    """Give the picture of a page in a browser that reaches no host, and what it complained of in its console."""
    picture = tmp_path / "page.png"
    done = subprocess.run(
        [
            find_browser(),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1200,900",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--enable-logging=stderr",
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--screenshot={picture}",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return picture.read_bytes(), [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def test_a_browser_shows_the_pages_without_a_complaint(results: list[SuiteResult], tmp_path: Path) -> None:
    index = write_runs(results, tmp_path / "data docs #1", 1)
    blank, complaining = tmp_path / "blank.html", tmp_path / "complaining.html"
    blank.write_text("<title>blank</title>", encoding="utf-8")
    complaining.write_text("<script src='https://example.invalid/a.js'></script><script>nosuch()</script>", "utf-8")
    empty_picture, _ = look_at(blank, tmp_path)
    _, complaints = look_at(complaining, tmp_path)
    assert complaints, "the browser tells of no console errors, so this test could not fail"
    for page in (index, *sorted(index.parent.glob("runs/*/*.html"))):
        picture, complaints = look_at(page, tmp_path)
        assert complaints == []
        assert len(picture) > 3 * len(empty_picture)
