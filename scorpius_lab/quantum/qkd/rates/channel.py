"""The model of fibre and receiver that the rates are drawn for.

X. Ma, B. Qi, Y. Zhao, H.-K. Lo, "Practical decoy state for quantum key distribution", Phys. Rev. A 72, 012326 (2005),
section 2; equation numbers are those of the preprint quant-ph/0503005v5.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.ArrayLike
Array = npt.NDArray[np.float64]

# A background click has no reason to fall on the right detector (Ma et al. 2005, section 2: e_0 = 1/2).
BACKGROUND_ERROR_RATE = 0.5


def numbers(value: Numbers) -> Array:
    """A number or a sequence of numbers as an array of floats."""
    return np.asarray(value, dtype=np.float64)


def transmittance(length_km: Numbers, attenuation_db_per_km: Numbers, receiver_efficiency: Numbers) -> Array:
    """The probability eta = t_AB eta_Bob that a sent photon is detected, with t_AB = 10^(-alpha l / 10) (section 2)."""
    return np.power(10.0, -numbers(attenuation_db_per_km) * numbers(length_km) / 10.0) * numbers(receiver_efficiency)


def photon_transmittance(photons: Numbers, eta: Numbers) -> Array:
    """The probability eta_i = 1 - (1 - eta)^i that at least one of i photons is detected (section 2)."""
    return -np.expm1(numbers(photons) * _log_lost(eta))


def _log_lost(eta: Numbers) -> Array:
    """ln(1 - eta); a perfect channel loses so little that no number of photons is lost."""
    return np.asarray(np.log1p(-np.minimum(numbers(eta), 1.0 - 1e-16)))


def yield_of(photons: Numbers, eta: Numbers, background: Numbers) -> Array:
    """Y_i = Y_0 + eta_i - Y_0 eta_i, the probability of a click given i photons (Eq. 7)."""
    through, dark = photon_transmittance(photons, eta), numbers(background)
    return dark + through - dark * through


def yield_error_rate(photons: Numbers, eta: Numbers, background: Numbers, misalignment: Numbers) -> Array:
    """e_i = (e_0 Y_0 + e_d eta_i) / Y_i, the error rate of clicks given i photons (Eq. 9); 1/2 if nothing clicks."""
    errors = BACKGROUND_ERROR_RATE * numbers(background) + numbers(misalignment) * photon_transmittance(photons, eta)
    return _rate(errors, yield_of(photons, eta, background))


def gain(intensity: Numbers, eta: Numbers, background: Numbers) -> Array:
    """Q_mu = sum_i Y_i mu^i e^-mu / i! = 1 - (1 - Y_0) e^(-eta mu), the probability of a click for a pulse.

    The sum of Eq. 8 with Eq. 7 as it stands; Eq. 10 drops the product Y_0 (1 - e^(-eta mu)), below 1e-6 of it here.
    """
    return -np.expm1(np.log1p(-np.minimum(numbers(background), 1.0 - 1e-16)) - numbers(eta) * numbers(intensity))


def error_rate(intensity: Numbers, eta: Numbers, background: Numbers, misalignment: Numbers) -> Array:
    """E_mu of E_mu Q_mu = e_0 Y_0 + e_d (1 - e^(-eta mu)), the QBER of a pulse (Eq. 11); 1/2 if nothing clicks."""
    light = -np.expm1(-numbers(eta) * numbers(intensity))
    errors = BACKGROUND_ERROR_RATE * numbers(background) + numbers(misalignment) * light
    return _rate(errors, gain(intensity, eta, background))


def _rate(errors: Array, clicks: Array) -> Array:
    """Errors per click, at most 1/2: what is worse than a coin is as good as one."""
    errors, clicks = np.broadcast_arrays(errors, clicks)
    out = np.full(clicks.shape, BACKGROUND_ERROR_RATE)
    np.divide(errors, clicks, out=out, where=clicks > 0)
    return np.asarray(np.minimum(out, BACKGROUND_ERROR_RATE))
