"""One benchmark run: prepare what was asked for, sample it, judge the promises, give back observations."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scorpius_lab.analytics.benchmark.affordable import left_out
from scorpius_lab.analytics.benchmark.machine import Load, host, load
from scorpius_lab.analytics.benchmark.measurement import Bench, Figure, Measurement, Prepared
from scorpius_lab.analytics.benchmark.promises import PROMISES, Verdict, judge
from scorpius_lab.analytics.benchmark.sampling import (
    Clocks,
    Plan,
    Series,
    loop_overhead,
    sample_all,
)
from scorpius_lab.analytics.benchmark.statistics import Spread, spread
from scorpius_lab.core.observations import Asset, Observation, State
from scorpius_lab.core.rules import Rule, Severity

MEASURED = "A measurement, not a judgment."
STEADY_CPU_SHARE = 0.95
CONDITIONS = Rule(
    id="benchmark.machine.conditions",
    version=1,
    title="Share of wall time in which the code really ran",
    severity=Severity.INFO,
    remedy="Measure again on an idle machine if the share is much below 1.",
    tags=("benchmark", "machine"),
)


@dataclass(frozen=True, slots=True)
class Sampled:
    """What one run took: series by (measurement, operation), and what could not be prepared with the reason."""

    prepared: Mapping[str, Prepared]
    series: tuple[Series, ...]
    threaded: frozenset[str]
    failed: Mapping[str, tuple[State, str]]
    rounds: int
    seconds: float
    overhead_ns: float
    load: Load


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure's result."""

    figure: Figure
    spread: Spread | None
    state: State
    reason: str
    detail: Mapping[str, object] = field(default_factory=dict)


def measure(
    chosen: Sequence[Measurement],
    bench: Bench,
    plan: Plan,
    *,
    check: Callable[[], None],
    progress: Callable[[float, str], None],
    named: Collection[str] = (),
    clocks: Clocks | None = None,
) -> Sampled:
    """Prepare and sample the chosen measurements; preparation counts against at most half of the budget.

    Those too slow for the budget are left out with the reason, unless they are `named` or samples are counted.
    """
    before, clocks = load(), clocks or Clocks()
    began = time.monotonic()
    prepared: dict[str, Prepared] = {}
    failed = _unaffordable(chosen, plan, named)
    for one in chosen:
        if one.title in failed:
            continue
        check()
        progress(0.0, f"preparing {one.title}")
        _prepare(one, bench, prepared, failed)
    series = tuple(
        Series(
            (one.title, operation.name),
            prepared[one.title].calls[operation.name],
            long_samples=one.long_samples,
        )
        for one in chosen
        if one.title in prepared
        for operation in one.operations
    )
    overhead = loop_overhead(clocks)
    left = max(plan.budget_seconds / 2, plan.budget_seconds - (time.monotonic() - began))
    rest = Plan(left, plan.repeat, plan.seed)
    rounds = sample_all(series, rest, check=check, progress=progress, clocks=clocks)
    threaded = frozenset(one.title for one in chosen if one.threads)
    return Sampled(prepared, series, threaded, failed, rounds, time.monotonic() - began, overhead, before)


def _unaffordable(chosen: Sequence[Measurement], plan: Plan, named: Collection[str]) -> dict[str, tuple[State, str]]:
    if plan.repeat is not None:
        return {}
    needed = left_out([one for one in chosen if one.name not in named], plan.budget_seconds)
    names = {one.title: one.name for one in chosen}
    return {
        title: (
            State.NOT_EVALUATED,
            f"Not measured: too slow for a budget of {plan.budget_seconds:g} s; "
            f"--budget {seconds} has room for it, --only {names[title]} measures it alone.",
        )
        for title, seconds in needed.items()
    }


def _prepare(
    one: Measurement, bench: Bench, prepared: dict[str, Prepared], failed: dict[str, tuple[State, str]]
) -> None:
    try:
        prepared[one.title] = one.prepare(bench)
    except ImportError as problem:
        failed[one.title] = (State.NOT_EVALUATED, f"Not measured: {one.library} is not usable here ({problem}).")
    except Exception as problem:  # noqa: BLE001 (one measurement that cannot be prepared must not end the others)
        failed[one.title] = (State.ERROR, f"Could not be measured: {type(problem).__name__}: {problem}")


def readings(chosen: Iterable[Measurement], sampled: Sampled) -> list[Reading]:
    """Every figure of the chosen measurements, with its spread or the reason there is none."""
    by_key = {one.key: one for one in sampled.series}
    return [_reading(figure, sampled, by_key) for one in chosen for figure in one.figures()]


