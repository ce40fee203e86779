"""Whole sessions: equal keys, honest lengths, and a reason where there is no key."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scorpius_lab.errors import SimulationError
from scorpius_lab.quantum.qkd import (
    SIMULATION_NOTICE,
    BeamSplitting,
    Channel,
    Detector,
    InterceptResend,
    Link,
    Parameters,
    PhotonNumberSplitting,
    PostProcessing,
    WeakCoherent,
    sample_tally,
    simulate,
    simulate_counts,
)
from scorpius_lab.quantum.qkd.estimation import key_bounds
from scorpius_lab.quantum.qkd.rates import QBER_BOUND
from scorpius_lab.quantum.qkd.session import asymptotic_rates

NEAR = Link(channel=Channel(0), detector=Detector(1.0, 1e-6, 0.01))
DECOY = Link(
    source=WeakCoherent((0.5, 0.1, 0.0), (0.5, 0.35, 0.15)),
    channel=Channel(0),
    detector=Detector(1.0, 1e-6, 0.01),
    basis_probability=0.6,
)
LONG = Link(source=DECOY.source, channel=Channel(80), detector=Detector(0.5, 1e-7, 0.01), basis_probability=0.6)
QUICK = PostProcessing(secrecy=1e-6, correctness=1e-12)


def check_a_key(done):
    assert done.aborted is None
    assert done.keys_equal is True
    assert done.alice_key.size == done.key_bits > 0
    assert set(np.unique(done.alice_key)) <= {0, 1}
    assert done.key_bits == done.bounds.length - done.authentication.key_bits
    # What Eve heard and what was told leave at least the key's length, whatever the bounds say.
    assert done.raw_key_bits * (1 - done.eve_knows) - done.correction.leak >= done.bounds.length


def test_single_photons_give_equal_keys():
    done = simulate(Parameters(NEAR, 60_000, post_processing=QUICK), 1)
    check_a_key(done)
    assert done.gain_deviations == pytest.approx((0,), abs=5)
    assert 1.0 < done.correction.efficiency < 1.4


def test_decoy_states_give_equal_keys():
    done = simulate(Parameters(DECOY, 4_000_000), 1)
    check_a_key(done)
    truth = done.tally.detected[:, 0, 0, 1].sum() * 0.9
    assert done.bounds.single < truth


def test_a_beam_splitter_knows_less_than_was_removed():
    link = Link(DECOY.source, Channel(5), DECOY.detector, DECOY.basis_probability)
    done = simulate(Parameters(link, 8_000_000, BeamSplitting()), 2)
    check_a_key(done)
    assert done.eve_knows > 0.03


def test_the_same_seed_gives_the_same_session_and_another_one_another_key():
    given = Parameters(NEAR, 60_000, post_processing=QUICK)
    one, again, other = simulate(given, 3), simulate(given, 3, workers=3), simulate(given, 4)
    np.testing.assert_array_equal(one.alice_key, again.alice_key)
    assert one.correction == again.correction
    assert one.alice_key.tobytes() != other.alice_key.tobytes()


@pytest.mark.parametrize("seed", range(40))
def test_keys_are_equal_in_many_runs(seed):
    check_equal_or_nothing(seed)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_keys_are_equal_in_ten_thousand_runs():
    keys = sum(check_equal_or_nothing(seed) for seed in range(10_000))
    assert keys > 9_000


def check_equal_or_nothing(seed):
    """Error rates of 0 to 4.5 % in turn; whether there was a key."""
    detector = Detector(1.0, 1e-6, 0.005 * (seed % 10))
    done = simulate(Parameters(Link(channel=Channel(0), detector=detector), 40_000, post_processing=QUICK), seed)
    assert done.keys_equal is (None if done.aborted else True), done.aborted
    return done.keys_equal is True


@pytest.mark.parametrize("rate", [0.6, 1.0])
@pytest.mark.parametrize("link", [NEAR, DECOY], ids=["single", "decoy"])
def test_too_many_errors_end_the_session(rate, link):
    for done in (simulate(Parameters(link, 200_000, InterceptResend(rate)), 1), at_scale(link, rate)):
        assert "above the bound" in done.aborted
        assert done.correction is None
        assert done.key_bits == 0
        assert done.alice_key is None
        assert done.keys_equal is None


def at_scale(link, rate):
    return simulate_counts(Parameters(link, 10**12, InterceptResend(rate)), 1)


@pytest.mark.parametrize("link", [NEAR, DECOY], ids=["single", "decoy"])
@pytest.mark.parametrize("percent", [11.1, 12, 15, 25, 50])
def test_no_key_above_the_bound_however_long_the_run(link, percent):
    noisy = Link(link.source, link.channel, Detector(1.0, 1e-6, percent / 100), link.basis_probability)
    done = simulate_counts(Parameters(noisy, 10**15), 1)
    assert done.key_bits == 0
    assert done.aborted
    rates = asymptotic_rates(noisy, 1.0)
    assert rates.perfect == 0
    assert not rates.vacuum_weak


@pytest.mark.parametrize("link", [NEAR, DECOY], ids=["single", "decoy"])
def test_the_bounds_give_no_key_when_reconciliation_met_too_many_errors(link):
    tally = sample_tally(link, 10**10, 1)
    post = PostProcessing()
    assert key_bounds(link, tally, tally.sifted(0), 0.01, 0, post).length > 0
    assert key_bounds(link, tally, tally.sifted(0), 0.12, 0, post).length == 0


def test_the_key_shrinks_as_errors_grow_and_ends_before_the_bound():
    lengths = []
    for percent in range(12):
        link = Link(NEAR.source, NEAR.channel, Detector(1.0, 1e-6, percent / 100))
        lengths.append(simulate_counts(Parameters(link, 10**10), 1).key_bits)
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > 0
    assert lengths[-1] == 0


def test_splitting_photons_ends_the_session_though_errors_are_few():
    eve = PhotonNumberSplitting.matched(LONG)
    honest = simulate_counts(Parameters(LONG, 10**10), 1)
    done = simulate_counts(Parameters(LONG, 10**10, eve), 1)
    assert honest.key_bits > 0
    assert max(done.z_errors.rate, done.x_errors.rate) < 0.02
    assert done.key_bits == 0
    assert "standard deviations" in done.aborted
    assert abs(done.gain_deviations[0]) < 5 < abs(done.gain_deviations[1])
    assert done.eve_knows > 0.9


def test_both_engines_end_in_keys_of_about_one_length():
    given = Parameters(DECOY, 4_000_000)
    one, other = simulate(given, 5), simulate_counts(given, 5)
    assert one.key_bits == pytest.approx(other.key_bits, rel=0.2)
    assert one.raw_key_bits == pytest.approx(other.raw_key_bits, rel=0.01)
    assert (one.engine, other.engine) == ("per pulse", "aggregated")


def test_too_few_detections_end_the_session_with_a_reason():
    done = simulate(Parameters(Link(channel=Channel(400)), 1000), 1)
    assert "too few" in done.aborted
    for pulses in range(1, 30):
        assert simulate(Parameters(NEAR, pulses), pulses).aborted
        assert simulate_counts(Parameters(NEAR, pulses), pulses).aborted


def test_a_key_that_would_not_pay_for_its_authentication_is_none():
    lengths = [simulate(Parameters(NEAR, pulses, post_processing=QUICK), 1) for pulses in range(1000, 12_000, 500)]
    assert any("would not pay" in (done.aborted or "") for done in lengths)


def test_a_session_without_a_sample_still_corrects():
    done = simulate(Parameters(NEAR, 60_000, post_processing=PostProcessing(sample_fraction=0.0, secrecy=1e-6)), 1)
    assert done.keys_equal
    assert done.z_errors.sampled == 0


def test_progress_counts_the_pulses():
    seen = []
    simulate(Parameters(NEAR, 300_000), 1, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 300_000


def test_results_say_what_they_are_and_show_no_key():
    done = simulate(Parameters(NEAR, 60_000, post_processing=QUICK), 1)
    assert done.notice == SIMULATION_NOTICE
    assert "not a security product" in done.notice
    assert "alice_key" not in repr(done)
    assert "array" not in repr(done)


@pytest.mark.parametrize(
    "source",
    [
        WeakCoherent((0.5,), (1.0,)),
        WeakCoherent((0.5, 0.1), (0.5, 0.5)),
        WeakCoherent((0.5, 0.4, 0.2), (0.5, 0.3, 0.2)),
        WeakCoherent((0.5, 0.1, 0.0), (0.9, 0.1, 0.0)),
    ],
)
def test_sources_no_bound_covers_are_refused(source):
    with pytest.raises(SimulationError, match="three intensities"):
        Parameters(Link(source=source))


@pytest.mark.parametrize(
    "make",
    [
        lambda: PostProcessing(sample_fraction=1.0),
        lambda: PostProcessing(secrecy=0.0),
        lambda: PostProcessing(qber_bound=0.2),
        lambda: PostProcessing(authentication_bits=10),
        lambda: PostProcessing(error_correction_efficiency=0.9),
        lambda: simulate(Parameters(NEAR, 0)),
        lambda: simulate_counts(Parameters(NEAR, -1)),
    ],
)
def test_settings_that_make_no_sense_are_refused(make):
    with pytest.raises(SimulationError):
        make()


def test_the_bound_is_that_of_shor_and_preskill():
    assert math.isclose(PostProcessing().qber_bound, QBER_BOUND, abs_tol=1e-3)
    assert PostProcessing().qber_bound <= QBER_BOUND


def test_every_tag_that_was_compared_is_paid_for():
    # Small keys with few errors sometimes need a fifth pass; their length must fall by the parities and the tag.
    link = Link(channel=Channel(0), detector=Detector(1.0, 1e-6, 0.01))
    runs = [simulate(Parameters(link, 40_000, post_processing=QUICK), seed) for seed in range(60)]
    for done in (run for run in runs if run.correction):
        assert done.correction.verification_tags == done.correction.passes - 3
        assert done.correction.disclosed == done.correction.leak + (done.correction.passes - 3) * 45
        secret = done.bounds.single * (1 - entropy(done.bounds.phase_error)) - done.correction.disclosed
        assert done.bounds.length == pytest.approx(max(secret + 41 - math.log2(2 / (1e-6**2 * 1e-12)), 0), abs=2)


def entropy(p):
    return -p * math.log2(p) - (1 - p) * math.log2(1 - p)
