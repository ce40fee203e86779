"""Train and judge the ranking model on the labelled contracts: `python -m tests.performance.contracts.ranking [--write]`.

A finding is true if it touches a label of its class within one line, else false; in files labelled for one class only,
that takes unlabelled flaws of other classes for false ones. Clone clusters are held out whole. What is compared is the
average precision of the model's order and of the order by severity, with confidence among equals.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedGroupKFold

from scorpius_lab.security.contracts.detection import Detection
from scorpius_lab.security.contracts.ranking.features import FEATURES, vectors
from scorpius_lab.security.contracts.scanner import scan_text
from tests.performance.contracts import curated, swc
from tests.performance.contracts.clones import clusters
from tests.performance.contracts.scoring import Entry, lines_of, near
from tests.performance.contracts.sources import NEUTRAL_NAME, data_folder, read_stripped

SEED = 20261127
FOLDS = 8
RESAMPLES = 2000
MODEL = Path(__file__).parents[3] / "scorpius_lab" / "security" / "contracts" / "ranking" / "model.json"


@dataclass(frozen=True)
class Rows:
    """One row for each finding."""

    features: np.ndarray
    true: np.ndarray
    severity: np.ndarray
    cluster: np.ndarray


def rows() -> Rows:
    """The findings in all labelled contracts."""
    texts: list[str] = []
    found: list[tuple[int, list[float], bool, float]] = []
    for text, judged in _labelled():
        outcome = scan_text(text, NEUTRAL_NAME)
        for one, vector in zip(outcome.detections, vectors(outcome), strict=True):
            verdict = judged(one)
            if verdict is not None:
                found.append((len(texts), vector, verdict, _by_severity(one)))
        texts.append(text)
    cluster = np.array(clusters(texts))
    return Rows(
        features=np.array([vector for _, vector, _, _ in found]),
        true=np.array([verdict for _, _, verdict, _ in found], dtype=bool),
        severity=np.array([order for _, _, _, order in found]),
        cluster=cluster[[number for number, _, _, _ in found]],
    )


def _by_severity(one: Detection) -> float:
    return 3 * one.severity.rank + {"low": 0, "medium": 1, "high": 2}[one.confidence.value]


def _labelled() -> list[tuple[str, Any]]:
    made = [(read_stripped(curated.root() / path), _by_entries(entries)) for path, entries in curated.labelled_files()]
    folder = data_folder("swc-registry")
    for row in swc._rows(folder):
        path = folder / row["file"]
        fixed = row["is_fixed_version"] == "1"
        lines = [] if fixed else swc._labelled(folder / row["labels_yaml"], path.name, row["swc"])
        if fixed or lines:
            made.append((read_stripped(path), _by_weakness(row["swc"], lines)))
    return made


def _by_entries(entries: list[Entry]) -> Any:
    def judged(one: Detection) -> bool:
        return any(near(lines_of(one), e.lines) for e in entries if e.dasp is one.detector.dasp)

    return judged


def _by_weakness(name: str, lines: list[int]) -> Any:
    """Only findings of the weakness a sample is about can be judged."""

    def judged(one: Detection) -> bool | None:
        return near(lines_of(one), lines) if name in one.detector.swc else None

    return judged


def held_out(data: Rows) -> np.ndarray:
    """The score of each finding by a model that has seen none of its cluster."""
    scores = np.zeros(len(data.true))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
    for learned, tested in folds.split(data.features, data.true, data.cluster):
        model = _fit(data.features[learned], data.true[learned])
        scores[tested] = model.predict_proba(data.features[tested])[:, 1]
    return scores


def _fit(features: np.ndarray, true: np.ndarray) -> GradientBoostingClassifier:
    """Trees with one split each: their sum is a sum of one step function of each feature."""
    model = GradientBoostingClassifier(
        n_estimators=100, learning_rate=0.1, max_depth=1, subsample=0.7, random_state=SEED
    )
    return model.fit(features, true)


def functions(model: GradientBoostingClassifier) -> tuple[list[dict[str, list[float]]], float]:
    """The step functions that the trees of a model add up to, and what is left when all are zero."""
    steps: list[dict[float, float]] = [{} for _ in FEATURES]
    first = np.zeros(len(FEATURES))
    for (tree,) in model.estimators_:
        split = tree.tree_
        if split.feature[0] < 0:
            continue
        low, high = (model.learning_rate * split.value[child, 0, 0] for child in (1, 2))
        feature, threshold = split.feature[0], float(split.threshold[0])
        first[feature] += low
        steps[feature][threshold] = steps[feature].get(threshold, 0.0) + high - low
    made = []
    for feature, changes in enumerate(steps):
        thresholds = sorted(changes)
        values = np.cumsum([first[feature], *(changes[at] for at in thresholds)])
        made.append({"thresholds": thresholds, "values": [round(float(v), 6) for v in values]})
    prior = model.init_.class_prior_[1]
    return made, round(float(np.log(prior / (1 - prior))), 6)


def evaluate(data: Rows) -> dict[str, float | int]:
    """Average precisions, and the gain with an interval from resampled clusters."""
    scores = held_out(data)
    ours = average_precision_score(data.true, scores)
    plain = average_precision_score(data.true, data.severity)
    draw = np.random.default_rng(SEED)
    names = np.unique(data.cluster)
    members = {name: np.flatnonzero(data.cluster == name) for name in names}
    gains = []
    for _ in range(RESAMPLES):
        chosen = np.concatenate([members[name] for name in draw.choice(names, len(names))])
        true = data.true[chosen]
        if true.any() and not true.all():
            gain = average_precision_score(true, scores[chosen]) - average_precision_score(true, data.severity[chosen])
            gains.append(gain)
    low, high = np.percentile(gains, [2.5, 97.5])
    return {
        "findings": len(data.true),
        "true": int(data.true.sum()),
        "clusters": len(names),
        "average_precision": round(float(ours), 4),
        "severity_order": round(float(plain), 4),
        "gain": round(float(ours - plain), 4),
        "gain_low": round(float(low), 4),
        "gain_high": round(float(high), 4),
    }


def trained(data: Rows) -> dict[str, object]:
    """The model on all rows, as it is kept."""
    model = _fit(data.features, data.true)
    made, bias = functions(model)
    digest = hashlib.sha256(np.ascontiguousarray(data.features).tobytes() + data.true.tobytes()).hexdigest()
    return {
        "version": "1",
        "trained": datetime.now(UTC).date().isoformat(),
        "data": "findings of this scanner in smartbugs-curated and swc-registry samples, comments stripped",
        "rows_sha256": digest,
        "seed": SEED,
        "features": list(FEATURES),
        "functions": made,
        "bias": bias,
        "evaluation": evaluate(data),
    }


def main() -> int:
    """Print the figures; with `--write` keep the model."""
    parser = argparse.ArgumentParser(prog="python -m tests.performance.contracts.ranking", description=__doc__)
    parser.add_argument("--write", action="store_true", help="replace the model in the package")
    given = parser.parse_args()
    model = trained(rows())
    for name, value in model["evaluation"].items():  # type: ignore[attr-defined]
        sys.stdout.write(f"{name:18} {value}\n")
    for name, function in zip(FEATURES, model["functions"], strict=True):  # type: ignore[call-overload]
        values = function["values"]
        sys.stdout.write(f"  {values[0]:+.2f} … {values[-1]:+.2f}  {name}\n")
    if given.write:
        MODEL.write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
