"""The guard: how long it takes to judge one swap before it is sent."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterable

from tests.performance.bars import Bar, finish

CALLS = 300
SEED = 20_261_127


def measure() -> Iterable[Bar]:
    """Random pools and swaps; v3 with fifty ticks that hold liquidity."""
    from scorpius_lab.security.chain.guard import V3Pool

    chance = random.Random(SEED)  # noqa: S311 (a simulation)
    yield Bar("guard, Uniswap v2", median(chance, v2_case), "ms", 5, "lower", note=f"median of {CALLS} calls")
    ticks = tuple((tick, 10**20 if tick < 0 else -(10**20)) for tick in range(-1500, 1501, 60) if tick)
    pool = V3Pool("a", "b", 2**96, 25 * 10**20, 3000, ticks)
    spent = median(chance, lambda chance: (pool, 10**20 * chance.randrange(1, 100) // 100), calls=10)
    yield Bar("guard, Uniswap v3", spent, "ms", note="median of 10 calls, 50 ticks")


def v2_case(chance: random.Random) -> tuple[object, int]:
    from scorpius_lab.security.chain.guard import V2Pool

    held, other = (chance.randrange(10**20, 10**26) for _ in range(2))
    return V2Pool("a", "b", held, other), held * chance.randrange(1, 500) // 10_000


def median(chance: random.Random, case: object, calls: int = CALLS) -> float:
    """Milliseconds a call."""
    from scorpius_lab.security.chain.guard import Swap, guard

    spent = []
    for _ in range(calls):
        pool, amount = case(chance)  # type: ignore[operator]
        quoted, _ = pool.swapped("a", amount)
        swap = Swap("a", amount, quoted * chance.randrange(9000, 9990) // 10_000)
        start = time.perf_counter()
        guard(swap, pool, attack_cost=amount // 10_000)
        spent.append(time.perf_counter() - start)
    return statistics.median(spent) * 1000


if __name__ == "__main__":
    raise SystemExit(finish(measure()))
