"""The per-pulse and the aggregated engine, the eavesdroppers, and what they must agree with."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorpius_lab.errors import SimulationError, UsageError
from scorpius_lab.quantum.qkd import (
    BeamSplitting,
    Channel,
    Detector,
    InterceptResend,
    Link,
    Nobody,
    PhotonNumberSplitting,
    SinglePhoton,
    WeakCoherent,
    eavesdropper,
    gys,
    sample_tally,
    transmit,
)
from scorpius_lab.quantum.qkd.aggregate import cells_of, expected_gains
from scorpius_lab.quantum.qkd.draws import Categories, block_generator, happens, packed_choices
from scorpius_lab.quantum.qkd.sifting import sift
from scorpius_lab.quantum.qkd.tallies import X, Z

DECOY = WeakCoherent((0.5, 0.1, 0.0), (0.6, 0.3, 0.1))
BRIGHT = WeakCoherent((2.0, 0.4), (0.5, 0.5))
NOISY = Detector(efficiency=0.5, dark_count_probability=1e-3, misalignment=0.05)
PERFECT = Detector(efficiency=1.0, dark_count_probability=0.0, misalignment=0.0)
POINTS = {
    "single photon": (Link(), Nobody()),
    "single photon without loss": (Link(channel=Channel(0), detector=PERFECT), Nobody()),
    "biased and noisy": (Link(detector=NOISY, basis_probability=0.9), Nobody()),
    "decoy": (Link(source=DECOY, detector=NOISY), Nobody()),
    "decoy, biased, GYS": (gys(20, DECOY, 0.8), Nobody()),
    "bright without loss": (Link(source=BRIGHT, channel=Channel(0), detector=NOISY), Nobody()),
    "bright, eta 1": (Link(source=BRIGHT, channel=Channel(0), detector=PERFECT), Nobody()),
    "all dark": (Link(channel=Channel(0), detector=Detector(1.0, 1.0, 0.1)), Nobody()),
    "intercept all": (Link(detector=NOISY), InterceptResend()),
    "intercept some of decoy in Z": (Link(source=DECOY, detector=NOISY), InterceptResend(0.4, 0.9)),
    "intercept bright": (Link(source=BRIGHT, detector=NOISY), InterceptResend(0.7)),
    "splitting": (Link(source=DECOY, channel=Channel(50), detector=NOISY), PhotonNumberSplitting(0.7, 0.2)),
    "splitting bright": (Link(source=BRIGHT, detector=NOISY), PhotonNumberSplitting(0.5)),
    "splitting single photons": (Link(detector=NOISY), PhotonNumberSplitting(0.3)),
    "beam splitting": (Link(source=BRIGHT, channel=Channel(10), detector=NOISY), BeamSplitting()),
    "beam splitting decoy": (Link(source=DECOY, channel=Channel(20), detector=NOISY), BeamSplitting()),
}


def counted(link, pulses, seed, eve=None, workers=None):
    return sift(transmit(link, pulses, seed, eve, workers), len(link.source.intensities))[0]


@pytest.mark.parametrize("name", POINTS)
def test_per_pulse_and_aggregated_engines_agree(name):
    link, eve = POINTS[name]
    pulses = 1_000_000
    one, other = counted(link, pulses, 11, eve), sample_tally(link, pulses, 12, eve)
    assert one.pulses == other.pulses == pulses
    chi_square, cells = 0.0, 0
    for column in ("sent", "detected", "errors", "known"):
        a, b = getattr(one, column).ravel(), getattr(other, column).ravel()
        both = a + b
        # Binomial counts: the variance of the difference is below a + b.
        spread = np.sqrt(np.maximum(both, 1))
        assert np.all(np.abs(a - b) <= 5 * spread + 3), column
        seen = both > 20
        chi_square += float((((a - b) / spread)[seen] ** 2).sum())
        cells += int(seen.sum())
    assert chi_square < cells + 6 * math.sqrt(2 * cells) + 6


@pytest.mark.parametrize("name", POINTS)
def test_gains_are_those_the_closed_form_gives(name):
    link, eve = POINTS[name]
    tally = counted(link, 500_000, 5, eve)
    expected, sent = expected_gains(link, eve), tally.sent.sum(axis=1)
    spread = np.sqrt(expected * (1 - expected) * sent)
    assert np.all(np.abs(tally.detected.sum(axis=(1, 2, 3)) - expected * sent) <= 5 * spread + 1e-6)


@pytest.mark.parametrize("name", POINTS)
def test_probabilities_of_all_cells_add_up_to_one(name):
    link, eve = POINTS[name]
    cells = list(cells_of(link, eve))
    assert math.isclose(sum(cell.probability for cell in cells), 1.0, abs_tol=1e-12)
    assert all(cell.right >= -1e-15 and cell.wrong >= -1e-15 and cell.right + cell.wrong <= 1 + 1e-12 for cell in cells)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("misalignment", [0.0, 0.02, 0.1])
def test_intercept_resend_raises_the_error_rate_by_a_quarter_of_its_rate(rate, misalignment):
    link = Link(channel=Channel(0), detector=Detector(1.0, 0.0, misalignment))
    tally = counted(link, 400_000, 21, InterceptResend(rate))
    sifted = int(tally.sifted(Z).sum() + tally.sifted(X).sum())
    expected = misalignment + rate / 2 * (0.5 - misalignment)
    sigma = math.sqrt(max(expected * (1 - expected), 1e-12) / sifted)
    assert abs(tally.error_rates[0] - expected) <= 5 * sigma
    if misalignment == 0:
        assert abs(tally.error_rates[0] - 0.25 * rate) <= 5 * sigma
    assert abs(tally.eve_knows - rate / 2) <= 5 * math.sqrt(0.25 / sifted)


def test_double_loss_halves_the_gain_and_leaves_the_error_rate():
    quiet = Detector(efficiency=0.5, dark_count_probability=0.0, misalignment=0.03)
    near = counted(Link(channel=Channel(0), detector=quiet), 1_000_000, 1)
    far = counted(Link(channel=Channel(0, fixed_loss_db=10 * math.log10(2)), detector=quiet), 1_000_000, 2)
    assert far.gains[0] / near.gains[0] == pytest.approx(0.5, rel=0.01)
    assert far.error_rates[0] == pytest.approx(near.error_rates[0], rel=0.05)


def test_photon_number_splitting_shows_in_the_decoys_and_not_in_the_errors():
    link = Link(
        source=WeakCoherent((0.5, 0.1, 0.0), (0.6, 0.3, 0.1)), channel=Channel(80), detector=Detector(0.5, 1e-7)
    )
    eve = PhotonNumberSplitting.matched(link)
    pulses = 10**9
    honest, attacked = sample_tally(link, pulses, 1), sample_tally(link, pulses, 2, eve)
    assert attacked.gains[0] == pytest.approx(honest.gains[0], rel=0.01)
    assert attacked.error_rates[0] == pytest.approx(honest.error_rates[0], rel=0.05)
    assert attacked.gains[1] < 0.5 * honest.gains[1]
    assert attacked.eve_knows > 0.9
    assert honest.eve_knows == 0


def test_beam_splitting_cannot_be_seen():
    link = Link(source=DECOY, channel=Channel(20), detector=NOISY)
    np.testing.assert_allclose(expected_gains(link, BeamSplitting()), expected_gains(link), rtol=1e-12)
    assert counted(link, 300_000, 1, BeamSplitting()).eve_knows > 0.1


def test_matched_splitting_hides_at_every_loss_and_refuses_where_it_cannot():
    for kilometres in (20, 40, 60, 100, 200):
        link = Link(source=DECOY, channel=Channel(kilometres), detector=Detector(0.3, 0.0))
        gain = expected_gains(link, PhotonNumberSplitting.matched(link))[0]
        assert gain == pytest.approx(expected_gains(link)[0], rel=1e-9)
    with pytest.raises(SimulationError):
        PhotonNumberSplitting.matched(Link(source=DECOY, channel=Channel(0)))
    with pytest.raises(SimulationError):
        PhotonNumberSplitting.matched(Link())


def test_the_same_seed_gives_the_same_run_whatever_the_number_of_threads():
    link = Link(source=DECOY)
    runs = [list(transmit(link, 600_000, 7, InterceptResend(0.3), workers)) for workers in (1, 3)]
    for one, other in zip(*runs, strict=True):
        np.testing.assert_array_equal(one.alice_bits, other.alice_bits)
        np.testing.assert_array_equal(one.intensities, other.intensities)
        np.testing.assert_array_equal(one.detections.positions, other.detections.positions)
        np.testing.assert_array_equal(one.detections.bob_bits, other.detections.bob_bits)
    assert counted(link, 600_000, 7).gains[0] != counted(link, 600_000, 8).gains[0]


def test_a_block_holds_alices_whole_record_and_bobs_clicks_match_it():
    block = next(iter(transmit(Link(channel=Channel(0), detector=PERFECT), 1003, 3)))
    bits, bases = (np.unpackbits(row, count=1003) for row in (block.alice_bits, block.alice_bases))
    clicks = block.detections
    np.testing.assert_array_equal(clicks.positions, np.arange(1003))
    np.testing.assert_array_equal(clicks.alice_bits, bits)
    np.testing.assert_array_equal(clicks.alice_bases, bases)
    same = clicks.alice_bases == clicks.bob_bases
    np.testing.assert_array_equal(clicks.bob_bits[same], bits[same])
    assert 0.3 < np.mean(clicks.bob_bits[~same] == bits[~same]) < 0.7


def test_double_clicks_become_coins():
    link = Link(channel=Channel(0), detector=Detector(1.0, 1.0, 0.0))
    clicks = next(iter(transmit(link, 100_000, 3))).detections
    assert abs(clicks.bob_bits.mean() - 0.5) < 5 * 0.5 / math.sqrt(100_000)
    assert abs((clicks.bob_bits ^ clicks.alice_bits).mean() - 0.5) < 5 * 0.5 / math.sqrt(100_000)


@pytest.mark.parametrize("probability", [0.0, 1e-5, 1.7e-6, 1 / 65536, 0.1, 0.5, 0.999999, 1.0])
def test_rare_events_have_their_exact_probability(probability):
    count = sum(happens(block_generator(1, 9, block), 1 << 20, probability).size for block in range(16))
    total = 16 << 20
    assert abs(count - total * probability) <= 5 * math.sqrt(total * probability * (1 - probability)) + 1e-9


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(1e-4, 1.0), min_size=1, max_size=40), st.integers(0, 2**32))
def test_categories_are_drawn_with_their_probabilities(weights, seed):
    probabilities = np.array(weights) / sum(weights)
    drawn = np.bincount(Categories.of(probabilities).draw(block_generator(seed, 9, 0), 1 << 16), minlength=len(weights))
    assert drawn.size == len(weights)
    assert np.all(np.abs(drawn - probabilities * (1 << 16)) <= 6 * np.sqrt(probabilities * (1 << 16)) + 6)


@given(st.integers(1, 300), st.sampled_from([0.5, 0.3, 1.0]), st.integers(0, 9))
def test_unused_bits_of_a_packed_row_are_zero(count, probability, seed):
    packed = packed_choices(block_generator(seed, 9, 0), count, probability)
    assert packed.size == -(-count // 8)
    assert not np.unpackbits(packed)[count:].any()


@pytest.mark.parametrize(
    "make",
    [
        lambda: WeakCoherent((0.5, 0.1), (1.0,)),
        lambda: WeakCoherent((0.1, 0.5), (0.5, 0.5)),
        lambda: WeakCoherent((0.5, 0.1), (0.5, 0.4)),
        lambda: WeakCoherent((0.0,), (1.0,)),
        lambda: WeakCoherent((), ()),
        lambda: WeakCoherent((math.nan,), (1.0,)),
        lambda: Channel(-1.0),
        lambda: Channel(math.inf),
        lambda: Detector(efficiency=1.1),
        lambda: Detector(misalignment=0.6),
        lambda: Detector(dark_count_probability=-1e-9),
        lambda: Link(basis_probability=1.0),
        lambda: InterceptResend(1.5),
        lambda: PhotonNumberSplitting(-0.1),
        lambda: list(transmit(Link(), 0, 1)),
        lambda: sample_tally(Link(), 0, 1),
        lambda: sample_tally(Link(), 10**19, 1),
    ],
)
def test_parameters_that_make_no_sense_are_refused(make):
    with pytest.raises(SimulationError):
        make()


def test_eavesdroppers_are_found_by_name():
    assert eavesdropper("intercept-resend", rate=0.5) == InterceptResend(0.5)
    assert eavesdropper("none") == Nobody()
    with pytest.raises(UsageError, match="photon-number-splitting"):
        eavesdropper("mallory")
    with pytest.raises(UsageError, match="volume"):
        eavesdropper("none", volume=1.0)


def test_a_detector_reports_the_background_of_both():
    assert gys(10).detector.background_yield == pytest.approx(1.7e-6, rel=1e-12)
    assert isinstance(Link().source, SinglePhoton)
