"""A baseline: the findings of an earlier scan, known by fingerprint, read from our JSON or from SARIF."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from scorpius_lab.errors import BaselineUnusable
from scorpius_lab.security.contracts.detection import FileState, ScanOutcome, Suppression, SuppressionKind

OUR_FORMAT = "scorpius-contract-scan"
SARIF_FINGERPRINT = "scorpius/v1"
LARGEST = 256 << 20  # bytes


@dataclass(frozen=True, slots=True)
class KnownFinding:
    """What a baseline says about one finding."""

    fingerprint: str
    detector: str = ""
    message: str = ""
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Baseline:
    """The findings of an earlier scan by fingerprint, and what that scan is called."""

    name: str
    findings: Mapping[str, KnownFinding]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A scan beside its baseline; `outcome` has the findings that were known marked as suppressed.

    `fixed` are those no longer found where this scan looked with the same detector, `not_looked_at` those of files or
    detectors that this scan did not cover.
    """

    baseline: Baseline
    outcome: ScanOutcome
    unchanged: frozenset[str]
    fixed: tuple[KnownFinding, ...]
    not_looked_at: tuple[KnownFinding, ...]


def read_baseline(path: Path) -> Baseline:
    """The baseline in a file. Raises BaselineUnusable for what is neither our JSON nor SARIF with fingerprints."""
    try:
        if path.stat().st_size > LARGEST:
            raise BaselineUnusable(
                f"the baseline {path} is larger than {LARGEST >> 20} MB; give the output of one scan"
            )
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or error
        raise BaselineUnusable(
            f"the baseline {path} cannot be read: {reason}; give the output of an earlier scan"
        ) from error
    except UnicodeDecodeError as error:
        raise BaselineUnusable(f"the baseline {path} is not UTF-8 text; give the output of an earlier scan") from error
    return parse_baseline(text, str(path))


def parse_baseline(text: str, name: str) -> Baseline:
    """The baseline in a text called `name`. Raises BaselineUnusable."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BaselineUnusable(
            f"the baseline {name} is not JSON ({error}); give the output of an earlier scan"
        ) from error
    try:
        found = list(_findings(document, name))
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise BaselineUnusable(
            f"the baseline {name} is damaged: {type(error).__name__} at {error}; make it again"
        ) from error
    return Baseline(name, {known.fingerprint: known for known in found})


def _findings(document: Any, name: str) -> Iterator[KnownFinding]:
    if isinstance(document, dict) and document.get("format") == OUR_FORMAT:
        yield from _from_ours(document)
    elif isinstance(document, dict) and isinstance(document.get("runs"), list):
        yield from _from_sarif(document, name)
    else:
        raise BaselineUnusable(
            f"the baseline {name} is neither the JSON nor the SARIF of a scan; "
            "make one with `scorpius contracts scan … --format json --out baseline.json`"
        )


def _from_ours(document: Mapping[str, Any]) -> Iterator[KnownFinding]:
    for finding in [*document["findings"], *document["suppressed"]]:
        yield KnownFinding(
            _text(finding["fingerprint"]),
            _text(finding["detector"]),
            _text(finding["message"]),
            _text(finding["path"]),
            int(finding["line"]),
        )


def _from_sarif(document: Mapping[str, Any], name: str) -> Iterator[KnownFinding]:
    results = [result for run in document["runs"] for result in run.get("results") or ()]
    for result in results:
        mark = (result.get("partialFingerprints") or {}).get(SARIF_FINGERPRINT)
        if mark is None:
            tool = "none of its results has" if len(results) > 1 else "its result does not have"
            raise BaselineUnusable(
                f"the baseline {name} is not SARIF of this scanner: {tool} a fingerprint {SARIF_FINGERPRINT}"
            )
        if result.get("baselineState") == "absent":
            continue
        place = ((result.get("locations") or [{}])[0]).get("physicalLocation") or {}
        yield KnownFinding(
            _text(mark),
            _text(result.get("ruleId") or ""),
            _text((result.get("message") or {}).get("text") or ""),
            unquote(_text((place.get("artifactLocation") or {}).get("uri") or "")),
            int((place.get("region") or {}).get("startLine") or 0),
        )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r}, which should be text")
    return value


def compare(outcome: ScanOutcome, baseline: Baseline) -> Comparison:
    """The outcome beside a baseline. A finding that a comment suppresses already keeps that suppression."""
    said = Suppression(SuppressionKind.BASELINE, justification=f"known in the baseline {baseline.name}")
    unchanged = frozenset(d.fingerprint for d in outcome.detections if d.fingerprint in baseline.findings)
    marked = tuple(
        replace(d, suppression=said) if d.fingerprint in unchanged and d.suppression is None else d
        for d in outcome.detections
    )
    gone = [known for mark, known in baseline.findings.items() if mark not in unchanged]
    looked = {file.path for file in outcome.files if file.state is FileState.EVALUATED}
    ran = {detector.id for detector in outcome.detectors}
    fixed = tuple(known for known in gone if known.path in looked and known.detector in ran)
    rest = tuple(known for known in gone if known.path not in looked or known.detector not in ran)
    return Comparison(baseline, replace(outcome, detections=marked), unchanged, fixed, rest)
