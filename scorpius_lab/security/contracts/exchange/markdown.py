"""A scan as Markdown, to be pasted where a change is discussed."""

from __future__ import annotations

from collections import Counter

from scorpius_lab.core.rules import Severity
from scorpius_lab.security.contracts.detection import Detection, FileState, ScanOutcome
from scorpius_lab.security.contracts.exchange.baseline import Comparison
from scorpius_lab.security.contracts.exchange.excerpts import excerpt, numbered


def markdown(outcome: ScanOutcome, comparison: Comparison | None = None) -> str:
    """Counts, each finding worst first, and the files that were not looked at whole."""
    shown = [d for d in outcome.detections if d.suppression is None]
    if outcome.ranking is None or not outcome.ranking.used:
        shown.sort(key=lambda d: -d.severity.rank)
    counts = Counter(detection.severity for detection in shown)
    lines = ["# Smart-contract scan", "", "| severity | findings |", "|---|---|"]
    lines += [f"| {severity.value} | {counts[severity]} |" for severity in Severity if counts[severity]]
    hidden = len(outcome.detections) - len(shown)
    lines += ["", f"{_many(len(outcome.files), 'file')}, {_many(len(shown), 'finding')}, {hidden} suppressed."]
    if outcome.ranking is not None:
        lines += ["", f"Order: {_plain(outcome.ranking.reason)}."]
    if comparison is not None:
        lines.append(f"Beside the baseline: {len(comparison.unchanged)} unchanged, {len(comparison.fixed)} fixed.")
    for detection in shown:
        lines += _finding(outcome, detection)
    unseen = [file for file in outcome.files if file.state is not FileState.EVALUATED]
    if unseen:
        lines += ["", "## Not looked at whole", ""]
        lines += [f"- {_code(file.path)}: {file.state.value}: {_plain(file.reason)}" for file in unseen]
    return "\n".join(lines) + "\n"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _finding(outcome: ScanOutcome, detection: Detection) -> list[str]:
    detector, place = detection.detector, detection.place
    tags = ", ".join((detector.dasp.value, *detector.swc, *detector.cwe))
    lines = [
        "",
        f"## {detector.title} ({detection.severity.value})",
        "",
        f"{_code(f'{place.path}:{place.line}')} in {_code(f'{detection.contract}.{detection.function}')}, {tags}",
        "",
        _plain(detection.message),
        "",
        *_score(detection),
    ]
    source = numbered(excerpt(outcome, place), place)
    if source:
        fence = _fence(source)
        lines += [f"{fence}solidity", source, fence, ""]
    lines += [
        f"{n}. {_plain(step.text)} ({_code(f'{step.place.path}:{step.place.line}')})"
        for n, step in enumerate(detection.steps, 1)
    ]
    return [*lines, "", f"**How to fix:** {detector.fix}"]


def _score(detection: Detection) -> list[str]:
    if detection.score is None:
        return []
    parts = ", ".join(f"{_plain(name)} {value:+.2f}" for name, value in detection.contributions[:4])
    return [f"Likely true: {detection.score:.0%} ({parts})", ""]


def _fence(text: str) -> str:
    """A fence longer than any run of backticks in the text."""
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return "`" * max(3, longest + 1)


def _code(text: str) -> str:
    clean = text.replace("\n", " ")
    fence = "`" * (max(len(_fence(clean)) - 2, 1) if "`" in clean else 1)
    return f"{fence} {clean} {fence}" if "`" in clean else f"{fence}{clean}{fence}"


def _plain(text: str) -> str:
    """Text in which nothing is taken for Markdown or HTML."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in text.replace("\n", " "))
