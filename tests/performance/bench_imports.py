"""How long it takes until `import scorpius_lab` and `scorpius --help` are done, in cold processes."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterable, Sequence

from tests.performance.bars import Bar, finish, timed

PROCESSES = 7
TARGET = 0.3
COMMANDS = {
    "empty Python": ("-c", ""),
    "import scorpius_lab": ("-c", "import scorpius_lab"),
    "scorpius --help": (
        "-c",
        "import sys; sys.argv = ['scorpius', '--help']; from scorpius_lab.cli import main; main()",
    ),
}


def measure() -> Iterable[Bar]:
    """Whole processes, interpreter included; rounds over all commands so that a busy moment meets each."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for name, command in COMMANDS.items():
        _run(command)
        seconds[name].clear()
    for _ in range(PROCESSES):
        for name, command in COMMANDS.items():
            seconds[name].append(timed(lambda command=command: _run(command)))
    empty = statistics.median(seconds.pop("empty Python"))
    for name, found in seconds.items():
        note = f"median of {PROCESSES} processes, {min(found):.3f} to {max(found):.3f}; peer: an empty Python process"
        yield Bar(name, statistics.median(found), "s", TARGET, peer=empty, note=note)


def _run(command: Sequence[str]) -> None:
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    raise SystemExit(finish(measure()))
