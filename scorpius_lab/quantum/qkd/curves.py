"""Frames for drawing: rates against distance, and what an eavesdropper does to what Alice and Bob measure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scorpius_lab.errors import SimulationError, UsageError
from scorpius_lab.quantum.qkd import rates
from scorpius_lab.quantum.qkd.aggregate import sample_tally
from scorpius_lab.quantum.qkd.eavesdroppers import (
    BeamSplitting,
    Eavesdropper,
    InterceptResend,
    Nobody,
    PhotonNumberSplitting,
)
from scorpius_lab.quantum.qkd.parameters import Link, PostProcessing, SinglePhoton, WeakCoherent, gys
from scorpius_lab.quantum.qkd.rates.channel import Array
from scorpius_lab.quantum.qkd.result import Parameters
from scorpius_lab.quantum.qkd.session import simulate_counts
from scorpius_lab.quantum.qkd.tallies import Tally

if TYPE_CHECKING:
    import polars as pl

WITHOUT_DECOYS = "Without decoys"
VACUUM_AND_WEAK = "Vacuum and weak decoy"
INFINITE_DECOY = "Infinite decoys"
SOURCE_BETWEEN = "Entangled pairs, source in the middle"
SOURCE_AT_ALICE = "Entangled pairs, source at Alice"

# Ma et al. 2005, figure 2, for the parameters of Gobby, Yuan and Shields with mu = 0.48 and nu = 0.05.
PUBLISHED_CUT_OFFS_KM = {VACUUM_AND_WEAK: 140.55, INFINITE_DECOY: 142.05}

_TRIED_INTENSITIES = np.geomspace(1e-4, 1.0, 400)[:, None]


def rate_curves(
    link: Link,
    lengths_km: Sequence[float],
    processing: PostProcessing | None = None,
    block_sizes: Sequence[float] = (1e5, 1e7, 1e9),
    *,
    sifting: float = 1.0,
    seed: int = 0,
) -> pl.DataFrame:
    """Secret bits per pulse by protocol and distance. Columns `protocol`, `length_km`, `rate`; 0 where no key is left.

    `link` gives fibre, receiver and the intensities of signal and decoy; its own length is not used. Finite keys are
    those of Lim et al. 2014 with their settings optimised at each distance. `sifting` is the share of pulses with equal
    bases in the asymptotic rates: 1, as when nearly all are sent in one basis, which the finite keys do too; 1/2 is
    that of Ma et al. 2005. Without decoys the best intensity at each distance is taken.
    """
    processing = PostProcessing() if processing is None else processing
    lengths = np.asarray(lengths_km, dtype=np.float64)
    found = _asymptotic(link, lengths, processing, sifting)
    for size, finite in zip(block_sizes, _finite(link, lengths, processing, block_sizes, seed), strict=True):
        found[block_name(size)] = finite
    return _frame(lengths, found)


def entangled_curves(
    link: Link, lengths_km: Sequence[float], processing: PostProcessing | None = None, *, sifting: float = 1.0
) -> pl.DataFrame:
    """Asymptotic rates of BBM92 beside those of decoy states; columns as `rate_curves`.

    Both sides have the link's receiver. The source stands in the middle of the fibre or at Alice; its brightness is the
    best at each distance. Rates are bits per pulse of whichever source there is.
    """
    processing = PostProcessing() if processing is None else processing
    lengths = np.asarray(lengths_km, dtype=np.float64)
    near, half, far = (_eta(link, share * lengths) for share in (0.0, 0.5, 1.0))
    # Fixed loss lies on the way to Bob, so that in the middle each side has half of it.
    fixed = 10.0 ** (-link.channel.fixed_loss_db / 10.0)
    ways = {SOURCE_BETWEEN: (half / math.sqrt(fixed), half / math.sqrt(fixed)), SOURCE_AT_ALICE: (near / fixed, far)}
    dark, wrong = link.detector.background_yield, link.detector.misalignment
    f = processing.error_correction_efficiency
    found = {VACUUM_AND_WEAK: _asymptotic(link, lengths, processing, sifting)[VACUUM_AND_WEAK]}
    for name, (alice, bob) in ways.items():
        found[name] = rates.pair_rate(_TRIED_INTENSITIES, alice, bob, dark, wrong, f, sifting).max(axis=0)
    return _frame(lengths, found)


def _frame(lengths: Array, found: Mapping[str, Array]) -> pl.DataFrame:
    """Rates by protocol as one long frame."""
    import polars as pl

    return pl.concat(
        pl.DataFrame({"protocol": [name] * lengths.size, "length_km": lengths, "rate": rate})
        for name, rate in found.items()
    )


def block_name(size: float) -> str:
    """How the curve of a block size is called: `Finite key, 1e7 bits`."""
    power = math.log10(size)
    return f"Finite key, 1e{power:.0f} bits" if power == int(power) else f"Finite key, {size:.3g} bits"


def cut_offs() -> pl.DataFrame:
    """How far the link of Gobby, Yuan and Shields reaches: computed and, where a paper says so, published.

    Columns `protocol`, `computed_km`, `published_km` (null where none is known).
    """
    import polars as pl

    def reach(name: str) -> float:
        return rates.cut_off_km(lambda lengths: _asymptotic(gys(0), lengths, PostProcessing(), 0.5)[name])

    names = (WITHOUT_DECOYS, VACUUM_AND_WEAK, INFINITE_DECOY)
    return pl.DataFrame(
        {
            "protocol": names,
            "computed_km": [reach(name) for name in names],
            "published_km": [PUBLISHED_CUT_OFFS_KM.get(name) for name in names],
        },
        schema_overrides={"published_km": pl.Float64},
    )


def intercept_resend_curve(
    link: Link, shares: Sequence[float], pulses: int = 10**9, seed: int = 0, processing: PostProcessing | None = None
) -> pl.DataFrame:
    """What Alice and Bob see when Eve measures a share of the pulses and sends on what she saw; simulated.

    Columns `share`, `qber` of the signal, `expected` (the QBER modelled with a misalignment e_d + share/2 (1/2 - e_d),
    which is share/4 for a perfect link), `deviations` of the one from the other in standard deviations, `eve_knows`
    (share of the sifted bits), `secret` (secret bits per sifted bit of single photons at this QBER). Raises
    SimulationError if nothing is detected.
    """
    import polars as pl

    processing = PostProcessing() if processing is None else processing
    rows = []
    for i, share in enumerate(shares):
        tally = sample_tally(link, pulses, seed + i, InterceptResend(rate=share))
        clicks = int(tally.sifted(0)[0] + tally.sifted(1)[0])
        if not clicks:
            raise SimulationError("nothing was detected; send more pulses or shorten the link")
        qber, expected = float(tally.error_rates[0]), _expected_qber(link, share)
        spread = math.sqrt(expected * (1 - expected) / clicks)
        deviations = (qber - expected) / spread if spread else 0.0
        secret = float(rates.shor_preskill_rate(qber, processing.error_correction_efficiency))
        rows.append((share, qber, expected, deviations, tally.eve_knows, secret))
    names = ("share", "qber", "expected", "deviations", "eve_knows", "secret")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Float64), orient="row")


def splitting_curve(link: Link, lengths_km: Sequence[float], pulses: int = 10**11, seed: int = 0) -> pl.DataFrame:
    """What photon-number splitting does, hidden behind the loss of the fibre, and what the decoys show of it.

    Columns `length_km`, `qber` of the signal, `eve_knows` (share of the sifted bits), `single_seen` and
    `single_honest`: the least share of single photons among the signal's clicks that the decoys prove, with and without
    her. Distances where she cannot hide are left out. Raises SimulationError for a source without signal, weak decoy
    and vacuum.
    """
    import polars as pl

    _decoys(link)
    rows = []
    for i, length in enumerate(lengths_km):
        at = at_length(link, length)
        try:
            eve = PhotonNumberSplitting.matched(at)
        except SimulationError:
            continue
        attacked, quiet = sample_tally(at, pulses, seed + i, eve), sample_tally(at, pulses, seed + i)
        seen = [_single_share(at, tally) for tally in (attacked, quiet)]
        rows.append((float(length), float(attacked.error_rates[0]), attacked.eve_knows, *seen))
    names = ("length_km", "qber", "eve_knows", "single_seen", "single_honest")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Float64), orient="row")


def splitting_yields(link: Link, pulses: int = 10**11, seed: int = 0) -> pl.DataFrame:
    """Gains by intensity and yields by photon number, without an eavesdropper and with photon-number splitting.

    Columns `quantity`, `of`, `honest`, `attacked`, `visible` (gains can be measured; only the simulation knows yields).
    The attack keeps the signal's gain; the decoys' gains and the yields no longer agree with it.
    Raises SimulationError where splitting cannot hide behind the link's loss.
    """
    import polars as pl

    names = [f"intensity {k:g}" for k in _decoys(link).intensities]
    eve = PhotonNumberSplitting.matched(link)
    honest, attacked = sample_tally(link, pulses, seed), sample_tally(link, pulses, seed, eve)
    photons = ("no photon", "one photon", "two or more photons")
    rows = [("gain", of, h, a, True) for of, h, a in zip(names, honest.gains, attacked.gains, strict=True)]
    per_photon = (_yields(link, tally) for tally in (honest, attacked))
    rows += [("yield", of, h, a, False) for of, h, a in zip(photons, *per_photon, strict=True)]
    schema = {"quantity": pl.String, "of": pl.String, "honest": pl.Float64, "attacked": pl.Float64}
    return pl.DataFrame(rows, schema={**schema, "visible": pl.Boolean}, orient="row")


def with_best_settings(link: Link, pulses: int, processing: PostProcessing | None = None, seed: int = 0) -> Link:
    """The link with the intensities, their probabilities and the basis share that make the most of so many pulses.

    They are those of a finite key on the raw bits these pulses give, not counting the sample that is disclosed.
    """
    processing = PostProcessing() if processing is None else processing
    receiver = (link.transmittance, link.detector.background_yield, link.detector.misalignment)
    safety = (processing.error_correction_efficiency, processing.secrecy, processing.correctness)
    size = max(0.1 * pulses * link.transmittance, 1.0)
    for _ in range(2):  # the settings hardly depend on the size, so the second guess is good
        best = rates.best_settings(size, *receiver, 0.0, *safety, seed=seed)
        size = max(size * pulses / float(rates.expected_block(size, best, *receiver).pulses), 1.0)
    probabilities = best.probabilities / best.probabilities.sum()
    source = WeakCoherent(tuple(best.intensities.tolist()), tuple(probabilities.tolist()))
    return replace(link, source=source, basis_probability=float(best.key_basis))


def sessions(link: Link, pulses: int = 10**10, seed: int = 0, processing: PostProcessing | None = None) -> pl.DataFrame:
    """The same session with nobody listening and under each attack: what is seen, what Eve has, what key is left.

    Columns `eavesdropper`, `qber` (of the disclosed sample), `deviation` (that of the gain furthest from what the link
    gives without Eve, in standard deviations), `eve_knows`, `key_bits`, `outcome` (why there is no key).
    """
    import polars as pl

    processing = PostProcessing() if processing is None else processing
    rows = []
    for i, (name, eve) in enumerate(_listeners(link)):
        done = simulate_counts(Parameters(link, pulses, eve, processing), seed + i)
        furthest = max(done.gain_deviations, key=abs)
        outcome = done.aborted or "key"
        rows.append((name, done.z_errors.rate, furthest, done.eve_knows, done.key_bits, outcome))
    schema = {"eavesdropper": pl.String, "qber": pl.Float64, "deviation": pl.Float64, "eve_knows": pl.Float64}
    return pl.DataFrame(rows, schema={**schema, "key_bits": pl.Int64, "outcome": pl.String}, orient="row")


def _listeners(link: Link) -> Iterator[tuple[str, Eavesdropper]]:
    """Nobody, and each attack in strengths that show something; splitting only where it can hide."""
    yield "nobody", Nobody()
    for share in (0.05, 0.2, 1.0):
        yield f"intercept and resend, {share:.0%} of the pulses", InterceptResend(rate=share)
    try:
        yield "photon-number splitting behind the loss", PhotonNumberSplitting.matched(link)
    except SimulationError:
        yield "photon-number splitting, all single photons blocked", PhotonNumberSplitting(blocking=1.0)
    yield "beam splitting", BeamSplitting()


def at_length(link: Link, length_km: float) -> Link:
    """The same link over another length of fibre."""
    return replace(link, channel=replace(link.channel, length_km=float(length_km)))


def _eta(link: Link, lengths: Array) -> Array:
    fixed = 10.0 ** (-link.channel.fixed_loss_db / 10.0)
    efficiency = link.detector.efficiency * fixed
    return rates.transmittance(lengths, link.channel.attenuation_db_per_km, efficiency)


def _asymptotic(link: Link, lengths: Array, processing: PostProcessing, sifting: float) -> dict[str, Array]:
    source = link.source if isinstance(link.source, WeakCoherent) else WeakCoherent()
    eta, f = _eta(link, lengths), processing.error_correction_efficiency
    dark, wrong = link.detector.background_yield, link.detector.misalignment
    signal, weak = source.signal, _decoys(replace(link, source=source)).intensities[1]
    plain = rates.without_decoy_rate(_TRIED_INTENSITIES, eta, dark, wrong, f, sifting).max(axis=0)
    return {
        WITHOUT_DECOYS: plain,
        VACUUM_AND_WEAK: rates.vacuum_weak_rate(signal, weak, eta, dark, wrong, f, sifting),
        INFINITE_DECOY: rates.infinite_decoy_rate(signal, eta, dark, wrong, f, sifting),
    }


def _finite(link: Link, lengths: Array, processing: PostProcessing, block_sizes: Sequence[float], seed: int) -> Array:
    """Rates of shape (block sizes, distances)."""
    if not len(block_sizes):
        return np.zeros((0, lengths.size))
    sizes = np.asarray(block_sizes, dtype=np.float64)[:, None]
    if not np.all(sizes >= 1):
        raise UsageError("a block has at least one bit")
    eta, detector, f = _eta(link, lengths), link.detector, processing.error_correction_efficiency
    receiver = (eta, detector.background_yield, detector.misalignment)
    safety = (processing.secrecy, processing.correctness)
    best = rates.best_settings(sizes, *receiver, 0.0, f, *safety, seed=seed)
    return rates.finite_key_rate(rates.expected_block(sizes, best, *receiver), best, f, *safety)


def _decoys(link: Link) -> WeakCoherent:
    """The source, which must have a signal, a weak decoy and the vacuum."""
    source = link.source
    if isinstance(source, SinglePhoton) or len(source.intensities) != 3 or source.intensities[2] != 0:  # noqa: PLR2004
        raise SimulationError("this needs a weak coherent source of three intensities: signal, weak decoy and vacuum 0")
    return source


def _expected_qber(link: Link, share: float) -> float:
    """The model's QBER of the signal: half of what Eve measures goes on in the wrong basis and becomes a coin."""
    wrong = link.detector.misalignment
    wrong += share / 2 * (0.5 - wrong)
    dark = link.detector.background_yield
    if isinstance(link.source, SinglePhoton):
        return float(rates.yield_error_rate(1, link.transmittance, dark, wrong))
    return float(rates.error_rate(link.source.signal, link.transmittance, dark, wrong))


def _single_share(link: Link, tally: Tally) -> float:
    """Q_1 / Q_mu as the decoys bound it, from what was counted."""
    signal, weak, _ = _decoys(link).intensities
    gains = tally.gains
    found = rates.vacuum_weak(signal, weak, gains[0], gains[1], tally.error_rates[1], gains[2])
    return min(float(found.gain_lower(signal) / gains[0]), 1.0)


def _yields(link: Link, tally: Tally) -> list[float]:
    """Clicks per pulse that held no, one, or several photons."""
    k, sent = np.array(_decoys(link).intensities), tally.sent.sum(axis=1)
    none, one = np.exp(-k), k * np.exp(-k)
    held = np.array([(sent * share).sum() for share in (none, one, 1.0 - none - one)])
    return [float(x) for x in tally.detected.sum(axis=(0, 1, 2)) / held]
