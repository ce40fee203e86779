"""How long a key a block of finite size gives, against any attack.

C. C. W. Lim, M. Curty, N. Walenta, F. Xu, H. Zbinden, "Concise security bounds for practical decoy-state quantum key
distribution", Phys. Rev. A 89, 022307 (2014), arXiv:1311.7129; equation numbers are the journal's.

The key is made in basis X, basis Z only finds the errors. Three intensities mu_1 > mu_2 + mu_3, mu_2 > mu_3 >= 0. The
key is secret but for `secrecy` and equal but for `correctness`; `secrecy` is spent on 21 equal parts (Eq. B4), which is
where the 21 in the formulas comes from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scorpius_lab.errors import UsageError
from scorpius_lab.quantum.qkd.rates.asymptotic import QBER_BOUND, binary_entropy
from scorpius_lab.quantum.qkd.rates.channel import BACKGROUND_ERROR_RATE, Array, Numbers, gain, numbers

_PARTS = 21.0  # equal parts of the secrecy, Eq. B4
_INTENSITIES = 3
_NEVER = 1e-200  # a click so rare that no block was ever filled with them
_SHORT = 1e-12  # least denominator where a bound has no meaning anyway


@dataclass(frozen=True, slots=True)
class Settings:
    """What Alice and Bob choose: intensities and their probabilities (last axis 3, strongest first), share of basis X.

    `intensities` and `probabilities` have shape (..., 3), `key_basis` shape (...). Raises UsageError if the intensities
    do not satisfy mu_1 > mu_2 + mu_3 and mu_2 > mu_3 >= 0, or the probabilities do not add up to 1.
    """

    intensities: Array
    probabilities: Array
    key_basis: Array

    def __init__(self, intensities: Numbers, probabilities: Numbers, key_basis: Numbers) -> None:
        """Check and keep."""
        k, p, q = numbers(intensities), numbers(probabilities), numbers(key_basis)
        if k.shape[-1:] != (_INTENSITIES,) or p.shape[-1:] != (_INTENSITIES,):
            raise UsageError("the bounds of Lim et al. 2014 are for three intensities with their probabilities")
        if not np.all((k[..., 0] > k[..., 1] + k[..., 2]) & (k[..., 1] > k[..., 2]) & (k[..., 2] >= 0)):
            raise UsageError("three intensities must satisfy mu_1 > mu_2 + mu_3 and mu_2 > mu_3 >= 0")
        if not (np.all(p > 0) and np.allclose(p.sum(axis=-1), 1.0, atol=1e-9)):
            raise UsageError("the probabilities of three intensities must be above 0 and add up to 1")
        if not np.all((q > 0) & (q < 1)):
            raise UsageError("the share of the key basis must lie between 0 and 1, both excluded")
        object.__setattr__(self, "intensities", k)
        object.__setattr__(self, "probabilities", p)
        object.__setattr__(self, "key_basis", q)

    def photon_probability(self, photons: int) -> Array:
        """tau_n = sum_k p_k e^-k k^n / n!, the probability that Alice sends n photons; here n is 0 or 1."""
        return np.asarray((self.probabilities * np.exp(-self.intensities) * self.intensities**photons).sum(axis=-1))


@dataclass(frozen=True, slots=True)
class Block:
    """What was counted, for each intensity (last axis 3).

    `key` are detections in basis X, `check` those in basis Z and `check_errors` the wrong ones among the latter;
    `error_rate` is the QBER of basis X that reconciliation met, `pulses` how many pulses all this took.
    """

    key: Array
    check: Array
    check_errors: Array
    error_rate: Array
    pulses: Array

    @property
    def size(self) -> Array:
        """n_X, the length of the raw key."""
        return np.asarray(self.key.sum(axis=-1))


@dataclass(frozen=True, slots=True)
class FiniteKey:
    """The key's length in bits (a whole number, 0 if there is none) and the bounds it comes from.

    `vacuum` and `single` are the least numbers of vacuum and single-photon events in the raw key, `phase_error` the
    greatest phase error rate of the latter; `surplus` is the right side of Eq. 1 before rounding, below 0 if no key.
    """

    length: Array
    vacuum: Array
    single: Array
    phase_error: Array
    surplus: Array


def finite_key(
    block: Block, settings: Settings, leak: Numbers, secrecy: Numbers = 1e-9, correctness: Numbers = 1e-15
) -> FiniteKey:
    """The length of the secret key (Eq. 1): floor(s_X0 + s_X1 (1 - h(phi_X)) - leak - 6 log2 21/eps - log2 2/eps_cor).

    `leak` is how many bits reconciliation disclosed. The run aborts, and the length is 0, if the QBER of basis X is
    above `QBER_BOUND`. Raises UsageError for a secrecy or correctness outside 0 to 1.
    """
    eps, eps_cor = numbers(secrecy), numbers(correctness)
    if not (np.all((eps > 0) & (eps < 1)) and np.all((eps_cor > 0) & (eps_cor < 1))):
        raise UsageError("secrecy and correctness are failure probabilities between 0 and 1, both excluded")
    vacuum = _vacuum(block.key, settings, eps)
    single = _single(block.key, settings, eps, vacuum)
    check = _single(block.check, settings, eps, _vacuum(block.check, settings, eps))
    phase_error = _phase_error(_single_errors(block.check_errors, settings, eps), check, single, eps)
    surplus = (
        vacuum
        + single * (1.0 - binary_entropy(phase_error))
        - numbers(leak)
        - 6.0 * np.log2(_PARTS / eps)
        - np.log2(2.0 / eps_cor)
    )
    aborted = (block.error_rate > QBER_BOUND) | (phase_error >= BACKGROUND_ERROR_RATE)
    length = np.where(aborted, 0.0, np.floor(np.maximum(surplus, 0.0)))
    return FiniteKey(length, vacuum, single, phase_error, surplus)


def expected_block(  # noqa: PLR0917 (settings, channel, receiver)
    size: Numbers,
    settings: Settings,
    eta: Numbers,
    background: Numbers,
    misalignment: Numbers,
    afterpulse: Numbers = 0.0,
) -> Block:
    """The block one expects for a raw key of `size` bits on the model channel (section IV).

    D_k = 1 - (1 - Y_0) e^(-eta k), R_k = D_k (1 + p_ap); an error has the probability
    Y_0 / 2 + e_d (1 - e^(-eta k)) + p_ap D_k / 2 for each pulse of intensity k. The paper writes 2 p_dc for Y_0 and
    eta_ch in the middle term, where it must be eta_sys: light that is not detected makes no errors.
    """
    k, p, q = settings.intensities, settings.probabilities, settings.key_basis
    eta, dark, wrong, again = (numbers(x)[..., None] for x in (eta, background, misalignment, afterpulse))
    seen = gain(k, eta, dark)
    clicks = p * seen * (1.0 + again)
    errors = p * (BACKGROUND_ERROR_RATE * dark - wrong * np.expm1(-eta * k) + BACKGROUND_ERROR_RATE * again * seen)
    seen_per_pulse = np.maximum(clicks.sum(axis=-1), _NEVER)  # where nothing clicks the block stays empty
    pulses = numbers(size) / (q**2 * seen_per_pulse)
    check = (pulses * (1.0 - q) ** 2)[..., None]
    return Block(
        key=(pulses * q**2)[..., None] * clicks,
        check=check * clicks,
        check_errors=check * errors,
        error_rate=np.asarray(errors.sum(axis=-1) / seen_per_pulse),
        pulses=pulses,
    )


def finite_key_rate(
    block: Block,
    settings: Settings,
    error_correction_efficiency: Numbers = 1.16,
    secrecy: Numbers = 1e-9,
    correctness: Numbers = 1e-15,
) -> Array:
    """Secret bits per pulse sent, with the leak taken as n_X f h(QBER) (section IV)."""
    return (
        finite_key(block, settings, expected_leak(block, error_correction_efficiency), secrecy, correctness).length
        / block.pulses
    )


def expected_leak(block: Block, error_correction_efficiency: Numbers) -> Array:
    """lambda_EC = n_X f h(QBER) in bits (section IV); a real run counts what was disclosed."""
    entropy = binary_entropy(np.minimum(block.error_rate, BACKGROUND_ERROR_RATE))
    return block.size * numbers(error_correction_efficiency) * entropy


def _between(counts: Array, settings: Settings, eps: Array, sign: float) -> Array:
    """n_k with a sign: e^k / p_k (n_k +- sqrt(n / 2 ln 21/eps)), Hoeffding's bound on the expected counts (Eq. A1)."""
    total = counts.sum(axis=-1)
    deviation = np.sqrt(total / 2.0 * np.log(_PARTS / eps))
    moved = counts + sign * deviation[..., None]
    return np.asarray(np.exp(settings.intensities) / settings.probabilities * moved)


