"""Verdicts, and that the table of promises speaks of figures that exist in the same unit."""

from __future__ import annotations

import pytest

from scorpius_lab.analytics.benchmark.measurements import MEASUREMENTS
from scorpius_lab.analytics.benchmark.promises import PROMISES, Promise, judge
from scorpius_lab.analytics.benchmark.statistics import Spread
from scorpius_lab.core.observations import State

FIGURES = {figure.id: figure for one in MEASUREMENTS for figure in one.figures()}
LOWER = Promise("p", "Signing", 25, "ms", "lower", answered_by=("a", "b"), beside=("c",))
HIGHER = Promise("p", "Ingest", 1, "GB/min", "higher", answered_by=("a",))


def sp(median: float, p5: float | None = None, p95: float | None = None) -> Spread:
    low, high = p5 if p5 is not None else median, p95 if p95 is not None else median
    return Spread(median, low, high, low, high, 9)


def test_the_product_promises_are_all_there() -> None:
    told = {p.name: (p.target, p.unit, p.better) for p in PROMISES}
    assert told == {
        "key-generation": (100, "ms", "lower"),
        "encryption": (50, "ms", "lower"),
        "signature": (25, "ms", "lower"),
        "verification": (10, "ms", "lower"),
        "contract-scan": (2, "s", "lower"),
        "transaction-analysis": (500, "ms", "lower"),
        "threat-detection": (1, "s", "lower"),
        "concurrent-users": (10_000, "users", "higher"),
        "requests": (5_000, "requests/s", "higher"),
        "ingest": (1, "GB/min", "higher"),
    }


@pytest.mark.parametrize("promise", PROMISES, ids=lambda p: p.name)
def test_a_promise_is_answered_by_figures_of_its_unit_and_direction(promise: Promise) -> None:
    for name in (*promise.answered_by, *promise.beside):
        assert FIGURES[name].unit == promise.unit
        assert FIGURES[name].better == promise.better
    assert not set(promise.answered_by) & set(promise.beside)
    assert not (promise.answered_by and promise.runs_of)


@pytest.mark.parametrize(
    ("a", "b", "state"),
    [
        (sp(1), sp(2, p95=24.9), State.PASS),
        (sp(1), sp(2, p95=25), State.PARTIAL),
        (sp(1), sp(25), State.FAIL),
        (sp(30), sp(1), State.FAIL),
    ],
)
def test_the_slow_end_of_the_worst_decides(a: Spread, b: Spread, state: State) -> None:
    assert judge(LOWER, {"a": a, "b": b}, {}).state is state


@pytest.mark.parametrize(
    ("spread", "state"),
    [(sp(2, p5=1), State.PASS), (sp(2, p5=0.99), State.PARTIAL), (sp(0.99, p5=0.5, p95=9), State.FAIL)],
)
def test_a_rate_is_held_to_its_low_end(spread: Spread, state: State) -> None:
    assert judge(HIGHER, {"a": spread}, {}).state is state


@pytest.mark.parametrize("n", [1, 2])
def test_few_samples_keep_a_promise_in_part_at_best_and_say_so(n: int) -> None:
    found = judge(LOWER, {"a": Spread(1, 1, 1, 1, 1, n), "b": Spread(1, 1, 1, 1, 1, n)}, {})
    assert found.state is State.PARTIAL
    assert ("1 sample only" if n == 1 else "2 samples only") in found.reason
    assert judge(HIGHER, {"a": Spread(0.5, 0.5, 0.5, 0.5, 0.5, n)}, {}).state is State.FAIL


def test_the_ratio_is_of_the_slow_end_so_that_what_fails_is_below_one() -> None:
    assert judge(LOWER, {"a": sp(1, p95=50), "b": sp(2)}, {}).ratio == pytest.approx(0.5)
    assert judge(LOWER, {"a": sp(1, p95=50), "b": sp(2)}, {}).state is State.PARTIAL
    assert judge(LOWER, {"a": sp(1, p95=90), "b": sp(30, p95=40)}, {}).state is State.FAIL
    assert judge(HIGHER, {"a": sp(3, p5=0.5)}, {}).ratio == pytest.approx(0.5)


def test_the_ratio_is_above_one_when_kept() -> None:
    assert judge(LOWER, {"a": sp(1), "b": sp(2.5)}, {}).ratio == pytest.approx(10)
    assert judge(HIGHER, {"a": sp(3)}, {}).ratio == pytest.approx(3)
    assert judge(HIGHER, {"a": sp(0.5)}, {}).ratio == pytest.approx(0.5)


def test_the_worst_is_named_and_the_rest_is_told_beside_it() -> None:
    verdict = judge(LOWER, {"a": sp(1), "b": sp(2), "c": sp(400)}, {})
    assert verdict.slowest == "b"
    assert verdict.beside == {"c": 400}
    assert verdict.state is State.PASS


def test_one_missing_figure_leaves_it_not_evaluated() -> None:
    verdict = judge(LOWER, {"a": sp(1)}, {})
    assert verdict.state is State.NOT_EVALUATED
    assert verdict.spread is None
    assert verdict.reason == "Not measured: it was not measured in this run."


def test_recorded_runs_answer_a_promise() -> None:
    promise = next(p for p in PROMISES if p.name == "threat-detection")
    assert judge(promise, {}, {}).state is State.NOT_EVALUATED
    assert judge(promise, {}, {"threats.scan": sp(0.4, p95=0.8)}).state is State.PASS
    assert judge(promise, {}, {"threats.scan": sp(1.4)}).state is State.FAIL


def test_nothing_measured_never_counts_as_kept() -> None:
    assert {judge(p, {}, {}).state for p in PROMISES} == {State.NOT_EVALUATED}
