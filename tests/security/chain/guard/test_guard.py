"""The guard against numeric searches that know nothing of its formulas, and against brute force."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.security.chain.guard import CurvePool, State, Swap, V2Pool, V3Pool, guard
from scorpius_lab.security.chain.guard.sandwich import best_attack
from scorpius_lab.security.chain.guard.uniswap_v3 import (
    MAX_SQRT_RATIO,
    MAX_TICK,
    MIN_SQRT_RATIO,
    MIN_TICK,
    sqrt_ratio_at,
)

SOME, MANY = 300, 10_000


def v2_case(chance: random.Random) -> tuple[V2Pool, Swap]:
    x, y = (chance.randrange(10**15, 10 ** chance.randrange(16, 30)) for _ in range(2))
    fee = chance.choice((997, 9970, 9975, 998, 1000))
    pool = V2Pool("a", "b", x, y, fee, 10_000 if fee > 1000 else 1000)
    amount = max(1000, x * chance.randrange(1, 3000) // 10_000)
    quoted, _ = pool.swapped("a", amount)
    return pool, Swap("a", amount, quoted * chance.randrange(5000, 9999) // 10_000)


def numeric_limit(pool: V2Pool, swap: Swap) -> float:
    """The root of what the victim gets less the least output, by halving, in exact fractions to 60 digits."""
    g = Fraction(pool.fee_numerator, pool.fee_denominator)
    x, y, v, m = pool.reserve0, pool.reserve1, swap.amount_in, swap.least_out

    def got(front: Fraction) -> Fraction:
        left = Fraction(x * y) / (x + g * front)
        return g * v * left / (x + front + g * v)

    low, high = Fraction(0), Fraction(1)
    while got(high) > m:
        high *= 2
    for _ in range(180):
        middle = (low + high) / 2
        low, high = (middle, high) if got(middle) >= m else (low, middle)
        low, high = low.limit_denominator(10**45), high.limit_denominator(10**45)
    return low


def check_v2(count: int) -> None:
    chance = random.Random(7)  # noqa: S311 (a simulation)
    for _ in range(count):
        pool, swap = v2_case(chance)
        limit = pool.largest_front(swap)
        wanted = numeric_limit(pool, swap)
        # the pair rounds: within one unit of its output, or 1e-12
        assert abs(limit - wanted) <= max(
            wanted * Fraction(1, 10**12), Fraction(4 * pool.reserve0, max(1, swap.least_out))
        )
        attack = best_attack(swap, pool, pool.swapped("a", swap.amount_in)[0])
        around = [limit - step for step in (0, 1, limit // 10**6, limit // 100, limit // 10, limit // 3, limit // 2)]
        best = max((profit for a in around if (profit := brute_v2(pool, swap, a)) is not None), default=0)
        assert (attack.profit if attack else 0) >= best - abs(best) // 10**12


def brute_v2(pool: V2Pool, swap: Swap, front: int) -> int | None:
    """Front, victim and back by the pair's own arithmetic, written out."""
    n, d, x, y = pool.fee_numerator, pool.fee_denominator, pool.reserve0, pool.reserve1
    if front <= 0:
        return None
    bought = front * n * y // (x * d + front * n)
    x, y = x + front, y - bought
    got = swap.amount_in * n * y // (x * d + swap.amount_in * n)
    if got < swap.least_out:
        return None
    x, y = x + swap.amount_in, y - got
    return bought * n * x // (y * d + bought * n) - front


def test_v2_within_a_trillionth_of_a_numeric_search() -> None:
    check_v2(SOME)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_v2_within_a_trillionth_of_a_numeric_search_on_many() -> None:
    check_v2(MANY)


@given(st.integers(0, 2**32))
def test_v2_limit_is_exact(seed: int) -> None:
    pool, swap = v2_case(random.Random(seed))  # noqa: S311 (a simulation)
    limit = pool.largest_front(swap)
    assert limit == 0 or brute_v2(pool, swap, limit) is not None
    assert brute_v2(pool, swap, limit + 1) is None


