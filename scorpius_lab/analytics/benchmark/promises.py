"""What the product promises, and how a measurement answers a promise.

A promise is kept when the slow end of the spread keeps it (95th percentile of durations, 5th of rates), for the worst
of the measurements that answer it. If only the median keeps it, it is partly kept. Without a measurement it is not
evaluated, never kept. Fewer than three samples have no spread worth the name: such a promise is partly kept at best.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scorpius_lab.analytics.benchmark.statistics import Spread
from scorpius_lab.core.observations import State
from scorpius_lab.core.rules import Rule, Severity

KEM, SIG, ENC, STORE = "benchmark.kem.", "benchmark.signature.", "benchmark.encryption.", "benchmark.store."
FEWEST_SAMPLES = 3
LATTICE_SIGNATURES = ("ml-dsa-44", "ml-dsa-65", "ml-dsa-87")
SLH_DSA = tuple(
    f"slh-dsa-{hashed}-{bits}{kind}" for hashed in ("sha2", "shake") for bits in (128, 192, 256) for kind in "fs"
)
OTHER_SIGNATURES = ("ed25519-ml-dsa-65", *SLH_DSA, "rsa-2048", "rsa-3072", "ecdsa-p256", "ed25519")
OTHER_KEMS = ("x-wing", "p-384-ml-kem-1024", "x25519")


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise. `answered_by` are the figures held to it; `beside` are shown beside it and not held to it.

    `runs_of` names an engine function whose recorded runs answer it instead. `missing` is said when nothing does.
    """

    name: str
    title: str
    target: float
    unit: str
    better: str
    answered_by: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    runs_of: str = ""
    basis: str = ""
    missing: str = "it was not measured in this run"

    @property
    def id(self) -> str:
        """The rule id the verdict is recorded under."""
        return f"benchmark.promise.{self.name}"

    @property
    def rule(self) -> Rule:
        """The rule, for the store."""
        sign = "under" if self.better == "lower" else "at least"
        return Rule(
            id=self.id,
            version=1,
            title=f"{self.title}: {sign} {self.target:,.0f} {self.unit}",
            severity=Severity.MEDIUM,
            remedy="Compare with an idle machine first; then profile what is slowest, named in the detail.",
            description=self.basis,
            tags=("benchmark", "promise"),
        )


def _each(prefix: str, names: tuple[str, ...], operation: str) -> tuple[str, ...]:
    return tuple(f"{prefix}{name}-{operation}" for name in names)


