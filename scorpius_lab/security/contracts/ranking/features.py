"""What the ranking model knows of a finding: numbers about behaviour, never a name, a path or a comment."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from scorpius_lab.security.contracts.detection import Dasp, Detection, ScanOutcome
from scorpius_lab.security.contracts.ir.versions import least_version

FEATURES: tuple[str, ...] = (
    "severity",
    "confidence",
    "steps on the way",
    "other places",
    "calls on the way",
    "before 0.5",
    "before 0.8",
    "findings in the function",
    "findings of the detector in the file",
    "findings of the class in the file",
    "findings in the file",
    "share of the class in the file",
    *(f"class {dasp.value}" for dasp in Dasp),
)
"""The features in the order of a vector."""

_CONFIDENCES = {"low": 0.0, "medium": 1.0, "high": 2.0}


@dataclass(frozen=True, slots=True)
class _Counts:
    functions: Counter[tuple[str, str, str]]
    detectors: Counter[tuple[str, str]]
    classes: Counter[tuple[str, Dasp]]
    files: Counter[str]


def vectors(outcome: ScanOutcome) -> list[list[float]]:
    """One vector of `FEATURES` for each finding of a scan, suppressed ones included."""
    counts = _counted(outcome.detections)
    versions = {file.path: least_version([file.pragma] if file.pragma else []) for file in outcome.files}
    return [_vector(one, counts, versions.get(one.place.path)) for one in outcome.detections]


def _counted(detections: tuple[Detection, ...]) -> _Counts:
    return _Counts(
        functions=Counter(_function(one) for one in detections),
        detectors=Counter((one.place.path, one.detector.id) for one in detections),
        classes=Counter((one.place.path, one.detector.dasp) for one in detections),
        files=Counter(one.place.path for one in detections),
    )


def _function(one: Detection) -> tuple[str, str, str]:
    return (one.place.path, one.contract, one.function)


def _vector(one: Detection, counts: _Counts, version: tuple[int, int, int] | None) -> list[float]:
    path, dasp = one.place.path, one.detector.dasp
    in_class, in_file = counts.classes[path, dasp], counts.files[path]
    known = version or (0, 8, 0)
    numbers = [
        float(one.severity.rank),
        _CONFIDENCES[one.confidence.value],
        math.log1p(len(one.steps)),
        math.log1p(len(one.others)),
        float(sum(" calls " in f" {step.text} " for step in one.steps)),
        float(known < (0, 5, 0)),
        float(known < (0, 8, 0)),
        math.log1p(counts.functions[_function(one)]),
        math.log1p(counts.detectors[path, one.detector.id]),
        math.log1p(in_class),
        math.log1p(in_file),
        in_class / in_file,
    ]
    return numbers + [float(dasp is other) for other in Dasp]
