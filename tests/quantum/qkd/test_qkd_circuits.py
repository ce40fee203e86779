"""Circuits on Qiskit's own simulator against the numeric engine."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from scorpius_lab.errors import MissingExtra, SimulationError
from scorpius_lab.quantum.qkd import Channel, Detector, InterceptResend, Link, circuit_counts, sample_tally

PULSES = 60_000
POINTS = {
    "quiet": (None, 0.0, 0.5),
    "misaligned": (None, 0.04, 0.5),
    "intercepted": (InterceptResend(), 0.0, 0.5),
    "partly intercepted, misaligned": (InterceptResend(0.6), 0.03, 0.5),
    "biased": (InterceptResend(0.8, 0.9), 0.02, 0.8),
}


@pytest.mark.parametrize("name", POINTS)
def test_circuits_and_the_numeric_engine_agree(name):
    pytest.importorskip("qiskit")
    eve, misalignment, share = POINTS[name]
    one = circuit_counts(PULSES, 1, eavesdropper=eve, misalignment=misalignment, basis_probability=share)
    link = Link(channel=Channel(0), detector=Detector(1.0, 0.0, misalignment), basis_probability=share)
    other = sample_tally(link, PULSES, 2, eve)
    compared = [(getattr(one, column), getattr(other, column)) for column in ("sent", "detected", "known")]
    # Where the bases differ a fixed rotation favours one result and the numeric engine's misalignment none.
    compared += [(one.sifted_errors(basis), other.sifted_errors(basis)) for basis in (0, 1)]
    for a, b in compared:
        assert np.all(np.abs(a - b) <= 5 * np.sqrt(np.maximum(a + b, 1)) + 1)
    assert one.pulses == PULSES


def test_circuits_are_repeatable():
    pytest.importorskip("qiskit")
    one, again = (circuit_counts(5000, 9, misalignment=0.1) for _ in range(2))
    np.testing.assert_array_equal(one.errors, again.errors)


def test_without_qiskit_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "qiskit", None)
    with pytest.raises(MissingExtra, match=r"scorpius-lab\[qiskit\]"):
        circuit_counts(10)


@pytest.mark.parametrize("pulses", [0, 10**8])
def test_a_number_of_pulses_out_of_range_is_refused(pulses):
    with pytest.raises(SimulationError):
        circuit_counts(pulses)
