"""SWC registry: samples with the lines of one weakness each, and fixed versions that must be silent about it."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from scorpius_lab.security.contracts.detection import Detection
from tests.performance.contracts.scoring import lines_of, near, ratio
from tests.performance.contracts.sources import chosen_detectors, data_folder, detections_in, read_stripped


@dataclass(slots=True)
class SwcScore:
    """Labelled lines per weakness, how many are found, and the fixed versions that are not silent."""

    labels: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    found: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    missed: list[tuple[Path, int, str]] = field(default_factory=list)
    fixed: int = 0
    loud: list[tuple[Path, Detection]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Found lines of all labelled lines."""
        return ratio(sum(self.found.values()), sum(self.labels.values()))

    @property
    def silent(self) -> int:
        """Fixed versions without a finding of their weakness."""
        return self.fixed - len({path for path, _ in self.loud})


def score(ids: Sequence[str] = ()) -> SwcScore:
    """Scan and count; a finding counts for a weakness when its detector names the weakness's id."""
    folder = data_folder("swc-registry")
    detectors = chosen_detectors(ids=ids)
    counted = SwcScore()
    for row in _rows(folder):
        path, swc = folder / row["file"], row["swc"]
        found = [one for one in detections_in(read_stripped(path), detectors) if swc in one.detector.swc]
        if row["is_fixed_version"] == "1":
            counted.fixed += 1
            counted.loud += [(path, one) for one in found]
            continue
        touched: set[int] = set().union(*map(lines_of, found))
        for line in _labelled(folder / row["labels_yaml"], path.name, swc):
            counted.labels[swc] += 1
            if near(touched, [line]):
                counted.found[swc] += 1
            else:
                counted.missed.append((path, line, swc))
    return counted


def _rows(folder: Path) -> Iterator[dict[str, str]]:
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _labelled(path: Path, source: str, swc: str) -> list[int]:
    issues = yaml.safe_load(path.read_text(encoding="utf-8")).get("issues") or []
    places = [place for issue in issues if issue["id"] == swc for place in issue.get("locations") or []]
    return [line for place in places for line in (place.get("line_numbers") or {}).get(source) or []]
