"""`scorpius`: the root command and the list of all others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scorpius_lab import __version__
from scorpius_lab.cli import (
    benchmark,
    chain,
    check,
    config,
    contracts,
    evidence,
    findings,
    init,
    pipeline,
    quantum,
    quickstart,
    replay,
    report,
    runs,
    schedule,
    threats,
    trust,
    verify,
)
from scorpius_lab.cli.session import begin

EPILOG = (
    "Exit codes: 0 fine; 1 something found at or above --fail-on, or failed; 2 wrong use; 3 nothing could be "
    "evaluated; 4 unknown signer; 130 stopped by the user. Tables go to standard output, progress and messages to "
    "standard error."
)

app = typer.Typer(
    help="A workbench for proving that cryptography, contracts, transactions, logs and controls are sound.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"scorpius_lab {__version__}")
        raise typer.Exit


@app.callback()
def root(
    lab: Annotated[
        Path | None,
        typer.Option(
            "--lab",
            metavar="PATH",
            envvar="SCORPIUS_LAB",
            help="The lab folder; default ./lab, searching upwards.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Write a traceback to a file when something fails.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="The version.")] = False,
) -> None:
    """Take the options that stand before the verb."""
    del version
    begin(lab, as_json, debug)


# In the order a new user meets them.
for module in (init, quickstart, check, report, verify, replay):
    module.register(app)
for module, name in (
    (findings, "findings"),
    (evidence, "evidence"),
    (runs, "runs"),
    (threats, "threats"),
    (contracts, "contracts"),
    (chain, "chain"),
    (quantum, "quantum"),
    (benchmark, "benchmark"),
    (pipeline, "pipeline"),
    (schedule, "schedule"),
    (trust, "trust"),
    (config, "config"),
):
    app.add_typer(module.group, name=name)
