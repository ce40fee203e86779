"""Bob's two threshold detectors, pulse by pulse."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from scorpius_lab.quantum.qkd.draws import Bits, Flags, Positions, Reals, coins, happens, happens_by_kind
from scorpius_lab.quantum.qkd.parameters import Detector

# Marks of a pulse: a photon was detected, detector 0 or 1 had a dark count.
LIT: Final = 1
DARK_0: Final = 2
DARK_1: Final = 4


@dataclass(frozen=True, slots=True)
class Clicks:
    """Pulses that made a detector click: where, how many photons were detected (0: dark counts alone), the marks."""

    positions: Positions
    detected: Bits
    marks: Bits


@dataclass(frozen=True, slots=True)
class Receiver:
    """Probabilities that are the same for all pulses.

    `lit[n]` is the probability that at least one of n photons is detected, 1 - (1 - eta)^n (Ma et al. 2005, eq. 5);
    `numbers[n, k]` that at most k are, given at least one.
    """

    detector: Detector
    lit: Reals
    numbers: Reals

    @classmethod
    def of(cls, detector: Detector, transmittance: float, most_photons: int) -> Receiver:
        """For photons that are each detected with `transmittance`, at most `most_photons` a pulse."""
        photons = np.arange(most_photons + 1)
        lit = -np.expm1(photons * math.log1p(-transmittance)) if transmittance < 1 else (photons > 0).astype(float)
        return cls(detector, lit, _numbers_detected(transmittance, most_photons))

    def clicks(self, generator: np.random.Generator, photons: Bits, *, always_one: bool) -> Clicks:
        """Which of these pulses click, one entry of `photons` a pulse; `always_one` says all entries are 1."""
        lit = (
            happens(generator, photons.size, float(self.lit[1]))
            if always_one
            else happens_by_kind(generator, photons, self.lit)
        )
        marks = np.zeros(photons.size, np.uint8)
        marks[lit] = LIT
        if self.detector.dark_count_probability > 0:
            marks[happens(generator, photons.size, self.detector.dark_count_probability)] |= DARK_0
            marks[happens(generator, photons.size, self.detector.dark_count_probability)] |= DARK_1
        positions = np.flatnonzero(marks)
        found: Bits = marks.take(positions)
        detected: Bits = found & np.uint8(LIT)
        if not always_one:
            self._count_several(generator, detected, photons.take(positions))
        return Clicks(positions, detected, found)

    def bits(self, generator: np.random.Generator, clicks: Clicks, states: Bits, matching: Flags) -> Bits:
        """Bob's bits: `states` are the bits the pulses carry, `matching` where his basis is theirs."""
        chance = np.where(matching, self.detector.misalignment, 0.5)
        wrong = (generator.random(chance.size) < chance).view(np.uint8) & clicks.detected
        several = np.flatnonzero(clicks.detected > 1)
        wrong[several] = generator.binomial(clicks.detected.take(several), chance.take(several))
        right = clicks.detected - wrong
        # The detector of the state's own bit has the `right` photons, the other one the `wrong` ones.
        at_1 = np.where(states.view(np.bool_), right, wrong) > 0
        at_0 = np.where(states.view(np.bool_), wrong, right) > 0
        at_1 |= (clicks.marks & DARK_1) > 0
        at_0 |= (clicks.marks & DARK_0) > 0
        bits = at_1.view(np.uint8)
        double = np.flatnonzero(at_1 & at_0)
        bits[double] = coins(generator, double.size)
        return bits

    def _count_several(self, generator: np.random.Generator, detected: Bits, photons: Bits) -> None:
        """How many photons were detected where more than one could be; written into `detected`."""
        several = np.flatnonzero((photons > 1) & (detected > 0))
        below = self.numbers.take(photons.take(several), axis=0)
        detected[several] = (generator.random(several.size)[:, np.newaxis] >= below).sum(axis=1)


def _numbers_detected(transmittance: float, most: int) -> Reals:
    """Cumulative binomial probabilities given at least one, row n for n photons; entries past n are 1."""
    table = np.ones((most + 1, most + 1))
    for photons in range(2, most + 1):
        weights = [
            math.comb(photons, k) * transmittance**k * (1.0 - transmittance) ** (photons - k)
            for k in range(photons + 1)
        ]
        weights[0] = 0.0
        total = sum(weights)
        if total > 0:
            table[photons, : photons + 1] = np.cumsum(weights) / total
            table[photons, photons] = 1.0
    return table