def _vacuum(counts: Array, settings: Settings, eps: Array) -> Array:
    """s_0 >= tau_0 (mu_2 n-_3 - mu_3 n+_2) / (mu_2 - mu_3) (Eq. 2)."""
    weak, faint = settings.intensities[..., 1], settings.intensities[..., 2]
    low, high = _between(counts, settings, eps, -1.0), _between(counts, settings, eps, 1.0)
    found = settings.photon_probability(0) * (weak * low[..., 2] - faint * high[..., 1]) / (weak - faint)
    return np.asarray(np.maximum(found, 0.0))


def _single(counts: Array, settings: Settings, eps: Array, vacuum: Array) -> Array:
    """s_1 >= tau_1 mu_1 (n-_2 - n+_3 - (mu_2^2 - mu_3^2)/mu_1^2 (n+_1 - s_0/tau_0)) / (...) (Eq. 3)."""
    strong, weak, faint = (settings.intensities[..., i] for i in range(_INTENSITIES))
    low, high = _between(counts, settings, eps, -1.0), _between(counts, settings, eps, 1.0)
    squares = weak**2 - faint**2
    several = squares / strong**2 * (high[..., 0] - vacuum / settings.photon_probability(0))
    found = settings.photon_probability(1) * strong * (low[..., 1] - high[..., 2] - several)
    return np.asarray(np.maximum(found / (strong * (weak - faint) - squares), 0.0))


