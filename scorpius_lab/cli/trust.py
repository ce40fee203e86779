"""`scorpius trust`: whose bundles this lab believes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scorpius_lab.cli.output import show
from scorpius_lab.cli.session import JsonOption, LabOption, say, the_lab, verb

group = typer.Typer(no_args_is_help=True, help="Whose report bundles are believed.")

_COLUMNS = {"name": "name", "signer_id": "signer", "origin": "origin", "added_at": "added"}


@verb(group, "list")
def list_(lab: LabOption = None, as_json: JsonOption = False) -> None:
    """List the trusted signers."""
    del lab, as_json
    show(the_lab().trust.list(), _COLUMNS, empty="nobody is trusted yet")


@verb(group, "add")
def add(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle signed by the signer.")],
    name: Annotated[str, typer.Option("--name", help="Whose key it is.")],
    signer_id: Annotated[
        str, typer.Option("--id", help="The signer's whole id, had from its owner by another way than the bundle.")
    ],
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Trust the signer of a bundle, whose id you have from its owner: a bundle cannot vouch for itself."""
    del lab, as_json
    show(the_lab().trust.add(bundle, name=name, signer_id=signer_id), _COLUMNS, empty="")


@verb(group, "remove")
def remove(
    signer_id: Annotated[str, typer.Argument(metavar="ID", help="The signer's id, or at least 8 digits of it.")],
    lab: LabOption = None,
) -> None:
    """Trust a signer no longer."""
    del lab
    removed = the_lab().trust.remove(signer_id).row(0, named=True)
    say(f"{removed['name']} ({removed['signer_id']}) is no longer trusted")
