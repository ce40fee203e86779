"""Slither beside the scanner: the same files, by Slither's own command line.

`SLITHER` names the program, else it is looked for on PATH; so is the `solc` it calls, which may be one of solc-select's
or anything that behaves like one. Each file is run once before it is measured, so that a compiler that keeps what it
compiled is warm; files that the compiler or Slither does not take count for neither side.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.performance.contracts.processes import run, scan

ANALYSED = " analyzed ("


class PeerMissing(Exception):
    """Slither or a compiler is not installed."""


@dataclass(frozen=True, slots=True)
class Beside:
    """CPU seconds on the same files: Slither once for each, Slither once for all, and the scanner once for all."""

    files: int
    each: float
    together: float
    own: float


def program() -> Path:
    """Slither. Raises PeerMissing if it or a compiler is not installed."""
    found = os.environ.get("SLITHER") or shutil.which("slither")
    if not found or not Path(found).is_file():
        raise PeerMissing("Slither is not installed: put it on PATH or name it in SLITHER")
    if shutil.which("solc") is None:
        raise PeerMissing("no solc is on PATH for Slither to call")
    return Path(found).resolve()


def beside(sources: Sequence[Path], workspace: Path) -> Beside:
    """Measure both on copies of the files that Slither takes. Raises PeerMissing."""
    slither = program()
    folder = workspace / "files"
    folder.mkdir()
    copies = []
    for number, source in enumerate(sources):
        copy = folder / f"f{number:03}.sol"
        shutil.copyfile(source, copy)
        if ANALYSED in run([slither, copy], workspace).errors:
            copies.append(copy)
        else:
            copy.unlink()
    if not copies:
        raise PeerMissing("Slither takes none of the files; is solc of the right version?")
    return Beside(
        files=len(copies),
        each=sum(run([slither, copy], workspace).seconds for copy in copies),
        together=run([slither, folder], workspace).seconds,
        own=scan([folder], workspace).seconds,
    )
