"""Asymptotic key rates: what an endless key would give, with every estimate exact.

- P. Shor, J. Preskill, Phys. Rev. Lett. 85, 441 (2000): BB84 with single photons.
- D. Gottesman, H.-K. Lo, N. Lütkenhaus, J. Preskill ("GLLP"), Quant. Inf. Comput. 4, 325 (2004): realistic sources.
- Ma et al. 2005 (see `channel`): GLLP with decoy states, Eq. 1, and the best intensity, Eq. 12.

Rates are in secret bits per pulse sent, never below 0. A run whose QBER is above `QBER_BOUND` aborts, so its rate is 0;
GLLP alone would still give a little key where most errors are background clicks.
"""

from __future__ import annotations

import numpy as np

from scorpius_lab.errors import UsageError
from scorpius_lab.quantum.qkd.rates.channel import (
    BACKGROUND_ERROR_RATE,
    Array,
    Numbers,
    error_rate,
    gain,
    numbers,
    yield_error_rate,
    yield_of,
)

# Where 1 - 2 h(e) = 0: no key from BB84 with one-way post-processing (Shor and Preskill 2000, "about 11%").
QBER_BOUND = 0.11002786443836

# Bases of standard BB84 agree half the time (Ma et al. 2005, Eq. 1, q = 1/2).
SIFTING = 0.5


def binary_entropy(probability: Numbers) -> Array:
    """h(p) = -p log2 p - (1 - p) log2 (1 - p) in bits, 0 at both ends. Raises UsageError outside 0 to 1."""
    p = numbers(probability)
    if not np.all((p >= 0) & (p <= 1)):
        raise UsageError("binary entropy needs probabilities between 0 and 1")
    inside = np.clip(p, 1e-300, 1.0)
    outside = np.clip(1.0 - p, 1e-300, 1.0)
    return np.asarray(-p * np.log2(inside) - (1.0 - p) * np.log2(outside))


def shor_preskill_rate(qber: Numbers, error_correction_efficiency: Numbers = 1.0) -> Array:
    """1 - h(e) - f h(e), secret bits per sifted bit of BB84 with single photons and equal errors in both bases.

    Shor and Preskill 2000 for f = 1. Never positive above `QBER_BOUND`.
    """
    qber = numbers(qber)
    entropy = binary_entropy(np.minimum(qber, BACKGROUND_ERROR_RATE))
    rate = 1.0 - entropy - numbers(error_correction_efficiency) * entropy
    return _kept(rate, qber)


def gllp_rate(  # noqa: PLR0917 (the symbols of the equation, in its order)
    signal_gain: Numbers,
    signal_error: Numbers,
    single_gain: Numbers,
    single_error: Numbers,
    error_correction_efficiency: Numbers = 1.22,
    sifting: Numbers = SIFTING,
) -> Array:
    """R = q (-Q_mu f h(E_mu) + Q_1 (1 - h(e_1))), secret bits per signal pulse (Ma et al. 2005, Eq. 1)."""
    error = numbers(signal_error)
    paid = (
        numbers(signal_gain)
        * numbers(error_correction_efficiency)
        * binary_entropy(np.minimum(error, BACKGROUND_ERROR_RATE))
    )
    kept = numbers(single_gain) * (1.0 - binary_entropy(np.clip(single_error, 0.0, BACKGROUND_ERROR_RATE)))
    return _kept(numbers(sifting) * (kept - paid), error)


def infinite_decoy_rate(  # noqa: PLR0917 (source, channel, receiver)
    intensity: Numbers,
    eta: Numbers,
    background: Numbers,
    misalignment: Numbers,
    error_correction_efficiency: Numbers = 1.22,
    sifting: Numbers = SIFTING,
) -> Array:
    """The rate with endlessly many decoy intensities: Y_1 and e_1 are known exactly (Ma et al. 2005, Eqs. 1, 7, 9)."""
    mu = numbers(intensity)
    return gllp_rate(
        gain(mu, eta, background),
        error_rate(mu, eta, background, misalignment),
        yield_of(1, eta, background) * mu * np.exp(-mu),
        yield_error_rate(1, eta, background, misalignment),
        error_correction_efficiency,
        sifting,
    )


def without_decoy_rate(  # noqa: PLR0917 (source, channel, receiver)
    intensity: Numbers,
    eta: Numbers,
    background: Numbers,
    misalignment: Numbers,
    error_correction_efficiency: Numbers = 1.22,
    sifting: Numbers = SIFTING,
) -> Array:
    """The rate of GLLP without decoy states: every pulse with several photons is taken to have come through.

    Untagged fraction Omega = 1 - p_multi / Q_mu with p_multi = 1 - (1 + mu) e^-mu, all errors on the untagged ones:
    R = q Q_mu (-f h(E_mu) + Omega (1 - h(E_mu / Omega))) (GLLP 2004; Lo, Ma, Chen, Phys. Rev. Lett.
    94, 230504 (2005), Eqs. 12 and 13, which leave out q and f). The best mu is about half of eta.
    """
    mu = numbers(intensity)
    clicks, error = gain(mu, eta, background), error_rate(mu, eta, background, misalignment)
    several = -np.expm1(np.log1p(mu) - mu)
    untagged = np.maximum(clicks - several, 0.0)
    share = np.divide(error * clicks, untagged, out=np.full(clicks.shape, BACKGROUND_ERROR_RATE), where=untagged > 0)
    return gllp_rate(
        clicks, error, untagged, np.minimum(share, BACKGROUND_ERROR_RATE), error_correction_efficiency, sifting
    )


def single_photon_rate(
    eta: Numbers,
    background: Numbers,
    misalignment: Numbers,
    error_correction_efficiency: Numbers = 1.22,
    sifting: Numbers = SIFTING,
) -> Array:
    """The rate of a source that sends exactly one photon: q Y_1 (1 - h(e_1) - f h(e_1)) (Shor and Preskill 2000)."""
    error = yield_error_rate(1, eta, background, misalignment)
    return numbers(sifting) * yield_of(1, eta, background) * shor_preskill_rate(error, error_correction_efficiency)


def optimal_intensity(misalignment: float, error_correction_efficiency: float = 1.22) -> float:
    """The best mu where background clicks are few: (1 - mu) e^-mu = f h(e_d) / (1 - h(e_d)) (Ma et al. 2005, Eq. 12).

    0.48 for GYS with f = 1.22 and 0.54 with f = 1. Raises UsageError if no intensity gives a key.
    """
    entropy = float(binary_entropy(misalignment))
    wanted = error_correction_efficiency * entropy / (1.0 - entropy) if entropy < 1 else np.inf
    if wanted >= 1:
        raise UsageError(
            f"with a misalignment of {misalignment:g} no intensity gives a key; it must be below the bound"
        )
    low, high = 0.0, 1.0  # the left side falls from 1 to 0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (1.0 - middle) * np.exp(-middle) > wanted else (low, middle)
    return (low + high) / 2


def _kept(rate: Array, qber: Array) -> Array:
    """The rate where it is above 0 and the run does not abort."""
    return np.where(qber > QBER_BOUND, 0.0, np.maximum(rate, 0.0))
