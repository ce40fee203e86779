"""Which slow measurements a budget has room for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.analytics.benchmark.affordable import SLOW_SHARE, left_out, needed_seconds
from scorpius_lab.analytics.benchmark.component import RunParameters
from scorpius_lab.analytics.benchmark.measurement import Measurement
from scorpius_lab.analytics.benchmark.measurements import MEASUREMENTS
from scorpius_lab.analytics.benchmark.promises import PROMISES


def taking(*seconds: float) -> list[Measurement]:
    return [Measurement("g", f"m{i}", f"M{i}", "", (), lambda _: None, seconds=s) for i, s in enumerate(seconds)]


def test_the_slowest_do_not_fit_and_are_told_what_they_need() -> None:
    assert left_out(taking(1.6, 0.0, 0.3), 6) == {"M0": 29}


@given(st.lists(st.floats(0, 100), max_size=12), st.floats(0.1, 1000))
def test_what_fits_fits_and_the_named_budget_has_room(seconds: list[float], budget: float) -> None:
    chosen = taking(*seconds)
    left = left_out(chosen, budget)
    fit = [needed_seconds(one) for one in chosen if one.title not in left]
    assert sum(fit) <= SLOW_SHARE * budget * (1 + 1e-9)
    for title, needed in left.items():
        assert title not in left_out(chosen, needed)


def test_the_default_budget_leaves_out_five_sets_and_a_minute_none() -> None:
    default = RunParameters().budget_seconds
    slow = {f"SLH-DSA-{name}" for name in ("SHA2-192s", "SHA2-256s", "SHAKE-128s", "SHAKE-192s", "SHAKE-256s")}
    assert set(left_out(MEASUREMENTS, default)) == slow
    assert not left_out(MEASUREMENTS, 60)


@pytest.mark.parametrize("promise", [one for one in PROMISES if one.answered_by], ids=lambda one: one.name)
def test_no_promise_waits_for_what_is_left_out(promise) -> None:
    left = left_out(MEASUREMENTS, 0.001)
    figures = {figure.id for one in MEASUREMENTS if one.title not in left for figure in one.figures()}
    assert set(promise.answered_by) <= figures
