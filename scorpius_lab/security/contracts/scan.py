"""`contracts.scan`: look at Solidity, store what was found and what was not looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from scorpius_lab.core.components import Recorder
from scorpius_lab.core.runs import Scope
from scorpius_lab.security.contracts.choice import chosen
from scorpius_lab.security.contracts.detection import FileState, ScanOutcome
from scorpius_lab.security.contracts.exchange.document import document
from scorpius_lab.security.contracts.exchange.suppressions import apply_suppressions
from scorpius_lab.security.contracts.parameters import ScanParameters
from scorpius_lab.security.contracts.ranking.rank import ranked
from scorpius_lab.security.contracts.results import (
    excerpt_evidence,
    file_asset,
    file_observation,
    finding_of,
    rule_of,
)
from scorpius_lab.security.contracts.vanished import base_of, vanished_files

_HANDED_OVER: ContextVar[ScanOutcome | None] = ContextVar("handed_over", default=None)


def scan(recorder: Recorder, parameters: ScanParameters) -> Mapping[str, object]:
    """Look at sources and store findings, observations and evidence; returns the summary of the scan.

    Findings that files looked at whole no longer have are closed as fixed, and so are all of files that have vanished
    from a folder given. Those suppressed by a comment are counted and not stored. Raises UsageError for a path that
    does not exist or a detector that is none.
    """
    outcome = _HANDED_OVER.get()
    if outcome is None:
        outcome = apply_suppressions(_looked(recorder, parameters))
        outcome = ranked(outcome) if parameters.ai else outcome
    now = recorder.now()
    for file in outcome.files:
        if file.sha256:
            recorder.add_input(file.path, file.sha256)
    whole = [file.path for file in outcome.files if file.state is FileState.EVALUATED]
    vanished = vanished_files(recorder, outcome, parameters.paths)
    recorder.set_scope(
        Scope(
            tuple(rule_of(detector).id for detector in outcome.detectors),
            tuple(file_asset(path).id for path in (*whole, *vanished)),
        )
    )
    base = base_of(parameters.paths)
    recorder.add_observations([file_observation(file, base) for file in outcome.files])
    shown = [detection for detection in outcome.detections if detection.suppression is None]
    cited = recorder.add_evidence([excerpt_evidence(outcome, detection, now) for detection in shown])
    findings = [finding_of(outcome, d, [mark], now) for d, mark in zip(shown, cited, strict=True)]
    recorder.add_findings(findings)
    made = document(outcome)
    summary = made["summary"]
    said: dict[str, object] = {"vanished": vanished} if vanished else {}
    said |= {"ranking": made["ranking"]} if "ranking" in made else {}
    return {**summary, **said} if isinstance(summary, Mapping) else said


@contextmanager
def handed_over(outcome: ScanOutcome) -> Iterator[None]:
    """Within it `scan` stores this outcome instead of looking once more at what a caller has just looked at.

    Suppressions and ranking are the caller's; the parameters of the run are to be those of the outcome.
    """
    token = _HANDED_OVER.set(outcome)
    try:
        yield
    finally:
        _HANDED_OVER.reset(token)


def _looked(recorder: Recorder, parameters: ScanParameters) -> ScanOutcome:
    from scorpius_lab.security.contracts.scanner import scan_paths, scan_text

    detectors = chosen(parameters.include, parameters.exclude)
    if parameters.source:
        return scan_text(parameters.source, detectors=detectors)
    context = recorder.context
    return scan_paths(
        parameters.paths,
        detectors=detectors,
        file_seconds=parameters.file_seconds,
        check=lambda: context.check("the contract scan"),
        progress=context.progress,
    )
