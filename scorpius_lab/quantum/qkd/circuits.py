"""BB84 as quantum circuits on Qiskit's own statevector simulator: a second opinion on the numeric engine.

One qubit is the photon, a second one Eve's memory. She measures by copying the photon's value in her basis onto it and
reads it at the end, which gives the same statistics as measuring and sending again (principle of deferred measurement;
Nielsen and Chuang, section 4.4). A rotation of the photon by asin(sqrt(e_d)) is the misalignment; where the
bases differ it favours one of Bob's results, while the numeric engine tosses a coin: sifting drops these bits.
"""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from scorpius_lab.errors import MissingExtra, SimulationError
from scorpius_lab.quantum.qkd.draws import block_generator
from scorpius_lab.quantum.qkd.eavesdroppers import InterceptResend
from scorpius_lab.quantum.qkd.tallies import Tally, X, Z

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

CIRCUIT_STREAM: Final = 3
MOST_SHOTS: Final = 10_000_000
NOBODY: Final = -1


def bb84_circuit(
    bit: int, alice_basis: int, bob_basis: int, eve_basis: int | None = None, misalignment: float = 0.0
) -> QuantumCircuit:
    """One pulse: prepared, perhaps measured and sent again by Eve, rotated, measured by Bob into classical bit 0.

    Bases: 0 is Z, 1 is X. Raises MissingExtra without Qiskit.
    """
    circuit_of = _qiskit()
    circuit = circuit_of(1, 1) if eve_basis is None else circuit_of(2, 1)
    if bit:
        circuit.x(0)
    if alice_basis == X:
        circuit.h(0)
    if eve_basis is not None:
        _listen(circuit, eve_basis)
    if misalignment:
        circuit.ry(2.0 * math.asin(math.sqrt(misalignment)), 0)
    if bob_basis == X:
        circuit.h(0)
    circuit.measure(0, 0)
    return circuit


def circuit_counts(
    pulses: int,
    seed: int = 0,
    *,
    eavesdropper: InterceptResend | None = None,
    misalignment: float = 0.0,
    basis_probability: float = 0.5,
) -> Tally:
    """Counts of `pulses` single photons, none of them lost, each one shot of its circuit.

    Choices of bits, bases and of Eve are drawn first; equal circuits run together. Raises MissingExtra without Qiskit,
    SimulationError for a number of pulses outside 1..1e7.
    """
    if not 1 <= pulses <= MOST_SHOTS:
        raise SimulationError(f"circuits run 1 to {MOST_SHOTS:,} pulses, not {pulses}")
    _qiskit()
    from qiskit.primitives import StatevectorSampler

    settings, shots = _settings(pulses, seed, eavesdropper, basis_probability)
    jobs = [
        (bb84_circuit(bit, alice, bob, None if eve == NOBODY else eve, misalignment), None, count)
        for (bit, alice, bob, eve), count in zip(settings, shots, strict=True)
    ]
    results = StatevectorSampler(seed=block_generator(seed, CIRCUIT_STREAM, 1)).run(jobs).result()
    tally = Tally.empty(1)
    for (bit, alice, bob, eve), count, result in zip(settings, shots, results, strict=True):
        wrong = result.data.c.get_counts().get(str(1 - bit), 0)
        tally.sent[0, alice] += count
        tally.detected[0, alice, bob, 1] += count
        tally.errors[0, alice, bob, 1] += wrong
        if eve == alice:
            tally.known[0, alice, bob] += count
    return tally


def _settings(
    pulses: int, seed: int, eavesdropper: InterceptResend | None, basis_probability: float
) -> tuple[list[tuple[int, int, int, int]], list[int]]:
    """All settings (bit, Alice's basis, Bob's, Eve's) that occur, and how often: one multinomial draw."""
    rate = eavesdropper.rate if eavesdropper else 0.0
    hers = eavesdropper.basis_probability if eavesdropper else 0.5
    share = {Z: basis_probability, X: 1.0 - basis_probability}
    eve_share = {NOBODY: 1.0 - rate, Z: rate * hers, X: rate * (1.0 - hers)}
    every = list(product((0, 1), (Z, X), (Z, X), (NOBODY, Z, X)))
    weights = np.array([0.5 * share[alice] * share[bob] * eve_share[eve] for _, alice, bob, eve in every])
    drawn = block_generator(seed, CIRCUIT_STREAM, 0).multinomial(pulses, weights / weights.sum())
    kept = [(setting, int(count)) for setting, count in zip(every, drawn, strict=True) if count]
    return [setting for setting, _ in kept], [count for _, count in kept]


def _listen(circuit: QuantumCircuit, basis: int) -> None:
    """Copy the photon's value in a basis onto Eve's qubit."""
    if basis == X:
        circuit.h(0)
    circuit.cx(0, 1)
    if basis == X:
        circuit.h(0)


def _qiskit() -> type[QuantumCircuit]:
    try:
        from qiskit import QuantumCircuit
    except ImportError:
        raise MissingExtra("QKD circuits need Qiskit; install scorpius-lab[qiskit]") from None
    found: type[QuantumCircuit] = QuantumCircuit
    return found
