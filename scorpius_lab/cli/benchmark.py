"""`scorpius benchmark`."""

from __future__ import annotations

from typing import Annotated

import typer

from scorpius_lab.cli.output import progress, show
from scorpius_lab.cli.session import JsonOption, LabOption, the_lab, verb

group = typer.Typer(no_args_is_help=True, help="Measure this machine against the product's promises.")

_COLUMNS = {"state": "state", "title": "what", "value": "measured", "unit": "unit", "reason": "reason"}


@group.callback()
def benchmark() -> None:
    """Measure this machine against the product's promises."""


@verb(group, "run")
def run(
    budget: Annotated[float | None, typer.Option("--budget", metavar="SECONDS", help="Time to measure for.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="A group or figure; repeated.")
    ] = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure cryptography and store; a promise that is not kept is shown and does not change the exit code."""
    del lab, as_json
    more = {key: value for key, value in (("budget_seconds", budget), ("only", only)) if value is not None}
    opened = the_lab()
    with progress() as tell:
        seen = opened.benchmark(progress=tell, **more)
    show(seen, _COLUMNS, empty="nothing was measured")
