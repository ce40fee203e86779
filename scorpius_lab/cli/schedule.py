"""`scorpius schedule`."""

from __future__ import annotations

from typing import Annotated

import typer

from scorpius_lab.cli.output import print_json, progress, show
from scorpius_lab.cli.pipeline import show_steps
from scorpius_lab.cli.session import JsonOption, LabOption, say, session, the_lab, verb
from scorpius_lab.errors import UsageError

group = typer.Typer(no_args_is_help=True, help="Run pipelines by themselves. All times are UTC.")

_COLUMNS = {
    "name": "name",
    "cron": "cron (UTC)",
    "pipeline": "pipeline",
    "next_run": "next run",
    "last_run": "last run",
    "last_outcome": "outcome",
    "missed": "missed",
    "running": "running",
}

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The entry.")]


@verb(group, "add")
def add(
    *,
    name: NameArgument,
    pipeline: Annotated[str, typer.Argument(metavar="PIPELINE", help="A pipeline's name, or the path of its file.")],
    at: Annotated[str | None, typer.Option("--at", metavar="HH:MM", help="Every day at this time, UTC.")] = None,
    cron: Annotated[
        str | None, typer.Option("--cron", metavar="EXPRESSION", help="Five cron fields, UTC: '0 6 * * mon-fri'.")
    ] = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add an entry. `scorpius schedule install` then makes the machine call it."""
    del lab, as_json
    show(the_lab().schedule.add(name, pipeline, at=at, cron=cron), _COLUMNS, empty="")


@verb(group, "list")
def list_(lab: LabOption = None, as_json: JsonOption = False) -> None:
    """List the entries with their next and last run, and how many runs were missed since the last success."""
    del lab, as_json
    show(the_lab().schedule.list(), _COLUMNS, empty="nothing is scheduled; `scorpius schedule add` adds an entry")


@verb(group, "remove")
def remove(name: NameArgument, lab: LabOption = None) -> None:
    """Remove an entry, and its timer or crontab line."""
    del lab
    entry = the_lab().schedule.remove(name)
    say(f"{entry.name} ({entry.cron}, {entry.pipeline}) is no longer scheduled")


@verb(group, "run")
def run(
    name: NameArgument,
    if_due: Annotated[
        bool, typer.Option("--if-due", help="Do nothing unless its time came since it last ran.")
    ] = False,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run an entry now; this is what the timer calls. Exits 1 when a step failed or it is running already."""
    del lab, as_json
    with progress() as tell:
        steps = the_lab().schedule.run(name, if_due=if_due, progress=tell)
    show_steps(steps, empty=f"{name} is not due")


@verb(group, "install")
def install(
    systemd: Annotated[bool, typer.Option("--systemd", help="A timer and a service for each entry.")] = False,
    cron: Annotated[bool, typer.Option("--cron", help="A line in your crontab for each entry.")] = False,
    only_print: Annotated[bool, typer.Option("--print", help="Only show what would be written.")] = False,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the machine call `scorpius schedule run` for every entry, as you, with absolute paths."""
    del lab, as_json
    if systemd == cron:
        raise UsageError("say which: `--systemd` or `--cron`")
    done = the_lab().schedule.install("systemd" if systemd else "cron", only_show=only_print)
    if session().as_json:
        files = {str(path): text for path, text in done.files.items()}
        print_json({"files": files, "crontab": done.crontab, "done": list(done.told)})
    elif only_print:
        typer.echo(done.text)
    for line in done.told:
        say(line)
