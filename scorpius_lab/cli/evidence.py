"""`scorpius evidence`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scorpius_lab.cli.output import records, show, show_record
from scorpius_lab.cli.session import JsonOption, LabOption, say, the_lab, verb

group = typer.Typer(no_args_is_help=True, help="What was collected, kept by its hash.")

_COLUMNS = {
    "evidence": "evidence",
    "source": "source",
    "query": "query",
    "outcome": "outcome",
    "classification": "class",
    "size": "bytes",
    "collected_at": "collected (UTC)",
}

IdArgument = Annotated[str, typer.Argument(metavar="EVIDENCE", help="Its id or hash, or at least 6 digits.")]


@verb(group, "list")
def list_(
    source: Annotated[str | None, typer.Option("--source", help="Only evidence from this source.")] = None,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """List collections, newest first."""
    del lab, as_json
    rows = records(the_lab().evidence.list(source=source))
    show([{"evidence": row["id"][:12], **row} for row in rows], _COLUMNS, empty="nothing was collected yet")


@verb(group, "show")
def show_(evidence: IdArgument, lab: LabOption = None, as_json: JsonOption = False) -> None:
    """Show one piece of evidence: every time it was collected."""
    del lab, as_json
    rows = records(the_lab().evidence.show(evidence))
    if len(rows) == 1:
        show_record(rows[0])
    else:
        show(rows, {"id": "evidence", **_COLUMNS}, empty="")


@verb(group, "add")
def add(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to take in.")],
    source: Annotated[str, typer.Option("--source", help="Where it is from; default its name.")] = "",
    classification: Annotated[
        str, typer.Option("--classification", help="public, internal, personal or confidential.")
    ] = "internal",
    note: Annotated[str, typer.Option("--note", help="How it was had.")] = "",
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a file in as evidence."""
    del lab, as_json
    added = the_lab().evidence.add(file, source=source, classification=classification, note=note)
    show_record(records(added)[-1])


@verb(group, "export")
def export(
    evidence: IdArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    lab: LabOption = None,
) -> None:
    """Write the bytes of one piece of evidence to a file; they are checked against their hash first."""
    del lab
    say(f"written to {the_lab().evidence.export(evidence, file)}")
