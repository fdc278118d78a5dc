"""Measure the registry, and write benchmarks/RESULTS.md.

    python -m benchmarks.run [--rows 1000000] [--seed 1] [--out benchmarks/RESULTS.md]
                             [--gold FILE --documents FILE] [--context FILE.tsv]

Everything runs as a user would run it: the command `calcinosis refresh` in a process of its own, on a Prefect home that
has been started before. Time is wall time; memory is the sum over the process and all its children, sampled.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.extraction import add_options, sections
from benchmarks.generate import generate
from flows.home import Home
from flows.journal import read_runs

# Upper bounds; GROWTH is for ten times the cases.
BARE_FACTOR, PEAK_GIGABYTES, FILE_FACTOR, GROWTH, OWN_SECONDS, FLOW_FACTOR = 8.0, 4.0, 3.0, 11.0, 2.0, 1.5
_SAMPLE_SECONDS = 0.1

_BARE = """
import sys, duckdb
source, database, copy = sys.argv[1:]
with duckdb.connect(database) as connection:
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"CREATE TABLE records AS FROM read_csv('{source}', all_varchar = true, header = true)")
    connection.execute(f"COPY records TO '{copy}' (FORMAT csv, HEADER)")
"""

_EMPTY_FLOW = """
from prefect import flow

@flow
def nothing() -> None:
    pass

