"""Which detectors run."""

from __future__ import annotations

from collections.abc import Iterable

from scorpius_lab.errors import UsageError
from scorpius_lab.security.contracts.detection import Detector


def chosen(include: Iterable[str], exclude: Iterable[str]) -> tuple[Detector, ...]:
    """The detectors to run. Raises UsageError for an id that is none, or if none is left."""
    from scorpius_lab.security.contracts.detectors import DETECTORS

    wanted, unwanted = set(include), set(exclude)
    known = {detector.id for detector in DETECTORS}
    unknown = sorted((wanted | unwanted) - known)
    if unknown:
        raise UsageError(f"there is no detector {unknown[0]!r}; `scorpius contracts detectors` lists them")
    left = tuple(d for d in DETECTORS if (not wanted or d.id in wanted) and d.id not in unwanted)
    if not left:
        raise UsageError("no detector is left to run; include one that is not excluded")
    return left
