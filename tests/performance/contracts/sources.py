"""The labelled contracts, read so that no label can reach the scanner."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from scorpius_lab.security.contracts.detection import Dasp, Detection, Detector
from tests.conftest import SHARED_DATA

CONTRACTS = SHARED_DATA / "contracts"
NEUTRAL_NAME = "source.sol"  # the scanner never sees a file's own name
_TOKENS = re.compile(
    r"""//[^\r\n]*|/\*.*?(?:\*/|\Z)|"(?:\\.|[^"\\\r\n])*"|'(?:\\.|[^'\\\r\n])*'""",
    re.DOTALL,
)


class DataMissing(Exception):
    """The labelled data is not here."""


def data_folder(name: str) -> Path:
    """A folder of the development data beside the repository. Raises DataMissing if it is not there."""
    folder = CONTRACTS / name
    if not folder.is_dir():
        raise DataMissing(f"{name}: needs the development data beside the repository")
    return folder


def strip_comments(text: str) -> str:
    """The source with every comment as spaces; lines and columns stay where they were, strings are kept."""
    return _TOKENS.sub(lambda found: re.sub(r"[^\r\n]", " ", found[0]) if found[0][0] == "/" else found[0], text)


def read_stripped(path: Path) -> str:
    """A file's source without comments."""
    return strip_comments(path.read_text(encoding="utf-8", errors="replace"))


def chosen_detectors(classes: Iterable[str] = (), ids: Iterable[str] = ()) -> tuple[Detector, ...]:
    """All detectors, or those of these classes or with these ids."""
    from scorpius_lab.security.contracts.detectors import DETECTORS

    wanted, named = {Dasp(name) for name in classes}, set(ids)
    if not wanted and not named:
        return tuple(DETECTORS)
    return tuple(detector for detector in DETECTORS if detector.dasp in wanted or detector.id in named)


def detections_in(text: str, detectors: Sequence[Detector]) -> list[Detection]:
    """What the scanner shows of source text under a neutral name; suppressed findings are left out."""
    from scorpius_lab.security.contracts.scanner import scan_text

    outcome = scan_text(text, NEUTRAL_NAME, detectors=detectors)
    return [detection for detection in outcome.detections if detection.suppression is None]
