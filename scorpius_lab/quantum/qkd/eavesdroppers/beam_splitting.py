"""Beam splitting: Eve takes what the channel would have lost."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from scorpius_lab.quantum.qkd.draws import Bits
from scorpius_lab.quantum.qkd.eavesdroppers.attack import Branch, Meeting, Observation
from scorpius_lab.quantum.qkd.parameters import Link


@dataclass(frozen=True, slots=True)
class BeamSplitting:
    """Bennett et al. 1992 (J. Cryptology 5, 3), section 3; Dusek, Haderka and Hendrych 1999 (Opt. Commun. 169, 103).

    The lossy channel becomes a beam splitter of the same transmittance and a channel without loss. Bob sees exactly
    what he saw before, whatever he measures; Eve knows the bit of every pulse of which she has at least one photon.
    """

    name: str = field(default="beam-splitting", init=False)
    lossless: bool = field(default=False, init=False)

    def forward(self, photons: Bits, generator: np.random.Generator) -> Bits:  # noqa: ARG002
        """All photons go to the splitter, which the engine counts as the channel's loss."""
        return photons

    def observe(self, meeting: Meeting, generator: np.random.Generator) -> Observation:
        """Of the photons that Bob did not detect, each went to Eve with (1 - t) / (1 - t * eta_Bob)."""
        through = meeting.link.channel.transmittance
        missed = meeting.photons - meeting.detected
        lost = 1.0 - meeting.link.transmittance
        tapped = generator.binomial(missed, min((1.0 - through) / lost, 1.0)) if lost > 0 else np.zeros_like(missed)
        return Observation(meeting.bits, meeting.bases, tapped > 0)

    def branches(self, photons: int, basis: int, link: Link) -> tuple[Branch, ...]:  # noqa: ARG002
        """One branch for each number of photons that stay on the way to Bob."""
        through, detector = link.channel.transmittance, link.detector
        return tuple(
            Branch(
                math.comb(photons, kept) * through**kept * (1.0 - through) ** (photons - kept),
                kept,
                detector.efficiency,
                detector.misalignment,
                knows=kept < photons,
            )
            for kept in range(photons + 1)
        )
