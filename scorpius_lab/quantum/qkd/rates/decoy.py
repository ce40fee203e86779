"""Vacuum and one weak decoy: what a few intensities tell about single photons.

Ma et al. 2005 (see `channel`), section 3.4 of the preprint, Eqs. 33 to 37; fluctuations after its section on them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scorpius_lab.errors import UsageError
from scorpius_lab.quantum.qkd.rates.asymptotic import SIFTING, gllp_rate
from scorpius_lab.quantum.qkd.rates.channel import BACKGROUND_ERROR_RATE, Array, Numbers, error_rate, gain, numbers


@dataclass(frozen=True, slots=True)
class SinglePhotonBounds:
    """What the decoys prove: Y_1 is at least `yield_lower`, e_1 at most `error_upper`.

    Where they prove nothing the yield is 0 and the error rate 1/2.
    """

    yield_lower: Array
    error_upper: Array

    def gain_lower(self, signal: Numbers) -> Array:
        """Q_1 >= Y_1 mu e^-mu, the gain of single photons among signal pulses (Eq. 35)."""
        mu = numbers(signal)
        return self.yield_lower * mu * np.exp(-mu)


def vacuum_weak(  # noqa: PLR0917 (what is measured, in the order of the equations)
    signal: Numbers,
    decoy: Numbers,
    signal_gain: Numbers,
    decoy_gain: Numbers,
    decoy_error: Numbers,
    background: Numbers,
) -> SinglePhotonBounds:
    """Bounds from the measured gains Q_mu, Q_nu, the decoy's QBER E_nu and the vacuum's gain Y_0 (Eqs. 33, 34, 37).

    Y_1 >= mu / (mu nu - nu^2) (Q_nu e^nu - nu^2/mu^2 Q_mu e^mu - (mu^2 - nu^2)/mu^2 Y_0)
    e_1 <= (E_nu Q_nu e^nu - e_0 Y_0) / (Y_1 nu)

    Raises UsageError unless 0 < nu < mu.
    """
    dark, clicks = numbers(background), numbers(decoy_gain)
    return _bounds(signal, decoy, numbers(signal_gain), clicks, numbers(decoy_error) * clicks, (dark, dark))


def fluctuating_vacuum_weak(  # noqa: PLR0917 (what is measured, in the order of the equations)
    signal: Numbers,
    decoy: Numbers,
    signal_gain: Numbers,
    decoy_gain: Numbers,
    decoy_error: Numbers,
    background: Numbers,
    pulses: tuple[float, float, float],
    standard_deviations: float = 10.0,
) -> SinglePhotonBounds:
    """The same bounds with each measured quantity moved by u_alpha standard deviations to its worse end.

    `pulses` are how many signal, decoy and vacuum pulses were sent; a gain Q measured over N pulses has the standard
    deviation sqrt(Q / N). The paper takes u_alpha = 10. This treats attacks that keep the statistics of each pulse
    independent; for any attack use `finite_key`.
    """
    sent, u = pulses, standard_deviations
    high_signal = _moved(numbers(signal_gain), sent[0], u)
    low_decoy = _moved(numbers(decoy_gain), sent[1], -u)
    high_errors = _moved(numbers(decoy_error) * numbers(decoy_gain), sent[1], u)
    dark = numbers(background)
    return _bounds(
        signal, decoy, high_signal, low_decoy, high_errors, (_moved(dark, sent[2], -u), _moved(dark, sent[2], u))
    )


def vacuum_weak_rate(  # noqa: PLR0917 (source, channel, receiver)
    signal: Numbers,
    decoy: Numbers,
    eta: Numbers,
    background: Numbers,
    misalignment: Numbers,
    error_correction_efficiency: Numbers = 1.22,
    sifting: Numbers = SIFTING,
) -> Array:
    """The asymptotic rate on the model channel, in secret bits per signal pulse (Eq. 1 with Eqs. 34, 35, 37)."""
    signal_gain = gain(signal, eta, background)
    bounds = vacuum_weak(
        signal,
        decoy,
        signal_gain,
        gain(decoy, eta, background),
        error_rate(decoy, eta, background, misalignment),
        background,
    )
    return gllp_rate(
        signal_gain,
        error_rate(signal, eta, background, misalignment),
        bounds.gain_lower(signal),
        bounds.error_upper,
        error_correction_efficiency,
        sifting,
    )


def _bounds(  # noqa: PLR0917 (what is measured, in the order of the equations)
    signal: Numbers,
    decoy: Numbers,
    signal_gain: Array,
    decoy_gain: Array,
    decoy_errors: Array,
    background: tuple[Array, Array],
) -> SinglePhotonBounds:
    """Eq. 34 and Eq. 37; the background is subtracted in both, so one takes its upper and one its lower end."""
    mu, nu = numbers(signal), numbers(decoy)
    if not np.all((nu > 0) & (nu < mu)):
        raise UsageError("the weak decoy's intensity must lie between 0 and the signal's, both excluded")
    dark_low, dark_high = background
    ratio = (nu / mu) ** 2
    single = decoy_gain * np.exp(nu) - ratio * signal_gain * np.exp(mu) - (1.0 - ratio) * dark_high
    lower = np.clip(mu / (mu * nu - nu**2) * single, 0.0, 1.0)
    errors = decoy_errors * np.exp(nu) - BACKGROUND_ERROR_RATE * dark_low
    lower, errors = np.broadcast_arrays(lower, errors)
    upper = np.full(lower.shape, BACKGROUND_ERROR_RATE)
    # Fewer errors than the vacuum explains contradict the model: they prove nothing, so e_1 stays at 1/2.
    np.divide(errors, lower * nu, out=upper, where=(lower > 0) & (errors >= 0))
    return SinglePhotonBounds(lower, np.minimum(upper, BACKGROUND_ERROR_RATE))


def _moved(measured: Array, pulses: float, standard_deviations: float) -> Array:
    """A measured frequency moved by some standard deviations, kept within 0 and 1."""
    return np.clip(measured + standard_deviations * np.sqrt(measured / pulses), 0.0, 1.0)
