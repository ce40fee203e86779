"""`scorpius check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scorpius_lab.cli.output import progress, show, write
from scorpius_lab.cli.session import FailOn, FailOnOption, JsonOption, LabOption, end, say, the_lab, verb

if TYPE_CHECKING:
    import polars as pl

OBSERVATION_COLUMNS = {
    "state": "state",
    "severity": "severity",
    "rule_id": "rule",
    "title": "title",
    "reason": "reason",
}

_JUDGED = ("pass", "partial", "fail")
_WRONG = ("fail", "partial")
NOTHING_EVALUATED = 3


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(app, "check")
    def check(
        *,
        only: Annotated[
            list[str] | None, typer.Option("--only", metavar="ID", help="Only this check; repeatable.")
        ] = None,
        list_: Annotated[bool, typer.Option("--list", help="List the checks without running them.")] = False,
        root: Annotated[
            Path | None, typer.Option("--root", metavar="DIR", help="A mounted host image instead of this machine.")
        ] = None,
        repository: Annotated[
            list[Path] | None, typer.Option("--repository", metavar="DIR", help="A git repository; repeatable.")
        ] = None,
        fail_on: FailOnOption = FailOn.HIGH,
        lab: LabOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Check this host. Exits 1 when a failed check is at or above --fail-on, 3 when nothing could be judged."""
        del lab, as_json
        if list_:
            _list()
            return
        more = {key: value for key, value in (("root", root), ("repositories", repository)) if value}
        opened = the_lab()
        with progress() as tell:
            seen = opened.check(only, progress=tell, **more)
        show(seen, OBSERVATION_COLUMNS, empty="no check was run")
        exit_for(seen, fail_on)


def exit_for(seen: pl.DataFrame, fail_on: FailOn) -> None:
    """End with 3 if nothing was judged, 1 if something failed at or above the severity."""
    states = seen["state"].to_list()
    write()
    counts = {state: states.count(state) for state in dict.fromkeys(states)}
    say(", ".join(f"{count} {state.replace('_', ' ')}" for state, count in counts.items()) or "nothing was looked at")
    if not any(state in _JUDGED for state in states):
        say("error: nothing could be evaluated")
        end(NOTHING_EVALUATED)
    wrong = seen.filter(seen["state"].is_in(_WRONG))
    end(1 if any(fail_on.reached_by(severity) for severity in wrong["severity"]) else 0)


def _list() -> None:
    from scorpius_lab.analytics.compliance.component import COMPONENT

    rows = [
        {
            "id": rule.id,
            "severity": str(rule.severity),
            "title": rule.title,
            "requirements": list(rule.requirements),
            "remedy": rule.remedy,
        }
        for rule in COMPONENT.rules()
    ]
    show(rows, {"id": "check", "severity": "severity", "title": "title"}, empty="there are no checks")
