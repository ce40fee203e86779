"""When a labelled entry counts as found, and what precision means.

An entry is found when a finding of its class touches one of its lines within `TOLERANCE` lines. A finding touches its
place and the other places of its root cause, each for at most `LONGEST` lines: one that spans a whole function points
at nothing, so only its head counts. The steps on the way to it touch nothing.

Precision is found entries / (found entries + wrong findings). A finding is wrong *in class* when it is of the class its
file is labelled with and touches no label of that class; *elsewhere* when its file has no label of its class. Strict
precision counts both, so it is a lower bound: files are labelled for one class only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from scorpius_lab.security.contracts.detection import Dasp, Detection, Place

TOLERANCE = 1
LONGEST = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One labelled bug: its class and its lines."""

    dasp: Dasp
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A finding that touches no label of its class."""

    path: str
    detection: Detection
    in_class: bool


@dataclass(frozen=True, slots=True)
class Missed:
    """A labelled entry no finding of its class touches."""

    path: str
    entry: Entry


@dataclass(slots=True)
class ClassScore:
    """What was counted for one class."""

    labels: int = 0
    found: int = 0
    in_class: int = 0
    elsewhere: int = 0
    elsewhere_paths: set[str] = field(default_factory=set)

    @property
    def recall(self) -> float:
        """Found entries of all entries."""
        return ratio(self.found, self.labels)


@dataclass(slots=True)
class Score:
    """All classes, and what to show an author of detectors."""

    classes: dict[Dasp, ClassScore] = field(default_factory=lambda: {dasp: ClassScore() for dasp in Dasp})
    missed: list[Missed] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Found entries of all entries, whatever their class."""
        return ratio(self._sum("found"), self._sum("labels"))

    @property
    def macro_recall(self) -> float:
        """The mean recall of the classes that have entries."""
        labelled = [one.recall for one in self.classes.values() if one.labels]
        return sum(labelled) / len(labelled) if labelled else 0.0

    @property
    def precision(self) -> float:
        """In-class precision."""
        return ratio(self._sum("found"), self._sum("found") + self._sum("in_class"))

    @property
    def strict_precision(self) -> float:
        """Precision when every finding outside the labels of its class is wrong."""
        return ratio(self._sum("found"), self._sum("found") + self._sum("in_class") + self._sum("elsewhere"))

    def _sum(self, name: str) -> int:
        return sum(getattr(one, name) for one in self.classes.values())


def ratio(part: float, whole: float) -> float:
    """0 of nothing is 0."""
    return part / whole if whole else 0.0


def touched(places: Iterable[Place], path: str | None = None) -> set[int]:
    """The lines these places touch, each place for at most `LONGEST` lines; of one file if `path` is given."""
    lines: set[int] = set()
    for place in places:
        if path is None or place.path == path:
            lines.update(range(place.line, min(place.end_line, place.line + LONGEST - 1) + 1))
    return lines


def lines_of(detection: Detection) -> set[int]:
    """The lines a finding touches in the file it is in."""
    return touched((detection.place, *detection.others), detection.place.path)


def near(lines: set[int], wanted: Iterable[int]) -> bool:
    """Whether one of the wanted lines is touched within the tolerance."""
    return any(line + offset in lines for line in wanted for offset in range(-TOLERANCE, TOLERANCE + 1))


def add_file(score: Score, path: str, entries: Sequence[Entry], detections: Sequence[Detection]) -> None:
    """Count one file."""
    of_file = {entry.dasp for entry in entries}
    for entry in entries:
        counted = score.classes[entry.dasp]
        counted.labels += 1
        if any(found.detector.dasp is entry.dasp and near(lines_of(found), entry.lines) for found in detections):
            counted.found += 1
        else:
            score.missed.append(Missed(path, entry))
    for found in _wrong(entries, detections):
        _count_wrong(score, Wrong(path, found, in_class=found.detector.dasp in of_file))


def _wrong(entries: Sequence[Entry], detections: Sequence[Detection]) -> Iterator[Detection]:
    for found in detections:
        labels = (entry.lines for entry in entries if entry.dasp is found.detector.dasp)
        if not any(near(lines_of(found), lines) for lines in labels):
            yield found


def _count_wrong(score: Score, wrong: Wrong) -> None:
    counted = score.classes[wrong.detection.detector.dasp]
    score.wrong.append(wrong)
    if wrong.in_class:
        counted.in_class += 1
        return
    counted.elsewhere += 1
    counted.elsewhere_paths.add(wrong.path)
