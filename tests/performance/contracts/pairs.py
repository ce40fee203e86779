"""Our own pairs: the vulnerable one must be flagged at its lines, the fixed one must be silent about that class."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scorpius_lab.security.contracts.detection import Dasp, Detection
from tests.performance.contracts.scoring import lines_of, near
from tests.performance.contracts.sources import chosen_detectors, detections_in, read_stripped

PAIRS = Path(__file__).resolve().parents[2] / "security" / "contracts" / "pairs"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one pair: the findings of its class in each half."""

    folder: Path
    dasp: Dasp
    lines: tuple[int, ...]
    vulnerable: tuple[Detection, ...]
    fixed: tuple[Detection, ...]

    @property
    def found(self) -> bool:
        """Whether the bug is touched within one line."""
        return any(near(lines_of(one), self.lines) for one in self.vulnerable)

    @property
    def counted(self) -> bool:
        """Found, and silence once it is fixed."""
        return self.found and not self.fixed


def outcomes(classes: Sequence[str] = ()) -> list[Outcome]:
    """Every pair, or those of some classes."""
    expected = [
        (path.parent, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(PAIRS.rglob("expect.json"))
    ]
    return [_outcome(folder, said) for folder, said in expected if not classes or said["dasp"] in classes]


def _outcome(folder: Path, said: dict) -> Outcome:
    detectors = chosen_detectors([said["dasp"]])
    vulnerable, fixed = (
        tuple(detections_in(read_stripped(folder / name), detectors)) for name in ("vulnerable.sol", "fixed.sol")
    )
    return Outcome(folder, Dasp(said["dasp"]), tuple(said["lines"]), vulnerable, fixed)
