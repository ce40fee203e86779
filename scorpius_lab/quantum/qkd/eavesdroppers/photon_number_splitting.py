"""Photon-number splitting: Eve counts photons, without touching the bit, and keeps one where there are several."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from scorpius_lab.errors import SimulationError
from scorpius_lab.quantum.qkd.draws import Bits
from scorpius_lab.quantum.qkd.eavesdroppers.attack import Branch, Meeting, Observation
from scorpius_lab.quantum.qkd.parameters import Link, SinglePhoton


@dataclass(frozen=True, slots=True)
class PhotonNumberSplitting:
    """Brassard, Lütkenhaus, Mor and Sanders 2000 (PRL 85, 1330); Lütkenhaus 2000 (PRA 61, 052304).

    Single photons are blocked with probability `blocking`, pulses of several with `blocking_several`; where those
    pass, one photon is kept until the bases are announced. What is left travels through a channel without loss. The
    error rate does not rise; the yields of signal and decoys no longer agree (Hwang 2003, PRL 91, 057901). Raises
    SimulationError for a blocking probability outside 0..1.
    """

    blocking: float = 1.0
    blocking_several: float = 0.0
    name: str = field(default="photon-number-splitting", init=False)
    lossless: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        """Check the range."""
        if not (0 <= self.blocking <= 1 and 0 <= self.blocking_several <= 1):
            raise SimulationError("photon-number splitting: blocking probabilities must lie between 0 and 1")

    @classmethod
    def matched(cls, link: Link) -> PhotonNumberSplitting:
        """The attack that leaves the signal's gain as the channel's loss would make it.

        Single photons go first; where the pulses of several would still be detected too often, some are blocked too.
        Raises SimulationError where nothing can be split (single photons) or the loss is too small to hide behind.
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
        if several > expected:
            return cls(blocking=1.0, blocking_several=1.0 - expected / several)
        passing = (expected - several) / (mu * math.exp(-mu) * eta) if eta else math.inf
        if passing > 1:
            raise SimulationError(
                f"photon-number splitting cannot hide behind a loss of {link.channel.loss_db:g} dB: the photons it "
                "keeps would be missed, so choose a longer channel"
            )
        return cls(blocking=1.0 - passing)

    def forward(self, photons: Bits, generator: np.random.Generator) -> Bits:
        """One photon less in every pulse of several; single ones pass unless blocked."""
        onward = photons - (photons > 1).view(np.uint8)
        singles = np.flatnonzero(photons == 1)
        onward[singles[generator.random(singles.size) < self.blocking]] = 0
        if self.blocking_several > 0:
            several = np.flatnonzero(photons > 1)
            onward[several[generator.random(several.size) < self.blocking_several]] = 0
        return onward

    def observe(self, meeting: Meeting, generator: np.random.Generator) -> Observation:  # noqa: ARG002
        """The pulses arrive undisturbed; Eve measures the photon she kept in the announced basis."""
        return Observation(meeting.bits, meeting.bases, (meeting.photons > 1) & (meeting.forwarded > 0))

    def branches(self, photons: int, basis: int, link: Link) -> tuple[Branch, ...]:  # noqa: ARG002
        """Blocked or passed for a single photon, split for more."""
        eta, wrong = link.detector.efficiency, link.detector.misalignment
        if photons == 0:
            return (Branch(1.0, 0, eta, wrong, knows=False),)
        blocked = self.blocking if photons == 1 else self.blocking_several
        return (
            Branch(blocked, 0, eta, wrong, knows=False),
            Branch(1.0 - blocked, max(photons - 1, 1), eta, wrong, knows=photons > 1),
        )
