"""Give findings a score and put them in order."""

from __future__ import annotations

from dataclasses import replace

from scorpius_lab.core.rules import Severity
from scorpius_lab.security.contracts.detection import Detection, Ranking, ScanOutcome
from scorpius_lab.security.contracts.ranking.features import FEATURES, vectors
from scorpius_lab.security.contracts.ranking.model import Model, load_model


def ranked(outcome: ScanOutcome, model: Model | None = None) -> ScanOutcome:
    """The same findings, each with its score and why, the likeliest first; critical ones always come before others.

    Nothing is left out. A model that has not been shown to rank better than severity is not used: the findings stay
    as they are, and the outcome says why.
    """
    model = model or load_model()
    if not model.enabled:
        return replace(outcome, ranking=Ranking(used=False, version=model.version, reason=_why_not(model)))
    scored = [_scored(one, vector, model) for one, vector in zip(outcome.detections, vectors(outcome), strict=True)]
    return replace(
        outcome,
        detections=tuple(sorted(scored, key=_order)),
        ranking=Ranking(used=True, version=model.version, reason=_why(model)),
    )


def _scored(one: Detection, vector: list[float], model: Model) -> Detection:
    parts = zip(FEATURES, model.contributions(vector), strict=True)
    strongest = sorted((part for part in parts if abs(part[1]) >= 0.005), key=lambda part: -abs(part[1]))
    return replace(one, score=model.score(vector), contributions=tuple(strongest))


def _order(one: Detection) -> tuple[object, ...]:
    return (one.severity is not Severity.CRITICAL, -(one.score or 0.0), one.place.path, one.place.line)


def _figures(model: Model) -> str:
    known = model.evaluation
    return (
        f"on contracts it had not seen its average precision was {known.average_precision:.2f}, that of the order by "
        f"severity {known.severity_order:.2f}; the gain is {known.gain:+.2f} "
        f"(95 % interval {known.gain_low:+.2f} to {known.gain_high:+.2f})"
    )


def _why(model: Model) -> str:
    return f"findings are in the order of a model: {_figures(model)}"


def _why_not(model: Model) -> str:
    return f"findings are in the order of severity, the model is off: {_figures(model)}"
