"""`scorpius quickstart`."""

from __future__ import annotations

from typing import Annotated

import typer

from scorpius_lab.cli.output import print_json, progress, records, write
from scorpius_lab.cli.pipeline import exit_after, phase_seconds, show_steps
from scorpius_lab.cli.session import FailOn, JsonOption, LabOption, find_lab, say, session, verb


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(app, "quickstart")
    def quickstart(
        fail_on: Annotated[
            FailOn | None,
            typer.Option(
                "--fail-on",
                help="Exit 1 if something is at least this severe. Without it findings do not change the exit code.",
                show_default=False,
            ),
        ] = None,
        lab: LabOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Make a lab if there is none, look at this machine, measure it, and write three signed reports.

        Exits 0 even when findings exist, unless --fail-on is given; 1 when a step failed.
        """
        del lab, as_json
        from scorpius_lab.lab import init_lab

        opened = init_lab(find_lab())
        with progress() as tell:
            steps = opened.quickstart(progress=tell)
        seconds = phase_seconds(steps)
        bundles = [path for paths in steps["outputs"].to_list() for path in paths]
        if session().as_json:
            print_json({"steps": records(steps), "seconds": seconds, "bundles": bundles})
        else:
            show_steps(steps, empty="the pipeline has no steps")
            write()
            write("   ".join(f"{phase} {taken:.1f} s" for phase, taken in seconds.items()))
            write()
            for path in bundles:
                write(f"{path}/report.html")
        if bundles:
            say(f"open a report in a browser, or check one: scorpius verify {bundles[0]}")
        exit_after(opened, steps, fail_on or FailOn.NEVER)
