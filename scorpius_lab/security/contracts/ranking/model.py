"""The ranking model: an additive model kept as JSON, with what it was trained on and how well it ranks.

score = 1 / (1 + exp(-(bias + the sum of one step function of each feature))): boosted trees with a single split each
(Friedman, "Greedy Function Approximation", Annals of Statistics 2001), summed up by feature, so that what a feature
adds to the sum is exactly what it contributes.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, model_validator

from scorpius_lab.security.contracts.ranking.features import FEATURES

LEAST_GAIN = 0.10  # of average precision over plain severity order, on contracts the model has not seen


class Evaluation(BaseModel):
    """Average precision on held-out clone clusters, and the gain over severity order with its 95 % interval."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    findings: int
    true: int
    clusters: int
    average_precision: float
    severity_order: float
    gain: float
    gain_low: float
    gain_high: float


class Steps(BaseModel):
    """A step function: `values[n]` for what is above n of the rising `thresholds`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    thresholds: tuple[float, ...]
    values: tuple[float, ...]

    @model_validator(mode="after")
    def _fits(self) -> Steps:
        if len(self.values) != len(self.thresholds) + 1 or list(self.thresholds) != sorted(self.thresholds):
            raise ValueError("a step function needs rising thresholds and one value more than these")
        return self

    def at(self, value: float) -> float:
        """The value of the function."""
        return self.values[bisect_left(self.thresholds, value)]


class Model(BaseModel):
    """A step function for each feature; read from JSON, so that nothing in it can run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    trained: str
    data: str
    rows_sha256: str
    seed: int
    features: tuple[str, ...]
    functions: tuple[Steps, ...]
    bias: float
    evaluation: Evaluation

    @model_validator(mode="after")
    def _fits(self) -> Model:
        if self.features != FEATURES:
            raise ValueError("the model was trained on other features")
        if len(self.functions) != len(FEATURES):
            raise ValueError("the model does not have one function for each feature")
        return self

    @property
    def enabled(self) -> bool:
        """Whether it has been shown to rank better than severity does."""
        return self.evaluation.gain >= LEAST_GAIN and self.evaluation.gain_low > 0

    def contributions(self, vector: Sequence[float]) -> list[float]:
        """What each feature adds to the log-odds of a finding being true."""
        return [function.at(value) for function, value in zip(self.functions, vector, strict=True)]

    def score(self, vector: Sequence[float]) -> float:
        """The probability that a finding is true."""
        return 1 / (1 + math.exp(-self.bias - math.fsum(self.contributions(vector))))


@cache
def load_model() -> Model:
    """The model that comes with the package."""
    text = files("scorpius_lab.security.contracts.ranking").joinpath("model.json").read_text(encoding="utf-8")
    return Model.model_validate(json.loads(text))
