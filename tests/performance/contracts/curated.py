"""smartbugs-curated: real contracts with labelled lines, one class per file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from scorpius_lab.security.contracts.detection import Dasp, Detector
from tests.performance.contracts.scoring import Entry, Score, add_file
from tests.performance.contracts.sources import chosen_detectors, data_folder, detections_in, read_stripped


def root() -> Path:
    """Where the data lies. Raises DataMissing if it is not there."""
    return data_folder("smartbugs-curated")


def labelled_files() -> list[tuple[str, list[Entry]]]:
    """Path from the root and entries of every labelled file that is here."""
    folder = root()
    records = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    return [(record["path"], _entries(record)) for record in records if (folder / record["path"]).is_file()]


def score(classes: Sequence[str] = (), ids: Sequence[str] = ()) -> Score:
    """Scan and count; with classes or ids only those detectors, and only the entries of their classes."""
    detectors = chosen_detectors(classes, ids)
    wanted = {detector.dasp for detector in detectors} if classes or ids else set(Dasp)
    counted = Score()
    for path, entries in labelled_files():
        of_class = [entry for entry in entries if entry.dasp in wanted]
        add_file(counted, path, of_class, _scan(path, detectors))
    return counted


def _scan(path: str, detectors: Sequence[Detector]) -> list:
    return detections_in(read_stripped(root() / path), detectors)


def _entries(record: dict) -> list[Entry]:
    return [Entry(Dasp(one["category"]), tuple(one["lines"])) for one in record["vulnerabilities"]]
