"""The register of findings: listing them, and the decisions people take about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from scorpius_lab.core.audit import AuditSink
from scorpius_lab.core.findings import FindingState
from scorpius_lab.core.recorder import actor
from scorpius_lab.core.rules import Severity
from scorpius_lab.core.runs import utc_now
from scorpius_lab.core.store import Store
from scorpius_lab.errors import FindingNotFound, InvalidTransition, UsageError

if TYPE_CHECKING:
    import polars as pl

# What a person may decide. Closing as fixed is left to runs that look again; a person who fixed it says "triaged".
TRANSITIONS = MappingProxyType(
    {
        FindingState.OPEN: (FindingState.TRIAGED, FindingState.ACCEPTED, FindingState.FALSE_POSITIVE),
        FindingState.REOPENED: (FindingState.TRIAGED, FindingState.ACCEPTED, FindingState.FALSE_POSITIVE),
        FindingState.TRIAGED: (
            FindingState.OPEN,
            FindingState.TRIAGED,
            FindingState.ACCEPTED,
            FindingState.FALSE_POSITIVE,
        ),
        FindingState.ACCEPTED: (FindingState.OPEN, FindingState.TRIAGED, FindingState.ACCEPTED),
        FindingState.FALSE_POSITIVE: (FindingState.OPEN, FindingState.TRIAGED),
        FindingState.FIXED: (FindingState.REOPENED,),
    }
)

SHORTEST_PREFIX = 6

_LIST = """
SELECT f.fingerprint, f.id, f.severity, f.confidence, f.rule_id, r.title, f.message, f.state, f.state_reason,
       f.state_until, f.state_actor, a.kind AS asset_kind, a.name AS asset, f.location_kind, f.location_key,
       f.location, f.first_recorded_at, f.recorded_at, f.effective_at, f.evidence, f.detail, f.run_id
