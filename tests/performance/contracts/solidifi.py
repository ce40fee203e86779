"""SolidiFI: bugs injected into real contracts, one kind per folder; only recall can be told from it.

A bug is found when a finding of its kind's class touches a line of [loc - 1, loc + length].

The classes are what the injected code does, not what its folder is called. *Unchecked-Send* bugs are
`msg.sender.transfer(1 ether)` in a function anyone may call: `transfer` returns nothing one could check, the bug is that
nobody is kept from taking ether, so it is access control (Slither's `arbitrary-send-eth`). *Timestamp-Dependency* is
time manipulation only, also where the time decides a winner: the time is compared with, no number is drawn from it.
About a sixth of those bugs are only `uint bug = block.timestamp;` as a state variable, which harms nobody.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scorpius_lab.security.contracts.detection import Dasp, Detection
from tests.performance.contracts.scoring import lines_of, ratio
from tests.performance.contracts.sources import chosen_detectors, data_folder, detections_in, read_stripped

KINDS = {
    "Overflow-Underflow": Dasp.ARITHMETIC,
    "Re-entrancy": Dasp.REENTRANCY,
    "TOD": Dasp.FRONT_RUNNING,
    "Timestamp-Dependency": Dasp.TIME_MANIPULATION,
    "Unchecked-Send": Dasp.ACCESS_CONTROL,
    "Unhandled-Exceptions": Dasp.UNCHECKED_CALLS,
    "tx.origin": Dasp.ACCESS_CONTROL,
}
SNIPPET_WIDTH = 240


@dataclass(frozen=True, slots=True)
class Bug:
    """One injected bug: the file, its first line, its number of lines."""

    path: Path
    line: int
    length: int

    @property
    def lines(self) -> range:
        """The lines that count as touching it."""
        return range(self.line - 1, self.line + self.length + 1)


@dataclass(slots=True)
class KindScore:
    """What was found of one kind, and which findings of its class lie outside every bug."""

    bugs: int = 0
    found: int = 0
    missed: list[Bug] = field(default_factory=list)
    outside: list[tuple[Path, Detection]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Found bugs of all bugs."""
        return ratio(self.found, self.bugs)


def score(classes: Sequence[str] = ()) -> dict[str, KindScore]:
    """Per kind; each is scanned with the detectors of its class only."""
    folder = data_folder("solidifi")
    wanted = {kind: dasp for kind, dasp in KINDS.items() if not classes or dasp.value in classes or kind in classes}
    return {kind: _kind_score(folder / kind, dasp) for kind, dasp in wanted.items()}


def overall(scores: Iterable[KindScore]) -> float:
    """Found bugs of all bugs, whatever their kind."""
    kept = list(scores)
    return ratio(sum(one.found for one in kept), sum(one.bugs for one in kept))


def missed_lines(scores: dict[str, KindScore]) -> Iterator[str]:
    """The missed bugs, those with the same code together: count, first two places, code."""
    for kind, one in scores.items():
        alike: dict[str, list[Bug]] = defaultdict(list)
        for bug in one.missed:
            alike[_snippet(bug)].append(bug)
        for code, bugs in sorted(alike.items(), key=lambda pair: -len(pair[1])):
            places = " ".join(f"{bug.path}:{bug.line}" for bug in bugs[:2])
            yield f"MISSED {kind} x{len(bugs)} {places} | {code}"


def _kind_score(folder: Path, dasp: Dasp) -> KindScore:
    detectors = chosen_detectors([dasp.value])
    counted = KindScore()
    for path in sorted(folder.glob("buggy_*.sol")):
        found = detections_in(read_stripped(path), detectors)
        lines: set[int] = set().union(*map(lines_of, found))
        bugs = _bugs(path)
        missed = [bug for bug in bugs if lines.isdisjoint(bug.lines)]
        counted.bugs += len(bugs)
        counted.found += len(bugs) - len(missed)
        counted.missed += missed
        inside = {line for bug in bugs for line in bug.lines}
        counted.outside += [(path, one) for one in found if inside.isdisjoint(lines_of(one))]
    return counted


def _bugs(path: Path) -> list[Bug]:
    log = path.with_name(f"BugLog_{path.stem.removeprefix('buggy_')}.csv")
    with log.open(encoding="utf-8", newline="") as file:
        return [Bug(path, int(row["loc"]), int(row["length"])) for row in csv.DictReader(file)]


def _snippet(bug: Bug) -> str:
    """The code without what numbers the copies, so that copies are alike."""
    lines = bug.path.read_text(encoding="utf-8", errors="replace").split("\n")
    code = " ".join(lines[bug.line - 1 : bug.line - 1 + bug.length])
    return re.sub(r"\s+", " ", re.sub(r"_\w*\d+", "_N", code)).strip()[:SNIPPET_WIDTH]