def _reading(figure: Figure, sampled: Sampled, by_key: Mapping[tuple[str, str], Series]) -> Reading:
    one, about = figure.measurement, _about(figure)
    if one.title in sampled.failed:
        state, reason = sampled.failed[one.title]
        return Reading(figure, None, state, reason, about)
    series = by_key[one.title, figure.operation.name]
    if series.error is not None:
        return Reading(figure, None, State.ERROR, f"Could not be measured: {series.error}", about)
    if not series.wall:
        return Reading(figure, None, State.NOT_EVALUATED, "Not measured: the time allowed was over.", about)
    found = spread(_in_unit(series, figure.unit))
    cpu = spread(series.cpu).median / 1e6
    detail = {
        **about,
        **_spread_detail(found),
        "batch": series.batch,
        "cpu_ms": cpu,
        "cpu_share": sum(series.cpu) / max(1.0, sum(series.wall)),
        "sizes": {**one.sizes, **sampled.prepared[one.title].sizes},
    }
    return Reading(figure, found, State.NOT_APPLICABLE, MEASURED, detail)


def _about(figure: Figure) -> dict[str, object]:
    one = figure.measurement
    return {
        "title": figure.title,
        "subject": one.title,
        "operation": figure.operation.name,
        "group": one.group,
        "library": one.library,
        "standard": one.standard,
        "note": one.note,
        "better": figure.better,
        "family": one.family,
        "level": one.level,
        "sizes": dict(one.sizes),
    }


def _in_unit(series: Series, unit: str) -> list[float]:
    if unit == "ms":
        return [nanoseconds / 1e6 for nanoseconds in series.wall]
    work = series.call.work[unit]
    return [work / (nanoseconds / 1e9) for nanoseconds in series.wall]


def _spread_detail(found: Spread) -> dict[str, object]:
    return {"p5": found.p5, "p95": found.p95, "min": found.low, "max": found.high, "n": found.n}


def verdicts(found: Iterable[Reading], runs: Mapping[str, Spread]) -> list[Verdict]:
    """Every promise held against these readings and the recorded runs."""
    figures = {one.figure.id: one.spread for one in found if one.spread is not None}
    return [judge(promise, figures, runs) for promise in PROMISES]


def observations(
    sampled: Sampled, found: Sequence[Reading], judged: Sequence[Verdict], plan: Plan
) -> list[Observation]:
    """What the run records: one observation per figure, one per promise, one of the conditions."""
    asset = host()
    measured = [
        Observation(
            rule=one.figure.rule,
            asset=asset,
            state=one.state,
            reason=one.reason,
            value=one.spread.median if one.spread else None,
            unit=one.figure.unit,
            detail={"order": order, **one.detail},
        )
        for order, one in enumerate(found)
    ]
    promised = [_promise(one, asset, order) for order, one in enumerate(judged)]
    return [*measured, *promised, _conditions(sampled, asset, plan)]


def _promise(one: Verdict, asset: Asset, order: int) -> Observation:
    detail: dict[str, object] = {
        "order": order,
        "target": one.promise.target,
        "better": one.promise.better,
        "title": one.promise.title,
        "basis": one.promise.basis,
        "slowest": one.slowest,
        "beside": dict(one.beside),
    }
    if one.spread is not None:
        detail |= _spread_detail(one.spread) | {"ratio": one.ratio}
    return Observation(
        rule=one.promise.rule,
        asset=asset,
        state=one.state,
        reason=one.reason,
        value=one.spread.median if one.spread else None,
        unit=one.promise.unit,
        detail=detail,
    )


def cpu_share(sampled: Sampled) -> float | None:
    """CPU time over wall time of all that runs in one thread and waits for nothing; None if nothing of it was taken."""
    taken = [one for one in sampled.series if one.key[0] not in sampled.threaded and one.wall]
    wall = sum(sum(one.wall) * one.batch for one in taken)
    cpu = sum(sum(one.cpu) * one.batch for one in taken)
    return cpu / wall if wall else None


def _conditions(sampled: Sampled, asset: Asset, plan: Plan) -> Observation:
    share = cpu_share(sampled)
    busy = sampled.load.busy or (share is not None and share < STEADY_CPU_SHARE)
    return Observation(
        rule=CONDITIONS,
        asset=asset,
        state=State.NOT_APPLICABLE,
        reason="The machine was busy; read the spreads, not the medians." if busy else "The machine was quiet.",
        value=share,
        unit="CPU time / wall time",
        detail={
            "busy": busy,
            "load_average": sampled.load.average,
            "cores": sampled.load.cores,
            "rounds": sampled.rounds,
            "seconds": round(sampled.seconds, 3),
            "budget_seconds": plan.budget_seconds,
            "repeat": plan.repeat,
            "seed": plan.seed,
            "overhead_ns": round(sampled.overhead_ns, 1),
            "machine": dict(asset.attributes),
        },
    )
