"""Which of the slow measurements a budget has room for.

Some hash-based sets sign for a second or more: their few samples would take the whole of a small budget, and nothing
else could be measured well. So the slow ones together may take `SLOW_SHARE` of the budget, the quickest of them first.
What does not fit is not begun, and said with the budget in which it would be.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from scorpius_lab.analytics.benchmark.measurement import Measurement
from scorpius_lab.analytics.benchmark.sampling import LEAST_LONG_SAMPLES

SLOW_SHARE = 0.6
CALLS = 1 + LEAST_LONG_SAMPLES  # once to prepare and to check the answer, then the samples


def left_out(chosen: Iterable[Measurement], budget_seconds: float) -> Mapping[str, int]:
    """Titles of the measurements for which `budget_seconds` has no room, with the budget they need, seconds."""
    found: dict[str, int] = {}
    taken = 0.0
    for one in sorted(chosen, key=lambda one: one.seconds):
        taken += CALLS * one.seconds
        if taken > SLOW_SHARE * budget_seconds:
            found[one.title] = math.floor(taken / SLOW_SHARE) + 1
    return found
