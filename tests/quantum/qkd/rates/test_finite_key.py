"""Finite keys of Lim et al. 2014 against a second implementation in plain Python, the paper's remarks, and relations."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorpius_lab.errors import UsageError
from scorpius_lab.quantum.qkd import rates

# Section IV of the paper: InGaAs detectors on 0.2 dB/km.
BACKGROUND, MISALIGNMENT, AFTERPULSE, EFFICIENCY, CORRECTNESS = 1.2e-6, 5e-3, 4e-2, 1.16, 1e-15
CHOSEN = rates.Settings([0.45, 0.2, 2e-4], [0.5, 0.35, 0.15], 0.85)


def eta(length: object) -> np.ndarray:
    return rates.transmittance(length, 0.2, 0.1)


def rate(size: object, length: object, **changed: float) -> np.ndarray:
    link = {"background": BACKGROUND, "misalignment": MISALIGNMENT, "afterpulse": AFTERPULSE} | changed
    block = rates.expected_block(size, CHOSEN, eta(length), **link)
    return rates.finite_key_rate(block, CHOSEN, EFFICIENCY, 1e-10, CORRECTNESS)


# -- a second implementation, written from the paper's equations alone, one number at a time


def entropy(x: float) -> float:
    return 0.0 if x in {0, 1} else -x * math.log2(x) - (1 - x) * math.log2(1 - x)


def plain_length(  # noqa: PLR0917 (the symbols of the paper)
    n_x: Sequence[float],
    n_z: Sequence[float],
    m_z: Sequence[float],
    mu: Sequence[float],
    p: Sequence[float],
    leak: float,
    e_sec: float,
    e_cor: float,
) -> float:
    """The right side of Eq. 1 before it is rounded down."""
    log = math.log(21 / e_sec)

    def plus(n: Sequence[float], i: int) -> float:
        return math.exp(mu[i]) / p[i] * (n[i] + math.sqrt(sum(n) / 2 * log))

    def minus(n: Sequence[float], i: int) -> float:
        return math.exp(mu[i]) / p[i] * (n[i] - math.sqrt(sum(n) / 2 * log))

    tau_0 = sum(p[i] * math.exp(-mu[i]) for i in range(3))
    tau_1 = sum(p[i] * math.exp(-mu[i]) * mu[i] for i in range(3))

    def s_0(n: Sequence[float]) -> float:
        return max(tau_0 * (mu[1] * minus(n, 2) - mu[2] * plus(n, 1)) / (mu[1] - mu[2]), 0)

    def s_1(n: Sequence[float]) -> float:
        last = (mu[1] ** 2 - mu[2] ** 2) / mu[0] ** 2 * (plus(n, 0) - s_0(n) / tau_0)
        top = tau_1 * mu[0] * (minus(n, 1) - plus(n, 2) - last)
        return max(top / (mu[0] * (mu[1] - mu[2]) - mu[1] ** 2 + mu[2] ** 2), 0)

    if s_1(n_x) <= 0 or s_1(n_z) <= 0:
        phi = 0.5
    else:
        v = max(tau_1 * (plus(m_z, 1) - minus(m_z, 2)) / (mu[1] - mu[2]), 1)
        b, c, d = min(v / s_1(n_z), 0.5), s_1(n_z), s_1(n_x)
        under = (c + d) * (1 - b) * b / (c * d * math.log(2))
        phi = min(b + math.sqrt(under * math.log2((c + d) / (c * d * (1 - b) * b) * 21**2 / e_sec**2)), 0.5)
    return s_0(n_x) + s_1(n_x) * (1 - entropy(phi)) - leak - 6 * math.log2(21 / e_sec) - math.log2(2 / e_cor)


counts = st.tuples(*[st.integers(1, 10**9)] * 3)


@given(
    counts,
    counts,
    st.tuples(*[st.floats(0, 0.3)] * 3),
    st.floats(0.1, 1.0),
    st.floats(0.05, 0.9),
    st.floats(0.0, 0.9),
    st.tuples(*[st.floats(0.01, 1.0)] * 3),
    st.floats(-15, -3),
)
def test_it_is_what_a_second_implementation_computes(  # noqa: PLR0917 (what is drawn)
    n_x: tuple[int, ...],
    n_z: tuple[int, ...],
    shares: tuple[float, ...],
    strong: float,
    weak: float,
    faint: float,
    weights: tuple[float, ...],
    power: float,
) -> None:
    mu = [strong, strong * weak, strong * weak * faint * (1 - weak)]
    p = [w / sum(weights) for w in weights]
    m_z = [float(int(n * share)) for n, share in zip(n_z, shares, strict=True)]
    chosen = rates.Settings(mu, p, 0.5)
    block = rates.Block(np.array(n_x, float), np.array(n_z, float), np.array(m_z), np.array(0.02), np.array(10.0**10))
    found = rates.finite_key(block, chosen, 100.0, 10.0**power, 1e-12)
    expected = plain_length(n_x, n_z, m_z, mu, p, 100.0, 10.0**power, 1e-12)
    assert found.surplus == pytest.approx(expected, rel=1e-9, abs=1e-4)
    if found.phase_error < 0.5:
        assert abs(found.length - max(math.floor(expected), 0)) <= 1


def test_a_shape_of_points_gives_what_each_point_gives() -> None:
    sizes, lengths = np.array([1e5, 1e7])[:, None], np.array([0.0, 40.0, 90.0])
    together = rate(sizes, lengths)
    assert together.shape == (2, 3)
    assert together[1, 2] == pytest.approx(float(rate(1e7, 90.0)), rel=1e-12)


# -- what the paper says


def published(size: float, lengths: np.ndarray) -> np.ndarray:
    """The best rates with a secrecy of 1e-15 for each bit of the key, as in section IV."""
    secrecy = np.full(lengths.shape, 1e-12)
    for _ in range(2):
        best = rates.best_settings(
            size, eta(lengths), BACKGROUND, MISALIGNMENT, AFTERPULSE, EFFICIENCY, secrecy, CORRECTNESS
        )
        block = rates.expected_block(size, best, eta(lengths), BACKGROUND, MISALIGNMENT, AFTERPULSE)
        found = rates.finite_key_rate(block, best, EFFICIENCY, secrecy, CORRECTNESS)
        secrecy = np.maximum(1e-15 * found * block.pulses, 1e-15)
    return found


def test_at_100_km_a_block_of_1e9_gives_about_1_75_times_the_rate_of_1e7() -> None:
    at = np.array([100.0])
    assert published(1e9, at)[0] / published(1e7, at)[0] == pytest.approx(1.75, rel=0.05)


def test_a_block_of_only_1e4_still_gives_key_beyond_a_hundred_km() -> None:
    """The paper says "up to 135 km"; on our reading of its channel model the last key is at 128 km."""
    found = published(1e4, np.array([0.0, 100.0, 125.0, 140.0]))
    assert np.all(found[:3] > 0)
    assert found[3] == 0


# -- relations


def test_rate_grows_with_the_block_and_tends_to_the_exact_one() -> None:
    found = np.array([rate(10.0**s, 60.0) for s in (5, 6, 7, 8, 9, 12, 15, 18)])
    assert np.all(np.diff(found) >= 0)
    tau_0, tau_1 = CHOSEN.photon_probability(0), CHOSEN.photon_probability(1)
    infinite = rates.finite_key_rate(
        rates.expected_block(1e24, CHOSEN, eta(60.0), BACKGROUND, MISALIGNMENT, AFTERPULSE), CHOSEN, EFFICIENCY
    )
    assert found[-1] == pytest.approx(float(infinite), rel=1e-5)
    # And no decoy bound gives more than what is truly there.
    light = rates.yield_of(1, eta(60.0), BACKGROUND) * (1 + AFTERPULSE)
    assert infinite < CHOSEN.key_basis**2 * (tau_0 * BACKGROUND * (1 + AFTERPULSE) + tau_1 * light)


def test_endless_blocks_with_faint_decoys_find_the_true_yield_and_error_rate() -> None:
    faint = rates.Settings([0.5, 1e-3, 1e-7], [0.4, 0.3, 0.3], 0.5)
    block = rates.expected_block(1e26, faint, eta(30.0), BACKGROUND, MISALIGNMENT)
    found = rates.finite_key(block, faint, 0.0)
    truth = block.pulses * faint.key_basis**2 * faint.photon_probability(1) * rates.yield_of(1, eta(30.0), BACKGROUND)
    assert found.single == pytest.approx(float(truth), rel=2e-3)
    error = rates.yield_error_rate(1, eta(30.0), BACKGROUND, MISALIGNMENT)
    assert found.phase_error == pytest.approx(float(error), rel=3e-3)


def test_rate_falls_with_distance_background_misalignment_and_afterpulses() -> None:
    assert np.all(np.diff(rate(1e7, np.linspace(0, 200, 81))) <= 0)
    assert np.all(np.diff([rate(1e7, 80.0, background=b) for b in np.geomspace(1e-8, 1e-4, 20)]) <= 0)
    assert np.all(np.diff([rate(1e7, 80.0, misalignment=e) for e in np.linspace(0, 0.2, 20)]) <= 0)
    assert np.all(np.diff([rate(1e7, 80.0, afterpulse=a) for a in np.linspace(0, 0.2, 20)]) <= 0)


def test_stricter_security_and_a_greater_leak_cost_key() -> None:
    block = rates.expected_block(1e6, CHOSEN, eta(20.0), BACKGROUND, MISALIGNMENT)
    by_secrecy = rates.finite_key(block, CHOSEN, 1e5, np.array([1e-15, 1e-10, 1e-5])).length
    assert np.all(np.diff(by_secrecy) > 0)
    by_leak = rates.finite_key(block, CHOSEN, np.array([0.0, 1e4, 1e5])).length
    assert list(by_leak - by_leak[0]) == [0, -1e4, -1e5]


@settings(max_examples=60)
@given(st.floats(3, 12), st.floats(0, 250), st.floats(0, 0.5), st.floats(1e-9, 1e-2))
def test_no_key_above_the_qber_bound(power: float, length: float, wrong: float, dark: float) -> None:
    block = rates.expected_block(10**power, CHOSEN, eta(length), dark, wrong)
    found = rates.finite_key(block, CHOSEN, 0.0)
    assert found.length >= 0
    assert found.length <= block.size
    if block.error_rate > rates.QBER_BOUND or found.phase_error >= 0.5:
        assert found.length == 0


def test_bounds_are_on_the_safe_side_of_the_model() -> None:
    """Exact yields and errors are known to the model, so the truth is known."""
    block = rates.expected_block(1e9, CHOSEN, eta(50.0), BACKGROUND, MISALIGNMENT)
    found = rates.finite_key(block, CHOSEN, 0.0)
    sent = block.pulses * CHOSEN.key_basis**2
    assert found.vacuum <= sent * CHOSEN.photon_probability(0) * BACKGROUND
    assert found.single <= sent * CHOSEN.photon_probability(1) * rates.yield_of(1, eta(50.0), BACKGROUND)
    assert found.phase_error >= rates.yield_error_rate(1, eta(50.0), BACKGROUND, MISALIGNMENT)


@pytest.mark.filterwarnings("error")
def test_where_nothing_clicks_there_is_no_key_and_no_warning() -> None:
    nothing = rates.expected_block(1e6, CHOSEN, np.array([0.0, 1e-300, 0.1]), 0.0, 0.01)
    assert list(rates.finite_key_rate(nothing, CHOSEN) > 0) == [False, False, True]
    best = rates.best_settings(1e6, np.array([0.0, 0.1]), 0.0, 0.01, generations=5)
    assert best.key_basis.shape == (2,)


def test_a_block_without_any_seen_error_still_is_uncertain() -> None:
    block = rates.expected_block(1e6, CHOSEN, eta(0.0), 0.0, 0.0)
    assert rates.finite_key(block, CHOSEN, 0.0).phase_error > 0


# -- settings


def test_best_settings_beat_a_guess_and_are_the_same_for_the_same_seed() -> None:
    lengths = np.array([20.0, 80.0])
    best = rates.best_settings(1e7, eta(lengths), BACKGROUND, MISALIGNMENT, secrecy=1e-10)
    again = rates.best_settings(1e7, eta(lengths), BACKGROUND, MISALIGNMENT, secrecy=1e-10)
    np.testing.assert_array_equal(best.intensities, again.intensities)
    block = rates.expected_block(1e7, best, eta(lengths), BACKGROUND, MISALIGNMENT)
    found = rates.finite_key_rate(block, best, EFFICIENCY, 1e-10)
    assert np.all(found >= rate(1e7, lengths, afterpulse=0.0))
    assert best.intensities.shape == (2, 3)


def test_another_seed_finds_the_same_optimum() -> None:
    found = []
    for seed in (1, 2):
        best = rates.best_settings(1e7, eta(50.0), BACKGROUND, MISALIGNMENT, secrecy=1e-10, seed=seed)
        block = rates.expected_block(1e7, best, eta(50.0), BACKGROUND, MISALIGNMENT)
        found.append(float(rates.finite_key_rate(block, best, EFFICIENCY, 1e-10)))
    assert found[0] == pytest.approx(found[1], rel=2e-3)


@pytest.mark.parametrize(
    ("intensities", "probabilities", "key_basis", "words"),
    [
        ([0.5, 0.1], [0.5, 0.5], 0.5, "three intensities"),
        ([0.5, 0.4, 0.2], [0.5, 0.3, 0.2], 0.5, "mu_1 > mu_2"),
        ([0.5, 0.1, 0.1], [0.5, 0.3, 0.2], 0.5, "mu_1 > mu_2"),
        ([0.5, 0.1, 0.0], [0.5, 0.3, 0.3], 0.5, "add up to 1"),
        ([0.5, 0.1, 0.0], [0.5, 0.3, 0.2], 1.0, "key basis"),
    ],
    ids=["two", "too strong a decoy", "equal decoys", "sum", "one basis"],
)
def test_settings_that_the_bounds_do_not_cover_are_refused(
    intensities: list[float], probabilities: list[float], key_basis: float, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        rates.Settings(intensities, probabilities, key_basis)


def test_a_secrecy_that_is_no_probability_is_refused() -> None:
    block = rates.expected_block(1e6, CHOSEN, eta(0.0), 0.0, 0.0)
    with pytest.raises(UsageError, match="failure probabilities"):
        rates.finite_key(block, CHOSEN, 0.0, secrecy=0.0)
