"""The pairs of flawed and repaired contracts; see pairs/README.md for the rule of counting."""

from __future__ import annotations

import json
from pathlib import Path

from scorpius_lab.security.contracts.detection import Detection, ScanOutcome
from scorpius_lab.security.contracts.scanner import scan_text

PAIRS = Path(__file__).parent / "pairs"
LEAST = 0.9
CLASSES = ("front_running", "other", "reentrancy", "unchecked_low_level_calls")  # those with all their detectors
LONGEST = 3  # lines of a finding that count as touched


def touched(found: Detection) -> set[int]:
    """Lines of a finding and of the other places it lists."""
    lines = set(range(found.place.line, min(found.place.end_line, found.place.line + LONGEST - 1) + 1))
    return lines | {place.line for place in found.others}


def of_class(outcome: ScanOutcome, dasp: str) -> list[Detection]:
    return [found for found in outcome.detections if found.detector.dasp.value == dasp]


def counts(folder: Path, expected: dict[str, object]) -> bool:
    dasp, lines = str(expected["dasp"]), expected["lines"]
    assert isinstance(lines, list)
    flawed = of_class(scan_text((folder / "vulnerable.sol").read_text()), dasp)
    repaired = of_class(scan_text((folder / "fixed.sol").read_text()), dasp)
    seen = any(abs(line - wanted) <= 1 for found in flawed for line in touched(found) for wanted in lines)
    return seen and not repaired


def test_pairs_are_told_apart() -> None:
    files = sorted(file for dasp in CLASSES for file in (PAIRS / dasp).rglob("expect.json"))
    assert len(files) >= 50
    failed = [str(f.parent.relative_to(PAIRS)) for f in files if not counts(f.parent, json.loads(f.read_text()))]
    assert 1 - len(failed) / len(files) >= LEAST, failed
