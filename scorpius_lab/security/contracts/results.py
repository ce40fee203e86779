"""What a scan found, as the records every engine shares: rules, observations, findings, evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from scorpius_lab.core.evidence import Evidence
from scorpius_lab.core.findings import Finding, Location, LocationKind
from scorpius_lab.core.observations import Asset, Observation, State
from scorpius_lab.core.rules import Rule, Severity
from scorpius_lab.security.contracts.detection import Detection, Detector, FileOutcome, FileState, ScanOutcome
from scorpius_lab.security.contracts.exchange.document import finding as described
from scorpius_lab.security.contracts.exchange.excerpts import excerpt, numbered

COLLECTOR = "contracts.scan"
SECURE_CODING = ("soc2:CC7.1", "soc2:CC8.1", "iso27001:A.8.28", "iso27001:A.8.29", "pci_dss:6.2.4")

FILE_READ = Rule(
    id="contracts.source.evaluated",
    version=1,
    title="Solidity file is looked at whole",
    severity=Severity.INFO,
    description="A file that is not looked at cannot show a flaw.",
    remedy="Give the file as Solidity source, with its imports; raise the time limit for a very large one.",
    requirements=SECURE_CODING,
    tags=("coverage",),
)
_STATES = {
    FileState.EVALUATED: State.PASS,
    FileState.PARTIAL: State.PARTIAL,
    FileState.NOT_EVALUATED: State.NOT_EVALUATED,
}


def rule_of(detector: Detector) -> Rule:
    """A detector as a rule of the lab."""
    return Rule(
        id=f"contracts.{detector.dasp.value.replace('_', '-')}.{detector.id}",
        version=detector.version,
        title=detector.title,
        severity=detector.severity,
        confidence=detector.confidence,
        description=detector.wrong,
        remedy=detector.fix,
        requirements=SECURE_CODING,
        tags=(f"dasp:{detector.dasp.value}", *detector.swc, *detector.scwe, *detector.cwe),
    )


def file_asset(path: str) -> Asset:
    """A source file, known by its path."""
    return Asset("source_file", path, {})


def file_observation(file: FileOutcome, base: Path | None = None) -> Observation:
    """What came of one file, whose path is relative to `base` unless it is text that lies nowhere."""
    missing = f"; {len(file.missing_imports)} imports were not found" if file.missing_imports else ""
    return Observation(
        rule=FILE_READ,
        asset=file_asset(file.path),
        state=_STATES[file.state],
        reason=(file.reason or f"{len(file.contracts)} contracts were looked at") + missing,
        value=file.seconds,
        unit="s",
        detail={
            "sha256": file.sha256,
            "bytes": file.size,
            "lines": file.lines,
            "language": file.language,
            "pragma": file.pragma,
            "contracts": list(file.contracts),
            "missing_imports": list(file.missing_imports),
            "syntax_errors": file.syntax_errors,
            "base": "" if base is None else str(base),
        },
    )


def excerpt_evidence(outcome: ScanOutcome, detection: Detection, moment: datetime) -> Evidence:
    """The lines a finding is about."""
    place = detection.place
    return Evidence(
        content=(numbered(excerpt(outcome, place), place) or "the source is not at hand").encode(),
        source=f"{place.path}:{place.line}",
        collector=COLLECTOR,
        query=f"{detection.detector.id} {detection.fingerprint}",
        effective_at=moment,
        collected_at=moment,
    )


def finding_of(outcome: ScanOutcome, detection: Detection, evidence: Sequence[str], moment: datetime) -> Finding:
    """A finding; its place in the store is its fingerprint, so that it is known again when lines move."""
    place = detection.place
    return Finding(
        rule=rule_of(detection.detector),
        asset=file_asset(place.path),
        location=Location(
            LocationKind.SOURCE,
            detection.fingerprint,
            {"path": place.path, "line": place.line, "end_line": place.end_line, "column": place.column},
        ),
        message=f"{detection.contract}.{detection.function}: {detection.message}",
        severity=detection.severity,
        confidence=detection.confidence,
        evidence=tuple(evidence),
        detail=described(outcome, detection),
        effective_at=moment,
    )