FROM current_findings f
LEFT JOIN (SELECT id, any_value(kind) AS kind, any_value(name) AS name FROM assets GROUP BY id) a ON a.id = f.asset_id
LEFT JOIN (SELECT id, arg_max(title, version) AS title FROM rules GROUP BY id) r ON r.id = f.rule_id
"""
_ORDER = """
ORDER BY list_position(['critical', 'high', 'medium', 'low', 'info'], f.severity), f.first_recorded_at, f.fingerprint
"""


@dataclass(frozen=True, slots=True)
class FindingRegister:
    """`lab.findings`."""

    store: Store
    audit: AuditSink
    clock: Callable[[], datetime] = field(default=utc_now)

    def list(
        self, *, severity: Severity | str | None = None, state: str | None = None, rule: str | None = None
    ) -> pl.DataFrame:
        """Findings as they stand, worst first; `severity` is the least severe one wanted."""
        conditions: list[str] = []
        parameters: dict[str, object] = {}
        if severity is not None:
            least = _severity(severity).rank
            conditions.append("list_contains($severities, f.severity)")
            parameters["severities"] = [str(s) for s in Severity if s.rank >= least]
        if state is not None:
            _state(state)
        for name, column, value in (("state", "f.state", state), ("rule", "f.rule_id", rule)):
            if value is not None:
                conditions.append(f"{column} = ${name}")
                parameters[name] = value
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        return self.store.sql(_LIST + where + _ORDER, parameters, purpose="list findings")

    def show(self, finding: str) -> pl.DataFrame:
        """One finding, by id, fingerprint or a unique beginning of either."""
        return self.store.sql(
            _LIST + "WHERE f.fingerprint = $fingerprint",
            {"fingerprint": self.fingerprint(finding)},
            purpose="show finding",
        )

    def events(self, finding: str) -> pl.DataFrame:
        """The life of one finding, oldest first."""
        return self.store.sql(
            "SELECT state, reason, until, actor, run_id, effective_at, recorded_at FROM finding_events "
            "WHERE fingerprint = $fingerprint ORDER BY recorded_at, effective_at",
            {"fingerprint": self.fingerprint(finding)},
            purpose="show finding",
        )

    def fingerprint(self, finding: str) -> str:
        """The fingerprint of a finding named by id, fingerprint or a unique beginning. Raises FindingNotFound."""
        if len(finding) < SHORTEST_PREFIX or not set(finding) <= set("0123456789abcdef"):
            raise FindingNotFound(
                f"{finding!r} names no finding; give at least {SHORTEST_PREFIX} hex digits of its id or fingerprint"
            )
        found = self.store.sql(
            "SELECT DISTINCT fingerprint FROM findings WHERE starts_with(fingerprint, $name) OR starts_with(id, $name)",
            {"name": finding},
            purpose="find finding",
        )["fingerprint"].to_list()
        if not found:
            raise FindingNotFound(f"no finding's id or fingerprint begins with {finding}; see `scorpius findings list`")
        if len(found) > 1:
            raise FindingNotFound(f"{len(found)} findings begin with {finding}; give more digits")
        return str(found[0])

    def triage(
        self, finding: str, state: FindingState | str, reason: str, until: datetime | None = None, by: str = ""
    ) -> pl.DataFrame:
        """Decide about a finding and return it as it then stands.

        `state` is triaged, accepted (needs `until`, after which it is open again), false_positive, open or reopened;
        the decision holds for the fingerprint, so it survives edits around the finding. Raises FindingNotFound,
        InvalidTransition, UsageError.
        """
        import polars as pl

        fingerprint, wanted = self.fingerprint(finding), _state(state)
        moment = self.clock()
        self._require_allowed(fingerprint, wanted, reason, until, moment)
        who = by or actor()
        event = pl.DataFrame({"fingerprint": [fingerprint], "state": [str(wanted)], "reason": [reason]}).with_columns(
            until=pl.lit(until, dtype=pl.Datetime("us", "UTC")),
            actor=pl.lit(who),
            effective_at=pl.lit(moment),
            collected_at=pl.lit(moment),
        )
        self.store.append({"finding_events": event}, purpose="triage")
        self.audit.record(
            "finding.decided",
            fingerprint,
            actor=who,
            detail={"state": str(wanted), "reason": reason, "until": until.isoformat() if until else None},
        )
        return self.show(fingerprint)

    def export(
        self,
        path: Path | str,
        *,
        severity: Severity | str | None = None,
        state: str | None = None,
        rule: str | None = None,
    ) -> Path:
        """Write findings as `list` gives them to a new .csv, .json or .parquet file and return its path.

        In CSV lists are joined with spaces, and a text that a spreadsheet would take for a formula gets a leading
        apostrophe. Raises UsageError.
        """
        from scorpius_lab.core.frame_files import write_new_file

        found = self.list(severity=severity, state=state, rule=rule)
        target = write_new_file(found, Path(path))
        self.audit.record("findings.exported", target.name, detail={"to": str(target), "findings": len(found)})
        return target

    def _require_allowed(
        self, fingerprint: str, wanted: FindingState, reason: str, until: datetime | None, moment: datetime
    ) -> None:
        if not reason.strip():
            raise UsageError("a decision about a finding needs a reason; say why in one sentence")
        if until is not None and until.tzinfo is None:
            raise UsageError(f"the time {until.isoformat()} has no time zone; give an aware UTC time")
        if wanted is FindingState.ACCEPTED and until is None:
            raise UsageError("a finding is accepted until a day; give `until`, after which it is open again")
        if until is not None and until <= moment:
            raise UsageError(f"{until.isoformat()} is past; give a later day")
        present = FindingState(self.show(fingerprint)["state"][0])
        if wanted not in TRANSITIONS[present]:
            allowed = ", ".join(TRANSITIONS[present]) or "nothing"
            raise InvalidTransition(f"a finding that is {present} cannot become {wanted}; it can become {allowed}")


def _severity(name: Severity | str) -> Severity:
    try:
        return Severity(name)
    except ValueError as error:
        raise UsageError(f"{name!r} is no severity; it is one of {', '.join(Severity)}") from error


def _state(name: FindingState | str) -> FindingState:
    try:
        return FindingState(name)
    except ValueError as error:
        raise UsageError(f"{name!r} is no state of a finding; it is one of {', '.join(FindingState)}") from error
