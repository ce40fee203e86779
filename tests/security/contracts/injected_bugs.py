"""Bugs put into copies of audited packages: silence on good code is worth something only if broken code is loud.

A record (`injected/*.toml`) names a package, a file in it, the changes and what must be found. A change replaces the
snippet `find` (its first place behind `after`; without `after` it must be the only one) by `replace`; with `lines` it
replaces that many whole lines, from the snippet's on. `also` names code that counts as the bug's place too: what a
missing check no longer guards. `with` names files scanned along, where the broken code is only reached through them.

A bug is found when a finding the unpatched files do not have (same detector on the same line) is of one of its classes,
at least as severe as expected, and touches one of its lines within one line.
"""

from __future__ import annotations

import difflib
import shutil
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scorpius_lab.core.rules import Severity
from scorpius_lab.security.contracts.detection import Dasp, Detection, ScanOutcome
from tests.performance.contracts.scoring import lines_of, near
from tests.security.contracts.npm_packages import PACKAGES, package_folder

RECORDS = Path(__file__).parent / "injected"
# What a package imports by npm name; the rest of its imports is missing, as it often is in practice.
NEEDS = {
    "openzeppelin-upgradeable": ("openzeppelin",),
    "v2-periphery": ("v2-core",),
    "v3-periphery": ("v3-core",),
}
Scan = Callable[[Sequence[Path]], ScanOutcome]


class BadRecord(Exception):
    """A record does not fit the package."""


@dataclass(frozen=True, slots=True)
class Change:
    """One replacement in the file."""

    find: str
    replace: str
    after: str = ""
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Bug:
    """One record."""

    id: str
    package: str
    file: str
    classes: tuple[Dasp, ...]
    severity: Severity
    why: str
    changes: tuple[Change, ...]
    also: tuple[str, ...] = ()
    along: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scan of the patched file gave: the findings that count, and every other new one."""

    bug: Bug
    lines: frozenset[int]
    matching: tuple[Detection, ...]
    new: tuple[Detection, ...]

    @property
    def found(self) -> bool:
        """Whether the bug is found."""
        return bool(self.matching)


def read_bugs(classes: Sequence[str] = ()) -> list[Bug]:
    """All records, or those of some classes, in the order of the files."""
    bugs = [_bug(one) for path in sorted(RECORDS.glob("*.toml")) for one in _records(path)]
    return [bug for bug in bugs if not classes or any(dasp.value in classes for dasp in bug.classes)]


def patched(source: str, bug: Bug) -> tuple[str, frozenset[int]]:
    """The source with the bug, and the lines that count as its place. Raises BadRecord if a snippet does not fit."""
    text = source
    spans: list[tuple[int, int]] = []
    for change in bug.changes:
        start, end = _span(text, change, bug)
        grown = len(change.replace) - (end - start)
        spans = [(a + grown, b + grown) if a >= end else (a, b) for a, b in spans]
        spans.append((start, start + len(change.replace)))
        text = text[:start] + change.replace + text[end:]
    first = min(start for start, _ in spans)
    for snippet in bug.also:
        at = text.find(snippet, first)
        at = at if at >= 0 else text.find(snippet)
        if at < 0:
            raise BadRecord(f"{bug.id}: {snippet!r} is not in the patched {bug.file}")
        spans.append((at, at + len(snippet)))
    lines = {line for start, end in spans for line in _lines(text, start, end)}
    return text, frozenset(lines)


def judge(bug: Bug, folder: Path, scan: Scan, before: Callable[[tuple[Path, ...]], ScanOutcome]) -> Verdict:
    """Patch the copy, scan it, put the file back. `before` gives the scan of the same files without the bug."""
    target = folder / bug.file
    files = (target, *(folder / name for name in bug.along))
    source = target.read_text(encoding="utf-8")
    earlier = before(files)
    text, lines = patched(source, bug)
    target.write_text(text, encoding="utf-8")
    try:
        later = scan(files)
    finally:
        target.write_text(source, encoding="utf-8")
    new = _new_findings(earlier, later, source, text, bug.file)
    matching = tuple(one for one in new if _matches(one, bug, lines))
    return Verdict(bug, lines, matching, tuple(one for one in new if one not in matching))


def judge_all(bugs: Sequence[Bug], workspace: Path, scan: Scan, *, fetch: bool = False) -> Iterator[Verdict]:
    """Every bug in turn, in copies under `workspace`. Raises PackageMissing if a package is not here."""
    scans: dict[tuple[Path, ...], ScanOutcome] = {}

    def before(files: tuple[Path, ...]) -> ScanOutcome:
        if files not in scans:
            scans[files] = scan(files)
        return scans[files]

    copies = {package: _copy(package, workspace, fetch=fetch) for package in sorted({bug.package for bug in bugs})}
    for bug in bugs:
        yield judge(bug, copies[bug.package], scan, before)


def _copy(package: str, workspace: Path, *, fetch: bool) -> Path:
    """The package's sources in a project of their own, with what it imports under `node_modules`."""
    folder = workspace / package
    _copy_sources(package, folder, fetch=fetch)
    (folder / "package.json").write_text("{}", encoding="utf-8")  # without one, nothing outside a file's folder is read
    for needed in NEEDS.get(package, ()):
        _copy_sources(needed, folder / "node_modules" / PACKAGES[needed].name, fetch=fetch)
    return folder


