"""`scorpius replay`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scorpius_lab.cli.output import print_json, write
from scorpius_lab.cli.session import JsonOption, LabOption, end, say, session, the_lab, verb
from scorpius_lab.cli.verify import record

if TYPE_CHECKING:
    from scorpius_lab.reporting.replay import Replay


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
        done = the_lab().replay(bundle, run_unknown_signer=run_unknown_signer)
        if session().as_json:
            print_json(
                {
                    "bundle": str(done.folder),
                    "reproduced": done.reproduced,
                    "nothing_to_compare": done.nothing_to_compare,
                    "report_failed": bool(done.failed_then),
                    "same": list(done.same),
                    "differences": [{**_fields(one), "sentence": one.sentence} for one in done.differences],
                    "code_then": done.code_then,
                    "code_now": done.code_now,
                    "packages": list(done.packages),
                    "error": done.error or None,
                    "verification": record(done.verification),
                }
            )
        else:
            write(f"{done.folder}: {_outcome(done)}, {len(done.same)} equal")
            for sentence in done.sentences:
                write(f"  {sentence}")
        end(done.exit_code)


def _outcome(done: Replay) -> str:
    if done.nothing_to_compare:
        return "nothing to compare"
    how = "reproduced" if done.reproduced else "not reproduced"
    return f"{how}, but the report failed" if done.failed_then else how


def _fields(difference: object) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(difference)  # type: ignore[call-overload, no-any-return]
