"""Entangled pairs: closed forms against a sum over pairs, photons and detectors, and the simulation against both."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.errors import SimulationError
from scorpius_lab.quantum.qkd import rates
from scorpius_lab.quantum.qkd.bbm92 import PairLink, simulate_pairs

# Ma, Fung and Lo 2007, table 1.
RECEIVER, BACKGROUND, MISALIGNMENT = 0.145, 6.02e-6, 0.015


def summed(mean_pairs: float, alice: float, bob: float, background: float, wrong: float) -> tuple[float, float]:
    """Gain and QBER by adding up pairs, how they split, and what each of the four detectors does."""
    lam, dark = mean_pairs / 2, 1 - math.sqrt(1 - background)
    clicks = errors = 0.0
    for n in range(150):
        weight = (n + 1) * lam**n / (1 + lam) ** (n + 2) / (n + 1)
        for m, turned in itertools.product(range(n + 1), (False, True)):
            share = weight * (wrong if turned else 1 - wrong)
            side_a = outcomes(n - m, m, alice, dark)
            side_b = outcomes(m, n - m, bob, dark) if turned else outcomes(n - m, m, bob, dark)
            clicks += share * sum(side_a) * sum(side_b)
            errors += share * (side_a[0] * side_b[1] + side_a[1] * side_b[0])
    return clicks, errors / clicks


def outcomes(zeros: int, ones: int, eta: float, dark: float) -> tuple[float, float]:
    """Probabilities of bit 0 and of bit 1, a double click shared out."""
    zero, one = (1 - (1 - dark) * (1 - eta) ** n for n in (zeros, ones))
    return zero * (1 - one) + zero * one / 2, one * (1 - zero) + zero * one / 2


@pytest.mark.parametrize(
    ("mean_pairs", "alice", "bob", "background", "wrong"),
    [(0.2, 0.1, 0.1, 1e-6, 0.015), (1.0, 0.3, 0.01, 1e-4, 0.0), (0.05, 0.9, 0.5, 0.0, 0.1), (2.0, 1.0, 1.0, 0.0, 0.0)],
    ids=["usual", "uneven", "bright detectors", "perfect detectors"],
)
def test_closed_forms_are_the_sum(mean_pairs: float, alice: float, bob: float, background: float, wrong: float) -> None:
    clicks, qber = summed(mean_pairs, alice, bob, background, wrong)
    assert rates.pair_gain(mean_pairs, alice, bob, background) == pytest.approx(clicks, rel=1e-9)
    # The paper drops a factor 1 - Y0 before the agreement.
    assert rates.pair_error_rate(mean_pairs, alice, bob, background, wrong) == pytest.approx(
        qber, abs=2 * background + 1e-9
    )


@pytest.mark.parametrize(
    "link",
    [PairLink(), PairLink(0.5, 0.4, 0.2, 1e-3, 0.05, 0.8), PairLink(1.0, 0.05, 0.9, 0.0, 0.0)],
    ids=["usual", "noisy, biased", "bright"],
)
def test_the_simulation_agrees_with_the_closed_forms(link: PairLink) -> None:
    run = simulate_pairs(link, 2_000_000, seed=7)
    gain = float(rates.pair_gain(link.mean_pairs, link.alice, link.bob, link.background))
    qber = float(rates.pair_error_rate(link.mean_pairs, link.alice, link.bob, link.background, link.misalignment))
    same = link.basis_probability**2 + (1 - link.basis_probability) ** 2
    assert run.sifted == pytest.approx(run.pulses * gain * same, abs=5 * math.sqrt(run.pulses * gain * same))
    assert run.qber == pytest.approx(qber, abs=5 * math.sqrt(qber * (1 - qber) / run.sifted))
    assert run.alice_bits.mean() == pytest.approx(0.5, abs=5 * 0.5 / math.sqrt(run.sifted))


def test_bits_and_counts_belong_together_and_to_the_seed() -> None:
    first, again, other = (simulate_pairs(PairLink(), 600_000, seed) for seed in (1, 1, 2))
    assert first.errors == np.count_nonzero(first.alice_bits != first.bob_bits)
    assert first.sifted == first.alice_bits.size == first.bob_bits.size
    np.testing.assert_array_equal(first.bob_bits, again.bob_bits)
    assert first.alice_bits.tobytes() != other.alice_bits.tobytes()
    assert "bits" not in repr(first)
    assert "simulation" in first.notice


@given(st.floats(0.01, 3), st.floats(1e-4, 1), st.floats(1e-4, 1), st.floats(0, 0.1), st.floats(0, 0.5))
def test_no_key_above_the_qber_bound(mean_pairs: float, alice: float, bob: float, dark: float, wrong: float) -> None:
    qber = rates.pair_error_rate(mean_pairs, alice, bob, dark, wrong)
    rate = rates.pair_rate(mean_pairs, alice, bob, dark, wrong)
    gain = rates.pair_gain(mean_pairs, alice, bob, dark)
    assert 0 <= rate <= gain / 2 <= 0.5
    assert rate == 0 or qber <= rates.QBER_BOUND
    assert gain == pytest.approx(float(rates.pair_gain(mean_pairs, bob, alice, dark)), rel=1e-9)


def test_reach_of_the_published_set_up_is_less_than_what_two_way_communication_adds() -> None:
    """The paper: up to 70 dB with two-way post-processing and the source in the middle; one-way must stay below."""
    means = np.geomspace(1e-3, 1, 300)[:, None]

    def best(loss_db: np.ndarray) -> np.ndarray:
        side = RECEIVER * 10 ** (-loss_db / 20)
        return rates.pair_rate(means, side, side, BACKGROUND, MISALIGNMENT).max(axis=0)

    reach = rates.cut_off_km(best, 100.0)
    assert 50 < reach < 70
    assert np.all(np.diff(best(np.linspace(0, 80, 41))) <= 0)


@pytest.mark.parametrize(
    "wrong",
    [{"mean_pairs": 0.0}, {"mean_pairs": math.nan}, {"alice": 1.5}, {"background": -0.1}, {"misalignment": 0.6}],
    ids=["no pairs", "nan", "alice", "background", "misalignment"],
)
def test_values_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SimulationError, match="must"):
        PairLink(**wrong)


def test_a_number_of_pulses_out_of_range_is_refused() -> None:
    with pytest.raises(SimulationError, match="pulses"):
        simulate_pairs(PairLink(), 0)
