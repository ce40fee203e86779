"""Which of the slow measurements a budget has room for.

Some hash-based sets sign for a second or more: their samples would take the whole of a small budget, and nothing
else could be measured well. So the slow ones together may take `SLOW_SHARE` of the budget, the quickest of them first.
What does not fit is not begun, and said with the budget in which it would be.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from scorpius_lab.analytics.benchmark.measurement import Measurement

SLOW_SHARE = 0.4


def left_out(chosen: Iterable[Measurement], budget_seconds: float) -> Mapping[str, int]:
    """Titles of the measurements for which `budget_seconds` has no room, with the budget they need, seconds."""
    found: dict[str, int] = {}
    taken = 0.0
    for one in sorted(chosen, key=needed_seconds):
        taken += needed_seconds(one)
        if taken > SLOW_SHARE * budget_seconds:
            found[one.title] = math.floor(taken / SLOW_SHARE) + 1
    return found


def needed_seconds(one: Measurement) -> float:
    """What a slow measurement takes at least: once to prepare it and to check the answer, then its samples."""
    return one.seconds * (1 + one.long_samples)
