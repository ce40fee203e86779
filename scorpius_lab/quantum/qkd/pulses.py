"""The per-pulse engine: BB84 pulse by pulse, in blocks of flat memory.

For every pulse Alice's bit, basis, intensity and photon number are drawn, and whether light and each detector's dark
count make Bob's receiver click. What only a click decides (Bob's basis, Eve's measurement, the way of each photon) is
drawn for the pulses that clicked: for the others nobody ever learns it, so the distribution of all records is exact.

Model: threshold detectors, one for each bit, an active choice of basis; each photon is detected with probability
channel times efficiency; in the right basis it goes to the wrong detector with e_d, in the other with 1/2; a double
click becomes a random bit (Lütkenhaus 1999, PRA 59, 3301; Ma et al. 2005, section II).
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from scorpius_lab.errors import SimulationError
from scorpius_lab.quantum.qkd.draws import (
    Bits,
    Categories,
    Flags,
    Integers,
    Reals,
    bits_at,
    block_generator,
    choices,
    packed_choices,
    packed_coins,
)
from scorpius_lab.quantum.qkd.eavesdroppers import Eavesdropper, Nobody
from scorpius_lab.quantum.qkd.eavesdroppers.attack import Meeting
from scorpius_lab.quantum.qkd.parameters import Link, SinglePhoton
from scorpius_lab.quantum.qkd.receiver import Receiver
from scorpius_lab.quantum.qkd.tallies import Tally

# Part of what a seed means: with another block length the same seed gives another run.
BLOCK_PULSES: Final = 1 << 17
PULSE_STREAM: Final = 0
# Poisson tails below this are cut; the table they go into has 53 bits.
NEGLIGIBLE: Final = 1e-17


@dataclass(frozen=True, slots=True)
class Detections:
    """Bob's clicks and what belongs to them; one entry a click, in the order of the pulses. Bases: 0 is Z, 1 is X."""

    positions: Integers = field(repr=False)
    intensities: Bits = field(repr=False)
    photons: Bits = field(repr=False)
    alice_bits: Bits = field(repr=False)
    alice_bases: Bits = field(repr=False)
    bob_bits: Bits = field(repr=False)
    bob_bases: Bits = field(repr=False)
    eve_knows: Flags = field(repr=False)


@dataclass(frozen=True, slots=True)
class Block:
    """A run of pulses: Alice's whole record, and Bob's clicks.

    `alice_bits` and `alice_bases` are packed eight to a byte; `intensities` is one byte a pulse, None for a source
    with one intensity.
    """

    first: int
    pulses: int
    alice_bits: Bits = field(repr=False)
    alice_bases: Bits = field(repr=False)
    intensities: Bits | None = field(repr=False)
    detections: Detections


@dataclass(frozen=True, slots=True)
class PulseClasses:
    """The source as classes of (intensity, photon number) with their probabilities."""

    intensities: Bits
    photons: Bits
    probabilities: Reals


def pulse_classes(link: Link) -> PulseClasses:
    """All classes a source sends; Poisson photon numbers (Ma et al. 2005, eq. 1), tails below 1e-17 cut."""
    if isinstance(link.source, SinglePhoton):
        return PulseClasses(np.zeros(1, np.uint8), np.ones(1, np.uint8), np.ones(1))
    rows = [
        (index, photons, chosen * weight)
        for index, (mean, chosen) in enumerate(zip(link.source.intensities, link.source.probabilities, strict=True))
        for photons, weight in enumerate(_poisson(mean))
    ]
    return PulseClasses(
        np.array([row[0] for row in rows], np.uint8),
        np.array([row[1] for row in rows], np.uint8),
        np.array([row[2] for row in rows]),
    )


