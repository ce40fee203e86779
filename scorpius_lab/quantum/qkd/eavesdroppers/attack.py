"""What an eavesdropper is to the two engines: how pulses travel on, and what she knows of the bits that arrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np  # noqa: TC002 (kept importable like the types of records)

from scorpius_lab.quantum.qkd.draws import Bits, Flags
from scorpius_lab.quantum.qkd.parameters import Link


@dataclass(frozen=True, slots=True)
class Meeting:
    """The pulses of a block that made Bob's detectors click, and Eve's view of them; one entry a pulse.

    `photons` is what Alice sent, `forwarded` what Eve let travel on, `detected` how many of those Bob's detectors
    registered (0: a dark count alone). `bits` and `bases` (0 is Z, 1 is X) are Alice's.
    """

    link: Link
    photons: Bits
    forwarded: Bits
    detected: Bits
    bits: Bits
    bases: Bits


@dataclass(frozen=True, slots=True)
class Observation:
    """The state in which the pulses reach Bob, and whether Eve knows Alice's bit once the bases are announced."""

    bits: Bits
    bases: Bits
    knows: Flags


@dataclass(frozen=True, slots=True)
class Branch:
    """One thing that can become of a pulse of n photons: how likely, and what Bob then sees.

    `photons` travel on, each is detected with `transmittance` and goes to the wrong detector with `wrong` where
    Bob's basis is Alice's; `knows` says whether Eve knows the bit.
    """

    probability: float
    photons: int
    transmittance: float
    wrong: float
    knows: bool


class Eavesdropper(Protocol):
    """The per-pulse engine calls `forward` and `observe`, the aggregated one `branches`: stated twice, tested equal."""

    @property
    def name(self) -> str:
        """How the eavesdropper is called in results."""
        ...

    @property
    def lossless(self) -> bool:
        """Whether she replaces the channel by one without loss."""
        ...

    def forward(self, photons: Bits, generator: np.random.Generator) -> Bits:
        """Photon numbers that travel on, of the same shape as those Alice sent."""
        ...

    def observe(self, meeting: Meeting, generator: np.random.Generator) -> Observation:
        """What reaches Bob and what Eve knows, for the pulses that clicked."""
        ...

    def branches(self, photons: int, basis: int, link: Link) -> tuple[Branch, ...]:
        """All that can become of a pulse of `photons` photons sent in `basis`; probabilities add up to 1."""
        ...
