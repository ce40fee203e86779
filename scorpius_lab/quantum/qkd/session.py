"""A whole session: pulses, sifting, estimation, reconciliation, verification, amplification, and what each one cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from scorpius_lab.quantum.qkd.aggregate import expected_gains, sample_tally
from scorpius_lab.quantum.qkd.amplification import amplify, draw_seed
from scorpius_lab.quantum.qkd.authentication import PHASES, HashKey, authentication_cost, key_tag, verification_bits
from scorpius_lab.quantum.qkd.cascade import PASSES, Alice, binary_entropy, reconcile
from scorpius_lab.quantum.qkd.draws import Bits, block_generator
from scorpius_lab.quantum.qkd.estimation import ErrorEstimate, choose_sample, estimate_errors, key_bounds
from scorpius_lab.quantum.qkd.parameters import Link, SinglePhoton
from scorpius_lab.quantum.qkd.pulses import transmit
from scorpius_lab.quantum.qkd.rates import infinite_decoy_rate, single_photon_rate, vacuum_weak_rate
from scorpius_lab.quantum.qkd.result import AsymptoticRates, Correction, Parameters, SessionResult
from scorpius_lab.quantum.qkd.sifting import RawKey, sift
from scorpius_lab.quantum.qkd.tallies import Tally, X, Z

POST_PROCESSING_STREAM: Final = 2
# Passes of Cascade before a run whose keys still differ is given up.
MOST_PASSES: Final = 16
# Fewer bits than this cannot be split into a sample and a key.
LEAST_SIFTED: Final = 2


def simulate(
    parameters: Parameters,
    seed: int = 0,
    *,
    progress: Callable[[int], None] | None = None,
    workers: int | None = None,
) -> SessionResult:
    """Run BB84 pulse by pulse down to Alice's and Bob's keys; the same seed gives the same result.

    `progress` is called with the pulses sent so far. A run that gives no key ends with `aborted` saying why, not
    with an error. Raises SimulationError for parameters that contradict each other.
    """
    source = parameters.link.source
    blocks = transmit(parameters.link, parameters.pulses, seed, parameters.eavesdropper, workers)
    tally, raw = sift(blocks, len(source.intensities), progress)
    generator = block_generator(seed, POST_PROCESSING_STREAM, 0)
    chosen = choose_sample(generator, raw.size, parameters.post_processing.sample_fraction)
    sample, secret = raw.only(chosen), raw.only(~chosen)
    start = _started(
        parameters,
        seed,
        tally,
        (_differ(sample.alice, sample.bob), sample.size, secret.size),
        float(np.mean(secret.eve_knows)) if secret.size else 0.0,
    )
    return start if start.aborted else _distil(start, secret, generator)


def simulate_counts(parameters: Parameters, seed: int = 0) -> SessionResult:
    """The same session for any number of pulses in milliseconds: counts and key length, no keys.

    Reconciliation is planned to leak f_EC n h(e) with the error rate of all of basis Z; sampling takes the fraction
    of each count that it takes on average.
    """
    post = parameters.post_processing
    tally = sample_tally(parameters.link, parameters.pulses, seed, parameters.eavesdropper)
    sifted, errors = int(tally.sifted(Z).sum()), int(tally.sifted_errors(Z).sum())
    sampled = round(post.sample_fraction * sifted)
    known = float(tally.known[:, Z, Z].sum()) / max(sifted, 1)
    seen = (round(errors * sampled / max(sifted, 1)), sampled, sifted - sampled)
    start = replace(_started(parameters, seed, tally, seen, known), engine="aggregated")
    if start.aborted:
        return start
    rate = errors / sifted
    leak = round(post.error_correction_efficiency * (sifted - sampled) * binary_entropy(rate))
    tag = verification_bits(post.correctness)
    planned = Correction(leak, post.error_correction_efficiency, rate, 0, 0, 1, tag)
    counts = np.floor(tally.sifted(Z) * (1.0 - post.sample_fraction)).astype(np.int64)
    return _measured(replace(start, correction=planned), counts)


def asymptotic_rates(link: Link, error_correction_efficiency: float) -> AsymptoticRates:
    """What an endless key would give on this link without Eve."""
    detector, share = link.detector, link.basis_probability
    sifting = share**2 + (1.0 - share) ** 2
    where = (link.transmittance, detector.background_yield, detector.misalignment, error_correction_efficiency, sifting)
    if isinstance(link.source, SinglePhoton):
        return AsymptoticRates(float(single_photon_rate(*where)), None)
    signal, weak = link.source.intensities[0], link.source.intensities[1]
    return AsymptoticRates(
        float(infinite_decoy_rate(signal, *where)),
        float(vacuum_weak_rate(signal, weak, *where)),
    )


def _started(
    parameters: Parameters, seed: int, tally: Tally, sample: tuple[int, int, int], eve_knows: float
) -> SessionResult:
    """Everything known once bases, decoys and samples are announced; `sample` is (errors, sampled bits, other bits)."""
    post = parameters.post_processing
    errors, sampled, rest = sample
    checked, wrong = int(tally.sifted(X).sum()), int(tally.sifted_errors(X).sum())
    result = SessionResult(
        parameters=parameters,
        seed=seed,
        engine="per pulse",
        tally=tally,
        gains=tuple(tally.gains.tolist()),
        error_rates=tuple(tally.error_rates.tolist()),
        gain_deviations=_deviations(parameters.link, tally),
        sifted_bits=int(tally.sifted(Z).sum()) + checked,
        raw_key_bits=rest,
        z_errors=estimate_errors(errors, sampled, rest, post.secrecy),
        x_errors=estimate_errors(wrong, checked, rest, post.secrecy),
        eve_knows=eve_knows,
        rates=asymptotic_rates(parameters.link, post.error_correction_efficiency),
        authentication=authentication_cost(post.authentication_bits, PHASES.index("estimation") + 1),
    )
    return replace(result, aborted=_reason_to_stop(result))


def _deviations(link: Link, tally: Tally) -> tuple[float, ...]:
    """(Q - Q expected) / sqrt(Q expected (1 - Q expected) / N) by intensity, 0 where nothing was sent or expected."""
    expected, sent = expected_gains(link), tally.sent.sum(axis=1)
    spread = np.sqrt(expected * (1.0 - expected) * sent)
    clicks = tally.detected.sum(axis=(1, 2, 3))
    found = np.divide(clicks - expected * sent, spread, out=np.zeros_like(expected), where=spread > 0)
    return tuple(found.tolist())


def _reason_to_stop(result: SessionResult) -> str | None:
    bound = result.parameters.post_processing.qber_bound
    if result.raw_key_bits < LEAST_SIFTED or not result.x_errors.sampled:
        return "too few pulses were detected in matching bases to estimate the error rate; send more pulses"
    for basis, seen in (("X", result.x_errors), ("Z", result.z_errors)):
        if seen.rate > bound:
            return (
                f"the error rate of basis {basis} is {seen.rate:.2%}, above the bound of {bound:.2%}: "
                "no secret key can be distilled, whether Eve or the equipment is the cause"
            )
    return None


def _differ(alice: Bits, bob: Bits) -> int:
    return int(np.count_nonzero(alice != bob))


@dataclass(frozen=True, slots=True)
class _Reconciled:
    bits: Bits
    correction: Correction
    verified: bool


def _reconciled(secret: RawKey, estimate: float, correctness: float, generator: np.random.Generator) -> _Reconciled:
    """Cascade, a tag compared after four passes, and after each further pass while the tags differ.

    Every comparison may go wrong, so each has its part of `correctness`.
    """
    tag_bits = verification_bits(correctness / (MOST_PASSES - PASSES + 1))
    alice = Alice(secret.alice)
    for tags, found in enumerate(reconcile(alice, secret.bob, estimate, generator), start=1):
        rate = found.corrected / secret.size
        correction = Correction(found.leak, found.efficiency(rate), rate, found.rounds, found.passes, tags, tag_bits)
        key = HashKey.draw(generator)
        if key_tag(secret.alice, key, tag_bits) == key_tag(found.bits, key, tag_bits):
            return _Reconciled(found.bits, correction, verified=True)
        if found.passes >= MOST_PASSES:
            break
    return _Reconciled(found.bits, correction, verified=False)


def _distil(start: SessionResult, secret: RawKey, generator: np.random.Generator) -> SessionResult:
    """From the raw key to the final ones."""
    post = start.parameters.post_processing
    done = _reconciled(secret, _best_estimate(start.z_errors, start.x_errors), post.correctness, generator)
    result = replace(start, correction=done.correction)
    if not done.verified:
        cost = authentication_cost(post.authentication_bits, PHASES.index("verification") + 1)
        why = f"Alice's and Bob's keys still differed after {done.correction.passes} passes of Cascade"
        return replace(result, aborted=why, authentication=cost)
    counts = np.bincount(secret.intensities, minlength=start.tally.sent.shape[0])
    result = _measured(result, counts)
    if result.aborted or result.bounds is None:
        return result
    seed = draw_seed(generator, secret.size, result.bounds.length)
    kept = slice(0, result.key_bits)
    return replace(
        result,
        alice_key=amplify(secret.alice, result.bounds.length, seed)[kept],
        bob_key=amplify(done.bits, result.bounds.length, seed)[kept],
    )


def _best_estimate(z_errors: ErrorEstimate, x_errors: ErrorEstimate) -> float:
    """The error rate Cascade starts from: the sample's, or that of basis X if no bit of Z was disclosed."""
    return min(z_errors.rate if z_errors.sampled else x_errors.rate, 0.5)