nothing()
"""


@dataclass
class Measured:
    """One command: wall seconds, and the most memory that its processes held together."""

    seconds: float
    peak_bytes: int


@dataclass
class Load:
    """What one file of generated cases cost."""

    n_rows: int
    csv_bytes: int
    bare: Measured
    load: Measured
    file_bytes: int
    stages: dict[str, float] = field(default_factory=dict)
    changed: Measured | None = None
    unchanged: Measured | None = None


def measure(command: Sequence[str], environment: dict[str, str], folder: Path) -> Measured:
    """Run a command to its end. Raises RuntimeError with the end of its output when it fails."""
    log = folder / "output.log"
    peak = 0
    start = time.monotonic()
    with log.open("wb") as output:
        process = psutil.Popen(
            list(command), cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        while True:
            try:
                process.wait(timeout=_SAMPLE_SECONDS)
                break
            except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
                peak = max(peak, _tree_bytes(process))
    seconds = time.monotonic() - start
    if process.returncode != 0:
        end = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(command[:3])} … gave {process.returncode}:\n{end}")
    return Measured(seconds, peak)


def _tree_bytes(process: psutil.Process) -> int:
    total = 0
    try:
        for member in (process, *process.children(recursive=True)):
            try:
                total += member.memory_info().rss
            except psutil.Error:
                continue
    except psutil.Error:
        return total
    return total


class Bench:
    """The measurements, in a folder of their own that is removed at the end."""

    def __init__(self, folder: Path, seed: int, say: Callable[[str], None]) -> None:
        self.folder = folder
        self.seed = seed
        self.say = say
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "CALCINOSIS_"))},
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
        }
        self.program = str(Path(sys.executable).with_name("calcinosis"))

    def refresh(self, home: Path, *arguments: str) -> Measured:
        """`calcinosis refresh` into a home."""
        return measure([self.program, "refresh", *arguments, "--home", str(home)], self.environment, self.folder)

    def empty_flow(self) -> Measured:
        """A Prefect flow that does nothing, on its own embedded server."""
        return measure([sys.executable, "-c", _EMPTY_FLOW], self.environment, self.folder)

    def shipped(self) -> tuple[list[Measured], list[Measured], list[Measured]]:
        """Empty flows, full runs of the shipped cases, and runs in which nothing changed, in turn; three of each."""
        home = self.folder / "shipped"
        self.say("warming up")
        self.refresh(home)
        flows, full, unchanged = [], [], []
        for turn in range(3):
            self.say(f"shipped cases, turn {turn + 1} of 3")
            flows.append(self.empty_flow())
            full.append(self.refresh(home, "--full"))
            unchanged.append(self.refresh(home))
        return flows, full, unchanged

    def load(self, n_rows: int, *, again: bool) -> Load:
        """Generate a file and load it beside a bare read-and-write; again: also a second file with 1% changed rows."""
        first, second = self.folder / "first.csv", self.folder / "second.csv"
        home = self.folder / f"home-{n_rows}"
        self.say(f"{n_rows:,} cases: generating")
        generate(first, n_rows, seed=self.seed)
        self.say(f"{n_rows:,} cases: bare read and write")
        bare = self._bare(first)
        self.say(f"{n_rows:,} cases: refresh")
        loaded = self.refresh(home, f"cases={first}")
        result = Load(n_rows, first.stat().st_size, bare, loaded, Home(home).registry.stat().st_size)
        result.stages = {stage["stage"]: stage["seconds"] for stage in read_runs(Home(home).runs)[-1].stages}
        if again:
            self.say(f"{n_rows:,} cases: nothing changed")
            result.unchanged = self.refresh(home, f"cases={first}")
            generate(second, n_rows, seed=self.seed, changed_share=0.01)
            self.say(f"{n_rows:,} cases: 1% changed")
            result.changed = self.refresh(home, f"cases={second}")
            second.unlink()
        first.unlink()
        shutil.rmtree(home)
        return result

    def _bare(self, source: Path) -> Measured:
        database, copy = self.folder / "bare.duckdb", self.folder / "bare.csv"
        result = measure(
            [sys.executable, "-c", _BARE, str(source), str(database), str(copy)], self.environment, self.folder
        )
        database.unlink()
        copy.unlink()
        return result


def verdict(value: float, target: float) -> str:
    """Whether a figure keeps to its target, which is an upper bound, and by how much it misses it."""
    return "met" if value <= target else f"missed by {value / target - 1:.0%}"


def machine() -> list[str]:
    """What the figures were measured on."""
    libraries = ("duckdb", "prefect", "great-expectations", "pandas")
    return [
        f"- Processor: {_processor()}, {os.cpu_count()} cores",
        f"- Memory: {psutil.virtual_memory().total / 1e9:.0f} GB",
        f"- System: {platform.system()}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in libraries),
        f"- Date: {datetime.now(UTC):%Y-%m-%d}",
    ]


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _median(measured: Sequence[Measured]) -> float:
    return statistics.median(one.seconds for one in measured)


def report(
    small: Load, large: Load, flows: Sequence[Measured], full: Sequence[Measured], unchanged: Sequence[Measured]
) -> str:
    """RESULTS.md as Markdown."""
    empty = _median(flows)
    growth = (large.load.seconds - empty) / max(small.load.seconds - empty, 0.01)
    factor = large.load.seconds / large.bare.seconds
    own = _median(unchanged) - empty
    against_flow = _median(full) / empty
    file_factor = large.file_bytes / large.csv_bytes
    rows = large.n_rows / small.n_rows
    without = (large.load.seconds - empty) / large.bare.seconds
    peak = large.load.peak_bytes / 1e9
    targets = [
        _target(f"{large.n_rows:,} cases against a bare read and write", factor, BARE_FACTOR, "x"),
        ("the same without starting Prefect", f"{without:.1f}x", "", ""),
        _target("peak memory of all processes", peak, PEAK_GIGABYTES, " GB"),
        _target("published file against the CSV file", file_factor, FILE_FACTOR, "x"),
        _target(f"{rows:.0f} times the cases, start-up taken off", growth, GROWTH * rows / 10, "x"),
        _target("own work of a run in which nothing changed", own, OWN_SECONDS, " s"),
        _target("shipped cases against an empty flow", against_flow, FLOW_FACTOR, "x"),
    ]
    lines = [
        "# Results",
        "",
        "Written by `make bench`. Every run is the real command in a process of its own, on a Prefect home that has been",
        "started before; generated cases have all 31 columns of the shipped ones, 2% of them spoilt, 1% repeated.",
        "",
        *machine(),
        "",
        "## Targets",
        "",
        *_table(("what", "measured", "target", ""), targets),
        "",
        "[README.md](README.md) says why targets are missed, and what would reach them.",
        "",
        "## Large files",
        "",
        *_table(
            ("cases", "CSV", "bare read and write", "refresh", "peak memory", "published file"),
            [
                (
                    f"{load.n_rows:,}", f"{load.csv_bytes / 1e6:.0f} MB", f"{load.bare.seconds:.1f} s",
                    f"{load.load.seconds:.1f} s", f"{load.load.peak_bytes / 1e9:.2f} GB", f"{load.file_bytes / 1e6:.0f} MB",
                )
                for load in (small, large)
            ],
        ),
        "",
        "Seconds of each stage, as the journal of the run has them:",
        "",
        *_table(
            ("stage", f"{small.n_rows:,} cases", f"{large.n_rows:,} cases"),
            [(stage, f"{small.stages.get(stage, 0):.1f}", f"{seconds:.1f}") for stage, seconds in large.stages.items()],
        ),
        "",
    ]  # fmt: skip
    if large.changed and large.unchanged:
        lines += [
            f"The same file again: {large.unchanged.seconds:.1f} s. A file in which 1% of the cases changed: "
            f"{large.changed.seconds:.1f} s, at most {large.changed.peak_bytes / 1e9:.2f} GB.",
            "",
        ]
    lines += [
        "## Small runs",
        "",
        "Medians of three, taken in turn.",
        "",
        *_table(
            ("what", "seconds"),
            [
                ("empty Prefect flow", f"{empty:.1f}"),
                ("shipped cases, everything anew", f"{_median(full):.1f}"),
                ("shipped cases, nothing changed", f"{_median(unchanged):.1f}"),
            ],
        ),
        "",
    ]
    return "\n".join(lines)


def _target(what: str, value: float, target: float, unit: str) -> tuple[str, str, str, str]:
    return what, f"{value:.2f}{unit}", f"{target:g}{unit}", verdict(value, target)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line of the benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Measure, and write RESULTS.md.")
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="cases of the large file; the small one has a tenth"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the generator")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("RESULTS.md"), help="file to write")
    add_options(parser)
    parser.add_argument("--temporary", type=Path, default=None, help="where the temporary folder is made")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="calcinosis-bench-", dir=options.temporary) as folder:
        bench = Bench(Path(folder), options.seed, lambda text: print(text, file=sys.stderr, flush=True))
        flows, full, unchanged = bench.shipped()
        small = bench.load(max(options.rows // 10, 1000), again=False)
        large = bench.load(max(options.rows, 10_000), again=True)
    bench.say("narratives")
    text = report(small, large, flows, full, unchanged)
    text += "\n" + "\n".join(sections(options.gold, options.documents, options.context))
    options.out.write_text(text, encoding="utf-8")
    print(json.dumps({"results": str(options.out)}))


if __name__ == "__main__":
    main()