@given(st.integers(0, 2**32), st.integers(0, 10**6))
def test_v2_safe_least_output_is_safe_and_one_less_is_not(seed: int, share: int) -> None:
    pool, swap = v2_case(random.Random(seed))  # noqa: S311 (a simulation)
    cost = swap.amount_in * share // 10**8
    report = guard(swap, pool, attack_cost=cost)
    if report.safe_least_out in (None, 0) or report.quoted_out <= report.safe_least_out:
        return
    safe = best_attack(Swap("a", swap.amount_in, report.safe_least_out), pool, report.quoted_out)
    assert safe is None or safe.profit <= cost + 4 * (pool.reserve0 // pool.reserve1 + 1)
    less = Swap("a", swap.amount_in, report.safe_least_out - 1)
    exposed = best_attack(less, pool, report.quoted_out)
    coarse = 4 * (pool.reserve0 // pool.reserve1 + 1)  # what one unit of the other token is worth
    assert exposed is not None
    assert exposed.profit > cost - coarse


def test_break_even_size_is_that_of_the_formula() -> None:
    """v / x = (1 - g**2) / (2 g**2), about 0.301 % of the reserve at a fee of 0.3 %."""
    pool = V2Pool("a", "b", 10**24, 10**24)
    below, above = 3000 * 10**18, 3040 * 10**18
    assert guard(Swap("a", below, 0), pool).state is State.SAFE
    assert guard(Swap("a", above, 0), pool).state is State.EXPOSED


def test_parts_are_safe() -> None:
    pool = V2Pool("a", "b", 10**22, 2 * 10**24)
    quoted, _ = pool.swapped("a", 10**20)
    report = guard(Swap("a", 10**20, quoted * 97 // 100), pool, attack_cost=10**16)
    assert report.parts is not None
    assert report.parts > 1
    out, _ = pool.swapped("a", report.part_size)
    assert guard(Swap("a", report.part_size, out * 97 // 100), pool, attack_cost=10**16).state is State.SAFE


# -- v3


def test_ticks_at_the_ends_are_those_of_the_contract() -> None:
    assert sqrt_ratio_at(MIN_TICK) == MIN_SQRT_RATIO
    assert sqrt_ratio_at(MAX_TICK) == MAX_SQRT_RATIO
    assert sqrt_ratio_at(0) == 2**96
    assert sqrt_ratio_at(50) == 79426470787362580746886972461


@given(st.integers(MIN_TICK, MAX_TICK))
def test_ticks_are_powers_of_the_root(tick: int) -> None:
    """Within 2**-31 of sqrt(1.0001)**tick, by decimals of 60 digits."""
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 60
        wanted = Decimal("1.0001") ** (Decimal(tick) / 2) * 2**96
        assert abs(Decimal(sqrt_ratio_at(tick)) - wanted) <= wanted * Decimal(2) ** -31 + 1


def v3_case(chance: random.Random) -> tuple[V3Pool, Swap]:
    edges = sorted(chance.sample(range(-50, 51), chance.randrange(2, 50)))
    nets: dict[int, int] = {}
    for _ in range(chance.randrange(1, 25)):
        low, high = sorted(chance.sample(edges, 2))
        amount = chance.randrange(10**18, 10**22)
        nets[low * 60] = nets.get(low * 60, 0) + amount
        nets[high * 60] = nets.get(high * 60, 0) - amount
    ticks = tuple(sorted((tick, net) for tick, net in nets.items() if net))
    start = chance.randrange(-20, 20) * 60 + 7
    liquidity = sum(net for tick, net in ticks if tick <= start)
    pool = V3Pool("a", "b", sqrt_ratio_at(start), liquidity, chance.choice((100, 500, 3000, 10_000)), ticks)
    token = chance.choice("ab")
    return pool, Swap(token, chance.randrange(10**15, 10**20), 0)


def slow_v3(pool: V3Pool, token: str, amount: int) -> float:
    """The same walk in real numbers, from the whitepaper's formulas alone."""
    price, liquidity = pool.sqrt_price / 2**96, float(pool.liquidity)
    left, out = amount * (1 - pool.fee / 1e6), 0.0
    falls = token == "a"
    roots = [(1.0001 ** (tick / 2), net) for tick, net in pool.ticks]
    ahead = [r for r in reversed(roots) if r[0] <= price] if falls else [r for r in roots if r[0] > price]
    for target, net in ahead:
        room = liquidity * (1 / target - 1 / price) if falls else liquidity * (target - price)
        if room >= left:
            after = 1 / (1 / price + left / liquidity) if falls else price + left / liquidity
            return out + (liquidity * (price - after) if falls else liquidity * (1 / price - 1 / after))
        out += liquidity * (price - target) if falls else liquidity * (1 / price - 1 / target)
        left, price = left - room, target
        liquidity += -net if falls else net
    raise OverflowError


def test_v3_swaps_agree_with_the_formulas_in_real_numbers() -> None:
    chance, compared = random.Random(11), 0  # noqa: S311 (a simulation)
    while compared < SOME:
        pool, swap = v3_case(chance)
        try:
            wanted = slow_v3(pool, swap.token_in, swap.amount_in)
            out, _ = pool.swapped(swap.token_in, swap.amount_in)
        except (OverflowError, ValueError, ZeroDivisionError):
            continue
        compared += 1
        assert out == pytest.approx(wanted, rel=1e-6, abs=10)


def test_v3_within_a_millionth_of_a_dense_search() -> None:
    chance, compared = random.Random(5), 0  # noqa: S311 (a simulation)
    while compared < 25:
        pool, swap = v3_case(chance)
        try:
            quoted, _ = pool.swapped(swap.token_in, swap.amount_in)
        except ValueError:
            continue
        swap = Swap(swap.token_in, swap.amount_in, quoted * chance.randrange(900, 999) // 1000)
        attack = best_attack(swap, pool, quoted)
        best = dense(pool, swap)
        compared += 1
        assert (attack.profit if attack else 0) >= best - abs(best) / 1e6 - 2


def dense(pool: V3Pool, swap: Swap) -> int:
    """The best of many fronts, in steps of a hundredth, refined twice around the best."""
    from scorpius_lab.security.chain.guard.sandwich import simulated

    def gain(front: int) -> int:
        attack = simulated(swap, pool, front, 0)
        return attack.profit if attack else 0

    fronts = [int(1.02**n) for n in range(700, 2600)]
    for _ in range(2):
        best = max(fronts, key=gain)
        fronts = [best + best * step // 50_000 for step in range(-1000, 1001)] + [best]
    return max(map(gain, fronts))


# -- Curve


def curve_case(chance: random.Random) -> tuple[CurvePool, Swap]:
    base = 10 ** chance.randrange(22, 26)
    balances = (base * chance.randrange(50, 150) // 100, base * chance.randrange(50, 150) // 100 // 10**12)
    pool = CurvePool(("a", "b"), balances, (10**18, 10**30), chance.choice((100, 200, 2000)))
    return pool, Swap("a", base // chance.randrange(10, 500), 0)


def test_curve_keeps_its_invariant_and_pays_near_one_to_one() -> None:
    chance = random.Random(3)  # noqa: S311 (a simulation)
    for _ in range(SOME):
        pool, swap = curve_case(chance)
        out, after = pool.swapped("a", swap.amount_in)
        scaled = [b * r // 10**18 for b, r in zip(pool.balances, pool.rates, strict=True)]
        then = [b * r // 10**18 for b, r in zip(after.balances, after.rates, strict=True)]
        assert after._invariant(then) >= pool._invariant(scaled) - 10
        assert 0 < out * 10**12 < swap.amount_in * 11 // 10


def test_curve_pool_with_one_coin_gone_is_exposed() -> None:
    pool = CurvePool(("a", "b"), (10**25, 10**23), (10**18, 10**18), 100)
    quoted, _ = pool.swapped("a", 10**22)
    report = guard(Swap("a", 10**22, quoted // 2), pool)
    assert report.state is State.EXPOSED
    assert report.attack.victim_out >= quoted // 2


# -- what makes no sense


@pytest.mark.parametrize(
    ("pool", "token", "words"),
    [
        (V2Pool("a", "a", 10**20, 10**20), "a", "the same"),
        (V2Pool("a", "b", 0, 10**20), "a", "reserves"),
        (V2Pool("a", "b", 2**112, 10**20), "a", "reserves"),
        (V2Pool("a", "b", 10**20, 10**20), "c", "does not trade"),
        (V2Pool("a", "b", 10**20, 10**20, 0, 1000), "a", "share"),
        (V2Pool("a", "b", 10**20, 10**20, 1001, 1000), "a", "share"),
        (V3Pool("a", "b", 0, 10**20, 3000, ()), "a", "root"),
        (V3Pool("a", "b", 2**96, 0, 3000, ()), "a", "liquidity"),
        (V3Pool("a", "b", 2**96, 1, 10**6, ()), "a", "fee"),
        (V3Pool("a", "b", 2**96, 1, 3000, ((60, 1), (0, 1))), "a", "order"),
        (V3Pool("a", "b", 2**96, 10**9, 3000, ((-60, 10**9), (60, -(10**9))), (-60, 60)), "a", "runs out"),
        (CurvePool(("a", "a"), (1, 1), (1, 1), 100), "a", "coins"),
        (CurvePool(("a", "b", "c"), (1, 1, 1), (1, 1, 1), 100), "a", "pair"),
        (CurvePool(("a", "b"), (0, 1), (1, 1), 100), "a", "above nought"),
    ],
)
def test_pools_that_make_no_sense_are_not_evaluated(pool: object, token: str, words: str) -> None:
    report = guard(Swap(token, 10**18, 0), pool)
    assert report.state is State.NOT_EVALUATED
    assert words in report.reason
    assert report.attack is None


@pytest.mark.parametrize("amount", [-1, 2**256])
def test_amounts_that_are_none(amount: int) -> None:
    with pytest.raises(ValueError, match="token amount"):
        guard(Swap("a", amount, 0), V2Pool("a", "b", 10**20, 10**20))


def test_a_least_output_that_cannot_be_reached() -> None:
    report = guard(Swap("a", 10**18, 10**19), V2Pool("a", "b", 10**20, 10**20))
    assert report.state is State.UNREACHABLE
    assert report.as_dict()["quoted_out"] == str(report.quoted_out)
