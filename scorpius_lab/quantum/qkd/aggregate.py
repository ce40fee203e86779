"""The aggregated engine: counts of any number of pulses drawn at once from their exact distribution.

Pulses are independent, so the counts of a run are one multinomial draw over everything that can become of a pulse.
The probabilities are written down here on their own, from closed forms, and tested against the per-pulse engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from scorpius_lab.errors import SimulationError
from scorpius_lab.quantum.qkd.draws import Reals, block_generator
from scorpius_lab.quantum.qkd.eavesdroppers import Eavesdropper, Nobody
from scorpius_lab.quantum.qkd.eavesdroppers.attack import Branch
from scorpius_lab.quantum.qkd.parameters import Detector, Link
from scorpius_lab.quantum.qkd.pulses import pulse_classes
from scorpius_lab.quantum.qkd.tallies import Tally, X, Z

AGGREGATE_STREAM: Final = 1
LARGEST_RUN: Final = 10**18


@dataclass(frozen=True, slots=True)
class Cell:
    """Everything that can become of a pulse, but for the click: intensity, bases, photons sent, and Eve's doing."""

    probability: float
    intensity: int
    alice_basis: int
    bob_basis: int
    photons: int
    right: float  # a click with Alice's bit, double clicks shared out
    wrong: float
    knows: bool


def sample_tally(link: Link, pulses: int, seed: int, eavesdropper: Eavesdropper | None = None) -> Tally:
    """Counts of `pulses` pulses (up to 1e18) in milliseconds. Raises SimulationError for a number out of range."""
    if not 1 <= pulses <= LARGEST_RUN:
        raise SimulationError(f"the aggregated engine sends 1 to {LARGEST_RUN:g} pulses, not {pulses}")
    cells = list(cells_of(link, Nobody() if eavesdropper is None else eavesdropper))
    generator = block_generator(seed, AGGREGATE_STREAM, 0)
    weights = np.array([cell.probability for cell in cells])
    sent = generator.multinomial(pulses, weights / weights.sum())
    outcomes = np.array([(cell.right, cell.wrong, max(1.0 - cell.right - cell.wrong, 0.0)) for cell in cells])
    seen = generator.multinomial(sent, outcomes / outcomes.sum(axis=1, keepdims=True))
    tally = Tally.empty(len(link.source.intensities))
    for cell, number, (right, wrong, _) in zip(cells, sent, seen, strict=True):
        where = (cell.intensity, cell.alice_basis, cell.bob_basis)
        tally.sent[where[:2]] += number
        tally.detected[(*where, min(cell.photons, 2))] += right + wrong
        tally.errors[(*where, min(cell.photons, 2))] += wrong
        if cell.knows:
            tally.known[where] += right + wrong
    return tally


def cells_of(link: Link, eavesdropper: Eavesdropper) -> Iterator[Cell]:
    """All cells; their probabilities add up to 1."""
    classes = pulse_classes(link)
    bases = ((Z, link.basis_probability), (X, 1.0 - link.basis_probability))
    kinds = zip(classes.intensities, classes.photons, classes.probabilities, strict=True)
    for intensity, photons, chosen in kinds:
        for alice, alice_share in bases:
            for branch in eavesdropper.branches(int(photons), alice, link):
                for bob, bob_share in bases:
                    right, wrong = click_probabilities(branch, link.detector, same_basis=alice == bob)
                    share = float(chosen) * alice_share * bob_share * branch.probability
                    yield Cell(share, int(intensity), alice, bob, int(photons), right, wrong, branch.knows)


def click_probabilities(branch: Branch, detector: Detector, *, same_basis: bool) -> tuple[float, float]:
    """Probabilities of a click with Alice's bit and of one with the other, a double click counted half to each.

    Each of n photons reaches the right detector with eta (1 - w) and the wrong one with eta w, independently of the
    dark counts: a detector is silent with (1 - p_dark)(1 - eta (1 - w))^n and (1 - p_dark)(1 - eta w)^n, both with
    (1 - p_dark)^2 (1 - eta)^n. Without dark counts the yield is 1 - (1 - eta)^n (Ma et al. 2005, eqs. 5 to 7).
    """
    quiet = 1.0 - detector.dark_count_probability
    astray = branch.wrong if same_basis else 0.5
    right_silent = quiet * (1.0 - branch.transmittance * (1.0 - astray)) ** branch.photons
    wrong_silent = quiet * (1.0 - branch.transmittance * astray) ** branch.photons
    silent = quiet * quiet * (1.0 - branch.transmittance) ** branch.photons
    both = 1.0 - right_silent - wrong_silent + silent
    return wrong_silent - silent + both / 2.0, right_silent - silent + both / 2.0


def expected_gains(link: Link, eavesdropper: Eavesdropper | None = None) -> Reals:
    """The gain of each intensity: exact for this model, double clicks included once."""
    clicks = np.zeros(len(link.source.intensities))
    sent = np.zeros_like(clicks)
    for cell in cells_of(link, Nobody() if eavesdropper is None else eavesdropper):
        clicks[cell.intensity] += cell.probability * (cell.right + cell.wrong)
        sent[cell.intensity] += cell.probability
    return np.divide(clicks, sent, out=np.zeros_like(clicks), where=sent > 0)
