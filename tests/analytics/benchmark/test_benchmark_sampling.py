"""Sampling with clocks that tests turn by hand: a call says how long it takes."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace

import pytest

from scorpius_lab.analytics.benchmark.measurement import LEAST_SAMPLES, Call
from scorpius_lab.analytics.benchmark.promises import FEWEST_SAMPLES
from scorpius_lab.analytics.benchmark.sampling import (
    MOST_SAMPLES,
    SAMPLE_NS,
    Clocks,
    Plan,
    Series,
    sample_all,
    take,
    warm_up,
)
from scorpius_lab.errors import Cancelled, DeadlineExceeded

MS = 1_000_000


class Hands:
    """Wall and CPU time that only move when a call moves them."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0
        self.order: list[str] = []

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: self.wall, lambda: self.cpu)

    def call(
        self, wall: int, cpu: int | None = None, name: str = "", before: Callable[[], object] | None = None
    ) -> Call:
        def run() -> None:
            self.wall += wall
            self.cpu += wall if cpu is None else cpu
            self.order.append(name)

        return Call(run, before)


@pytest.fixture
def hands() -> Hands:
    return Hands()


def fine() -> None:
    return None


def silent(share: float, text: str) -> None:
    return None


def run(hands: Hands, series: list[Series], plan: Plan, check: Callable[[], None] = fine, progress=silent) -> int:
    return sample_all(series, plan, check=check, progress=progress, clocks=hands.clocks)


def test_take_measures_wall_and_cpu_of_the_batch(hands: Hands) -> None:
    assert take(hands.call(30, 20), 5, hands.clocks) == (150, 100)


def test_preparation_is_not_timed(hands: Hands) -> None:
    def before() -> None:
        hands.wall += 999

    assert take(hands.call(30, before=before), 1, hands.clocks)[0] == 30


def test_garbage_collection_is_off_inside_a_sample_and_on_after_it_even_when_it_raises(hands: Hands) -> None:
    seen = []

    def boom() -> None:
        seen.append(gc.isenabled())
        raise OSError("boom")

    with pytest.raises(OSError, match="boom"):
        take(Call(boom), 1, hands.clocks)
    assert seen == [False]
    assert gc.isenabled()


def test_collection_that_was_off_stays_off(hands: Hands) -> None:
    gc.disable()
    try:
        take(hands.call(1), 1, hands.clocks)
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize("nanoseconds", [100, 7_000, 500_000, SAMPLE_NS - 1, SAMPLE_NS, 50 * MS])
def test_a_batch_fills_a_sample_and_not_much_more(hands: Hands, nanoseconds: int) -> None:
    batch = warm_up(hands.call(nanoseconds), hands.clocks).batch
    assert batch * nanoseconds >= SAMPLE_NS
    assert batch == 1 or batch * nanoseconds < 4 * SAMPLE_NS


def test_a_slow_first_call_does_not_shrink_the_batch(hands: Hands) -> None:
    costs = iter([5 * MS])

    def run() -> None:
        hands.wall += next(costs, 1_000)

    assert warm_up(Call(run), hands.clocks).batch >= 2_000


def test_a_call_with_its_own_preparation_is_never_batched(hands: Hands) -> None:
    assert warm_up(hands.call(10, before=fine), hands.clocks).batch == 1


def test_a_long_call_is_not_made_once_more_only_to_warm_up(hands: Hands) -> None:
    run(hands, [Series(("long", "op"), hands.call(300 * MS, name="long"))], Plan(1, repeat=3))
    assert len(hands.order) == 3


def test_a_call_of_random_time_is_averaged_over_at_least_so_many(hands: Hands) -> None:
    assert warm_up(replace(hands.call(3 * MS), at_least=16), hands.clocks).batch == 16
    assert warm_up(replace(hands.call(1_000), at_least=16), hands.clocks).batch >= 2_000


def test_samples_are_per_call(hands: Hands) -> None:
    one = Series(("x", "y"), hands.call(1_000, 400))
    run(hands, [one], Plan(1, repeat=3))
    assert one.wall == [1_000.0] * 3
    assert one.cpu == [400.0] * 3


def test_rounds_interleave_so_that_a_drift_meets_all(hands: Hands) -> None:
    series = [Series((name, "op"), hands.call(3 * MS, name=name)) for name in "abc"]
    run(hands, series, Plan(1, repeat=20, seed=5))
    rounds = hands.order[-57:]
    assert all(set(rounds[i : i + 3]) == set("abc") for i in range(0, 57, 3))
    assert len({tuple(rounds[i : i + 3]) for i in range(0, 57, 3)}) > 1


