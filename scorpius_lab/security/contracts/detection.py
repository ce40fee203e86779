"""The records of a contract scan: what a detector says about itself, what it found, what became of each file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from scorpius_lab.core.rules import Confidence, Severity

if TYPE_CHECKING:
    from scorpius_lab.security.contracts.ir.program import Contract


class Dasp(StrEnum):
    """The ten classes of the Decentralized Application Security Project (DASP Top 10, 2018)."""

    REENTRANCY = "reentrancy"
    ACCESS_CONTROL = "access_control"
    ARITHMETIC = "arithmetic"
    UNCHECKED_CALLS = "unchecked_low_level_calls"
    DENIAL_OF_SERVICE = "denial_of_service"
    BAD_RANDOMNESS = "bad_randomness"
    FRONT_RUNNING = "front_running"
    TIME_MANIPULATION = "time_manipulation"
    SHORT_ADDRESSES = "short_addresses"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of source text; lines and columns count from 1, `end_column` is one past the last character."""

    path: str
    line: int
    end_line: int
    column: int = 1
    end_column: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way from an entry anyone can call to the place of the finding."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """What a detector yields: the place, why, the way there, and where else the same root cause shows.

    `root` names the cause within contract and function (a state variable, a callee): hits of one detector with the
    same contract, function and root are one finding. `severity` and `confidence` replace the detector's own.
    """

    place: Place
    function: str
    message: str
    root: str = ""
    steps: tuple[Step, ...] = ()
    others: tuple[Place, ...] = ()
    severity: Severity | None = None
    confidence: Confidence | None = None
    features: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Detector:
    """One detector: identity, classes, explanation, the examples that are also its test, and its logic."""

    id: str
    title: str
    severity: Severity
    confidence: Confidence
    dasp: Dasp
    wrong: str
    fix: str
    vulnerable: str
    fixed: str
    find: Callable[[Contract], Iterable[Hit]]
    swc: tuple[str, ...] = ()
    scwe: tuple[str, ...] = ()
    cwe: tuple[str, ...] = ()
    version: int = 1


class SuppressionKind(StrEnum):
    """Where the wish not to see a finding was said."""

    IN_SOURCE = "inSource"
    BASELINE = "external"


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding is not shown."""

    kind: SuppressionKind
    place: Place | None = None
    justification: str = ""


@dataclass(frozen=True, slots=True)
class Detection:
    """One finding of the scanner in one contract.

    `fingerprint` (32 hex digits) comes from detector, contract, function and the normalised text of the statement: it
    survives reformatting, comments and moved lines. `contributions` says what each feature added to `score`, the
    ranking model's probability that the finding is true; both are empty in a static scan.
    """

    detector: Detector
    contract: str
    function: str
    place: Place
    message: str
    severity: Severity
    confidence: Confidence
    fingerprint: str
    steps: tuple[Step, ...] = ()
    others: tuple[Place, ...] = ()
    features: tuple[tuple[str, float], ...] = ()
    score: float | None = None
    contributions: tuple[tuple[str, float], ...] = ()
    suppression: Suppression | None = None


class FileState(StrEnum):
    """What can be said about one file."""

    EVALUATED = "evaluated"
    PARTIAL = "partial"
    NOT_EVALUATED = "not evaluated"


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """One file and what came of it; `reason` is empty for a file evaluated whole."""

    path: str
    state: FileState
    reason: str = ""
    sha256: str = ""
    size: int = 0
    lines: int = 0
    language: str = "solidity"
    pragma: str = ""
    contracts: tuple[str, ...] = ()
    missing_imports: tuple[str, ...] = ()
    syntax_errors: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranking:
    """Whether a model put the findings in order, which one, and the figures for or against it."""

    used: bool
    version: str
    reason: str


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """What a scan saw: files in = evaluated + partial + not evaluated; suppressed findings are kept, marked."""

    files: tuple[FileOutcome, ...]
    detections: tuple[Detection, ...]
    detectors: tuple[Detector, ...]
    seconds: float = 0.0
    sources: dict[str, str] = field(default_factory=dict, repr=False)
    ranking: Ranking | None = None
