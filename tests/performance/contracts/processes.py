"""CPU time of whole processes: what a person at a command line waits for, interpreter included."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 3
CRASHED = 70  # exit codes from here on, and signals, are no answer of a scan


@dataclass(frozen=True, slots=True)
class Ended:
    """CPU seconds, of its children too, the exit code, and what was written to stderr."""

    seconds: float
    code: int
    errors: str

    @property
    def crashed(self) -> bool:
        """Ended by a signal or an error nobody expected."""
        return self.code < 0 or self.code >= CRASHED or "Traceback (most recent call last)" in self.errors


def run(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None) -> Ended:
    """Run a program in a folder to its end; its output is thrown away."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [str(word) for word in command], cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=errors
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace")
    return Ended(usage.ru_utime + usage.ru_stime, process.returncode, said)


def scan(paths: Sequence[Path], folder: Path) -> Ended:
    """`scorpius contracts scan` in a folder without a lab, with a table as its output.

    Of a few rounds the one that was disturbed least; one that crashed, if any did.
    """
    rounds = [_scan(paths, folder) for _ in range(ROUNDS)]
    return next((one for one in rounds if one.crashed), min(rounds, key=lambda one: one.seconds))


def _scan(paths: Sequence[Path], folder: Path) -> Ended:
    own = {name: value for name, value in os.environ.items() if not name.startswith("SCORPIUS_")}
    return run([Path(sys.executable).parent / "scorpius", "contracts", "scan", *paths], folder, own)