def test_the_order_follows_the_seed() -> None:
    def order(seed: int) -> list[str]:
        hands = Hands()
        run(hands, [Series((n, "op"), hands.call(3 * MS, name=n)) for n in "abcdef"], Plan(1, repeat=5, seed=seed))
        return hands.order

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_repeat_is_exact_whatever_the_budget(hands: Hands) -> None:
    series = [Series((str(i), "op"), hands.call(40 * MS)) for i in range(3)]
    run(hands, series, Plan(0.001, repeat=9))
    assert [len(one.wall) for one in series] == [9, 9, 9]


def test_the_budget_ends_it_and_slow_calls_still_get_the_least(hands: Hands) -> None:
    slow, fast = Series(("slow", "op"), hands.call(300 * MS)), Series(("fast", "op"), hands.call(1_000))
    run(hands, [slow, fast], Plan(4))
    assert len(slow.wall) < 10
    assert len(slow.wall) >= LEAST_SAMPLES
    assert len(fast.wall) == MOST_SAMPLES
    assert hands.wall < 5e9


def test_a_call_longer_than_its_share_gets_no_more_than_its_least(hands: Hands) -> None:
    series = [
        Series(("slow", "op"), hands.call(900 * MS), long_samples=2),
        *(Series((n, "op"), hands.call(3 * MS)) for n in "abc"),
    ]
    run(hands, series, Plan(4))
    assert len(series[0].wall) == 2
    assert min(len(one.wall) for one in series[1:]) > 10 * LEAST_SAMPLES


def test_a_budget_of_nothing_still_takes_one_of_each(hands: Hands) -> None:
    series = [Series((name, "op"), hands.call(300 * MS)) for name in "abc"]
    run(hands, series, Plan(0))
    assert [len(one.wall) for one in series] == [1, 1, 1]


def test_a_machine_too_slow_for_the_budget_breaks_it_by_half_at_most(hands: Hands) -> None:
    series = [Series((str(i), "op"), hands.call(400 * MS)) for i in range(10)]
    run(hands, series, Plan(10))
    assert all(1 <= len(one.wall) < LEAST_SAMPLES for one in series)
    assert hands.wall < 16e9


def test_beyond_that_the_quick_ones_still_get_the_few_samples_a_verdict_takes(hands: Hands) -> None:
    slow = [Series((str(i), "op"), hands.call(900 * MS)) for i in range(5)]
    quick = Series(("quick", "op"), hands.call(3 * MS))
    run(hands, [*slow, quick], Plan(1))
    assert {len(one.wall) for one in slow} == {1}
    assert len(quick.wall) >= FEWEST_SAMPLES


def test_cancelling_ends_the_run(hands: Hands) -> None:
    def check() -> None:
        if len(hands.order) > 4:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        run(hands, [Series(("x", "op"), hands.call(3 * MS))], Plan(100), check)


def test_a_deadline_keeps_what_was_measured(hands: Hands) -> None:
    def check() -> None:
        if len(hands.order) > 4:
            raise DeadlineExceeded("over")

    one = Series(("x", "op"), hands.call(3 * MS))
    run(hands, [one], Plan(100), check)
    assert 0 < len(one.wall) < MOST_SAMPLES


def test_a_call_that_raises_is_dropped_and_the_others_go_on(hands: Hands) -> None:
    def boom() -> None:
        raise ValueError("no such key")

    bad, good = Series(("bad", "op"), Call(boom)), Series(("good", "op"), hands.call(3 * MS))
    run(hands, [bad, good], Plan(1, repeat=4))
    assert bad.error == "ValueError: no such key"
    assert bad.wall == []
    assert len(good.wall) == 4


@pytest.mark.parametrize("plan", [Plan(1, repeat=5), Plan(0.02), Plan(0.0001)], ids=["repeat", "budget", "overrun"])
def test_progress_grows_to_the_whole_and_is_there_once(hands: Hands, plan: Plan) -> None:
    seen: list[float] = []
    run(
        hands,
        [Series(("x", "op"), hands.call(3 * MS))],
        plan,
        progress=lambda share, _: seen.append(share),
    )
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert seen.count(1.0) == 1
