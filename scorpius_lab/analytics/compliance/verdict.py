"""What a check is made of and what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.evidence import Classification
from scorpius_lab.core.observations import State
from scorpius_lab.core.rules import Rule, Severity

LINUX = frozenset({"Linux"})
ANY_SYSTEM = frozenset({"Linux", "Darwin"})
_NAMED_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Offender:
    """One thing that breaks a rule. `subject` names it and stays the same from run to run.

    `path` makes the finding's location a file. A severity other than the rule's may be given.
    """

    subject: str
    message: str
    path: str = ""
    severity: Severity | None = None
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A piece of evidence that a check makes itself (a list of packages, an extract), beside what it read."""

    name: str
    content: bytes
    media_type: str = "text/plain; charset=utf-8"
    classification: Classification = Classification.INTERNAL


@dataclass(frozen=True, slots=True)
class Verdict:
    """A check's word: state, reason in one sentence, and who offends.

    `covered` is False when only a part was looked at, so that a run does not close what it did not see.
    """

    state: State
    reason: str
    offenders: tuple[Offender, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    detail: Mapping[str, object] = field(default_factory=dict)
    value: float | None = None
    unit: str | None = None
    covered: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """A rule, the predicate that judges it, and the planted violation it must catch in every run.

    `planted` says in words what the canary is. `subject` is `host`, or `repository` for checks made once for each
    git repository (its path is `view.environment["repository"]`). A finding is never more severe than the rule, unless
    the check says with `worst` that some of its findings may be.
    """

    rule: Rule
    judge: Callable[[HostView], Verdict]
    canary: FakeHost
    planted: str
    systems: frozenset[str] = LINUX
    time_limit: float = 10.0
    subject: str = "host"
    worst: Severity | None = None

    def severity_of(self, offender: Offender) -> Severity | None:
        """The severity of an offender's finding, held to the worst this check may give; None for the rule's."""
        most = self.worst or self.rule.severity
        return most if offender.severity is not None and offender.severity.rank > most.rank else offender.severity


def passed(reason: str, **more: object) -> Verdict:
    """All that was asked for was seen and is right."""
    return Verdict(State.PASS, reason, detail=more)


def not_applicable(reason: str) -> Verdict:
    """What the rule speaks about is not here."""
    return Verdict(State.NOT_APPLICABLE, reason)


def not_evaluated(reason: str) -> Verdict:
    """It could not be looked at."""
    return Verdict(State.NOT_EVALUATED, reason, covered=False)


def judged(
    offenders: Sequence[Offender],
    *,
    good: str,
    bad: str,
    looked_at: int | None = None,
    exhibits: Sequence[Exhibit] = (),
    covered: bool = True,
    **detail: object,
) -> Verdict:
    """Fail with the offenders named, or pass. `bad` and `good` are sentences without their full stop.

    `looked_at` says how many things were judged; value and unit become the number of offenders.
    """
    more = dict(detail) if looked_at is None else {"looked_at": looked_at, **detail}
    state = State.FAIL if offenders else State.PASS
    reason = _reason(offenders, bad) if offenders else f"{good}."
    return Verdict(
        state,
        reason,
        offenders=tuple(offenders),
        exhibits=tuple(exhibits),
        detail=more,
        value=float(len(offenders)),
        unit="offenders",
        covered=covered,
    )


def _reason(offenders: Sequence[Offender], bad: str) -> str:
    """A single offender's own sentence says more than a count of one."""
    return offenders[0].message if len(offenders) == 1 else f"{bad}: {named(offenders)}."


def named(offenders: Sequence[Offender]) -> str:
    """The first few subjects, and how many more there are."""
    names = ", ".join(offender.subject for offender in offenders[:_NAMED_AT_MOST])
    more = len(offenders) - _NAMED_AT_MOST
    return names if more <= 0 else f"{names} and {more} more"


def speaks_to(*, soc2: str = "", iso: str = "", pci: str = "", hipaa: str = "", gdpr: str = "") -> tuple[str, ...]:
    """Requirement ids as `framework:id`, from blank-separated ids of each framework."""
    given = {"soc2": soc2, "iso27001": iso, "pci_dss": pci, "hipaa": hipaa, "gdpr": gdpr}
    return tuple(f"{framework}:{one}" for framework, ids in given.items() for one in ids.split())
