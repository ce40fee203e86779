"""Asymptotic rates against published figures of Ma, Qi, Zhao and Lo 2005, an independent summation, and relations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.errors import UsageError
from scorpius_lab.quantum.qkd import rates
from scorpius_lab.quantum.qkd.parameters import gys

# Gobby, Yuan and Shields as in table 1 of the paper.
ATTENUATION, RECEIVER, BACKGROUND, MISALIGNMENT, EFFICIENCY = 0.21, 0.045, 1.7e-6, 0.033, 1.22
SIGNAL, WEAK = 0.48, 0.05

chance = st.floats(0.0, 1.0)
small = st.floats(0.0, 0.5)


def eta(length: object) -> np.ndarray:
    return rates.transmittance(length, ATTENUATION, RECEIVER)


def infinite(length: object, **changed: float) -> np.ndarray:
    background, misalignment = changed.get("background", BACKGROUND), changed.get("misalignment", MISALIGNMENT)
    return rates.infinite_decoy_rate(SIGNAL, eta(length), background, misalignment, EFFICIENCY)


def weak(length: object, **changed: float) -> np.ndarray:
    background, misalignment = changed.get("background", BACKGROUND), changed.get("misalignment", MISALIGNMENT)
    return rates.vacuum_weak_rate(SIGNAL, WEAK, eta(length), background, misalignment, EFFICIENCY)


# -- published figures


def test_infinite_decoy_ends_where_the_paper_says() -> None:
    assert rates.cut_off_km(infinite) == pytest.approx(142.05, abs=0.1)


def test_vacuum_and_weak_decoy_end_where_the_paper_says() -> None:
    assert rates.cut_off_km(weak) == pytest.approx(140.55, abs=0.1)


def test_the_best_intensities_are_those_of_the_paper() -> None:
    assert rates.optimal_intensity(MISALIGNMENT, 1.22) == pytest.approx(0.48, abs=0.005)
    assert rates.optimal_intensity(MISALIGNMENT, 1.0) == pytest.approx(0.54, abs=0.005)


def test_bounds_at_40_km_are_as_far_from_the_truth_as_in_the_paper() -> None:
    at, nu = eta(40), 0.25 * SIGNAL
    found = bounds(at, nu)
    assert 1 - found.yield_lower / rates.yield_of(1, at, BACKGROUND) == pytest.approx(0.035, abs=5e-4)
    truth = rates.yield_error_rate(1, at, BACKGROUND, MISALIGNMENT)
    assert found.error_upper / truth - 1 == pytest.approx(0.168, abs=5e-4)


def test_the_link_of_the_simulation_is_the_one_of_the_paper() -> None:
    link = gys(100)
    assert link.transmittance == pytest.approx(float(eta(100)), rel=1e-12)
    assert link.detector.background_yield == pytest.approx(BACKGROUND, rel=1e-9)
    assert link.detector.misalignment == MISALIGNMENT


def test_shor_and_preskill_end_at_eleven_percent() -> None:
    assert abs(rates.QBER_BOUND - 0.1100) < 5e-5
    assert rates.shor_preskill_rate(0.0) == 1.0
    assert rates.shor_preskill_rate(rates.QBER_BOUND - 1e-9) == pytest.approx(0.0, abs=1e-7)
    assert rates.shor_preskill_rate(rates.QBER_BOUND - 1e-4) > 0
    assert rates.shor_preskill_rate(rates.QBER_BOUND + 1e-9) == 0


def test_without_decoys_the_best_rate_falls_with_the_square_of_the_transmittance() -> None:
    intensities = np.geomspace(1e-5, 1, 6000)[:, None]
    best = rates.without_decoy_rate(intensities, np.array([1e-2, 1e-3]), 0.0, 0.01).max(axis=0)
    assert best[0] / best[1] == pytest.approx(100, rel=0.03)
    with_decoys = rates.infinite_decoy_rate(0.5, np.array([1e-2, 1e-3]), 0.0, 0.01)
    assert with_decoys[0] / with_decoys[1] == pytest.approx(10, rel=0.03)


def test_without_decoys_the_link_reaches_some_thirty_km() -> None:
    """The usual rule is mu = eta; the best mu, about half of it, goes further."""
    at_eta = rates.cut_off_km(lambda km: rates.without_decoy_rate(eta(km), eta(km), BACKGROUND, MISALIGNMENT))
    at_half = rates.cut_off_km(lambda km: rates.without_decoy_rate(eta(km) / 2, eta(km), BACKGROUND, MISALIGNMENT))
    assert at_eta == pytest.approx(32, abs=1)
    assert at_half == pytest.approx(40, abs=1)


# -- an independent summation over photon numbers


@given(st.floats(1e-3, 2.0), st.floats(1e-6, 1.0), st.floats(0.0, 0.1), st.floats(0.0, 0.5))
def test_gain_and_error_rate_are_the_sums_over_photon_numbers(mu: float, at: float, dark: float, wrong: float) -> None:
    clicks = errors = 0.0
    for i in range(60):
        weight = math.exp(-mu) * mu**i / math.factorial(i)
        through = 1 - (1 - at) ** i
        clicks += weight * (dark + through - dark * through)
        errors += weight * (0.5 * dark + wrong * through)
    assert rates.gain(mu, at, dark) == pytest.approx(clicks, rel=1e-9, abs=1e-14)
    expected = min(errors / clicks, 0.5) if clicks > 0 else 0.5
    assert rates.error_rate(mu, at, dark, wrong) == pytest.approx(expected, rel=1e-9)


# -- bounds are bounds


def bounds(at: object, nu: float, mu: float = SIGNAL, dark: float = BACKGROUND) -> rates.SinglePhotonBounds:
    error = rates.error_rate(nu, at, dark, MISALIGNMENT)
    return rates.vacuum_weak(mu, nu, rates.gain(mu, at, dark), rates.gain(nu, at, dark), error, dark)


yields = st.lists(chance, min_size=12, max_size=12)


@given(yields, yields, st.floats(0.1, 1.0), st.floats(0.05, 0.95))
def test_decoy_bounds_hold_whatever_eve_does_to_each_photon_number(
    per_photon: list[float], wrong: list[float], mu: float, share: float
) -> None:
    """Eve may choose every yield and every error rate; the vacuum's errors alone are a coin's."""
    nu = share * mu
    y, e = np.array(per_photon), np.array([0.5, *wrong[1:]]) / np.array([1.0, *[2.0] * 11])
    n = np.arange(12)
    factorial = np.array([math.factorial(i) for i in n])

    def seen(k: float, values: np.ndarray) -> float:
        return float((np.exp(-k) * k**n / factorial * values).sum())

    q_mu, q_nu = seen(mu, y), seen(nu, y)
    found = rates.vacuum_weak(mu, nu, q_mu, q_nu, seen(nu, y * e) / q_nu if q_nu else 0.5, y[0])
    assert found.yield_lower <= y[1] + 1e-9
    assert found.error_upper >= e[1] - 1e-7 or y[1] < 1e-6


def test_bounds_close_in_as_the_decoy_weakens_and_open_with_fluctuations() -> None:
    at = eta(50)
    exact_yield, exact_error = (
        rates.yield_of(1, at, BACKGROUND),
        rates.yield_error_rate(1, at, BACKGROUND, MISALIGNMENT),
    )
    found = [bounds(at, nu) for nu in (0.2, 0.1, 0.01, 0.001)]
    assert np.all(np.diff([b.yield_lower for b in found]) > 0)
    assert np.all(np.diff([b.error_upper for b in found]) < 0)
    assert found[-1].yield_lower == pytest.approx(exact_yield, rel=1e-3)
    assert found[-1].error_upper == pytest.approx(exact_error, rel=1e-2)


def test_fluctuations_only_loosen_and_vanish_with_many_pulses() -> None:
    at = eta(60)
    measured = (rates.gain(0.48, at, BACKGROUND), rates.gain(0.1, at, BACKGROUND))
    error = rates.error_rate(0.1, at, BACKGROUND, MISALIGNMENT)
    exact = rates.vacuum_weak(0.48, 0.1, *measured, error, BACKGROUND)
    loose = [
        rates.fluctuating_vacuum_weak(0.48, 0.1, *measured, error, BACKGROUND, (n, n, n), 10.0)
        for n in (1e8, 1e9, 1e10, 1e20)
    ]
    assert np.all(np.diff([b.yield_lower for b in loose]) >= 0)
    assert np.all(np.diff([b.error_upper for b in loose]) <= 0)
    assert loose[0].yield_lower < exact.yield_lower
    assert loose[-1].yield_lower == pytest.approx(exact.yield_lower, rel=1e-4)
    assert loose[-1].error_upper == pytest.approx(exact.error_upper, rel=1e-3)


def test_measurements_that_contradict_the_model_prove_nothing() -> None:
    none = rates.vacuum_weak(0.5, 0.1, 0.5, 1e-9, 0.03, 0.0)
    assert (none.yield_lower, none.error_upper) == (0.0, 0.5)
    too_few_errors = rates.vacuum_weak(0.5, 0.1, 5e-3, 2e-3, 0.0, 1e-4)
    assert too_few_errors.error_upper == 0.5


# -- relations


def test_order_of_the_protocols() -> None:
    lengths = np.linspace(0, 200, 101)
    best_without = rates.without_decoy_rate(
        np.geomspace(1e-4, 1, 500)[:, None], eta(lengths), BACKGROUND, MISALIGNMENT
    ).max(axis=0)
    assert np.all(weak(lengths) <= infinite(lengths))
    assert np.all(best_without <= infinite(lengths))
    assert np.all(infinite(lengths) <= rates.single_photon_rate(eta(lengths), BACKGROUND, MISALIGNMENT))


@pytest.mark.parametrize("rate", [infinite, weak], ids=["infinite decoy", "vacuum and weak"])
def test_rate_falls_with_distance_background_and_misalignment(rate: object) -> None:
    assert np.all(np.diff(rate(np.linspace(0, 200, 201))) <= 0)
    assert np.all(np.diff([rate(80.0, background=b) for b in np.geomspace(1e-8, 1e-3, 20)]) <= 0)
    assert np.all(np.diff([rate(80.0, misalignment=e) for e in np.linspace(0, 0.2, 20)]) <= 0)


@given(st.floats(1e-3, 1.5), st.floats(0.02, 0.9), st.floats(1e-7, 1.0), st.floats(0, 0.2), small)
def test_no_key_above_the_qber_bound(mu: float, share: float, at: float, dark: float, wrong: float) -> None:
    qber = rates.error_rate(mu, at, dark, wrong)
    found = [
        rates.infinite_decoy_rate(mu, at, dark, wrong),
        rates.without_decoy_rate(mu, at, dark, wrong),
        rates.vacuum_weak_rate(mu, share * mu, at, dark, wrong),
    ]
    assert all(rate >= 0 for rate in found)
    if qber > rates.QBER_BOUND:
        assert found == [0, 0, 0]


@given(chance, chance, small, small, st.floats(1.0, 2.0))
def test_gllp_gives_no_more_than_the_clicks_and_nothing_above_the_bound(
    q_mu: float, q_1: float, e_mu: float, e_1: float, f: float
) -> None:
    rate = rates.gllp_rate(q_mu, e_mu, q_1 * q_mu, e_1, f)
    assert 0 <= rate <= 0.5 * q_mu + 1e-15
    assert rate == 0 or e_mu <= rates.QBER_BOUND


def test_more_than_half_wrong_is_no_better_than_a_coin() -> None:
    assert rates.shor_preskill_rate(0.99) == 0
    assert rates.gllp_rate(0.1, 0.01, 0.09, 1.0) == 0


# -- refusals


def test_refusals_are_clear() -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        rates.binary_entropy(1.2)
    with pytest.raises(UsageError, match="weak decoy"):
        rates.vacuum_weak(0.5, 0.5, 0.1, 0.1, 0.1, 0.0)
    with pytest.raises(UsageError, match="no intensity gives a key"):
        rates.optimal_intensity(0.2)


def test_a_rate_that_never_or_always_is_positive_has_its_ends() -> None:
    assert rates.cut_off_km(np.zeros_like) == 0
    assert rates.cut_off_km(np.ones_like, 50) == 50
