"""Cascade: Bob corrects his key by asking Alice for parities, and every parity she answers is counted.

Brassard and Salvail 1993 (EUROCRYPT '93, LNCS 765, 410): four passes, blocks of 0.73/e bits that double, each pass in
another random order; when a pass finds an error, the earlier passes' blocks that hold it become odd again and are
searched too, the smallest first. All odd blocks of a pass are searched at once: they have no bit in common.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from scorpius_lab.errors import SimulationError
from scorpius_lab.quantum.qkd.draws import Bits

Indices = NDArray[np.int64]

PASSES: Final = 4
FIRST_BLOCK: Final = 0.73
SMALLEST_BLOCK: Final = 2


class ParityOracle(Protocol):
    """Alice as Bob sees her: she answers parities of her bits, and knows the order of every pass."""

    def begin_pass(self, order: NDArray[np.int32] | None) -> None:
        """Take over the public order of the next pass: place p holds bit `order[p]`; None is the order of the key."""
        ...

    def parities(self, number: int, starts: Indices, stops: Indices) -> Bits:
        """The parity of each half-open range of places in pass `number` (from 0); one bit disclosed each."""
        ...


@dataclass(slots=True)
class Alice:
    """The parity oracle over Alice's own bits, one a byte."""

    bits: Bits = field(repr=False)
    _prefixes: list[Bits] = field(default_factory=list, repr=False)

    def begin_pass(self, order: NDArray[np.int32] | None) -> None:
        """Prepare the parities of all prefixes in this order."""
        self._prefixes.append(prefix_parities(self.bits if order is None else self.bits.take(order)))

    def parities(self, number: int, starts: Indices, stops: Indices) -> Bits:
        """Parities of ranges, as differences of prefixes."""
        prefix = self._prefixes[number]
        return np.asarray(prefix.take(stops) ^ prefix.take(starts))


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Bob's corrected bits and what correcting them disclosed.

    `leak` counts every parity Alice answered, `corrected` the bits Bob flipped, `rounds` the exchanges of messages.
    """

    bits: Bits = field(repr=False)
    leak: int
    corrected: int
    rounds: int
    passes: int

    def efficiency(self, error_rate: float) -> float:
        """Efficiency f = leak / (n h(e)): 1 is Shannon's limit; infinite where there were no errors."""
        limit = self.bits.size * binary_entropy(error_rate)
        return self.leak / limit if limit > 0 else math.inf


def binary_entropy(probability: float) -> float:
    """h(p) in bits."""
    if not 0.0 < probability < 1.0:
        return 0.0
    return -probability * math.log2(probability) - (1.0 - probability) * math.log2(1.0 - probability)


def prefix_parities(bits: Bits) -> Bits:
    """Parity of the first 0, 1, … n bits: n + 1 values."""
    prefix = np.zeros(bits.size + 1, np.uint8)
    np.bitwise_xor.accumulate(bits, out=prefix[1:])
    return prefix


def reconcile(
    alice: ParityOracle, bob_bits: Bits, error_rate: float, generator: np.random.Generator, passes: int = PASSES
) -> Iterator[Reconciliation]:
    """Correct Bob's bits (one a byte). Yields after `passes` passes, and again after each further one asked for.

    `error_rate` is the estimate that sets the block size. The caller verifies and takes the next result if the keys
    still differ. Raises SimulationError for an error rate outside 0..0.5.
    """
    if not 0.0 <= error_rate <= 0.5:  # noqa: PLR2004
        raise SimulationError(f"Cascade corrects error rates between 0 and 0.5, not {error_rate:g}")
    if not bob_bits.size:
        return
    search = _Search(alice, bob_bits.copy())
    for number in _count_from_zero():
        search.run_pass(_block_size(error_rate, bob_bits.size, number), generator)
        if number + 1 >= passes:
            yield search.result()


def _count_from_zero() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


def _block_size(error_rate: float, size: int, number: int) -> int:
    """Block length of a pass: 0.73/e, doubled each pass, never more than half the key."""
    first = FIRST_BLOCK / max(error_rate, 1.0 / size)
    largest = max(size // 2, 1)
    return int(min(max(math.ceil(first), SMALLEST_BLOCK) * 2 ** min(number, 40), largest))


@dataclass(slots=True)
class _Pass:
    """One pass on Bob's side: where each bit lies, his bits in that order, and which blocks are odd."""

    place_of: NDArray[np.int32] | None
    bits: Bits
    block: int
    odd: NDArray[np.bool_]

    def flip(self, positions: Indices) -> None:
        """Bits of the key at these positions changed; no position twice."""
        places = positions if self.place_of is None else self.place_of.take(positions)
        self.bits[places] ^= 1
        np.logical_xor.at(self.odd, places // self.block, True)


@dataclass(slots=True)
class _Search:
    """Bob at work."""

    alice: ParityOracle
    bits: Bits
    done: list[_Pass] = field(default_factory=list)
    orders: list[NDArray[np.int32] | None] = field(default_factory=list)
    leak: int = 0
    corrected: int = 0
    rounds: int = 0

    def run_pass(self, block: int, generator: np.random.Generator) -> None:
        """One more pass, and all that it brings to light in earlier ones."""
        order, place_of = self._shuffle(generator) if self.done else (None, None)
        self.alice.begin_pass(order)
        mine = self.bits.copy() if order is None else self.bits.take(order)
        starts = np.arange(0, mine.size, block)
        stops = np.minimum(starts + block, mine.size)
        prefix = prefix_parities(mine)
        odd = self._ask(len(self.done), starts, stops) != (prefix.take(stops) ^ prefix.take(starts))
        self.done.append(_Pass(place_of, mine, block, odd))
        self.orders.append(order)
        while (number := self._smallest_odd()) is not None:
            self._correct(number)

    def result(self) -> Reconciliation:
        """What there is now."""
        return Reconciliation(self.bits.copy(), self.leak, self.corrected, self.rounds, len(self.done))

    def _shuffle(self, generator: np.random.Generator) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        order = generator.permutation(self.bits.size).astype(np.int32)
        place_of = np.empty_like(order)
        place_of[order] = np.arange(order.size, dtype=np.int32)
        return order, place_of

    def _ask(self, number: int, starts: Indices, stops: Indices) -> Bits:
        self.leak += starts.size
        self.rounds += 1
        return self.alice.parities(number, starts, stops)

    def _smallest_odd(self) -> int | None:
        """The earliest pass, so the one with the smallest blocks, that has an odd block."""
        return next((number for number, one in enumerate(self.done) if one.odd.any()), None)

    def _correct(self, number: int) -> None:
        """Find one error in every odd block of a pass by bisection, all at once, and flip them everywhere."""
        here = self.done[number]
        blocks = np.flatnonzero(here.odd)
        starts = blocks * here.block
        stops = np.minimum(starts + here.block, self.bits.size)
        prefix = prefix_parities(here.bits)
        while True:
            open_ = np.flatnonzero(stops - starts > 1)
            if not open_.size:
                break
            left, right = starts.take(open_), stops.take(open_)
            middle = (left + right) // 2
            odd = self._ask(number, left, middle) != (prefix.take(middle) ^ prefix.take(left))
            stops[open_] = np.where(odd, middle, right)
            starts[open_] = np.where(odd, left, middle)
        order = self.orders[number]
        positions = starts if order is None else order.take(starts).astype(np.int64)
        self.bits[positions] ^= 1
        self.corrected += positions.size
        for one in self.done:
            one.flip(positions)
