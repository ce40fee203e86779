"""Nobody listens: the channel loses, the detectors err, and that is all."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from scorpius_lab.quantum.qkd.draws import Bits
from scorpius_lab.quantum.qkd.eavesdroppers.attack import Branch, Meeting, Observation
from scorpius_lab.quantum.qkd.parameters import Link


@dataclass(frozen=True, slots=True)
class Nobody:
    """No eavesdropper."""

    name: str = field(default="none", init=False)
    lossless: bool = field(default=False, init=False)

    def forward(self, photons: Bits, generator: np.random.Generator) -> Bits:  # noqa: ARG002
        """All photons travel on."""
        return photons

    def observe(self, meeting: Meeting, generator: np.random.Generator) -> Observation:  # noqa: ARG002
        """The pulses arrive as Alice prepared them; nothing is known to anybody else."""
        return Observation(meeting.bits, meeting.bases, np.zeros(meeting.bits.size, dtype=np.bool_))

    def branches(self, photons: int, basis: int, link: Link) -> tuple[Branch, ...]:  # noqa: ARG002
        """One branch: the link as it is."""
        return (Branch(1.0, photons, link.transmittance, link.detector.misalignment, knows=False),)
