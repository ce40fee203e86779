"""The frames behind the notebook: right columns, published reach, and attacks that show where they must."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from scorpius_lab.errors import SimulationError, UsageError
from scorpius_lab.quantum.qkd import curves, rates
from scorpius_lab.quantum.qkd.parameters import (
    Channel,
    Detector,
    Link,
    PostProcessing,
    SinglePhoton,
    WeakCoherent,
    gys,
)

LENGTHS = np.array([0.0, 30.0, 60.0, 100.0, 139.0, 141.0, 150.0])


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return curves.rate_curves(gys(0), LENGTHS, block_sizes=(1e5, 1e9))


def rate(frame: pl.DataFrame, protocol: str) -> np.ndarray:
    return frame.filter(pl.col("protocol") == protocol)["rate"].to_numpy()


def test_every_protocol_has_a_rate_at_every_distance(frame: pl.DataFrame) -> None:
    assert frame.columns == ["protocol", "length_km", "rate"]
    names = frame["protocol"].unique(maintain_order=True).to_list()
    asymptotic = [curves.WITHOUT_DECOYS, curves.VACUUM_AND_WEAK, curves.INFINITE_DECOY]
    assert names == [*asymptotic, "Finite key, 1e5 bits", "Finite key, 1e9 bits"]
    for name in names:
        assert frame.filter(pl.col("protocol") == name)["length_km"].to_list() == list(LENGTHS)
        assert np.all(rate(frame, name) >= 0)
        assert np.all(np.diff(rate(frame, name)) <= 0)


def test_the_protocols_stand_in_their_order(frame: pl.DataFrame) -> None:
    without, weak = rate(frame, curves.WITHOUT_DECOYS), rate(frame, curves.VACUUM_AND_WEAK)
    infinite = rate(frame, curves.INFINITE_DECOY)
    small, large = rate(frame, "Finite key, 1e5 bits"), rate(frame, "Finite key, 1e9 bits")
    assert np.all(without <= weak)
    assert np.all(weak <= infinite)
    assert np.all(small <= large)
    assert np.all(large[:4] < weak[:4])
    assert (weak[4] > 0, weak[5] > 0, infinite[5] > 0, infinite[6] > 0) == (True, False, True, False)


def test_asymptotic_curves_are_those_of_the_rates(frame: pl.DataFrame) -> None:
    eta = rates.transmittance(LENGTHS, 0.21, 0.045)
    expected = rates.infinite_decoy_rate(0.48, eta, 1.7e-6, 0.033, 1.22, 1.0)
    np.testing.assert_allclose(rate(frame, curves.INFINITE_DECOY), expected, rtol=1e-6, atol=1e-15)


def test_fixed_loss_counts_as_fibre() -> None:
    """3 dB in splices cost what 3 dB of fibre cost."""
    spliced = Link(WeakCoherent(), Channel(0, 0.2, fixed_loss_db=3.0), Detector())
    plain = Link(WeakCoherent(), Channel(0, 0.2), Detector())
    with_splices = curves.rate_curves(spliced, [10.0], block_sizes=())
    longer = curves.rate_curves(plain, [25.0], block_sizes=())
    np.testing.assert_allclose(with_splices["rate"], longer["rate"], rtol=1e-12)


def test_cut_offs_are_the_published_ones_within_a_kilometre() -> None:
    found = curves.cut_offs()
    published = found.drop_nulls("published_km")
    assert published.height == 2
    assert all(abs(r["computed_km"] - r["published_km"]) < 1 for r in published.iter_rows(named=True))
    assert found.sort("computed_km")["protocol"].to_list() == [
        curves.WITHOUT_DECOYS,
        curves.VACUUM_AND_WEAK,
        curves.INFINITE_DECOY,
    ]


def test_entangled_pairs_reach_further_from_the_middle_at_a_lower_rate() -> None:
    lengths = np.array([0.0, 50.0, 100.0, 150.0])
    found = curves.entangled_curves(gys(0), lengths)
    weak, alice, between = (
        rate(found, name) for name in (curves.VACUUM_AND_WEAK, curves.SOURCE_AT_ALICE, curves.SOURCE_BETWEEN)
    )
    assert alice[0] == pytest.approx(between[0], rel=1e-12)
    assert between[1] == pytest.approx(alice[1], rel=0.02)
    assert np.all(between[2:] > alice[2:])
    assert weak[1] > between[1] > 0
    assert between[3] > 0 == weak[3]
    splices = Link(WeakCoherent(), Channel(0, 0.2, fixed_loss_db=4.0), Detector())
    plain = Link(WeakCoherent(), Channel(0, 0.2), Detector())
    np.testing.assert_allclose(
        curves.entangled_curves(splices, [10.0])["rate"], curves.entangled_curves(plain, [30.0])["rate"], rtol=1e-9
    )


def test_block_sizes_have_names_that_can_be_read() -> None:
    assert curves.block_name(1e7) == "Finite key, 1e7 bits"
    assert curves.block_name(250_000) == "Finite key, 2.5e+05 bits"
    with pytest.raises(UsageError, match="at least one bit"):
        curves.rate_curves(gys(0), [0.0], block_sizes=(0.5,))


@pytest.mark.parametrize("link", [Link(SinglePhoton(), Channel(10)), gys(30)], ids=["single photons", "decoys"])
def test_interception_shows_in_the_error_rate_as_it_must(link: Link) -> None:
    found = curves.intercept_resend_curve(link, np.linspace(0, 1, 9), pulses=10**9, seed=3)
    assert found["deviations"].abs().max() < 5
    assert np.all(np.diff(found["qber"]) > 0)
    assert found["eve_knows"].to_list() == pytest.approx([s / 2 for s in found["share"]], abs=0.01)
    assert found.filter((pl.col("qber") > rates.QBER_BOUND) & (pl.col("secret") > 0)).is_empty()


def test_a_perfect_link_has_a_quarter_of_errors_for_what_is_intercepted() -> None:
    link = Link(SinglePhoton(), Channel(0), Detector(1.0, 0.0, 0.0))
    found = curves.intercept_resend_curve(link, [0.0, 0.4, 1.0], pulses=10**8)
    assert found["expected"].to_list() == pytest.approx([0.0, 0.1, 0.25])
    assert found["qber"][0] == 0
    assert found["deviations"].abs().max() < 5


def test_splitting_hides_from_the_error_rate_but_not_from_the_decoys() -> None:
    found = curves.splitting_curve(gys(0), [0.0, 10.0, 20.0, 30.0, 60.0], pulses=10**11, seed=2)
    assert found["length_km"].to_list() == [10.0, 20.0, 30.0, 60.0], "at 0 km she cannot hide"
    assert np.all(np.diff(found["eve_knows"][:3]) > 0)
    assert found["qber"].max() - found["qber"].min() < 2e-3
    assert found["single_honest"].max() - found["single_honest"].min() < 0.01
    # What the decoys prove to be single photons is never more than what Eve does not know.
    assert (found["single_seen"] <= 1 - found["eve_knows"] + 1e-3).all()
    assert found["single_seen"][2] < 0.2 < found["single_honest"][2]
    assert found["eve_knows"][3] > 0.99
    assert found["single_seen"][3] == 0


def test_splitting_keeps_the_signal_and_changes_the_rest() -> None:
    found = curves.splitting_yields(gys(25), pulses=10**12)
    rows = {f"{r['quantity']} {r['of']}": r for r in found.iter_rows(named=True)}
    signal, weak = rows["gain intensity 0.48"], rows["gain intensity 0.05"]
    assert signal["attacked"] == pytest.approx(signal["honest"], rel=0.01)
    assert weak["attacked"] < 0.7 * weak["honest"]
    one, more = rows["yield one photon"], rows["yield two or more photons"]
    eta = gys(25).transmittance
    assert one["honest"] == pytest.approx(float(rates.yield_of(1, eta, 1.7e-6)), rel=0.01)
    assert one["attacked"] < one["honest"]
    assert more["attacked"] > more["honest"]
    assert found.filter(pl.col("quantity") == "yield")["visible"].to_list() == [False] * 3


def test_decoys_are_needed_to_see_splitting() -> None:
    with pytest.raises(SimulationError, match="three intensities"):
        curves.splitting_curve(Link(SinglePhoton()), [10.0])
    with pytest.raises(SimulationError, match="cannot hide"):
        curves.splitting_yields(gys(0))


def test_best_settings_give_a_session_more_key_than_the_defaults() -> None:
    link = curves.with_best_settings(gys(25), 5 * 10**9)
    tuned = curves.sessions(link, 5 * 10**9)
    plain = curves.sessions(gys(25, basis_probability=0.9), 5 * 10**9)
    assert tuned["key_bits"][0] > plain["key_bits"][0]
    assert link.channel == gys(25).channel
    assert link.source.intensities[2] == pytest.approx(2e-4)


def test_sessions_show_each_attack_where_it_shows() -> None:
    found = {
        r["eavesdropper"]: r
        for r in curves.sessions(curves.with_best_settings(gys(25), 5 * 10**9), 5 * 10**9).to_dicts()
    }
    assert len(found) == 6
    quiet, beam = found["nobody"], found["beam splitting"]
    assert quiet["eve_knows"] == 0
    assert abs(quiet["deviation"]) < 5
    splitting = found["photon-number splitting behind the loss"]
    assert abs(splitting["deviation"]) > 20
    assert splitting["qber"] == pytest.approx(quiet["qber"], abs=1e-3)
    assert splitting["key_bits"] == 0
    keys = [quiet, *(found[f"intercept and resend, {s}% of the pulses"] for s in (5, 20, 100))]
    assert keys[0]["key_bits"] > keys[1]["key_bits"] > 0
    assert [r["key_bits"] for r in keys[2:]] == [0, 0]
    assert "above the bound" in keys[3]["outcome"]
    # Nothing shows of beam splitting, and the key is short enough for it.
    assert abs(beam["deviation"]) < 5
    assert beam["key_bits"] == pytest.approx(quiet["key_bits"], rel=0.05)
    assert beam["eve_knows"] > 0.1


def test_nothing_detected_is_said() -> None:
    with pytest.raises(SimulationError, match="nothing was detected"):
        curves.intercept_resend_curve(Link(SinglePhoton(), Channel(500), Detector(0.1, 0.0)), [0.5], pulses=1000)


def test_the_same_seed_gives_the_same_frames() -> None:
    first, second = (curves.intercept_resend_curve(gys(20), [0.3], 10**8, seed=5) for _ in range(2))
    assert first.equals(second)
    found = [curves.rate_curves(gys(0), [50.0], PostProcessing(), (1e6,), seed=s) for s in (0, 0)]
    assert found[0].equals(found[1])
