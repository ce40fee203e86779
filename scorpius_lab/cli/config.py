"""`scorpius config`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scorpius_lab.cli.output import print_json, show
from scorpius_lab.cli.session import JsonOption, LabOption, find_lab, say, session, verb

if TYPE_CHECKING:
    from scorpius_lab.core.config import Configuration

group = typer.Typer(no_args_is_help=True, help="The configuration: each value and where it came from.")

_COLUMNS = {"name": "setting", "value": "value", "origin": "from", "place": "place", "reloads": "reloads"}


@verb(group, "show")
def show_(
    section: Annotated[str | None, typer.Argument(help="Only this section.", show_default=False)] = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every value, where it came from, and whether a running service takes a change over; secrets are masked."""
    del lab, as_json
    rows = [asdict(row) for row in _configuration().rows() if section in (None, row.name.partition(".")[0])]
    if not session().as_json:
        rows = [{**row, "value": _as_in_the_file(row["value"])} for row in rows]
    show(rows, _COLUMNS, empty=f"there is no section {section}")


@verb(group, "check")
def check(
    file: Annotated[Path | None, typer.Argument(help="A scorpius.yaml; default the lab's.", show_default=False)] = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a configuration and say what is wrong with it, with file and line. Exits 2 if something is."""
    del lab, as_json
    configuration = _configuration(file)
    if session().as_json:
        print_json({"file": str(configuration.path) if configuration.path else None, "valid": True})
    say(f"{configuration.path or 'the environment'} is valid")


@verb(group, "template")
def template() -> None:
    """Print a commented scorpius.yaml with every setting and its default."""
    from scorpius_lab.core.config import default_yaml

    typer.echo(default_yaml(_sections()), nl=False)


def _as_in_the_file(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _configuration(file: Path | None = None) -> Configuration:
    """The configuration without opening the store, so that a locked or damaged lab can still be looked into."""
    from scorpius_lab.core.config import FILE_NAME, load_configuration

    path = file or find_lab() / FILE_NAME
    return load_configuration(path if file or path.is_file() else None, sections=_sections())


def _sections() -> list[tuple[str, type]]:
    from scorpius_lab.assembly import components_sections, load_components

    return components_sections(load_components())
