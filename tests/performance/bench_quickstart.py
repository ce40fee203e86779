"""`scorpius quickstart` in a cold process and an empty folder: collect, measure and render apart, and all together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from tests.performance.bars import Bar, finish

COMMAND = "import sys; sys.argv = ['scorpius', '--lab', 'lab', '--json', 'quickstart']; from scorpius_lab.cli import main; main()"
NAMES = {"collect": "quickstart: collect", "measure": "quickstart: measure", "render": "quickstart: render 3 reports"}


def measure() -> Iterable[Bar]:
    """One run, as a user's first one is. Raises CalledProcessError if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        done = _quickstart(Path(folder))
        total = time.perf_counter() - begun
        reports = len(list(Path(folder).glob("reports/*/report.html")))
    if reports != 3:
        raise RuntimeError(f"quickstart made {reports} reports instead of 3: {done}")
    seconds = {"render" if phase in {"report", "reports"} else phase: s for phase, s in done["seconds"].items()}
    for phase, name in NAMES.items():
        yield Bar(name, seconds[phase], "s", 9 if phase == "render" else None)
    note = f"cold process with everything it prints; the phases take {sum(seconds.values()):.1f} s of it"
    yield Bar("quickstart after installation", total, "s", 30, note=note)


def _quickstart(folder: Path) -> dict:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SCORPIUS_")}
    done = subprocess.run(
        [sys.executable, "-c", COMMAND], cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"quickstart ended with {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


if __name__ == "__main__":
    raise SystemExit(finish(measure()))
