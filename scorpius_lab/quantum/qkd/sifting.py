"""Sifting: bases are announced, detections in which they differ are dropped; Z makes the key, X shows the errors.

Efficient BB84 (Lo, Chau and Ardehali 2005, J. Cryptology 18, 133): all bits of basis X are disclosed to bound the
phase errors of basis Z, whose bits stay secret but for a sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from scorpius_lab.quantum.qkd.draws import Bits, Flags
from scorpius_lab.quantum.qkd.pulses import Block, tally_of
from scorpius_lab.quantum.qkd.tallies import Tally, Z

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class RawKey:
    """Detections in which both chose Z, one entry each, in the order of the pulses."""

    alice: Bits = field(repr=False)
    bob: Bits = field(repr=False)
    intensities: Bits = field(repr=False)
    eve_knows: Flags = field(repr=False)

    @property
    def size(self) -> int:
        """Bits of the raw key."""
        return int(self.alice.size)

    def only(self, chosen: Flags) -> RawKey:
        """The chosen entries."""
        return RawKey(self.alice[chosen], self.bob[chosen], self.intensities[chosen], self.eve_knows[chosen])


def sift(blocks: Iterable[Block], intensities: int, progress: Progress | None = None) -> tuple[Tally, RawKey]:
    """Counts of everything and the raw key of basis Z; `progress` is called with the pulses sent so far."""
    tally = Tally.empty(intensities)
    parts: list[RawKey] = []
    for block in blocks:
        clicks = block.detections
        tally += tally_of(block, intensities)
        in_z = (clicks.alice_bases == Z) & (clicks.bob_bases == Z)
        raw = RawKey(clicks.alice_bits, clicks.bob_bits, clicks.intensities, clicks.eve_knows)
        parts.append(raw.only(in_z))
        if progress is not None:
            progress(block.first + block.pulses)
    return tally, _joined(parts)


def _joined(parts: list[RawKey]) -> RawKey:
    columns = ("alice", "bob", "intensities", "eve_knows")
    return RawKey(*(np.concatenate([getattr(part, column) for part in parts]) for column in columns))
