"""`scorpius verify`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scorpius_lab.cli.output import print_json, write
from scorpius_lab.cli.session import JsonOption, LabOption, end, find_lab, session, verb

if TYPE_CHECKING:
    from scorpius_lab.reporting.verify import Verification


def register(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(app, "verify")
    def verify(
        bundles: Annotated[list[Path], typer.Argument(metavar="BUNDLE...", help="Folders of report bundles.")],
        trusted: Annotated[
            Path | None, typer.Option("--trusted", metavar="FILE", help="Trusted signers; default the lab's.")
        ] = None,
        lab: LabOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Check every byte and both signatures of bundles, offline; needs no lab.

        Says so when an intact bundle is that of a failed report.

        Exits 0 when all are good, 1 when one is broken, 4 when one is good but its signer is not known.
        """
        del lab, as_json
        from scorpius_lab.reporting.contents import verification_record
        from scorpius_lab.reporting.trusted import TrustedSigners, list_trusted_signers
        from scorpius_lab.reporting.verify import verify_bundle

        own = find_lab() / "trusted_signers.json"
        signers = TrustedSigners.load(trusted) if trusted else list_trusted_signers(own)
        found = [verify_bundle(bundle, signers) for bundle in bundles]
        if session().as_json:
            print_json([verification_record(one) for one in found])
        else:
            for one in found:
                _tell(one)
            _tell_what_it_means(found)
        codes = {one.exit_code for one in found}
        end(1 if 1 in codes else max(codes))


def _tell(found: Verification) -> None:
    status = str(found.status).replace("_", " ")
    if found.report_failed:
        intact = "" if found.problems else "intact, but "
        status = f"{status}; {intact}the report failed: {found.report_failed}"
    write(f"{found.folder}: {status}")
    for problem in found.problems:
        write(f"  {problem}")
    write(f"  {found.signer_statement}; {found.files_checked} files, {found.bytes_checked:,} bytes")
    if found.signer_id:
        write(f"  signer {found.signer_id}")


def _tell_what_it_means(found: Sequence[Verification]) -> None:
    """Once for all bundles, since it is the same for each that holds."""
    proves = dict.fromkeys(sentence for one in found for sentence in one.proves)
    limits = dict.fromkeys(sentence for one in found for sentence in one.does_not_prove)
    for title, sentences in (("This proves", proves), ("It does not prove", limits if proves else ())):
        if sentences:
            write()
            write(f"{title}:")
        for sentence in sentences:
            write(f"  {sentence}")
