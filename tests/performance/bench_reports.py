"""Reports against papermill and nbconvert on the command line, on the same notebook, snapshot and parameters.

Rounds go over all ways, so that a busy moment meets each. `python -m tests.performance.bench_reports [--json FILE]`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.performance.bars import Bar, finish, timed

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent / "reporting"
NOTEBOOK = TESTS / "notebooks" / "figures.ipynb"
ROUNDS = 3
WARM_TIMES = 8.0
COLD_TIMES = 1.4
THREE_SECONDS = 9.0

_COLD = """
import sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from reporting_lab import reopened
from scorpius_lab.reporting.runner import ReportRequest, make_reports
requests = [ReportRequest({notebook!r}, {{}}, Path({out!r}))] * {count}
make_reports(reopened(Path({lab!r})), requests)
"""


def measure() -> Iterable[Bar]:
    """The bars of the speed section that are about one notebook. Raises CalledProcessError if a peer does not run."""
    sys.path.insert(0, str(TESTS))
    from reporting_lab import make_lab

    from scorpius_lab.reporting.kernels import open_kernels

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lab = make_lab(folder / "lab")
        snapshot = _snapshot(lab, folder)
        with open_kernels() as pool:
            ways: dict[str, Callable[[], object]] = {
                "command line": lambda: _command_line(snapshot, folder),
                "warm": lambda: _warm(lab, pool, folder),
                "warm page": lambda: _warm_page(snapshot, pool, folder),
                "cold": lambda: _cold(folder, 1),
                "cold three": lambda: _cold(folder, 3),
            }
            ways["warm"]()
            seconds: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(ROUNDS):
                for way, work in ways.items():
                    seconds[way].append(timed(work))
    yield from _bars({way: statistics.median(found) for way, found in seconds.items()}, seconds)


def _bars(middle: dict[str, float], seconds: dict[str, list[float]]) -> Iterable[Bar]:
    peer = middle["command line"]
    told = f"median of {ROUNDS}; peer in s: papermill CLI, then nbconvert CLI"
    spread = {way: f"{min(found):.2f} to {max(found):.2f} s" for way, found in seconds.items()}
    yield Bar("papermill + nbconvert, command line", peer, "s", note=f"median of {ROUNDS}, {spread['command line']}")
    yield Bar(
        "warm report: times faster",
        peer / middle["warm"],
        "x",
        WARM_TIMES,
        "higher",
        peer,
        f"{middle['warm']:.2f} s ({spread['warm']}) with snapshot, page, bundle, two signatures and index; {told}",
    )
    yield Bar(
        "warm notebook and page only: times faster",
        peer / middle["warm page"],
        "x",
        None,
        "higher",
        peer,
        f"{middle['warm page']:.2f} s ({spread['warm page']}); {told}",
    )
    yield Bar(
        "cold report: times faster",
        peer / middle["cold"],
        "x",
        COLD_TIMES,
        "higher",
        peer,
        f"{middle['cold']:.2f} s ({spread['cold']}), a fresh Python process with everything; {told}",
    )
    yield Bar("three reports, cold process", middle["cold three"], "s", THREE_SECONDS, note=spread["cold three"])


def _snapshot(lab: object, folder: Path) -> Path:
    """What the command line is given: the same data the other ways take from the store."""
    from reporting_lab import later

    from scorpius_lab.reporting.execute import read_notebook
    from scorpius_lab.reporting.notebook_spec import notebook_spec
    from scorpius_lab.reporting.snapshot import take_snapshot

    spec = notebook_spec(NOTEBOOK, read_notebook(NOTEBOOK))
    path = folder / "peer.duckdb"
    take_snapshot(lab, spec, spec.parameters(as_of=later()), path, meta={"lab": "lab"})
    return path


def _command_line(snapshot: Path, folder: Path) -> None:
    executed = folder / "peer.ipynb"
    programs = Path(sys.executable).parent
    _run([programs / "papermill", "--no-progress-bar", "-p", "snapshot", snapshot, NOTEBOOK, executed])
    _run([programs / "jupyter-nbconvert", "--to", "html", executed])


def _warm(lab: object, pool: object, folder: Path) -> None:
    from scorpius_lab.reporting.runner import ReportRequest, make_reports

    make_reports(lab, [ReportRequest(NOTEBOOK, {}, Path(tempfile.mkdtemp(dir=folder)))], pool=pool)


def _warm_page(snapshot: Path, pool: object, folder: Path) -> None:
    from scorpius_lab.reporting.execute import execute_notebook
    from scorpius_lab.reporting.html import render

    node = execute_notebook(NOTEBOOK, {"snapshot": str(snapshot)}, folder / "warm.ipynb", pool=pool)
    (folder / "warm.html").write_text(render(node), encoding="utf-8")


def _cold(folder: Path, count: int) -> None:
    out = tempfile.mkdtemp(dir=folder)
    values = {"tests": str(TESTS), "notebook": str(NOTEBOOK), "out": out, "lab": str(folder / "lab"), "count": count}
    _run([sys.executable, "-c", _COLD.format(**values)])


def _run(command: list[str | Path]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SCORPIUS_")}
    subprocess.run(command, check=True, env=environment, capture_output=True)


def main() -> int:
    """Exit code 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.performance.bench_reports", description=__doc__)
    parser.add_argument("--json", type=Path, default=None, metavar="FILE")
    return finish(measure(), parser.parse_args().json)


if __name__ == "__main__":
    raise SystemExit(main())
