"""Photon-number splitting: Eve counts photons, without touching the bit, and keeps one where there are several."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from scorpius_lab.errors import SimulationError
from scorpius_lab.quantum.qkd.draws import Bits
from scorpius_lab.quantum.qkd.eavesdroppers.eavesdropper import Branch, Meeting, Observation
from scorpius_lab.quantum.qkd.parameters import Link, SinglePhoton


@dataclass(frozen=True, slots=True)
class PhotonNumberSplitting:
    """Brassard, Lütkenhaus, Mor and Sanders 2000 (PRL 85, 1330); Lütkenhaus 2000 (PRA 61, 052304).

    Single photons are blocked with probability `blocking`; of pulses with two or more photons one is kept until the
    bases are announced. What is left travels through a channel without loss. The error rate does not rise; the
    yields of signal and decoys no longer agree (Hwang 2003, PRL 91, 057901). Raises SimulationError for a blocking
    probability outside 0..1.
    """

    blocking: float = 1.0
    name: str = field(default="photon-number-splitting", init=False)
    lossless: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        """Check the range."""
        if not 0 <= self.blocking <= 1:
            raise SimulationError("photon-number splitting: the blocking probability must lie between 0 and 1")

    @classmethod
    def matched(cls, link: Link) -> PhotonNumberSplitting:
        """The attack that leaves the signal's gain as the channel's loss would make it.

        Raises SimulationError where blocking single photons cannot do that: the source sends none with several
        photons, or the loss is too small to hide behind.
        """
        if isinstance(link.source, SinglePhoton):
            raise SimulationError(
                "photon-number splitting needs a weak coherent source: single photons cannot be split"
            )
        mu, eta = link.source.signal, link.detector.efficiency
        expected = -math.expm1(-mu * link.transmittance)
        # Sum over n >= 2 of Poisson(n) * (1 - (1 - eta)^(n - 1)): Bob's detector with one photon less.
        unseen = math.exp(-mu * eta) - math.exp(-mu) * (1.0 + mu * (1.0 - eta))
        several = -math.expm1(-mu) - mu * math.exp(-mu) - (unseen / (1.0 - eta) if eta < 1 else 0.0)
        passing = (expected - several) / (mu * math.exp(-mu) * eta) if eta else math.inf
        if not 0 <= passing <= 1:
            raise SimulationError(
                f"photon-number splitting cannot imitate a loss of {link.channel.loss_db:g} dB at intensity {mu:g}: "
                "the multi-photon pulses alone would be detected too often, so choose a blocking probability yourself"
            )
        return cls(blocking=1.0 - passing)

    def forward(self, photons: Bits, generator: np.random.Generator) -> Bits:
        """One photon less in every pulse of several; single ones pass unless blocked."""
        onward = photons - (photons > 1).view(np.uint8)
        singles = np.flatnonzero(photons == 1)
        onward[singles[generator.random(singles.size) < self.blocking]] = 0
        return onward

    def observe(self, meeting: Meeting, generator: np.random.Generator) -> Observation:  # noqa: ARG002
        """The pulses arrive undisturbed; Eve measures the photon she kept in the announced basis."""
        return Observation(meeting.bits, meeting.bases, meeting.photons > 1)

    def branches(self, photons: int, basis: int, link: Link) -> tuple[Branch, ...]:  # noqa: ARG002
        """Blocked or passed for a single photon, split for more."""
        eta, wrong = link.detector.efficiency, link.detector.misalignment
        if photons == 1:
            return (
                Branch(self.blocking, 0, eta, wrong, knows=False),
                Branch(1.0 - self.blocking, 1, eta, wrong, knows=False),
            )
        return (Branch(1.0, max(photons - 1, 0), eta, wrong, knows=photons > 1),)
