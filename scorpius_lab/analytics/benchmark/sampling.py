"""Timing: warm up, size a batch, then rounds over everything so that a drift of the machine meets all alike.

A sample is a batch of calls long enough (2 ms) for the clock and for a timer interrupt not to matter. Garbage is
collected between samples, not in them. Wall and process CPU time are both kept: where CPU is much below wall, the
process waited, and the wall time tells more about the neighbors than about the code.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from random import Random

from scorpius_lab.analytics.benchmark.measurement import LEAST_SAMPLES, Call
from scorpius_lab.analytics.benchmark.promises import FEWEST_SAMPLES
from scorpius_lab.errors import Cancelled, DeadlineExceeded

SAMPLE_NS = 2_000_000
COLD_NS = 25 * SAMPLE_NS
MOST_SAMPLES = 200
OVERRUN = 1.5
MOST_CALLS = 1 << 20
NEARLY = 0.9

Clock = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Clocks:
    """Nanoseconds of wall and of process CPU time."""

    wall: Clock = time.perf_counter_ns
    cpu: Clock = time.process_time_ns


@dataclass(slots=True)
class Series:
    """The samples of one call so far: nanoseconds per call. `long_samples` is how many it must get if it is long."""

    key: tuple[str, str]
    call: Call
    long_samples: int = LEAST_SAMPLES
    batch: int = 1
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    spent: int = 0
    error: str | None = None

    @property
    def long(self) -> bool:
        """Whether a single sample takes so much time that many others fit into it."""
        return bool(self.wall) and self.wall[0] * self.batch >= COLD_NS

    @property
    def least(self) -> int:
        """The samples it must get."""
        return self.long_samples if self.long else LEAST_SAMPLES


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often: a budget of seconds, or exactly `repeat` samples of each whatever it takes."""

    budget_seconds: float
    repeat: int | None = None
    seed: int = 0

    def wants(self, series: Series, share_ns: float) -> bool:
        """Whether a series should be sampled once more in this round."""
        taken = len(series.wall)
        if series.error is not None:
            return False
        if self.repeat is not None:
            return taken < self.repeat
        return taken < series.least or (taken < MOST_SAMPLES and series.spent < share_ns)

    def least(self, series: Series, elapsed_ns: float) -> int:
        """How many samples a series must get, budget or not, when so much time has passed."""
        if self.repeat is not None:
            return self.repeat
        if elapsed_ns <= OVERRUN * self.budget_seconds * 1e9:
            return series.least
        return 1 if series.long else FEWEST_SAMPLES


def take(call: Call, batch: int, clocks: Clocks) -> tuple[int, int]:
    """Run a batch; wall and CPU nanoseconds of the whole batch."""
    if call.before is not None:
        call.before()
    run, collecting = call.run, gc.isenabled()
    gc.disable()
    try:
        cpu, wall = clocks.cpu(), clocks.wall()
        for _ in repeat(None, batch):
            run()
        return clocks.wall() - wall, clocks.cpu() - cpu
    finally:
        if collecting:
            gc.enable()


@dataclass(frozen=True, slots=True)
class Warmed:
    """How many calls fill a sample; and the first sample, of a call so long that being cold does not matter to it."""

    batch: int
    first: tuple[int, int] | None = None


def warm_up(call: Call, clocks: Clocks) -> Warmed:
    """Warm up and size a batch by doubling. It is one call where that is long or needs its own preparation.

    A call that takes a random time is averaged over `at_least` of them, or the batch would be sized by luck.
    """
    first = take(call, 1, clocks)
    if first[0] >= COLD_NS:
        return Warmed(1, first)
    if call.before is not None:
        return Warmed(1)
    batch = call.at_least
    wall, _ = take(call, batch, clocks)  # the first call may have loaded or allocated something
    while wall < SAMPLE_NS and batch < MOST_CALLS:
        batch = min(MOST_CALLS, max(batch * 2, int(batch * SAMPLE_NS / wall) if wall > 0 else 0))
        wall, _ = take(call, batch, clocks)
    return Warmed(batch)


def loop_overhead(clocks: Clocks) -> float:
    """Nanoseconds that one empty call costs in the timing loop; contained in every figure."""
    batch = 100_000
    return min(take(Call(_nothing), batch, clocks)[0] for _ in range(3)) / batch


def _nothing() -> None:
    return None


def sample_all(
    series: Sequence[Series],
    plan: Plan,
    *,
    check: Callable[[], None],
    progress: Callable[[float, str], None],
    clocks: Clocks | None = None,
) -> int:
    """Fill the series round by round, in a shuffled order each round; returns the number of rounds begun.

    Every series gets its least even when that breaks the budget by half. After that one sample must do for what is
    long, and the three that a verdict takes for what is not, so that a busy machine does not make the run endless.
    Progress only grows and says 1 once, at the end.

    `check` may raise: Cancelled always ends the run, a passed deadline
    ends the sampling and keeps what is there. A call that raises is dropped with its error.
    """
    rounds = _rounds(series, plan, check, progress, clocks or Clocks())
    progress(1.0, "measured")
    return rounds


def _rounds(
    series: Sequence[Series],
    plan: Plan,
    check: Callable[[], None],
    progress: Callable[[float, str], None],
    clocks: Clocks,
) -> int:
    started, rounds = clocks.wall(), 0
    limit = plan.budget_seconds * 1e9
    share = limit / max(1, len(series))
    order, random = list(series), Random(plan.seed)  # noqa: S311 (order of measuring, not keys)
    while wanted := [one for one in order if plan.wants(one, share)]:
        rounds += 1
        random.shuffle(wanted)
        for one in wanted:
            try:
                check()
            except DeadlineExceeded:
                return rounds
            elapsed = clocks.wall() - started
            if len(one.wall) < plan.least(one, elapsed) or elapsed <= limit:
                _sample(one, clocks)
                progress(_done(plan, series, elapsed / limit if limit else 1.0), one.key[0])
        elapsed = clocks.wall() - started
        if elapsed > limit and all(one.error or len(one.wall) >= plan.least(one, elapsed) for one in order):
            break
    return rounds


def _done(plan: Plan, series: Sequence[Series], of_budget: float) -> float:
    """The share that is done, never quite 1: past nine tenths of the budget it creeps, as rounds may overrun it."""
    if plan.repeat is None:
        return of_budget if of_budget <= NEARLY else 1 - (1 - NEARLY) * NEARLY / of_budget
    return NEARLY * sum(len(one.wall) for one in series) / max(1, len(series) * plan.repeat)


def _sample(one: Series, clocks: Clocks) -> None:
    try:
        began = clocks.wall()
        first = None
        if not one.wall:
            warmed = warm_up(one.call, clocks)
            one.batch, first = warmed.batch, warmed.first
        wall, cpu = first or take(one.call, one.batch, clocks)
    except Cancelled:
        raise
    except Exception as problem:  # noqa: BLE001 (whatever a measurement raises becomes its result, state `error`)
        one.error = f"{type(problem).__name__}: {problem}"
        return
    one.wall.append(wall / one.batch)
    one.cpu.append(cpu / one.batch)
    one.spent += clocks.wall() - began
