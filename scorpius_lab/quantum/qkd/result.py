"""What a simulated session ends in."""

from __future__ import annotations

from dataclasses import dataclass, field

from scorpius_lab.quantum.qkd.authentication import AuthenticationCost
from scorpius_lab.quantum.qkd.draws import Bits
from scorpius_lab.quantum.qkd.eavesdroppers import Eavesdropper, Nobody
from scorpius_lab.quantum.qkd.estimation import ErrorEstimate, KeyBounds, check_source
from scorpius_lab.quantum.qkd.parameters import SIMULATION_NOTICE, Link, PostProcessing
from scorpius_lab.quantum.qkd.tallies import Tally


@dataclass(frozen=True, slots=True)
class Parameters:
    """A session: the link, how many pulses are sent, who listens, how the key is distilled.

    Raises SimulationError if the source is one whose key no bound here can give.
    """

    link: Link = field(default_factory=Link)
    pulses: int = 1_000_000
    eavesdropper: Eavesdropper = field(default_factory=Nobody)
    post_processing: PostProcessing = field(default_factory=PostProcessing)

    def __post_init__(self) -> None:
        """Check what the engines cannot."""
        check_source(self.link)


@dataclass(frozen=True, slots=True)
class AsymptoticRates:
    """Secret bits per signal pulse of an endless key on this link without Eve, sifting included; None if it has none.

    `perfect` is Shor and Preskill 2000 for single photons, GLLP with endlessly many decoys for weak coherent pulses;
    `vacuum_weak` is Ma et al. 2005 with the weak decoy and a vacuum.
    """

    perfect: float
    vacuum_weak: float | None


@dataclass(frozen=True, slots=True)
class Correction:
    """What reconciliation took: parities disclosed, f = leak / (n h(e)), exchanges, passes, tags of verification."""

    leak: int
    efficiency: float
    error_rate: float
    rounds: int
    passes: int
    verification_tags: int
    verification_bits: int

    @property
    def disclosed(self) -> int:
        """All bits told about the key: parities and tags."""
        return self.leak + self.verification_tags * self.verification_bits


@dataclass(frozen=True, slots=True)
class SessionResult:
    """A simulated session from the first pulse to the key; figures that were not reached before an abort are None.

    `engine` is "per pulse" or "aggregated" (counts and lengths only, no keys). `gains` and `error_rates` are by
    intensity, `gain_deviations` how many standard deviations each gain lies from what the link gives without Eve.
    `z_errors` is the disclosed sample of basis Z, `x_errors` all of basis X. `eve_knows` is the part of the raw key's
    bits that Eve has before reconciliation. `key_bits` is the final length, authentication paid; 0 if aborted.
    """

    parameters: Parameters
    seed: int
    engine: str
    tally: Tally = field(repr=False)
    gains: tuple[float, ...]
    error_rates: tuple[float, ...]
    gain_deviations: tuple[float, ...]
    sifted_bits: int
    raw_key_bits: int
    z_errors: ErrorEstimate
    x_errors: ErrorEstimate
    eve_knows: float
    rates: AsymptoticRates
    authentication: AuthenticationCost
    correction: Correction | None = None
    bounds: KeyBounds | None = None
    aborted: str | None = None
    key_bits: int = 0
    alice_key: Bits | None = field(default=None, repr=False)
    bob_key: Bits | None = field(default=None, repr=False)
    notice: str = SIMULATION_NOTICE

    @property
    def key_rate(self) -> float:
        """Final key bits per pulse sent."""
        return self.key_bits / self.parameters.pulses

    @property
    def keys_equal(self) -> bool | None:
        """Whether Alice and Bob hold the same key; None if there is none."""
        if self.alice_key is None or self.bob_key is None:
            return None
        return bool(self.alice_key.tobytes() == self.bob_key.tobytes())
