"""A simulated session in and out of plain JSON data, for the command line, pipelines and frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from scorpius_lab.quantum.qkd.parameters import Channel, Detector, Link, SinglePhoton, WeakCoherent

if TYPE_CHECKING:
    from scorpius_lab.quantum.qkd.eavesdroppers import Eavesdropper
    from scorpius_lab.quantum.qkd.result import Parameters, SessionResult

# What `strength` means to each of them; beam splitting takes the whole loss and none has no strength.
_STRENGTH: Final = {"intercept-resend": "rate", "photon-number-splitting": "blocking"}


class SimulateParameters(BaseModel):
    """A QKD link, who listens on it, and how many pulses are sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[
        Literal["decoy", "single"], Field(description="Weak coherent pulses with decoys, or photons.")
    ] = "decoy"
    tune: Annotated[bool, Field(description="Choose the decoys' settings for this link and number of pulses.")] = True
    length_km: Annotated[float, Field(ge=0, description="Fibre, km.")] = 20.0
    attenuation: Annotated[float, Field(ge=0, description="dB per km.")] = 0.2
    efficiency: Annotated[float, Field(ge=0, le=1, description="Of Bob's detectors, optics included.")] = 0.1
    dark_counts: Annotated[float, Field(ge=0, le=1, description="Probability for one detector in one gate.")] = 1e-6
    misalignment: Annotated[float, Field(ge=0, le=0.5, description="Probability of the wrong detector.")] = 0.01
    pulses: Annotated[int, Field(ge=1, le=10**15, description="Pulses sent.")] = 10_000_000
    eavesdropper: Annotated[
        str, Field(description="none, intercept-resend, photon-number-splitting, beam-splitting.")
    ] = "none"
    strength: Annotated[float, Field(ge=0, le=1, description="Part of the pulses that are attacked.")] = 1.0
    counts_only: Annotated[bool, Field(description="Draw counts instead of pulses; for huge numbers of them.")] = False
    seed: Annotated[int, Field(ge=0, lt=2**63, description="The same seed gives the same result.")] = 0


def session_parameters(given: SimulateParameters) -> Parameters:
    """The session these numbers describe. Raises SimulationError, UsageError for an unknown eavesdropper."""
    from scorpius_lab.quantum.qkd.result import Parameters

    link = Link(
        source=WeakCoherent() if given.source == "decoy" else SinglePhoton(),
        channel=Channel(length_km=given.length_km, attenuation_db_per_km=given.attenuation),
        detector=Detector(given.efficiency, given.dark_counts, given.misalignment),
    )
    if given.source == "decoy" and given.tune:
        from scorpius_lab.quantum.qkd.curves import with_best_settings

        link = with_best_settings(link, given.pulses, seed=given.seed)
    return Parameters(link=link, pulses=given.pulses, eavesdropper=listener(given.eavesdropper, given.strength))


def listener(name: str, strength: float) -> Eavesdropper:
    """The eavesdropper of a name, at a strength from 0 to 1 where it has one."""
    from scorpius_lab.quantum.qkd.eavesdroppers import eavesdropper

    return eavesdropper(name, **({_STRENGTH[name]: strength} if name in _STRENGTH else {}))


def summary(done: SessionResult) -> Mapping[str, object]:
    """The figures of a session, never its keys. Rates are bits per pulse; None is "not reached"."""
    return {
        "notice": done.notice,
        "engine": done.engine,
        "pulses": done.parameters.pulses,
        "intensities": list(done.parameters.link.source.intensities),
        "intensity_probabilities": list(done.parameters.link.source.probabilities),
        "basis_probability": done.parameters.link.basis_probability,
        "eavesdropper": done.parameters.eavesdropper.name,
        "sifted_bits": done.sifted_bits,
        "qber_z": done.z_errors.rate,
        "qber_x": done.x_errors.rate,
        "gains": list(done.gains),
        "gain_deviations": list(done.gain_deviations),
        "eve_knows": done.eve_knows,
        "leak": done.correction.leak if done.correction else None,
        "correction_efficiency": done.correction.efficiency if done.correction else None,
        "phase_error": done.bounds.phase_error if done.bounds else None,
        "authentication_bits": done.authentication.key_bits,
        "key_bits": done.key_bits,
        "key_rate": done.key_rate,
        "asymptotic_rate": done.rates.perfect if done.rates.vacuum_weak is None else done.rates.vacuum_weak,
        "keys_equal": done.keys_equal,
        "aborted": done.aborted,
    }
