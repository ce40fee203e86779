"""`scorpius threats`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scorpius_lab.cli.check import OBSERVATION_COLUMNS, exit_for
from scorpius_lab.cli.output import progress, show
from scorpius_lab.cli.session import FailOn, FailOnOption, JsonOption, LabOption, say, the_lab, verb

group = typer.Typer(no_args_is_help=True, help="Read logs and look for threats.")


@group.callback()
def threats() -> None:
    """Read logs and look for threats."""


@verb(group, "scan")
def scan(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[LOG]...", help="Log files or folders; default this host's own logs."),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Scan the bundled sample instead, marked as sample data.")
    ] = False,
    fail_on: FailOnOption = FailOn.HIGH,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Scan logs with the rules. Exits 1 when a rule at or above --fail-on hit, 3 when there was nothing to read."""
    del lab, as_json
    opened = the_lab()
    with progress() as tell:
        seen = opened.threats(paths or (), progress=tell, sample=sample)
    show(seen, OBSERVATION_COLUMNS, empty="nothing was scanned")
    invented = seen["asset"].str.ends_with("(bundled sample)")
    if not sample and invented.any():
        say("No log could be read here, so the bundled sample was scanned too; it is marked as sample data.")
    exit_for(seen if sample else seen.filter(~invented), fail_on)
