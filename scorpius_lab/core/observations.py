"""An observation: one rule applied to one asset in one run. Passes are observations too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from scorpius_lab.core.identity import content_id
from scorpius_lab.core.rules import Rule


class State(StrEnum):
    """What a rule said about an asset. Only the first three are judgements; none of the others ever counts as pass."""

    PASS = "pass"  # noqa: S105 (a state, not a password)
    FAIL = "fail"
    PARTIAL = "partial"
    ERROR = "error"
    MANUAL = "manual"
    STALE = "stale"
    NOT_EVALUATED = "not_evaluated"
    NOT_APPLICABLE = "not_applicable"

    @property
    def judged(self) -> bool:
        """True for pass, partial and fail: somebody looked and decided."""
        return self in (State.PASS, State.PARTIAL, State.FAIL)


@dataclass(frozen=True, slots=True)
class Asset:
    """A thing that can be right or wrong: a host, a file, a contract, an account, a repository."""

    kind: str
    name: str
    attributes: Mapping[str, object] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Names the asset by kind and name, whatever its attributes are today."""
        return content_id("asset", self.kind, self.name)


@dataclass(frozen=True, slots=True)
class Observation:
    """One rule's word on one asset.

    `evidence` are collection ids. `value` and `unit` hold what was measured, if anything was. `detail` is plain JSON
    data for the report (never a secret). `part` keeps several observations of one rule on one asset in one run apart.
    """

    rule: Rule
    asset: Asset
    state: State
    reason: str
    evidence: tuple[str, ...] = ()
    value: float | None = None
    unit: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    part: str = ""
    effective_at: datetime | None = None
