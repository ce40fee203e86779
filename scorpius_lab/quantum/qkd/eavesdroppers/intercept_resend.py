"""Intercept and resend: Eve measures some pulses in a basis of her choice and sends on what she saw."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from scorpius_lab.errors import SimulationError
from scorpius_lab.quantum.qkd.draws import Bits, choices, coins
from scorpius_lab.quantum.qkd.eavesdroppers.attack import Branch, Meeting, Observation
from scorpius_lab.quantum.qkd.parameters import Link


@dataclass(frozen=True, slots=True)
class InterceptResend:
    """Bennett and Brassard 1984; Bennett et al. 1992 (J. Cryptology 5, 3), section 3.

    `rate` of the pulses are measured, in Z with `basis_probability`; each goes on with as many photons as it had, in
    the state measured, so that the gains stay as they were. Where her basis is Alice's she knows the bit, elsewhere
    Bob's result is a coin: the error rate becomes e_d + rate/2 * (1/2 - e_d), which is rate/4 without misalignment.
    Raises SimulationError for a probability outside 0..1.
    """

    rate: float = 1.0
    basis_probability: float = 0.5
    name: str = field(default="intercept-resend", init=False)
    lossless: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not (0 <= self.rate <= 1 and 0 <= self.basis_probability <= 1):
            raise SimulationError("intercept-resend: rate and basis probability must lie between 0 and 1")

    def forward(self, photons: Bits, generator: np.random.Generator) -> Bits:  # noqa: ARG002
        """As many photons travel on as came."""
        return photons

    def observe(self, meeting: Meeting, generator: np.random.Generator) -> Observation:
        """Eve's measurements of the pulses that reached Bob: nobody ever learns about those that did not."""
        count = meeting.bits.size
        measured = (generator.random(count) < self.rate) & (meeting.photons > 0)
        bases = choices(generator, count, 1.0 - self.basis_probability)
        same = bases == meeting.bases
        seen = np.where(same, meeting.bits, coins(generator, count))
        return Observation(
            bits=np.where(measured, seen, meeting.bits),
            bases=np.where(measured, bases, meeting.bases),
            knows=measured & same,
        )

    def branches(self, photons: int, basis: int, link: Link) -> tuple[Branch, ...]:
        """Not measured, measured in Alice's basis, measured in the other."""
        eta, wrong = link.transmittance, link.detector.misalignment
        if photons == 0:
            return (Branch(1.0, 0, eta, wrong, knows=False),)
        same = self.basis_probability if basis == 0 else 1.0 - self.basis_probability
        return (
            Branch(1.0 - self.rate, photons, eta, wrong, knows=False),
            Branch(self.rate * same, photons, eta, wrong, knows=True),
            Branch(self.rate * (1.0 - same), photons, eta, 0.5, knows=False),
        )
