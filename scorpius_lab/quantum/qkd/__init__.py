"""Quantum key distribution, simulated: BB84 with single photons or decoy states, and what is distilled from it.

`simulate(Parameters(...), seed)` runs a session pulse by pulse down to both keys, `simulate_counts` one of any number
of pulses down to the key's length. It is a simulation, not a security product (`SIMULATION_NOTICE`).
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

_HOME: Final = {
    "SIMULATION_NOTICE": "parameters",
    "Channel": "parameters",
    "Detector": "parameters",
    "Link": "parameters",
    "PostProcessing": "parameters",
    "SinglePhoton": "parameters",
    "Source": "parameters",
    "WeakCoherent": "parameters",
    "gys": "parameters",
    "lim_2014": "parameters",
    "BeamSplitting": "eavesdroppers",
    "Eavesdropper": "eavesdroppers",
    "InterceptResend": "eavesdroppers",
    "Nobody": "eavesdroppers",
    "PhotonNumberSplitting": "eavesdroppers",
    "eavesdropper": "eavesdroppers",
    "Tally": "tallies",
    "Parameters": "result",
    "SessionResult": "result",
    "simulate": "session",
    "simulate_counts": "session",
    "sample_tally": "aggregate",
    "transmit": "pulses",
    "bb84_circuit": "circuits",
    "circuit_counts": "circuits",
}

__all__ = sorted(_HOME)  # noqa: PLE0605 (the table is the list)


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """The public names."""
    return list(__all__)