PROMISES: tuple[Promise, ...] = (
    Promise(
        "key-generation", "Key generation", 100, "ms", "lower",
        answered_by=_each(KEM, ("ml-kem-512", "ml-kem-768", "ml-kem-1024"), "keygen")
        + _each(SIG, LATTICE_SIGNATURES, "keygen"),
        beside=_each(KEM, OTHER_KEMS, "keygen") + _each(SIG, OTHER_SIGNATURES, "keygen"),
        basis="Slowest of ML-KEM and ML-DSA, all parameter sets.",
    ),
    Promise(
        "encryption", "Encryption per KB", 50, "ms", "lower",
        answered_by=(ENC + "hpke-x-wing-1k-encrypt",),
        beside=(ENC + "hpke-x-wing-1k-decrypt",),
        basis="1 KiB to a public key: HPKE with X-Wing (ML-KEM-768 and X25519) and AES-256-GCM.",
    ),
    Promise(
        "signature", "Signature", 25, "ms", "lower",
        answered_by=_each(SIG, LATTICE_SIGNATURES, "sign"),
        beside=_each(SIG, OTHER_SIGNATURES, "sign"),
        basis="Slowest ML-DSA parameter set, 1 KiB.",
    ),
    Promise(
        "verification", "Verification", 10, "ms", "lower",
        answered_by=_each(SIG, LATTICE_SIGNATURES, "verify"),
        beside=_each(SIG, OTHER_SIGNATURES, "verify"),
        basis="Slowest ML-DSA parameter set, 1 KiB.",
    ),
    Promise(
        "contract-scan", "Contract scan", 2, "s", "lower",
        missing="this version has no contract scanner to measure",
    ),
    Promise(
        "transaction-analysis", "Transaction analysis", 500, "ms", "lower",
        missing="this version has no transaction analysis to measure",
    ),
    Promise(
        "threat-detection", "Threat detection", 1, "s", "lower",
        runs_of="threats.scan",
        basis="Whole recorded runs of threats.scan, from reading the logs to stored findings.",
        missing="no finished run of threats.scan is in the store",
    ),
    Promise(
        "concurrent-users", "Concurrent users", 10_000, "users", "higher",
        missing="this version has no service to connect to",
    ),
    Promise(
        "requests", "Requests", 5_000, "requests/s", "higher",
        missing="this version has no service to send requests to",
    ),
    Promise(
        "ingest", "Ingest", 1, "GB/min", "higher",
        answered_by=(STORE + "findings-append-gb-per-min",),
        basis="Findings appended to a store in batches, ids computed; bytes counted as the same rows in CSV.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found about a promise. `ratio` is how many times better than promised its slow end is."""

    promise: Promise
    state: State
    reason: str
    spread: Spread | None = None
    ratio: float | None = None
    slowest: str = ""
    beside: Mapping[str, float] = field(default_factory=dict)


def judge(promise: Promise, figures: Mapping[str, Spread], runs: Mapping[str, Spread]) -> Verdict:
    """Hold a promise against this run's figures (by rule id) and the recorded runs (seconds, by function)."""
    named = {promise.runs_of: runs[promise.runs_of]} if promise.runs_of in runs else {}
    if promise.answered_by:
        missing = [name for name in promise.answered_by if name not in figures]
        named = {} if missing else {name: figures[name] for name in promise.answered_by}
    if not named:
        return Verdict(promise, State.NOT_EVALUATED, f"Not measured: {promise.missing}.")
    slowest, worst = _worst(promise, named)
    beside = {name: figures[name].median for name in promise.beside if name in figures}
    state = _state(promise, worst)
    return Verdict(
        promise, state, _reason(promise, state, worst), worst, ratio(promise, slow_end(promise, worst)), slowest, beside
    )


def keeps(promise: Promise, value: float) -> bool:
    """Whether a single value keeps the promise: strictly under an upper limit, at least a lower one."""
    return value < promise.target if promise.better == "lower" else value >= promise.target


def _worst(promise: Promise, figures: Mapping[str, Spread]) -> tuple[str, Spread]:
    """Of those whose median misses the promise, else of all, the one with the slowest slow end, as that decides."""
    missing = {name: one for name, one in figures.items() if not keeps(promise, one.median)}
    pick = max if promise.better == "lower" else min
    return pick((missing or figures).items(), key=lambda item: slow_end(promise, item[1]))


def slow_end(promise: Promise, spread: Spread) -> float:
    """The 95th percentile of durations, the 5th of rates."""
    return spread.p95 if promise.better == "lower" else spread.p5


def _state(promise: Promise, spread: Spread) -> State:
    if not keeps(promise, spread.median):
        return State.FAIL
    sure = spread.n >= FEWEST_SAMPLES and keeps(promise, slow_end(promise, spread))
    return State.PASS if sure else State.PARTIAL


def ratio(promise: Promise, value: float) -> float:
    """How many times better than promised a value is."""
    small = 1e-12
    if promise.better == "lower":
        return promise.target / max(value, small)
    return value / promise.target


def _reason(promise: Promise, state: State, spread: Spread) -> str:
    samples = f"{spread.n} {'sample' if spread.n == 1 else 'samples'}"
    if spread.n < FEWEST_SAMPLES:
        word = "not kept" if state is State.FAIL else "kept as far as can be said"
        return f"{promise.title} is {word}: {spread.median:.3g} {promise.unit}, {samples} only."
    words = {State.PASS: "kept", State.PARTIAL: "kept by the median only", State.FAIL: "not kept"}[state]
    end = "95th" if promise.better == "lower" else "5th"
    return (
        f"{promise.title} is {words}: median {spread.median:.3g} {promise.unit}, {end} percentile "
        f"{slow_end(promise, spread):.3g} {promise.unit}, {samples}."
    )
