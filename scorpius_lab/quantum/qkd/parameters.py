"""What a simulated link is made of: source, channel, detectors, and how the key is distilled.

Plain records, checked once when they are made: whoever computes with them need not check again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from scorpius_lab.errors import SimulationError

SIMULATION_NOTICE = (
    "This is a simulation of quantum key distribution for study and planning. It is not a security product: "
    "its keys come from a pseudorandom generator and must never protect anything."
)

# More photons in one pulse than any protocol would send; keeps photon numbers in a byte.
LARGEST_INTENSITY = 20.0


@dataclass(frozen=True, slots=True)
class SinglePhoton:
    """A source that sends exactly one photon in every pulse."""

    @property
    def intensities(self) -> tuple[float, ...]:
        """Mean photon numbers: always one photon."""
        return (1.0,)

    @property
    def probabilities(self) -> tuple[float, ...]:
        """How often each intensity is chosen."""
        return (1.0,)


@dataclass(frozen=True, slots=True)
class WeakCoherent:
    """Phase-randomised laser pulses: the photon number is Poisson distributed (Ma et al. 2005, eq. 1).

    `intensities` are mean photon numbers, the signal first, then the decoys in falling order; the vacuum is 0.
    `probabilities` say how often each is chosen and add up to 1. Raises SimulationError if they contradict.
    """

    intensities: tuple[float, ...] = (0.48, 0.05, 0.0)
    probabilities: tuple[float, ...] = (0.8, 0.15, 0.05)

    def __post_init__(self) -> None:
        """Check what only makes sense together."""
        if not 1 <= len(self.intensities) <= 8:  # noqa: PLR2004
            raise SimulationError(f"a source has 1 to 8 intensities, not {len(self.intensities)}")
        if len(self.intensities) != len(self.probabilities):
            raise SimulationError(
                f"{len(self.intensities)} intensities need as many probabilities, not {len(self.probabilities)}"
            )
        for intensity in self.intensities:
            _within("intensity", intensity, 0.0, LARGEST_INTENSITY)
        if list(self.intensities) != sorted(set(self.intensities), reverse=True):
            raise SimulationError("intensities must fall from the signal to the weakest decoy, none of them twice")
        if self.intensities[0] == 0:
            raise SimulationError("the signal's intensity must be above 0")
        for probability in self.probabilities:
            _within("intensity probability", probability, 0.0, 1.0)
        if not math.isclose(sum(self.probabilities), 1.0, abs_tol=1e-9):
            raise SimulationError(f"intensity probabilities must add up to 1, not {sum(self.probabilities):g}")

    @property
    def signal(self) -> float:
        """Mean photon number of the signal, mu."""
        return self.intensities[0]


Source = SinglePhoton | WeakCoherent


@dataclass(frozen=True, slots=True)
class Channel:
    """An optical fibre: length in km, attenuation in dB/km, further loss (splices, connectors) in dB."""

    length_km: float = 20.0
    attenuation_db_per_km: float = 0.2
    fixed_loss_db: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        _within("channel length in km", self.length_km, 0.0, 1e5)
        _within("attenuation in dB/km", self.attenuation_db_per_km, 0.0, 1e3)
        _within("fixed loss in dB", self.fixed_loss_db, 0.0, 1e3)

    @property
    def loss_db(self) -> float:
        """Whole loss in dB."""
        return self.length_km * self.attenuation_db_per_km + self.fixed_loss_db

    @property
    def transmittance(self) -> float:
        """Probability that a photon comes through: 10^(-loss/10) (Ma et al. 2005, eq. 2)."""
        return float(10.0 ** (-self.loss_db / 10.0))


@dataclass(frozen=True, slots=True)
class Detector:
    """Bob's receiver: two threshold detectors behind an active choice of basis.

    `efficiency` is eta_Bob, optics included; `dark_count_probability` is that of one detector in one gate;
    `misalignment` is e_d, the probability that a photon goes to the wrong detector though the bases match.
    """

    efficiency: float = 0.1
    dark_count_probability: float = 1e-6
    misalignment: float = 0.01

    def __post_init__(self) -> None:
        """Check the ranges."""
        _within("detector efficiency", self.efficiency, 0.0, 1.0)
        _within("dark count probability", self.dark_count_probability, 0.0, 1.0)
        _within("misalignment", self.misalignment, 0.0, 0.5)

    @property
    def background_yield(self) -> float:
        """Y0: probability that at least one of the two detectors clicks without any light."""
        return -math.expm1(2.0 * math.log1p(-self.dark_count_probability)) if self.dark_count_probability < 1 else 1.0


def dark_count_from_background(background_yield: float) -> float:
    """The dark count probability of one detector out of the Y0 that papers give for both."""
    _within("background yield", background_yield, 0.0, 1.0)
    return -math.expm1(0.5 * math.log1p(-background_yield)) if background_yield < 1 else 1.0


@dataclass(frozen=True, slots=True)
class Link:
    """Alice's source, the channel and Bob's receiver; both choose the Z basis with `basis_probability`."""

    source: Source = field(default_factory=SinglePhoton)
    channel: Channel = field(default_factory=Channel)
    detector: Detector = field(default_factory=Detector)
    basis_probability: float = 0.5

    def __post_init__(self) -> None:
        """Both bases are needed: a link that uses one only cannot see an eavesdropper."""
        _within("basis probability", self.basis_probability, 0.0, 1.0)
        if self.basis_probability in (0.0, 1.0):
            raise SimulationError("the basis probability must lie between 0 and 1, both excluded: BB84 needs two bases")

    @property
    def transmittance(self) -> float:
        """Probability eta that a photon sent by Alice is detected: channel times receiver (Ma et al. 2005, eq. 4)."""
        return self.channel.transmittance * self.detector.efficiency


@dataclass(frozen=True, slots=True)
class PostProcessing:
    """How the key is distilled.

    `error_correction_efficiency` is f_EC of the asymptotic rates and of a plan; Cascade's own leak is counted.
    `sample_fraction` of the sifted key is disclosed to estimate its error rate, `secrecy` and `correctness` are
    the failure probabilities of Lim et al. 2014, `qber_bound` is where one-way post-processing of BB84 ends
    (Shor and Preskill 2000: 1 - 2h(e) = 0 at e = 0.110), `authentication_bits` the tag of every message.
    """

    error_correction_efficiency: float = 1.22
    sample_fraction: float = 0.1
    secrecy: float = 1e-9
    correctness: float = 1e-15
    qber_bound: float = 0.11
    authentication_bits: int = 64

    def __post_init__(self) -> None:
        """Check the ranges."""
        _within("error correction efficiency", self.error_correction_efficiency, 1.0, 10.0)
        _within("sample fraction", self.sample_fraction, 0.0, 0.9)
        _within("secrecy", self.secrecy, 1e-300, 0.5)
        _within("correctness", self.correctness, 1e-38, 0.5)
        _within("QBER bound", self.qber_bound, 0.0, 0.11)
        if self.authentication_bits not in (64, 96, 128):
            raise SimulationError(f"authentication tags have 64, 96 or 128 bits, not {self.authentication_bits}")


def gys(length_km: float, source: Source | None = None, basis_probability: float = 0.5) -> Link:
    """Gobby, Yuan and Shields 2004 as in Ma et al. 2005, table I; its Y0 = 1.7e-6 is that of both detectors."""
    return Link(
        source=WeakCoherent() if source is None else source,
        channel=Channel(length_km=length_km, attenuation_db_per_km=0.21),
        detector=Detector(
            efficiency=0.045, dark_count_probability=dark_count_from_background(1.7e-6), misalignment=0.033
        ),
        basis_probability=basis_probability,
    )


def lim_2014(length_km: float) -> Link:
    """The fibre link of Lim et al. 2014, section "Evaluation": 0.2 dB/km, eta 0.1, dark count 6e-7, e_mis 0.5 %."""
    return Link(
        source=WeakCoherent(intensities=(0.5, 0.1, 2e-4), probabilities=(0.6, 0.3, 0.1)),
        channel=Channel(length_km=length_km, attenuation_db_per_km=0.2),
        detector=Detector(efficiency=0.1, dark_count_probability=6e-7, misalignment=5e-3),
        basis_probability=0.9,
    )


def _within(name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise SimulationError(f"{name} must lie between {low:g} and {high:g}, not {value:g}")
