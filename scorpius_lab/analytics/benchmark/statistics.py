"""Order statistics of a few dozen samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and the 5th and 95th percentile of `n` samples, with the extremes."""

    median: float
    p5: float
    p95: float
    low: float
    high: float
    n: int


def quantile(ordered: Sequence[float], share: float) -> float:
    """Linear interpolation between order statistics (Hyndman and Fan 1996, type 7).

    `ordered` is ascending and not empty; `share` lies in 0..1. Raises ValueError otherwise.
    """
    if not ordered:
        raise ValueError("a quantile of no samples is not defined")
    if not 0 <= share <= 1:
        raise ValueError(f"share must lie in 0..1, not {share}")
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def spread(samples: Sequence[float]) -> Spread:
    """Summarize samples in any order. Raises ValueError when there is none."""
    ordered = sorted(samples)
    return Spread(
        median=quantile(ordered, 0.5),
        p5=quantile(ordered, 0.05),
        p95=quantile(ordered, 0.95),
        low=ordered[0],
        high=ordered[-1],
        n=len(ordered),
    )
