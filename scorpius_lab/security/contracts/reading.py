"""Solidity read into a program without looking for flaws: for those who want to see how a contract is built."""

from __future__ import annotations

import difflib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scorpius_lab.errors import FormatError, UsageError
from scorpius_lab.security.contracts.errors import TooDeep, TooSlow
from scorpius_lab.security.contracts.ir.program import Contract, Program, Unit, read_members
from scorpius_lab.security.contracts.source.files import SourceFile
from scorpius_lab.security.contracts.source.sources import Sources, open_sources
from scorpius_lab.security.contracts.syntax.parse import parse

SECONDS = 20.0
RECURSION = 20_000  # Python calls, as in a scan
SAMPLE = "contracts"


def sample_folder() -> Path:
    """The bundled contracts: beside the repository's package or inside an installed one. Raises FormatError."""
    package = Path(__file__).resolve().parents[2]
    for base in (package.parent / "datasets", package / "supplied" / "datasets"):
        if (base / SAMPLE).is_dir():
            return base / SAMPLE
    raise FormatError("the bundled contracts are not part of this installation; give the path of a Solidity file")


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Room for expressions nested as deeply as a scan takes them."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, RECURSION))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def read_program(path: Path, *, seconds: float = SECONDS) -> Program:
    """A file, folder or project with all it imports. Call it, and look at what it gives, within `deep_recursion`.

    Raises UsageError for a path that does not exist, FormatError where nothing of it is Solidity that can be read, or
    where that takes longer than `seconds`.
    """
    opened = open_sources([path])
    deadline = time.monotonic() + seconds
    program = Program()
    problems: list[str] = []
    waiting: list[tuple[SourceFile, Unit]] = []
    try:
        for source in opened.files:
            if source.problem:
                problems.append(f"{source.label}: {source.problem}")
            else:
                waiting.append((source, _add(program, source, deadline, requested=True)))
        _join(program, opened, waiting, deadline)
    except TooSlow:
        raise FormatError(f"reading {path} took longer than {seconds:g} s; give one file of it") from None
    except (TooDeep, RecursionError):
        raise FormatError(f"{path} is nested too deeply to be read") from None
    for unit in program.units.values():
        read_members(unit)
    if not any(program.contracts()):
        raise FormatError(problems[0] if problems else f"there is no contract in {path}")
    return program


def _add(program: Program, source: SourceFile, deadline: float, *, requested: bool) -> Unit:
    return program.add(
        parse(source.label, source.text.encode("utf-8", "replace"), deadline=deadline), requested=requested
    )


def _join(program: Program, opened: Sources, waiting: list[tuple[SourceFile, Unit]], deadline: float) -> None:
    """Read what is imported, and tie the files together."""
    while waiting:
        source, unit = waiting.pop()
        for declared in unit.source.imports:
            found = opened.resolve(declared.path, source)
            imported = None
            if found is not None and not found.problem:
                imported = program.units.get(found.label)
                if imported is None:
                    imported = _add(program, found, deadline, requested=False)
                    waiting.append((found, imported))
            unit.imports.append((declared, imported))


def named_contract(program: Program, name: str = "") -> Contract:
    """A contract of the files asked for. Without a name the one with the most functions that nothing builds on.

    Raises UsageError with the nearest name for one that is not there.
    """
    contracts = [contract for contract in program.contracts() if contract.kind != "interface"]
    if name:
        found = next((contract for contract in program.contracts() if contract.name == name), None)
        if found is None:
            names = [contract.name for contract in contracts]
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names) or 'only interfaces'}"
            raise UsageError(f"there is no contract {name}; {hint}")
        return found
    inherited = {id(base) for contract in contracts for base in contract.ancestors}
    leaves = [contract for contract in contracts if id(contract) not in inherited] or list(program.contracts())
    return max(leaves, key=lambda contract: (contract.kind == "contract", len(contract.functions)))