def _single_errors(errors: Array, settings: Settings, eps: Array) -> Array:
    """v_1 <= tau_1 (m+_2 - m-_3) / (mu_2 - mu_3), errors among single photons in basis Z (Eq. 4).

    At least one: the formula of Eq. 5 knows no uncertainty where no error was seen, and a block has to.
    """
    weak, faint = settings.intensities[..., 1], settings.intensities[..., 2]
    low, high = _between(errors, settings, eps, -1.0), _between(errors, settings, eps, 1.0)
    found = settings.photon_probability(1) * (high[..., 1] - low[..., 2]) / (weak - faint)
    return np.asarray(np.maximum(found, 1.0))


def _phase_error(errors: Array, check: Array, single: Array, eps: Array) -> Array:
    """phi_X <= v_1 / s_Z1 + gamma(eps, v_1 / s_Z1, s_Z1, s_X1), at most 1/2 (Eq. 5)."""
    known = (check > _SHORT) & (single > _SHORT)
    c, d = np.where(known, check, 1.0), np.where(known, single, 1.0)
    b = np.minimum(errors / c, BACKGROUND_ERROR_RATE)
    phase_error = np.minimum(b + _gamma(eps, b, c, d), BACKGROUND_ERROR_RATE)
    return np.asarray(np.where(known, phase_error, BACKGROUND_ERROR_RATE))


def _gamma(a: Array, b: Array, c: Array, d: Array) -> Array:
    """sqrt((c + d)(1 - b) b / (c d ln 2) log2((c + d) / (c d (1 - b) b) 21^2 / a^2)), below Eq. 5."""
    spread = (c + d) * (1.0 - b) * b / (c * d)
    size = np.log2((c + d) / (c * d * (1.0 - b) * b) * (_PARTS / a) ** 2)
    return np.asarray(np.sqrt(np.maximum(spread * size / np.log(2.0), 0.0)))
