"""`scorpius replay`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from scorpius_lab.cli.output import print_json, write
from scorpius_lab.cli.session import JsonOption, LabOption, end, say, session, the_lab, verb


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(app, "replay")
    def replay(
        bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="Folder of a report bundle.")],
        run_unknown_signer: Annotated[
            bool, typer.Option("--run-unknown-signer", help="Run the code of a bundle whose signer is not known.")
        ] = False,
        lab: LabOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Compute a bundle again from its own data and compare every result.

        Exits 0 when all are reproduced, 1 when one moved, 3 when there is nothing to compare,
        4 when the signer is not known and nothing was run.
        """
        del lab, as_json
        say("computing the report again from its own data")
        (done,) = the_lab().replay(bundle, run_unknown_signer=run_unknown_signer).to_dicts()
        if session().as_json:
            print_json({name: value for name, value in done.items() if name not in ("sentences", "exit_code")})
        else:
            write(f"{done['bundle']}: {_outcome(done)}, {len(done['same'])} equal")
            for sentence in done["sentences"]:
                write(f"  {sentence}")
        end(done["exit_code"])


def _outcome(done: Mapping[str, Any]) -> str:
    if done["nothing_to_compare"]:
        return "nothing to compare"
    how = "reproduced" if done["reproduced"] else "not reproduced"
    return f"{how}, but the report failed" if done["report_failed"] else how
