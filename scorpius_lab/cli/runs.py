"""`scorpius runs`."""

from __future__ import annotations

from typing import Annotated

import typer

from scorpius_lab.cli.output import records, show, show_record
from scorpius_lab.cli.session import JsonOption, LabOption, the_lab, verb
from scorpius_lab.errors import UsageError

group = typer.Typer(no_args_is_help=True, help="What was run, when, with what outcome.")

_COLUMNS = {
    "id": "run",
    "function": "function",
    "started_at": "started (UTC)",
    "ended_at": "ended",
    "outcome": "outcome",
    "error": "error",
}


@verb(group, "list")
def list_(
    function: Annotated[str | None, typer.Option("--function", help="Only runs of this function.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, newest first.")] = 20,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """List runs, newest first."""
    del lab, as_json
    show(the_lab().runs(function=function, limit=limit), _COLUMNS, empty="nothing has been run")


@verb(group, "show")
def show_(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, or its beginning.")],
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one run: function, version, parameters, inputs, scope, outcome."""
    del lab, as_json
    found = the_lab().sql("SELECT * FROM runs WHERE starts_with(id, $run) ORDER BY started_at LIMIT 2", {"run": run})
    if len(found) != 1:
        told = "no run's id begins" if found.is_empty() else "several runs' ids begin"
        raise UsageError(f"{told} with {run!r}; see `scorpius runs list`")
    show_record(records(found)[0])
