"""Comments in the source that ask not to see a finding: our own, and Slither's.

    // scorpius-disable-line unchecked-call, tx-origin  why
    // scorpius-disable-next-line unchecked-call  why
    // scorpius-disable-start [ids]  …  // scorpius-disable-end [ids]
    // slither-disable-next-line reentrancy-eth,tx-origin   (also -line, -start, -end; `all` is every detector)

A comment speaks about findings reported on its lines: for a place of several lines, about the first. Ours without ids
mean every detector; Slither's without ids mean none, as in Slither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from scorpius_lab.security.contracts.comments import Comment, code_of_lines, comments
from scorpius_lab.security.contracts.detection import (
    Detection,
    Detector,
    Place,
    ScanOutcome,
    Suppression,
    SuppressionKind,
)
from scorpius_lab.security.contracts.exchange.slither_names import ALL, meant_by

_DIRECTIVE = re.compile(
    r"^(?P<whose>scorpius|slither)-disable-(?P<form>next-line|line|start|end)(?![\w-])[ \t]*"
    r"(?P<ids>[\w-]+(?:[ \t]*,[ \t]*[\w-]+)*)?,?[ \t]*(?P<reason>.*)$",
    re.MULTILINE,
)
_MARK = "-disable-"


@dataclass(frozen=True, slots=True)
class Directive:
    """One wish not to see findings of these detectors reported on lines `first` to `last`."""

    names: tuple[str, ...]
    slither: bool
    first: int
    last: int
    line: int
    reason: str = ""

    def covers(self, detector: Detector, line: int) -> bool:
        """True if a finding of this detector on this line is not to be seen."""
        return self.first <= line <= self.last and any(
            meant_by(name, detector, slither=self.slither) for name in self.names
        )


@dataclass(frozen=True, slots=True)
class _Marker:
    """A directive as written, before it is known how far it reaches."""

    form: str
    names: tuple[str, ...]
    slither: bool
    line: int
    end_line: int
    reason: str


def apply_suppressions(outcome: ScanOutcome) -> ScanOutcome:
    """The outcome with findings that a comment in their source covers marked as suppressed in source."""
    wanted = {detection.place.path for detection in outcome.detections}
    known = {path: directives(text) for path, text in outcome.sources.items() if path in wanted and _MARK in text}
    if not any(known.values()):
        return outcome
    marked = tuple(_marked(one, known.get(one.place.path, ())) for one in outcome.detections)
    return replace(outcome, detections=marked)


def _marked(detection: Detection, found: Iterable[Directive]) -> Detection:
    if detection.suppression is not None:
        return detection
    for directive in found:
        if directive.covers(detection.detector, detection.place.line):
            place = Place(detection.place.path, directive.line, directive.line)
            said = Suppression(SuppressionKind.IN_SOURCE, place, directive.reason)
            return replace(detection, suppression=said)
    return detection


def directives(text: str) -> tuple[Directive, ...]:
    """The directives in the comments of a source text, in order."""
    markers = [marker for comment in comments(text) if _MARK in comment.text for marker in _markers(comment)]
    if not markers:
        return ()
    coded = sorted(code_of_lines(text))
    last = text.count("\n") + 1
    single = [_on_lines(marker, coded) for marker in markers if marker.form in ("line", "next-line")]
    return tuple(sorted([*single, *_ranges(markers, last)], key=lambda one: one.line))


def _markers(comment: Comment) -> Iterable[_Marker]:
    for found in _DIRECTIVE.finditer(comment.text):
        slither = found["whose"] == "slither"
        names = tuple(re.split(r"\s*,\s*", found["ids"])) if found["ids"] else () if slither else (ALL,)
        if names:
            reason = found["reason"].strip(" \t\r-:")
            yield _Marker(found["form"], names, slither, comment.line, comment.end_line, reason)


def _on_lines(marker: _Marker, coded: list[int]) -> Directive:
    """`next-line` means the next line with code on it, so that several comments may stand above one statement."""
    first, last = marker.line, marker.end_line
    if marker.form == "next-line":
        first = last = next((line for line in coded if line > marker.end_line), marker.end_line + 1)
    return Directive(marker.names, marker.slither, first, last, marker.line, marker.reason)


def _ranges(markers: Iterable[_Marker], last: int) -> Iterable[Directive]:
    """What stands between start and end, name by name; a start without an end reaches to the end of the file.

    An end that names `all` (as ours without ids does) ends whatever was started.
    """
    opened: dict[tuple[bool, str], _Marker] = {}
    for marker in markers:
        if marker.form == "start":
            for name in marker.names:
                opened.setdefault((marker.slither, name), marker)
        elif marker.form == "end":
            ended = {
                key for key in opened if key[0] == marker.slither and (key[1] in marker.names or ALL in marker.names)
            }
            for key in ended:
                yield _range(key, opened.pop(key), marker.end_line)
    for key, start in opened.items():
        yield _range(key, start, last)


def _range(key: tuple[bool, str], start: _Marker, last: int) -> Directive:
    slither, name = key
    return Directive((name,), slither, start.line, last, start.line, start.reason)
