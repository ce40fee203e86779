"""BBM92 simulated: a source of entangled pairs between Alice and Bob, photon by photon.

C. H. Bennett, G. Brassard, N. D. Mermin, Phys. Rev. Lett. 68, 557 (1992); the source and the receivers as in Ma, Fung
and Lo 2007 (see `rates.entangled`, whose closed forms this does not use).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from scorpius_lab.errors import SimulationError
from scorpius_lab.quantum.qkd.draws import Bits, block_generator
from scorpius_lab.quantum.qkd.parameters import SIMULATION_NOTICE, dark_count_from_background

_STREAM = 92
_BLOCK = 500_000
_MOST_PULSES = 10**10

Photons = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PairLink:
    """The source in the middle and both ways from it.

    `mean_pairs` is mu = 2 lambda per pulse, `alice` and `bob` the transmittances to each side's detectors, `background`
    the probability that a side clicks without light, `misalignment` e_d, the probability that a pair that should agree
    does not; both sides choose basis Z with `basis_probability`. Raises SimulationError for a value out of range.
    """

    mean_pairs: float = 0.1
    alice: float = 0.1
    bob: float = 0.1
    background: float = 1e-6
    misalignment: float = 0.015
    basis_probability: float = 0.5

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not (math.isfinite(self.mean_pairs) and 0 < self.mean_pairs <= 10):  # noqa: PLR2004
            raise SimulationError(f"the mean number of pairs must lie between 0 and 10, not {self.mean_pairs:g}")
        for name in ("alice", "bob", "background", "basis_probability"):
            if not 0 <= getattr(self, name) <= 1:
                raise SimulationError(f"{name.replace('_', ' ')} must be a probability between 0 and 1")
        if not 0 <= self.misalignment <= 0.5:  # noqa: PLR2004
            raise SimulationError(f"misalignment must lie between 0 and 0.5, not {self.misalignment:g}")


@dataclass(frozen=True, slots=True)
class PairRun:
    """What a run gave: coincidences, those in equal bases, and their bits (Bob's already turned to agree).

    Of `sifted` bits `errors` differ. The bits are simulated and must never protect anything.
    """

    pulses: int
    coincidences: int
    sifted: int
    errors: int
    alice_bits: Bits = field(repr=False)
    bob_bits: Bits = field(repr=False)
    notice: str = SIMULATION_NOTICE

    @property
    def gain(self) -> float:
        """Coincidences per pulse."""
        return self.coincidences / self.pulses

    @property
    def qber(self) -> float:
        """Differing bits per sifted one; 0 if there are none."""
        return self.errors / self.sifted if self.sifted else 0.0


def simulate_pairs(link: PairLink, pulses: int, seed: int = 0) -> PairRun:
    """Send `pulses` pulses of the source; the same seed gives the same bits. Raises SimulationError out of range."""
    if not 1 <= pulses <= _MOST_PULSES:
        raise SimulationError(f"the pair source sends 1 to {_MOST_PULSES:g} pulses, not {pulses}")
    seen, kept = 0, list[tuple[Bits, Bits]]()
    for number, first in enumerate(range(0, pulses, _BLOCK)):
        generator = block_generator(seed, _STREAM, number)
        coincidences, alice, bob = _block(link, min(_BLOCK, pulses - first), generator)
        seen += coincidences
        kept.append((alice, bob))
    alice, bob = (np.concatenate(side) for side in zip(*kept, strict=True))
    return PairRun(pulses, seen, alice.size, int(np.count_nonzero(alice != bob)), alice, bob)


def _block(link: PairLink, pulses: int, generator: np.random.Generator) -> tuple[int, Bits, Bits]:
    """Coincidences of one block, and the bits of those in equal bases."""
    lam = link.mean_pairs / 2.0
    pairs = generator.negative_binomial(2, 1.0 / (1.0 + lam), pulses)
    # Measured in one basis, n pairs show m of one kind and n - m of the other, every m as likely.
    ones = generator.integers(0, pairs, endpoint=True)
    equal = _choose(link, pulses, generator) == _choose(link, pulses, generator)
    elsewhere = generator.binomial(pairs, 0.5)  # in unequal bases the two sides have nothing in common
    turned = generator.random(pulses) < link.misalignment
    bob_ones = np.where(equal, np.where(turned, pairs - ones, ones), elsewhere)
    alice_click, alice = _measure(pairs - ones, ones, link.alice, link.background, generator)
    bob_click, bob = _measure(pairs - bob_ones, bob_ones, link.bob, link.background, generator)
    both = alice_click & bob_click
    sifted = both & equal
    return int(np.count_nonzero(both)), alice[sifted], bob[sifted]


def _choose(link: PairLink, pulses: int, generator: np.random.Generator) -> Flags:
    return generator.random(pulses) < link.basis_probability


def _measure(
    zeros: Photons, ones: Photons, transmittance: float, background: float, generator: np.random.Generator
) -> tuple[Flags, Bits]:
    """Whether a side clicks, and its bit; a double click is given a random one."""
    dark = dark_count_from_background(background)
    zero, one = (
        (generator.binomial(photons, transmittance) > 0) | (generator.random(photons.size) < dark)
        for photons in (zeros, ones)
    )
    coins = generator.random(zeros.size) < 0.5  # noqa: PLR2004
    bits = np.where(zero & one, coins, one)
    return zero | one, bits.astype(np.uint8)
