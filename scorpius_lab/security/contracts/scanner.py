"""Scan Solidity: parse, lower, run detectors, gather what they found. Nothing here knows the store."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from scorpius_lab.security.contracts.detection import (
    Detection,
    Detector,
    FileOutcome,
    FileState,
    Hit,
    Place,
    ScanOutcome,
)
from scorpius_lab.security.contracts.errors import TooDeep, TooLarge, TooSlow
from scorpius_lab.security.contracts.findings import Found, gather, moved_into
from scorpius_lab.security.contracts.ir.leaves import contracts_to_look_at
from scorpius_lab.security.contracts.ir.program import Contract, Program, Unit, read_members
from scorpius_lab.security.contracts.source.files import SourceFile, from_text
from scorpius_lab.security.contracts.syntax.parse import parse

FILE_SECONDS = 20.0
BATCH_FILES = 2_000
BATCH_BYTES = 8 << 20  # a hundred times as much memory is needed to look at it
RECURSION = 20_000  # Python calls; the syntax tree is at most `parse.DEEPEST` levels deep
MOST_IMPORTS = 20_000
MOST_REASONS = 3  # said of one file

# What a fault of ours raises on text nobody thought of: it must cost one file, contract or detector, not the scan.
_FAULTS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError, NameError)

Resolve = Callable[[str, SourceFile], SourceFile | None]
Progress = Callable[[int, int | None, str], None]


@dataclass(slots=True)
class _File:
    """One file in work."""

    source: SourceFile
    requested: bool
    unit: Unit | None = None
    reason: str = ""
    seconds: float = 0.0
    gaps: list[str] = field(default_factory=list)


def _go_on() -> None:
    """Nobody asked to stop."""


def _say_nothing(_done: int, _total: int | None, _what: str) -> None:
    """Nobody looks."""


def scan_text(text: str, name: str = "source.sol", *, detectors: Sequence[Detector] | None = None) -> ScanOutcome:
    """Scan source text that is in no file."""
    return scan_sources([from_text(text, name)], lambda _imported, _importer: None, detectors=detectors)


def scan_paths(
    paths: Sequence[Path],
    *,
    detectors: Sequence[Detector] | None = None,
    file_seconds: float = FILE_SECONDS,
    check: Callable[[], None] = _go_on,
    progress: Progress = _say_nothing,
) -> ScanOutcome:
    """Scan files, folders and projects.

    Raises UsageError for a path that does not exist.
    """
    from scorpius_lab.security.contracts.source.sources import open_sources

    opened = open_sources(paths)
    return scan_sources(
        opened.files,
        opened.resolve,
        detectors=detectors,
        file_seconds=file_seconds,
        check=check,
        progress=progress,
        facts=opened.version_of,
    )


def scan_sources(
    files: Iterable[SourceFile],
    resolve: Resolve,
    *,
    detectors: Sequence[Detector] | None = None,
    file_seconds: float = FILE_SECONDS,
    check: Callable[[], None] = _go_on,
    progress: Progress = _say_nothing,
    facts: Callable[[SourceFile], tuple[int, int, int] | None] | None = None,
) -> ScanOutcome:
    """Scan sources; imports come from `resolve`, `facts` knows the compiler version a build used.

    Files are read and analysed in batches, so that memory does not grow with their number.
    """
    from scorpius_lab.security.contracts.detectors import DETECTORS

    chosen = tuple(DETECTORS if detectors is None else detectors)
    started = time.monotonic()
    outcomes: list[FileOutcome] = []
    detections: list[Detection] = []
    sources: dict[str, str] = {}
    with _deep_recursion(), _no_collection():
        for number, batch in enumerate(_batches(files)):
            if number:
                gc.collect(0)  # the trees of the batch before; what outlives it is not looked at again
            job = _Batch(batch, resolve, chosen, file_seconds=file_seconds, check=check, facts=facts)
            found = job.run(_counted(progress, len(outcomes)))
            detections += found
            outcomes += job.outcomes()
            wanted = {detection.place.path for detection in found}
            sources |= {source.label: source.text for source in batch if source.label in wanted}
            del job, batch
    return ScanOutcome(tuple(outcomes), tuple(detections), chosen, time.monotonic() - started, sources)


def _counted(progress: Progress, before: int) -> Callable[[int, str], None]:
    return lambda done, name: progress(before + done, None, name)


def _batches(files: Iterable[SourceFile]) -> Iterator[list[SourceFile]]:
    batch: list[SourceFile] = []
    size = 0
    for source in files:
        batch.append(source)
        size += source.size
        if len(batch) >= BATCH_FILES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@contextmanager
def _deep_recursion() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, RECURSION))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Syntax trees and instructions are many and live long: looking for garbage in them costs a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Batch:
    """Files that are looked at together."""

    def __init__(
        self,
        sources: list[SourceFile],
        resolve: Resolve,
        detectors: tuple[Detector, ...],
        *,
        file_seconds: float,
        check: Callable[[], None],
        facts: Callable[[SourceFile], tuple[int, int, int] | None] | None,
    ) -> None:
        self._resolve = resolve
        self._detectors = detectors
        self._file_seconds = file_seconds
        self._stop = check
        self._facts = facts
        self._files = {source.label: _File(source, requested=True) for source in sources}
        self._program = Program()
        self._missing: dict[str, list[str]] = {}
        self._deadline = 0.0
        self._program.check = self._check

    def run(self, progress: Callable[[int, str], None]) -> list[Detection]:
        """Parse all, join imports, then look at one contract after the other."""
        requested = list(self._files.values())
        for file in requested:
            self._timed(file, self._parse)
        self._join()
        for file in self._files.values():
            if file.unit is not None:
                self._timed(file, lambda one: read_members(one.unit))  # type: ignore[arg-type]
        for file in requested:
            if file.unit is not None:
                self._timed(file, self._inherit)
        hits: list[Found] = []
        looked = contracts_to_look_at(self._program)
        for number, file in enumerate(requested):
            progress(number, file.source.label)
            contracts = looked.get(file.source.label, [])
            if file.unit is not None and contracts:
                self._timed(file, self._detecting(contracts, hits))
        labels = {file.source.label for file in requested}
        return gather(moved_into(hits, labels), self._program)

    def _check(self) -> None:
        self._stop()
        if time.monotonic() > self._deadline:
            raise TooSlow

    def _timed(self, file: _File, work: Callable[[_File], None]) -> None:
        """Do a part of the work on a file within what is left of its time; a failure costs this file only."""
        started = time.monotonic()
        self._stop()
        self._deadline = started + max(0.0, self._file_seconds - file.seconds)
        try:
            work(file)
        except TooSlow:
            self._fail(file, f"it took longer than {self._file_seconds:g} s; raise the limit to look at all of it")
        except (TooDeep, RecursionError):
            self._fail(file, "it is nested too deeply to be read")
        except TooLarge:
            self._fail(file, "it has more declarations and statements than any contract; split it")
        except _FAULTS as error:
            self._fail(file, f"reading it failed ({type(error).__name__}), which is a fault of the scanner")
        file.seconds += time.monotonic() - started

    def _fail(self, file: _File, reason: str) -> None:
        if file.unit is None:
            file.reason = reason
        elif reason not in file.gaps:
            file.gaps.append(reason)

    def _parse(self, file: _File) -> None:
        source = file.source
        if source.problem:
            file.reason = source.problem
            return
        unit = parse(source.label, source.text.encode("utf-8", "replace"), deadline=self._deadline)
        if unit.syntax_errors and not (unit.contracts or unit.file.functions or unit.file.structs):
            file.reason = "there is no Solidity in it that could be read"
            return
        if unit.syntax_errors:
            places = "place" if unit.syntax_errors == 1 else "places"
            file.gaps.append(f"{unit.syntax_errors} {places} in it could not be read; the rest was looked at")
        file.unit = self._program.add(unit, requested=file.requested)
        version = self._facts(source) if self._facts else None
        if version is not None:
            file.unit.__dict__["version"] = version

    def _join(self) -> None:
        """Read imported files that are not read yet, and tie units together."""
        waiting = [file for file in self._files.values() if file.unit is not None]
        while waiting:
            file = waiting.pop()
            unit = file.unit
            if unit is None:
                continue
            for declared in unit.source.imports:
                imported = self._imported(declared.path, file, waiting)
                unit.imports.append((declared, imported))
                if imported is None:
                    self._missing.setdefault(file.source.label, []).append(declared.path)

    def _imported(self, path: str, importer: _File, waiting: list[_File]) -> Unit | None:
        source = self._resolve(path, importer.source)
        if source is None:
            return None
        known = self._files.get(source.label)
        if known is None:
            if len(self._files) > MOST_IMPORTS:
                return None
            known = self._files[source.label] = _File(source, requested=False)
            self._timed(known, self._parse)
            waiting.append(known)
        return known.unit

    def _inherit(self, file: _File) -> None:
        """What the contracts of a file inherit; a file where that cannot be worked out is left out whole."""
        unit = file.unit
        if unit is None:
            return
        file.unit, unit.requested = None, False
        for contract in unit.contracts.values():
            self._check()
            contract.linearisation  # noqa: B018 - worked out here, where the time is kept, and known from then on
        file.unit, unit.requested = unit, True
        for reason in _circles(list(unit.contracts.values())):
            self._fail(file, reason)

    def _detecting(self, contracts: list[Contract], hits: list[Found]) -> Callable[[_File], None]:
        return lambda file: self._detect(file, contracts, hits)

    def _detect(self, file: _File, contracts: list[Contract], hits: list[Found]) -> None:
        for contract in contracts:
            try:
                self._look_at(file, contract, hits)
            except TooSlow:
                self._fail(file, f"{contract.name} took longer than {self._file_seconds:g} s and was looked at in part")
                break
            except RecursionError:
                self._fail(file, f"{contract.name} is nested too deeply to be looked at")
            except _FAULTS as error:
                name = type(error).__name__
                self._fail(file, f"reading {contract.name} failed ({name}), which is a fault of the scanner")

    def _look_at(self, file: _File, contract: Contract, hits: list[Found]) -> None:
        self._truncated(file, contract)
        for detector in self._detectors:
            self._check()
            hits += [(detector, contract, hit) for hit in self._run(file, detector, contract)]

    def _truncated(self, file: _File, contract: Contract) -> None:
        for entry in contract.entries:
            if entry.body.truncated:
                self._fail(file, f"{contract.name}.{entry.function.name}: {entry.body.truncated}")

    def _run(self, file: _File, detector: Detector, contract: Contract) -> list[Hit]:
        """What one detector finds; one that fails is said and costs nothing else."""
        try:
            return list(detector.find(contract))
        except (*_FAULTS, RecursionError) as error:
            name = type(error).__name__
            self._fail(file, f"the detector {detector.id} failed on {contract.name} ({name}); the others ran")
            return []

    def outcomes(self) -> list[FileOutcome]:
        """What became of each file asked for."""
        return [self._outcome(file) for file in self._files.values() if file.requested]

    def _outcome(self, file: _File) -> FileOutcome:
        source, unit = file.source, file.unit
        outcome = FileOutcome(
            path=source.label,
            state=FileState.NOT_EVALUATED,
            reason=file.reason,
            sha256=source.sha256,
            size=source.size,
            lines=source.text.count("\n") + 1 if source.text else 0,
            language=source.language,
            seconds=file.seconds,
        )
        if unit is None:
            return outcome
        return replace(
            outcome,
            state=FileState.PARTIAL if file.gaps else FileState.EVALUATED,
            reason=_sentence(file.gaps),
            pragma=next((p for p in unit.source.pragmas if p.startswith("solidity")), ""),
            contracts=tuple(unit.contracts),
            missing_imports=tuple(self._missing.get(source.label, ())),
            syntax_errors=unit.source.syntax_errors,
        )


def _circles(contracts: list[Contract]) -> Iterator[str]:
    """What is not looked at because contracts inherit from themselves, which no compiler takes."""
    circular = [contract.name for contract in contracts if contract.inherits_itself]
    if circular:
        yield f"not looked at, as no compiler takes contracts that inherit in a circle: {_few(circular)}"
    own = [contract.name for contract in contracts if _names_itself(contract)]
    if own:
        yield f"looked at without their base, which no contract can be of itself: {_few(own)}"


def _names_itself(contract: Contract) -> bool:
    """Whether a contract is written as its own base."""
    return any(contract.unit.lookup_contract(base.path) is contract for base in contract.declaration.bases)


def _few(names: list[str]) -> str:
    more = [f"{len(names) - MOST_REASONS:,} more"] if len(names) > MOST_REASONS else []
    return ", ".join(names[:MOST_REASONS] + more)


def _sentence(gaps: list[str]) -> str:
    """What is missing of a file that was looked at in part."""
    more = [f"and for {len(gaps) - MOST_REASONS:,} more reasons"] if len(gaps) > MOST_REASONS else []
    return "; ".join(gaps[:MOST_REASONS] + more)


def excerpt(outcome: ScanOutcome, place: Place, around: int = 2) -> list[tuple[int, str]]:
    """Numbered lines of source around a place."""
    lines = outcome.sources.get(place.path, "").splitlines()
    first, last = max(1, place.line - around), min(len(lines), place.end_line + around)
    return [(number, lines[number - 1]) for number in range(first, last + 1)]
