"""Random draws by the block: exact in distribution, two random bytes a pulse.

A probability p is compared with 16-bit draws: below floor(p * 2^16) it happens, above it does not, and the one draw
in between is settled by a second draw of 53 bits. Nothing is rounded to 16 bits, dark counts of 1e-7 included.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]
Integers = NDArray[np.int64]
Positions = NDArray[np.intp]

_STEPS: Final = 65536


def block_generator(seed: int, stream: int, block: int) -> np.random.Generator:
    """The generator of one block: the same whatever thread works on it. `stream` separates different uses of a seed."""
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(stream, block))))


def draws_of_16_bits(generator: np.random.Generator, count: int) -> NDArray[np.uint16]:
    """`count` uniform values of 0..65535."""
    words = generator.integers(0, 2**64, -(-count // 4), dtype=np.uint64)
    return words.view(np.uint16)[:count]


def packed_coins(generator: np.random.Generator, count: int) -> Bits:
    """`count` fair bits packed eight to a byte, the first in the highest bit, unused ones zero."""
    words = generator.integers(0, 2**64, -(-count // 64), dtype=np.uint64)
    packed = words.view(np.uint8)[: -(-count // 8)]
    if count % 8:
        packed[-1] &= (0xFF << (8 - count % 8)) & 0xFF
    return packed


def packed_choices(generator: np.random.Generator, count: int, probability: float) -> Bits:
    """`count` bits, packed, each 1 with `probability`."""
    if probability == 0.5:  # noqa: PLR2004
        return packed_coins(generator, count)
    chosen = np.zeros(count, dtype=np.uint8)
    chosen[happens(generator, count, probability)] = 1
    return np.packbits(chosen)


def coins(generator: np.random.Generator, count: int) -> Bits:
    """`count` fair bits, one a byte."""
    return np.unpackbits(packed_coins(generator, count), count=count) if count else np.zeros(0, dtype=np.uint8)


def choices(generator: np.random.Generator, count: int, probability: float) -> Bits:
    """`count` bits, one a byte, each 1 with `probability`."""
    if probability == 0.5:  # noqa: PLR2004
        return coins(generator, count)
    return (generator.random(count) < probability).view(np.uint8)


def bits_at(packed: Bits, positions: Positions) -> Bits:
    """The bits at these positions of a packed row, one a byte."""
    shifts = (7 - (positions & 7)).astype(np.uint8)
    bits: Bits = np.bitwise_and(packed.take(positions >> 3) >> shifts, 1, dtype=np.uint8)
    return bits


def happens(generator: np.random.Generator, count: int, probability: float) -> Positions:
    """Where, among `count` independent trials of this probability, it happened; in rising order."""
    whole, rest = _split(probability)
    draws = draws_of_16_bits(generator, count)
    found = np.flatnonzero(draws <= whole)
    return _settle(generator, found, draws.take(found) == whole, rest)


def happens_by_kind(generator: np.random.Generator, kinds: Bits, probabilities: NDArray[np.float64]) -> Positions:
    """Where it happened among trials whose probability is `probabilities[kind]`; in rising order."""
    split = [_split(float(probability)) for probability in probabilities]
    whole = np.array([part for part, _ in split], dtype=np.uint16)
    rest = np.array([part for _, part in split])
    draws = draws_of_16_bits(generator, kinds.size)
    limits = whole.take(kinds)
    found = np.flatnonzero(draws <= limits)
    return _settle(generator, found, draws.take(found) == limits.take(found), rest.take(kinds.take(found)))


def _split(probability: float) -> tuple[int, float]:
    """The step a probability falls in and which part of it counts; certainty is the whole of the last step."""
    whole = min(math.floor(probability * _STEPS), _STEPS - 1)
    return whole, probability * _STEPS - whole


def _settle(
    generator: np.random.Generator, found: Positions, open_: NDArray[np.bool_], rest: float | NDArray[np.float64]
) -> Positions:
    undecided = np.flatnonzero(open_)
    if not undecided.size:
        return found
    chance = rest if isinstance(rest, float) else rest.take(undecided)
    lost = undecided[generator.random(undecided.size) >= chance]
    return np.delete(found, lost) if lost.size else found


@dataclass(frozen=True, slots=True)
class Categories:
    """Draws categories of given probabilities: a table of 65,536 steps, those that hold a border settled exactly."""

    table: Bits
    borders: NDArray[np.bool_]
    cumulative: NDArray[np.float64]

    @classmethod
    def of(cls, probabilities: NDArray[np.float64]) -> Categories:
        """From at most 256 probabilities that add up to 1."""
        cumulative = np.cumsum(probabilities) / np.sum(probabilities)
        cumulative[-1] = 1.0
        edges = np.arange(_STEPS + 1) / _STEPS
        first = np.searchsorted(cumulative, edges[:-1], side="right")
        last = np.searchsorted(cumulative, edges[1:], side="left")
        return cls(table=first.astype(np.uint8), borders=first != last, cumulative=cumulative)

    def draw(self, generator: np.random.Generator, count: int) -> Bits:
        """`count` categories, one a byte."""
        draws = draws_of_16_bits(generator, count)
        drawn = self.table.take(draws)
        undecided = np.flatnonzero(self.borders.take(draws))
        exact = (draws.take(undecided) + generator.random(undecided.size)) / _STEPS
        drawn[undecided] = np.searchsorted(self.cumulative, exact, side="right")
        return drawn
