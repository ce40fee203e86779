"""How much secret key a link can give: asymptotic rates, decoy bounds and finite-key lengths, each cited by equation.

Everything takes plain numbers or numpy arrays of one shape (distances, say) and gives arrays of that shape.

What these bounds assume, and a simulation cannot show:

- Alice's pulses have a random phase, exactly the intensities she believes in, and nothing else (no Trojan-horse light,
  no correlation between pulses, no side channel) tells her bit, basis or intensity to Eve.
- Bob's probability of a detection does not depend on his basis; the detectors are not blinded or time-shifted, and
  double clicks are given a random bit.
- Alice and Bob have perfect private randomness and an authenticated public channel; their devices leak nothing.
- The asymptotic rates take every estimate as exact, so they hold for no finite key. The rates of Lim et al. 2014 hold
  for a block of a length fixed beforehand; later work (Tupkary et al. 2024, Wiesemann et al. 2024) names further
  conditions on how a block is accepted and asks for a slightly shorter key.

A positive rate therefore says what the model allows, not that a device is secure.
"""

from scorpius_lab.quantum.qkd.rates.asymptotic import (
    QBER_BOUND,
    binary_entropy,
    gllp_rate,
    infinite_decoy_rate,
    optimal_intensity,
    shor_preskill_rate,
    single_photon_rate,
    without_decoy_rate,
)
from scorpius_lab.quantum.qkd.rates.channel import (
    error_rate,
    gain,
    transmittance,
    yield_error_rate,
    yield_of,
)
from scorpius_lab.quantum.qkd.rates.cut_off import cut_off_km
from scorpius_lab.quantum.qkd.rates.decoy import (
    SinglePhotonBounds,
    fluctuating_vacuum_weak,
    vacuum_weak,
    vacuum_weak_rate,
)
from scorpius_lab.quantum.qkd.rates.entangled import pair_error_rate, pair_gain, pair_rate
from scorpius_lab.quantum.qkd.rates.finite_key import (
    Block,
    FiniteKey,
    Settings,
    expected_block,
    finite_key,
    finite_key_rate,
)
from scorpius_lab.quantum.qkd.rates.optimize import best_settings

__all__ = [
    "QBER_BOUND",
    "Block",
    "FiniteKey",
    "Settings",
    "SinglePhotonBounds",
    "best_settings",
    "binary_entropy",
    "cut_off_km",
    "error_rate",
    "expected_block",
    "finite_key",
    "finite_key_rate",
    "fluctuating_vacuum_weak",
    "gain",
    "gllp_rate",
    "infinite_decoy_rate",
    "optimal_intensity",
    "pair_error_rate",
    "pair_gain",
    "pair_rate",
    "shor_preskill_rate",
    "single_photon_rate",
    "transmittance",
    "vacuum_weak",
    "vacuum_weak_rate",
    "without_decoy_rate",
    "yield_error_rate",
    "yield_of",
]
