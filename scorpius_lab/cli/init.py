"""`scorpius init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scorpius_lab.cli.output import show_record
from scorpius_lab.cli.session import JsonOption, session, verb


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(app, "init")
    def init(
        path: Annotated[Path | None, typer.Argument(help="Folder of the new lab; default --lab or ./lab.")] = None,
        encrypt: Annotated[bool, typer.Option("--encrypt", help="Encrypt database, blobs and spill files.")] = False,
        ducklake: Annotated[bool, typer.Option("--ducklake", help="Keep tables in DuckLake, for a team.")] = False,
        as_json: JsonOption = False,
    ) -> None:
        """Make a lab: store, keys, configuration. An existing one is completed, never overwritten."""
        del as_json
        from scorpius_lab.lab import init_lab

        overrides: dict[str, object] = {}
        if encrypt:
            overrides["store.encryption"] = True
        if ducklake:
            overrides["store.backend"] = "ducklake"
        lab = init_lab(path or session().lab or Path("lab"), overrides=overrides)
        signers = [entry for entry in lab.trust.signers().entries if entry.origin == "self"]
        show_record(
            {
                "lab": lab.path,
                "configuration": lab.path / "scorpius.yaml",
                "signer": signers[0].signer_id if signers else None,
            }
        )
