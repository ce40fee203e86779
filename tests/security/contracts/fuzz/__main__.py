"""`python -m tests.security.contracts.fuzz [--minutes N] [--seed N] [--keep FOLDER] [PATH …]`.

Mutates the Solidity files under PATH (our own pairs without one), and random programs, and scans each. Every fault is
printed once, with its shortest text put into FOLDER. Exit code 1 if there was one.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from tests.security.contracts.fuzz.mutations import mutated
from tests.security.contracts.fuzz.programs import random_program
from tests.security.contracts.fuzz.shrinking import shrunk
from tests.security.contracts.fuzz.trial import complaint

PAIRS = Path(__file__).resolve().parents[1] / "pairs"
REPORT_EVERY = 60.0


def seeds(paths: Sequence[Path]) -> list[str]:
    """The text of every Solidity file under the paths."""
    files = sorted(file for path in paths for file in (path.rglob("*.sol") if path.is_dir() else [path]))
    return [file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file()]


def faults(texts: Sequence[str], minutes: float, first: int) -> Iterator[tuple[str, str]]:
    """Complaint and text of each fault, once for each kind, until the time is up."""
    until, told = time.monotonic() + minutes * 60, time.monotonic()
    known: set[str] = set()
    number = first
    while time.monotonic() < until:
        random = Random(number)  # noqa: S311 - what is wanted is that it can be repeated
        text = random_program(random) if random.random() < 0.3 else mutated(texts, random)
        said = complaint(text)
        if said and _kind(said) not in known:
            known.add(_kind(said))
            yield f"seed {number}: {said}", text
        number += 1
        if time.monotonic() - told > REPORT_EVERY:
            told = time.monotonic()
            sys.stdout.write(f"{number - first} texts, {len(known)} faults\n")
            sys.stdout.flush()


def _kind(said: str) -> str:
    """A complaint without the names and figures that differ from text to text; all slow ones are alike."""
    if said.startswith("slow"):
        return "slow"
    return re.sub(r" on [^(]*\(", " (", said)


def main() -> int:
    """Exit code 1 if there is a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.security.contracts.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=None, metavar="FOLDER")
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    given = parser.parse_args()
    count = 0
    for said, text in faults(seeds(given.paths or [PAIRS]), given.minutes, given.seed):
        count += 1
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()
        if given.keep is not None:
            _keep(said, text, given.keep)
    sys.stdout.write(f"{count} faults\n")
    return 1 if count else 0


def _keep(said: str, text: str, folder: Path) -> None:
    kind = _kind(said).partition(": ")[2]
    short = shrunk(text, lambda tried: _kind(complaint(tried)) == kind)
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(short.encode("utf-8", "replace")).hexdigest()[:8]
    (folder / f"{name}.sol").write_text(short, encoding="utf-8", errors="replace")
    sys.stdout.write(f"kept {name}.sol: {len(short)} characters\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
