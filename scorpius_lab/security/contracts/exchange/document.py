"""A scan as JSON of our own; its keys are a contract with scripts.

`format`, `version`, `summary` (counts), `files` (path, state, reason, sha256, pragma, contracts, missing_imports,
syntax_errors, seconds), `findings` and `suppressed` (fingerprint, detector, title, severity, confidence, dasp, swc,
scwe, cwe, contract, function, path, line, end_line, column, message, fix, steps, others, excerpt, score,
contributions; those suppressed also kind and justification). `ranking` (used, version, reason) if a model was asked.
"""

from __future__ import annotations

from collections import Counter

from scorpius_lab.security.contracts.detection import Detection, FileOutcome, Place, ScanOutcome
from scorpius_lab.security.contracts.exchange.baseline import OUR_FORMAT, Comparison
from scorpius_lab.security.contracts.exchange.excerpts import excerpt

VERSION = 1


def document(outcome: ScanOutcome, comparison: Comparison | None = None) -> dict[str, object]:
    """The scan as plain data; `comparison` adds what a baseline knew that is gone."""
    shown = [d for d in outcome.detections if d.suppression is None]
    hidden = [d for d in outcome.detections if d.suppression is not None]
    made: dict[str, object] = {
        "format": OUR_FORMAT,
        "version": VERSION,
        "summary": _summary(outcome, shown, hidden),
        "files": [_file(file) for file in outcome.files],
        "findings": [finding(outcome, detection) for detection in shown],
        "suppressed": [finding(outcome, detection) for detection in hidden],
    }
    if outcome.ranking is not None:
        said = outcome.ranking
        made["ranking"] = {"used": said.used, "version": said.version, "reason": said.reason}
    if comparison is not None:
        made["fixed"] = [{"fingerprint": k.fingerprint, "path": k.path, "line": k.line} for k in comparison.fixed]
    return made


def _summary(outcome: ScanOutcome, shown: list[Detection], hidden: list[Detection]) -> dict[str, object]:
    return {
        "files": len(outcome.files),
        "states": dict(Counter(file.state.value for file in outcome.files)),
        "findings": len(shown),
        "suppressed": len(hidden),
        "severities": dict(Counter(detection.severity.value for detection in shown)),
        "classes": dict(Counter(detection.detector.dasp.value for detection in shown)),
        "detectors": len(outcome.detectors),
        "missing_imports": sum(len(file.missing_imports) for file in outcome.files),
        "seconds": round(outcome.seconds, 3),
    }


def _file(file: FileOutcome) -> dict[str, object]:
    return {
        "path": file.path,
        "state": file.state.value,
        "reason": file.reason,
        "sha256": file.sha256,
        "language": file.language,
        "pragma": file.pragma,
        "contracts": list(file.contracts),
        "missing_imports": list(file.missing_imports),
        "syntax_errors": file.syntax_errors,
        "seconds": round(file.seconds, 3),
    }


def place(at: Place) -> dict[str, object]:
    """A place: path, lines, columns."""
    return {"path": at.path, "line": at.line, "end_line": at.end_line, "column": at.column}


def finding(outcome: ScanOutcome, detection: Detection) -> dict[str, object]:
    """One finding with its excerpt and the way there."""
    detector = detection.detector
    made: dict[str, object] = {
        "fingerprint": detection.fingerprint,
        "detector": detector.id,
        "title": detector.title,
        "severity": detection.severity.value,
        "confidence": detection.confidence.value,
        "dasp": detector.dasp.value,
        "swc": list(detector.swc),
        "scwe": list(detector.scwe),
        "cwe": list(detector.cwe),
        "contract": detection.contract,
        "function": detection.function,
        **place(detection.place),
        "message": detection.message,
        "fix": detector.fix,
        "steps": [{**place(step.place), "text": step.text} for step in detection.steps],
        "others": [place(other) for other in detection.others],
        "excerpt": [list(line) for line in excerpt(outcome, detection.place)],
        "score": detection.score,
        "contributions": dict(detection.contributions),
    }
    if detection.suppression is not None:
        made["suppression"] = detection.suppression.kind.value
        made["justification"] = detection.suppression.justification
    return made