def _copy_sources(package: str, target: Path, *, fetch: bool) -> None:
    source = package_folder(PACKAGES[package], fetch=fetch)
    for path in source.rglob("*.sol"):
        if path.is_file() and "artifacts" not in path.parts:
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


def _records(path: Path) -> list[dict]:
    return tomllib.loads(path.read_text(encoding="utf-8"))["bug"]


def _bug(record: dict) -> Bug:
    return Bug(
        id=record["id"],
        package=record["package"],
        file=record["file"],
        classes=tuple(Dasp(name) for name in record["classes"]),
        severity=Severity(record["severity"]),
        why=record["why"],
        changes=tuple(Change(**change) for change in record["changes"]),
        also=tuple(record.get("also", ())),
        along=tuple(record.get("with", ())),
    )


def _span(text: str, change: Change, bug: Bug) -> tuple[int, int]:
    behind = text.find(change.after) if change.after else 0
    start = text.find(change.find, behind) if behind >= 0 else -1
    if start < 0:
        raise BadRecord(f"{bug.id}: {change.find!r} is not in {bug.file}")
    if not change.after and text.find(change.find, start + 1) >= 0:
        raise BadRecord(f"{bug.id}: {change.find!r} is in {bug.file} more than once; say `after` what")
    if not change.lines:
        return start, start + len(change.find)
    start = end = text.rfind("\n", 0, start) + 1
    for _ in range(change.lines):
        end = text.index("\n", end) + 1
    return start, end - 1


def _lines(text: str, start: int, end: int) -> range:
    """Line numbers of a stretch; what was taken out has the line it stood in."""
    return range(text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 2)


def _matches(one: Detection, bug: Bug, lines: frozenset[int]) -> bool:
    severe = one.severity.rank >= bug.severity.rank
    return severe and one.detector.dasp in bug.classes and near(lines_of(one), lines)


def _new_findings(earlier: ScanOutcome, later: ScanOutcome, source: str, text: str, file: str) -> list[Detection]:
    """Findings in the patched file whose detector had none on the line before."""
    known = {(one.detector.id, line) for one in _of_file(earlier, file) for line in lines_of(one)}
    origins = _origins(source, text)
    return [
        one
        for one in _of_file(later, file)
        if not any((one.detector.id, line) in known for line in origins.get(one.place.line, ()))
    ]


def _of_file(outcome: ScanOutcome, file: str) -> list[Detection]:
    """What is shown of a file; paths are reported from the folder that holds all files of the scan."""
    return [one for one in outcome.detections if one.suppression is None and _same(one.place.path, file)]


def _same(reported: str, file: str) -> bool:
    return f"/{file}".endswith(f"/{reported}") or f"/{reported}".endswith(f"/{file}")


def _origins(source: str, text: str) -> dict[int, range]:
    """For each line of the patched text the lines of the source it was or replaces."""
    found: dict[int, range] = {}
    matcher = difflib.SequenceMatcher(None, source.split("\n"), text.split("\n"), autojunk=False)
    for tag, before, before_end, after, after_end in matcher.get_opcodes():
        for line in range(after, after_end):
            same = before + line - after
            found[line + 1] = range(same + 1, same + 2) if tag == "equal" else range(before + 1, before_end + 1)
    return found
