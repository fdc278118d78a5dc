"""Data Docs: what the suites found, as static pages that ask the network for nothing.

Great Expectations renders the content of the pages. Its own page frame loads ten files from other hosts, and an image
whose address carries an id; so the frame is ours (`data_docs_pages/`), with one small style sheet in the page and no
script.

    data_docs/index.html                                  the kept runs, newest first
    data_docs/runs/<run id>/<schema>.<table>.html         what the suite found
    data_docs/runs/<run id>/<schema>.<table>.suite.html   what the suite asks for
    data_docs/runs/<run id>/run.json                      what the index says of the run
"""

from __future__ import annotations

import copy
import html
import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.validate.suites import UNEXPECTED_ROWS, RuleResult, SuiteResult

if TYPE_CHECKING:
    from great_expectations.render.view.view import DefaultJinjaPageView

# Great Expectations links a result to the page of its suite by a path of its own layout.
SUITE_LINK = re.compile(r'href="(?:\.\.[/\\])+expectations[^"]*"')


def write_data_docs(
    results: Sequence[SuiteResult], folder: Path, run_id: str, keep: int = 5, written_at: datetime | None = None
) -> Path:
    """Write the pages of one run, and an index of the last `keep` runs; gives the path of the index.

    Call it for runs that changed something. A reader sees the old index or the new one, each with all pages that it
    links to: the pages of the run are moved into place whole, then the index, then the pages of the runs that are not
    kept go. A run that is written again replaces what it wrote before. written_at: when the run was, by default now.
    """
    view = _make_view()
    runs = folder / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    for leftover in runs.glob(".*"):
        shutil.rmtree(leftover)

    name = _file_name(run_id)
    fresh = runs / f".new-{name}"
    fresh.mkdir()
    for result in results:
        _write_suite_pages(view, result, fresh, run_id)
    summary = _summarise(results, run_id, name, written_at or datetime.now(UTC))
    (fresh / "run.json").write_text(json.dumps(summary, indent=1), encoding="utf-8")
    if (runs / name).exists():
        (runs / name).rename(runs / f".old-{name}")
    fresh.rename(runs / name)

    kept, dropped = _choose_runs(runs, keep)
    index = folder / "index.html"
    _replace(index, view.env.get_template("index.html").render(runs=kept, home="index.html"))
    for path in dropped:
        shutil.rmtree(path)
    return index


def _write_suite_pages(view: DefaultJinjaPageView, result: SuiteResult, folder: Path, run_name: str) -> None:
    from great_expectations.core import ExpectationSuite, ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.render.renderer.page_renderer import (
        ExpectationSuitePageRenderer,
        ValidationResultsPageRenderer,
    )

    found = [
        ExpectationValidationResult(
            success=rule.success,
            expectation_config=ExpectationConfiguration(**_described(entry["expectation_config"], rule)),
            result=_outcome(entry["result"], rule),
        )
        for rule, entry in zip(result.results, result.document["results"], strict=True)
    ]
    version = result.document["meta"]["great_expectations_version"]
    validation = ExpectationSuiteValidationResult(
        success=result.success,
        results=found,
        suite_name=result.suite,
        statistics=result.document["statistics"],
        meta={
            "great_expectations_version": version,
            "run_id": run_name,
            "batch_spec": {"data_asset_name": result.suite},
        },
    )
    suite = ExpectationSuite(
        name=result.suite,
        expectations=[_described(entry["expectation_config"]) for entry in result.document["results"]],
        meta={"great_expectations_version": version},
    )
    results_page, suite_page = _page_names(result.suite)
    documents = {
        results_page: ("What was found in", _rendered(ValidationResultsPageRenderer(), validation)),
        suite_page: ("What must hold in", _rendered(ExpectationSuitePageRenderer(), suite)),
    }
    for page, (heading, document) in documents.items():
        text = _rendered(
            view,
            document,
            heading=heading,
            home="../../index.html",
            run_name=run_name,
            this_page=page,
            results_page=results_page,
            suite_page=suite_page,
        )
        (folder / page).write_text(SUITE_LINK.sub(f'href="{suite_page}"', text), encoding="utf-8")


def _rendered(renderer: Any, content: object, **context: str) -> Any:
    # Here the types of the library end.
    return renderer.render(content, **context)