def _measured(result: SessionResult, counts: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> SessionResult:
    """With the key's length: what the bounds allow less what authentication consumed."""
    post, correction = result.parameters.post_processing, result.correction
    if correction is None:
        return result
    # The bounds count one tag themselves, as log2(2/eps_cor).
    leak = correction.disclosed - verification_bits(post.correctness)
    bounds = key_bounds(result.parameters.link, result.tally, counts, correction.error_rate, leak, post)
    cost = authentication_cost(post.authentication_bits)
    result = replace(result, bounds=bounds, authentication=cost)
    if correction.error_rate > post.qber_bound:
        return replace(
            result,
            aborted=f"reconciliation met an error rate of {correction.error_rate:.2%}, above the bound of "
            f"{post.qber_bound:.2%}: no secret key can be distilled",
        )
    if bounds.length <= cost.key_bits:
        return replace(result, aborted=_why_no_key(result, bounds.length, cost.key_bits))
    return replace(result, key_bits=bounds.length - cost.key_bits)


def _why_no_key(result: SessionResult, length: int, cost: int) -> str:
    if length:
        return f"the key of {length} bits would not pay for the {cost} bits that authenticating the session took"
    worst = max(result.gain_deviations, key=abs, default=0.0)
    suspicion = f"; gains lie up to {abs(worst):.0f} standard deviations from what this link gives without Eve"
    return "the bounds leave no secret bit after reconciliation" + (suspicion if abs(worst) > 5 else "")  # noqa: PLR2004
