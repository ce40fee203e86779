"""`scorpius findings`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scorpius_lab.cli.output import print_json, records, show, show_record, write
from scorpius_lab.cli.session import FailOn, FailOnOption, JsonOption, LabOption, end, say, session, the_lab, verb
from scorpius_lab.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

group = typer.Typer(no_args_is_help=True, help="What is wrong, and what was decided about it.")

_COLUMNS = {
    "finding": "finding",
    "severity": "severity",
    "state": "state",
    "asset": "asset",
    "title": "title",
    "message": "message",
}
_DETAILS = {
    "fingerprint": "finding",
    "severity": "severity",
    "confidence": "confidence",
    "state": "state",
    "state_reason": "reason",
    "state_until": "until",
    "state_actor": "decided by",
    "rule_id": "rule",
    "title": "title",
    "message": "message",
    "asset": "asset",
    "location": "location",
    "evidence": "evidence",
    "detail": "detail",
    "first_recorded_at": "first seen",
    "recorded_at": "last seen",
    "run_id": "run",
}
_OPEN = ("open", "reopened", "triaged")

IdArgument = Annotated[str, typer.Argument(metavar="FINDING", help="Its fingerprint or id, or at least 6 digits.")]
SeverityOption = Annotated[str | None, typer.Option("--severity", help="The least severity wanted.")]
StateOption = Annotated[str | None, typer.Option("--state", help="Only findings in this state.")]
RuleOption = Annotated[str | None, typer.Option("--rule", help="Only findings of this rule.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in one sentence.")]


@verb(group, "list")
def list_(
    *,
    severity: SeverityOption = None,
    state: StateOption = None,
    rule: RuleOption = None,
    fail_on: FailOnOption = FailOn.HIGH,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """List findings as they stand, worst first. Exits 1 when an open one is at or above --fail-on."""
    del lab, as_json
    found = the_lab().findings.list(severity=severity, state=state, rule=rule)
    rows = records(found)
    for row in rows:
        row["finding"] = row["fingerprint"][:12]
    show(rows, _COLUMNS, empty="no findings")
    end(1 if any(row["state"] in _OPEN and fail_on.reached_by(row["severity"]) for row in rows) else 0)


@verb(group, "show")
def show_(finding: IdArgument, lab: LabOption = None, as_json: JsonOption = False) -> None:
    """Show one finding and its life."""
    del lab, as_json
    register = the_lab().findings
    (record,), events = records(register.show(finding)), records(register.events(finding))
    if session().as_json:
        print_json({**record, "events": events})
        return
    show_record(record, _DETAILS)
    write()
    columns = {"effective_at": "when (UTC)", "state": "state", "reason": "reason", "until": "until", "actor": "by"}
    show(events, columns, empty="nothing was decided about it yet")


@verb(group, "triage")
def triage(
    *,
    finding: IdArgument,
    state: Annotated[
        str,
        typer.Argument(metavar="[STATE]", help="triaged (being worked on), false_positive, accepted or open."),
    ] = "triaged",
    reason: ReasonOption,
    as_state: Annotated[str | None, typer.Option("--state", help="The same as STATE.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Last day, UTC.")] = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide about a finding; the decision survives edits around it."""
    del lab, as_json
    _decided(the_lab().findings.triage(finding, as_state or state, reason, _moment(until)))


@verb(group, "accept")
def accept(
    finding: IdArgument,
    reason: ReasonOption,
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Last day, UTC; then it is open again.")],
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accept the risk of a finding until a day."""
    del lab, as_json
    _decided(the_lab().findings.triage(finding, "accepted", reason, _moment(until)))


@verb(group, "reopen")
def reopen(finding: IdArgument, reason: ReasonOption, lab: LabOption = None, as_json: JsonOption = False) -> None:
    """Open a finding again that was fixed, accepted or taken for a false positive."""
    del lab, as_json
    register = the_lab().findings
    present = register.show(finding)["state"][0]
    _decided(register.triage(finding, "reopened" if present == "fixed" else "open", reason))


@verb(group, "export")
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file: .csv, .json or .parquet.")],
    severity: SeverityOption = None,
    state: StateOption = None,
    rule: RuleOption = None,
    lab: LabOption = None,
) -> None:
    """Write findings to a file."""
    del lab
    path = the_lab().findings.export(file, severity=severity, state=state, rule=rule)
    say(f"written to {path}")


def _decided(found: pl.DataFrame) -> None:
    (record,) = records(found)
    show_record(record, _DETAILS)


def _moment(text: str | None) -> datetime | None:
    """The end of a day, or an exact moment, in UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a date; give a day such as 2027-03-31") from error
    if len(text) == len("2027-03-31"):
        moment = moment.replace(hour=23, minute=59, second=59)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