def _make_view() -> DefaultJinjaPageView:
    """Give Great Expectations' page view, with our templates before its own."""
    from great_expectations.render.view.view import DefaultJinjaPageView
    from jinja2 import ChoiceLoader, PackageLoader

    class OfflinePageView(DefaultJinjaPageView):
        _template = "suite.html"

    view = OfflinePageView()
    library = view.env.loader
    view.env.loader = ChoiceLoader(
        [PackageLoader("flows.validate", "data_docs_pages"), *([library] if library else [])]
    )
    return view


def _described(config: Mapping[str, Any], result: RuleResult | None = None) -> dict[str, Any]:
    """Give the configuration with what the pages say of it: the sentence, the rule and its query, and what went wrong.

    Great Expectations puts a description into the page as it is: hence HTML.
    """
    meta, kwargs = config["meta"], config["kwargs"]
    about = f"<code>{_text(meta['id'])}</code> {_text(config['severity'])}"
    action = result.action if result else meta["action"]
    parts = [
        f'<span class="sentence">{_text(config["description"])}</span>',
        f'<span class="about"><span class="badge {_text(action)}">{_text(action)}</span> {about}</span>',
    ]
    if reasons := [_text(meta[key]) for key in ("why", "source") if meta.get(key)]:
        parts.append(f'<span class="about">{" ".join(reasons)}</span>')
    if result and result.exception:
        parts.append(f'<span class="exception">Could not be checked: {_text(result.exception)}</span>')
    shown = kwargs.get("unexpected_rows_query") or json.dumps(kwargs, ensure_ascii=False)
    kind = "" if config["type"] == UNEXPECTED_ROWS else f"{_text(config['type'])} "
    parts.append(f"<details><summary>{kind or 'query'}</summary><pre>{_text(shown)}</pre></details>")
    return {**copy.deepcopy(dict(config)), "description": "".join(parts)}


def _outcome(outcome: Mapping[str, Any], rule: RuleResult) -> dict[str, Any]:
    if rule.type == UNEXPECTED_ROWS and rule.n_unexpected is not None and rule.n_evaluated is not None:
        return {
            "observed_value": f"{rule.n_unexpected:,} of {rule.n_evaluated:,} row{'' if rule.n_evaluated == 1 else 's'}"
        }
    return dict(outcome)


def _summarise(results: Iterable[SuiteResult], run_id: str, name: str, written_at: datetime) -> dict[str, Any]:
    """Give what the index says of a run; addresses are relative to the index."""
    suites = []
    for result in results:
        results_page, suite_page = _page_names(result.suite)
        failed = [rule for rule in result.results if not rule.success]
        suites.append(
            {
                "name": result.suite,
                "n_rows": result.n_rows,
                "n_expectations": len(result.results),
                "n_failed": len(failed),
                "n_stops": len(result.stops),
                "results_page": f"runs/{name}/{results_page}",
                "suite_page": f"runs/{name}/{suite_page}",
                "failed": [
                    {
                        "rule": rule.rule,
                        "sentence": rule.sentence,
                        "action": rule.action,
                        "n_unexpected": rule.n_unexpected,
                        "exception": rule.exception,
                    }
                    for rule in failed
                ],
            }
        )
    return {
        "run_id": run_id,
        "written_at": written_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "n_failed": sum(suite["n_failed"] for suite in suites),
        "n_stops": sum(suite["n_stops"] for suite in suites),
        "suites": suites,
    }


def _choose_runs(runs: Path, keep: int) -> tuple[list[dict[str, Any]], list[Path]]:
    """Give what the index says of the newest runs, newest first, and the folders of the others."""
    known = [(json.loads(path.read_text(encoding="utf-8")), path.parent) for path in runs.glob("[!.]*/run.json")]
    known.sort(key=lambda entry: (entry[0]["written_at"], entry[0]["run_id"]), reverse=True)
    return [summary for summary, _ in known[:keep]], [path for _, path in known[keep:]]


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def _page_names(suite: str) -> tuple[str, str]:
    return f"{suite}.html", f"{suite}.suite.html"


def _file_name(run_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", run_id)


def _text(words: object) -> str:
    return html.escape(str(words), quote=True)