def transmit(
    link: Link, pulses: int, seed: int, eavesdropper: Eavesdropper | None = None, workers: int | None = None
) -> Iterator[Block]:
    """Blocks of 2^17 pulses in order, the same for the same seed whatever the number of `workers` (threads).

    Memory stays flat: at most twice as many blocks as workers are held. Raises SimulationError for a number of
    pulses below 1.
    """
    if pulses < 1:
        raise SimulationError(f"at least one pulse must be sent, not {pulses}")
    engine = _Engine.of(link, Nobody() if eavesdropper is None else eavesdropper, seed)
    threads = workers or min(os.cpu_count() or 1, 4)
    starts = iter(range(0, pulses, BLOCK_PULSES))
    with ThreadPoolExecutor(threads) as pool:
        pending: deque[Future[Block]] = deque()
        for start in starts:
            pending.append(pool.submit(engine.block, start, min(BLOCK_PULSES, pulses - start)))
            if len(pending) >= 2 * threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def tally_of(block: Block, intensities: int) -> Tally:
    """The counts of one block of a source with so many intensities."""
    clicks = block.detections
    shape = (intensities, 2, 2, 3)
    cell = ((clicks.intensities.astype(np.intp) * 2 + clicks.alice_bases) * 2 + clicks.bob_bases) * 3
    cell += np.minimum(clicks.photons, 2)
    size = intensities * 12
    wrong = clicks.alice_bits != clicks.bob_bits
    detected = np.bincount(cell, minlength=size).reshape(shape)
    errors = np.bincount(cell[wrong], minlength=size).reshape(shape)
    known = np.bincount(cell[clicks.eve_knows] // 3, minlength=size // 3).reshape(shape[:3])
    return Tally(_sent(block, intensities), detected, errors, known)


def _sent(block: Block, intensities: int) -> Integers:
    """Pulses sent by intensity and basis."""
    in_x = int(np.bitwise_count(block.alice_bases).sum())
    if block.intensities is None:
        return np.array([[block.pulses - in_x, in_x]], dtype=np.int64)
    bases = np.unpackbits(block.alice_bases, count=block.pulses)
    sent = np.bincount(block.intensities * np.uint8(2) + bases, minlength=2 * intensities)
    return sent.reshape(intensities, 2).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Engine:
    """What is the same for all blocks."""

    link: Link
    eavesdropper: Eavesdropper
    seed: int
    classes: PulseClasses
    categories: Categories
    receiver: Receiver

    @classmethod
    def of(cls, link: Link, eavesdropper: Eavesdropper, seed: int) -> _Engine:
        classes = pulse_classes(link)
        eta = link.detector.efficiency if eavesdropper.lossless else link.transmittance
        receiver = Receiver.of(link.detector, eta, int(classes.photons.max()))
        return cls(link, eavesdropper, seed, classes, Categories.of(classes.probabilities), receiver)

    def block(self, first: int, pulses: int) -> Block:
        generator = block_generator(self.seed, PULSE_STREAM, first // BLOCK_PULSES)
        alice_bits = packed_coins(generator, pulses)
        alice_bases = packed_choices(generator, pulses, 1.0 - self.link.basis_probability)
        kinds = self.categories.draw(generator, pulses) if self.classes.photons.size > 1 else None
        sent = np.ones(pulses, np.uint8) if kinds is None else self.classes.photons.take(kinds)
        onward = self.eavesdropper.forward(sent, generator)
        clicks = self.receiver.clicks(generator, onward, always_one=kinds is None and onward is sent)
        at = clicks.positions
        meeting = Meeting(
            self.link,
            sent.take(at),
            onward.take(at),
            clicks.detected,
            bits_at(alice_bits, at),
            bits_at(alice_bases, at),
        )
        arrived = self.eavesdropper.observe(meeting, generator)
        bob_bases = choices(generator, at.size, 1.0 - self.link.basis_probability)
        bob_bits = self.receiver.bits(generator, clicks, arrived.bits, arrived.bases == bob_bases)
        intensities = None if kinds is None else self.classes.intensities.take(kinds)
        detections = Detections(
            positions=at + first,
            intensities=np.zeros(at.size, np.uint8) if intensities is None else intensities.take(at),
            photons=meeting.photons,
            alice_bits=meeting.bits,
            alice_bases=meeting.bases,
            bob_bits=bob_bits,
            bob_bases=bob_bases,
            eve_knows=arrived.knows,
        )
        return Block(first, pulses, alice_bits, alice_bases, intensities, detections)


def _poisson(mean: float) -> Iterator[float]:
    """Probabilities of 0, 1, 2 … photons until what is left is negligible."""
    weight, photons = math.exp(-mean), 0
    while weight > NEGLIGIBLE or photons < mean:
        yield weight
        photons += 1
        weight *= mean / photons
