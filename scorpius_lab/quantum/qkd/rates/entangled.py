"""BBM92: keys from entangled pairs, rated after the measured error rate alone.

X. Ma, C.-H. F. Fung, H.-K. Lo, "Quantum key distribution with entangled photon sources", Phys. Rev. A 76, 012307
(2007), quant-ph/0703122; the rate after M. Koashi, J. Preskill, Phys. Rev. Lett. 90, 057902 (2003). A pulse of the
source, with a mean of mu = 2 lambda pairs, holds n of them with the probability (n + 1) lambda^n / (1 + lambda)^(n + 2)
(Eq. 5). The source does not know the bases, so pulses of several pairs need no decoys: what they leak shows as errors.

`alice` and `bob` are the transmittances from the source to each side's detectors, `background` the probability that a
side clicks without light (both its detectors, the same for both sides).
"""

from __future__ import annotations

import numpy as np

from scorpius_lab.quantum.qkd.rates.asymptotic import SIFTING, shor_preskill_rate
from scorpius_lab.quantum.qkd.rates.channel import BACKGROUND_ERROR_RATE, Array, Numbers, numbers


def pair_gain(mean_pairs: Numbers, alice: Numbers, bob: Numbers, background: Numbers) -> Array:
    """Q_lambda, the probability that both sides click for a pulse (Eq. 9).

    1 - (1 - Y_A)/(1 + a)^2 - (1 - Y_B)/(1 + b)^2 + (1 - Y_A)(1 - Y_B)/(1 + a + b - a eta_B)^2 with a = eta_A lambda,
    b = eta_B lambda.
    """
    a, b, both = _means(mean_pairs, alice, bob)
    quiet = 1.0 - numbers(background)
    # Written so that nothing cancels where all terms are small.
    seen_a, seen_b = 1.0 - quiet / (1.0 + a) ** 2, 1.0 - quiet / (1.0 + b) ** 2
    together = quiet**2 * (1.0 / both**2 - 1.0 / ((1.0 + a) * (1.0 + b)) ** 2)
    return np.asarray(seen_a * seen_b + together)


def pair_error_rate(
    mean_pairs: Numbers, alice: Numbers, bob: Numbers, background: Numbers, misalignment: Numbers
) -> Array:
    """E_lambda, the QBER of those clicks; a double click is given a random bit (Eq. 10).

    E Q = e_0 Q - 2 (e_0 - e_d) eta_A eta_B lambda (1 + lambda) / ((1 + a)(1 + b)(1 + a + b - a eta_B)); 1/2 if nothing
    clicks.
    """
    a, b, both = _means(mean_pairs, alice, bob)
    lam = numbers(mean_pairs) / 2.0
    agreed = numbers(alice) * numbers(bob) * lam * (1.0 + lam) / ((1.0 + a) * (1.0 + b) * both)
    clicks = pair_gain(mean_pairs, alice, bob, background)
    wrong = np.asarray(2.0 * (BACKGROUND_ERROR_RATE - numbers(misalignment)) * agreed)
    share = np.divide(wrong, clicks, out=np.zeros(np.broadcast(wrong, clicks).shape), where=clicks > 0)
    return np.asarray(np.clip(BACKGROUND_ERROR_RATE - share, 0.0, BACKGROUND_ERROR_RATE))


def pair_rate(  # noqa: PLR0917 (source, both channels, receivers)
    mean_pairs: Numbers,
    alice: Numbers,
    bob: Numbers,
    background: Numbers,
    misalignment: Numbers,
    error_correction_efficiency: Numbers = 1.22,
    sifting: Numbers = SIFTING,
) -> Array:
    """R = q Q_lambda (1 - f h(E_lambda) - h(E_lambda)), secret bits per pulse of the source (Eq. 11).

    Asymptotic, for one-way post-processing; 0 where the QBER is above the bound.
    """
    clicks = pair_gain(mean_pairs, alice, bob, background)
    qber = pair_error_rate(mean_pairs, alice, bob, background, misalignment)
    return np.asarray(numbers(sifting) * clicks * shor_preskill_rate(qber, error_correction_efficiency))


def _means(mean_pairs: Numbers, alice: Numbers, bob: Numbers) -> tuple[Array, Array, Array]:
    """What the closed forms are made of: a = eta_A lambda, b = eta_B lambda and 1 + a + b - a eta_B."""
    lam = numbers(mean_pairs) / 2.0
    a, b = numbers(alice) * lam, numbers(bob) * lam
    return np.asarray(a), np.asarray(b), np.asarray(1.0 + a + b - a * numbers(bob))
