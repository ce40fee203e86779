"""A scan as SARIF 2.1.0 (OASIS Standard, 27 March 2020), for code scanning of forges and for editors."""

from __future__ import annotations

from importlib.metadata import version
from urllib.parse import quote

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.detection import Detection, Detector, FileState, Place, ScanOutcome
from scorpius_lab.security.contracts.exchange.baseline import SARIF_FINGERPRINT, Comparison
from scorpius_lab.security.contracts.exchange.excerpts import excerpt

_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.0",
}
_PRECISION = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}


def sarif(outcome: ScanOutcome, comparison: Comparison | None = None) -> dict[str, object]:
    """The scan as a SARIF log with one run."""
    rules = {detector.id: number for number, detector in enumerate(outcome.detectors)}
    results = [_result(outcome, detection, rules, comparison) for detection in outcome.detections]
    run = {
        "tool": {
            "driver": {
                "name": "scorpius contracts",
                "version": version("scorpius_lab"),
                "semanticVersion": version("scorpius_lab"),
                "rules": [_rule(detector) for detector in outcome.detectors],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _notifications(outcome)}],
        "artifacts": [
            {"location": {"uri": quote(file.path)}, "length": file.size, "hashes": {"sha-256": file.sha256}}
            for file in outcome.files
            if file.sha256
        ],
        "results": results,
        **_properties(outcome),
    }
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _properties(outcome: ScanOutcome) -> dict[str, object]:
    """What was said about the order of the results, if a model was asked."""
    said = outcome.ranking
    if said is None:
        return {}
    return {"properties": {"ranking": {"used": said.used, "version": said.version, "reason": said.reason}}}


def _rule(detector: Detector) -> dict[str, object]:
    tags = ["security", f"dasp:{detector.dasp.value}", *detector.swc, *detector.scwe, *detector.cwe]
    flawed, mended = _dedented(detector.vulnerable), _dedented(detector.fixed)
    code = f"Flawed:\n\n```solidity\n{flawed}\n```\n\nMended:\n\n```solidity\n{mended}\n```"
    return {
        "id": detector.id,
        "name": detector.title,
        "shortDescription": {"text": detector.title},
        "fullDescription": {"text": detector.wrong},
        "help": {
            "text": f"{detector.wrong}\n\n{detector.fix}",
            "markdown": f"{detector.wrong}\n\n**How to fix:** {detector.fix}\n\n{code}",
        },
        "defaultConfiguration": {"level": _LEVELS[detector.severity]},
        "properties": {
            "tags": tags,
            "precision": _PRECISION[detector.confidence],
            "security-severity": _SCORES[detector.severity],
        },
    }


def _dedented(text: str) -> str:
    import textwrap

    return textwrap.dedent(text).strip()


def _result(
    outcome: ScanOutcome, detection: Detection, rules: dict[str, int], comparison: Comparison | None
) -> dict[str, object]:
    detector = detection.detector
    result: dict[str, object] = {
        "ruleId": detector.id,
        "ruleIndex": rules[detector.id],
        "level": _LEVELS[detection.severity],
        "message": {"text": detection.message},
        "locations": [_location(detection.place, outcome)],
        "partialFingerprints": {SARIF_FINGERPRINT: detection.fingerprint},
        "properties": {"confidence": detection.confidence.value, "contract": detection.contract},
    }
    if detection.others:
        result["relatedLocations"] = [_location(other) for other in detection.others]
    if detection.steps:
        steps = [{"location": {**_location(step.place), "message": {"text": step.text}}} for step in detection.steps]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    if detection.suppression is not None:
        said = detection.suppression
        result["suppressions"] = [
            {"kind": said.kind.value, **({"justification": said.justification} if said.justification else {})}
        ]
    if detection.score is not None:
        result["rank"] = round(100 * detection.score, 1)
        known = {"score": round(detection.score, 4), "contributions": dict(detection.contributions)}
        result["properties"] = {"confidence": detection.confidence.value, "contract": detection.contract, **known}
    if comparison is not None:
        result["baselineState"] = "unchanged" if detection.fingerprint in comparison.unchanged else "new"
    return result


def _location(place: Place, outcome: ScanOutcome | None = None) -> dict[str, object]:
    region: dict[str, object] = {
        "startLine": max(1, place.line),
        "endLine": max(1, place.end_line),
        "startColumn": max(1, place.column),
        "endColumn": max(1, place.end_column),
    }
    physical: dict[str, object] = {"artifactLocation": {"uri": quote(place.path)}, "region": region}
    lines = excerpt(outcome, place) if outcome is not None else []
    if lines:
        physical["contextRegion"] = {
            "startLine": lines[0][0],
            "endLine": lines[-1][0],
            "snippet": {"text": "\n".join(text for _, text in lines)},
        }
    return {"physicalLocation": physical}


def _notifications(outcome: ScanOutcome) -> list[dict[str, object]]:
    said: list[dict[str, object]] = []
    for file in outcome.files:
        at = [{"physicalLocation": {"artifactLocation": {"uri": quote(file.path)}}}]
        if file.state is not FileState.EVALUATED:
            level = "error" if file.state is FileState.NOT_EVALUATED else "warning"
            said.append({"level": level, "message": {"text": f"{file.state.value}: {file.reason}"}, "locations": at})
        said += [
            {"level": "note", "message": {"text": f"the import {name!r} was not found"}, "locations": at}
            for name in file.missing_imports
        ]
    return said
