"""Where a rate ends."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scorpius_lab.quantum.qkd.rates.channel import Array


def cut_off_km(rate: Callable[[Array], Array], longest_km: float = 400.0) -> float:
    """The greatest distance in km, to 1 m, at which `rate` is positive; 0 if it never is, `longest_km` if it always is.

    `rate` takes an array of distances and gives the rate at each; beyond its end it must stay 0.
    """
    low, high = 0.0, longest_km
    if rate(np.array([low]))[0] <= 0:
        return 0.0
    while high - low > 1e-3:  # noqa: PLR2004 (a metre)
        points = np.linspace(low, high, 33)
        positive = rate(points) > 0
        if positive.all():
            return high
        last = int(np.nonzero(positive)[0][-1])
        low, high = float(points[last]), float(points[min(last + 1, 32)])
    return low
