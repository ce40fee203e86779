"""Replay a bundle: run its notebook again on its own data, and compare every result with what the report shows.

A replay runs the code in the bundle, so a bundle that is broken, or whose signer is not trusted, is refused.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from scorpius_lab.errors import BundleError, NotebookFailed, UnknownSigner
from scorpius_lab.reporting.displayed import (
    DisplayedResult,
    displayed_results,
    source_notebook,
    table_rows,
    visible_text,
)
from scorpius_lab.reporting.manifest import ENVIRONMENT, NOTEBOOK, SNAPSHOT
from scorpius_lab.reporting.trusted import TrustedSigners
from scorpius_lab.reporting.verify import Status, Verification, verify_bundle

Executor = Callable[[Path, Mapping[str, object], Path], object]
SnapshotKey = Callable[[str], str | None]
"""Runs the notebook at a path with parameters and writes the executed one to another path, in whose folder it works."""

SOURCE: Final = "source.ipynb"
SNAPSHOT_PARAMETER: Final = "snapshot"
_SHORT: Final = 12
_LONGEST_ROW: Final = 200
_FAILED_CELL: Final = re.compile(r"\bcell (\d+)")


class Change(StrEnum):
    """How a result of the replay differs from the report's."""

    MOVED = "moved"
    MISSING = "missing"
    NEW = "new"
    SHOWN_DIFFERENTLY = "shown differently"


@dataclass(frozen=True, slots=True)
class Difference:
    """One result that differs; what does not exist on a side is None. `first` tells the first row that differs."""

    name: str
    change: Change
    old_sha256: str | None = None
    new_sha256: str | None = None
    old_rows: int | None = None
    new_rows: int | None = None
    first: str = ""

    @property
    def sentence(self) -> str:
        """One line for people."""
        name = f"{self.name!a}"
        if self.change is Change.MISSING:
            return f"{name} is in the report but was not computed again"
        if self.change is Change.NEW:
            return f"{name} was computed but is not in the report"
        first = f": {self.first}" if self.first else ""
        if self.change is Change.SHOWN_DIFFERENTLY:
            return f"{name} has the same data but is shown differently{first}"
        old, new = (self.old_sha256 or "")[:_SHORT], (self.new_sha256 or "")[:_SHORT]
        return f"{name} moved: {old}{_rows(self.old_rows)} became {new}{_rows(self.new_rows)}{first}"


@dataclass(frozen=True, slots=True)
class Replay:
    """The result of a replay. `same` are the names that came out equal; `error` is why the notebook stopped, if so."""

    folder: Path
    verification: Verification
    same: tuple[str, ...]
    differences: tuple[Difference, ...]
    code_then: str
    code_now: str
    packages: tuple[str, ...] = ()
    error: str = ""

    @property
    def failed_then(self) -> str:
        """What the report failed with when it was made; "" if it was complete."""
        manifest = self.verification.manifest
        return (manifest.error or "a cell failed") if manifest is not None and manifest.state == "failed" else ""

    @property
    def nothing_to_compare(self) -> bool:
        """True if neither the report nor the replay shows a result, so that equality would mean nothing."""
        return not self.same and not self.differences

    @property
    def reproduced(self) -> bool:
        """True if there are results, every one came out equal, and the notebook ended as it did then.

        A report that failed is reproduced by failing again in the same cell.
        """
        return bool(self.same) and not self.differences and self._ended_alike

    @property
    def _ended_alike(self) -> bool:
        if not self.error or not self.failed_then:
            return not self.error and not self.failed_then
        return _failed_cell(self.error) == _failed_cell(self.failed_then)

    @property
    def exit_code(self) -> int:
        """0 if everything was reproduced, 1 if not, 3 if there was nothing to compare."""
        if self.nothing_to_compare and self._ended_alike:
            return 3
        return 0 if self.reproduced else 1

    @property
    def sentences(self) -> tuple[str, ...]:
        """What there is to say, one line each: differences first, then an error, then what differs in the software."""
        lines = [difference.sentence for difference in self.differences]
        if self.nothing_to_compare:
            lines.append("there is nothing to compare: the report shows no table and no chart")
        if self.failed_then:
            lines.append(f"the report failed when it was made: {self.failed_then}")
        if self.error:
            lines.append(f"the notebook did not run to its end: {self.error}")
        if self.code_then != self.code_now:
            lines.append(f"made with code version {self.code_then}, replayed with {self.code_now}")
        return (*lines, *self.packages)


def replay_bundle(
    folder: Path,
    *,
    out: Path | None = None,
    trusted: TrustedSigners | Path | None = None,
    run_unknown_signer: bool = False,
    executor: Executor | None = None,
    code_version: str | None = None,
    snapshot_key: SnapshotKey | None = None,
) -> Replay:
    """Verify a bundle, run its notebook on a copy of its data, and compare every result by name.

    In: the folder; `out`, a folder to keep the executed notebook and data in (default: a temporary one); the trusted
    signers; whether to run the code of a signer who is not among them; and what finds the key of an encrypted snapshot
    by the file's hash (in hex, None if it is not encrypted). Raises BundleError (broken) and UnknownSigner.
    """
    verification = verify_bundle(folder, trusted)
    _require_runnable(verification, run_unknown_signer)
    manifest = verification.manifest
    if manifest is None:
        raise BundleError(f"{folder} has no readable manifest")
    old = json.loads((folder / NOTEBOOK).read_bytes())
    with _workplace(out) as work:
        shutil.copyfile(folder / SNAPSHOT, work / SNAPSHOT)
        (work / SOURCE).write_text(json.dumps(source_notebook(old)), encoding="utf-8")
        parameters = {**_injected(old, manifest.parameters), SNAPSHOT_PARAMETER: SNAPSHOT}
        key = snapshot_key(manifest.sha256_of(SNAPSHOT)) if snapshot_key else None
        error = _run(executor or _pool_executor(key), work, parameters)
        new = json.loads((work / NOTEBOOK).read_bytes()) if (work / NOTEBOOK).exists() else {"cells": []}
    same, differences = compare(displayed_results(old), displayed_results(new))
    return Replay(
        folder=folder,
        verification=verification,
        same=same,
        differences=differences,
        code_then=manifest.code_version,
        code_now=code_version if code_version is not None else _present_version(),
        packages=_package_changes(json.loads((folder / ENVIRONMENT).read_bytes())),
        error=error,
    )


def compare(
    old: tuple[DisplayedResult, ...], new: tuple[DisplayedResult, ...]
) -> tuple[tuple[str, ...], tuple[Difference, ...]]:
    """The names that are equal, and the differences in the order of the report (new ones last)."""
    computed = {result.name: result for result in new}
    same: list[str] = []
    differences: list[Difference] = []
    for before in old:
        after = computed.pop(before.name, None)
        difference = _difference(before, after)
        if difference is None:
            same.append(before.name)
        else:
            differences.append(difference)
    differences += [
        Difference(after.name, Change.NEW, new_sha256=after.sha256, new_rows=after.rows) for after in computed.values()
    ]
    return tuple(same), tuple(differences)


def _difference(before: DisplayedResult, after: DisplayedResult | None) -> Difference | None:
    if after is None:
        return Difference(before.name, Change.MISSING, before.sha256, None, before.rows, None)
    if before.record() != after.record():
        change = Change.MOVED
    elif visible_text(before.html) != visible_text(after.html):
        change = Change.SHOWN_DIFFERENTLY
    else:
        return None
    first = _first_difference(before.html, after.html)
    return Difference(before.name, change, before.sha256, after.sha256, before.rows, after.rows, first)


def _first_difference(old: str, new: str) -> str:
    """`row 3: a | 1 became a | 2`, read from the tables both fragments show; else the first text that differs."""
    for number, (before, after) in enumerate(zip_longest(table_rows(old), table_rows(new)), start=1):
        if before != after:
            return f"row {number}: {_row(before)} became {_row(after)}"
    for before_text, after_text in zip_longest(visible_text(old), visible_text(new)):
        if before_text != after_text:
            return f"{_row(before_text and (before_text,))} became {_row(after_text and (after_text,))}"
    return ""


def _rows(count: int | None) -> str:
    """`, 3 rows` in parentheses; nothing for what has no rows to count."""
    return "" if count is None else f" ({count} rows)"


def _failed_cell(error: str) -> str:
    """The number of the cell in the sentence of a failed notebook, else the sentence."""
    match = _FAILED_CELL.search(error)
    return match[1] if match else error


def _row(cells: tuple[str, ...] | str | None) -> str:
    if not cells:
        return "nothing"
    text = ascii(" | ".join(cells))[1:-1]
    return text if len(text) <= _LONGEST_ROW else text[:_LONGEST_ROW] + "…"


def _require_runnable(verification: Verification, run_unknown_signer: bool) -> None:
    if verification.status is Status.BROKEN:
        raise BundleError(f"{verification.folder} is not replayed: {'; '.join(verification.problems)}")
    if verification.status is Status.UNKNOWN_SIGNER and not run_unknown_signer:
        raise UnknownSigner(
            f"{verification.folder} is not replayed, because that runs code signed by {verification.signer_id}, who is "
            "not in the trusted signers file; add the signer, or say that code of an unknown signer may run"
        )


def _injected(notebook: Mapping[str, Any], recorded: Mapping[str, object]) -> dict[str, object]:
    """The parameters the notebook was given when it ran, or else those in the manifest."""
    papermill = notebook.get("metadata", {}).get("papermill", {})
    given = papermill.get("parameters") if isinstance(papermill, Mapping) else None
    return dict(given) if isinstance(given, Mapping) and given else dict(recorded)


def _run(executor: Executor, work: Path, parameters: Mapping[str, object]) -> str:
    try:
        executor(work / SOURCE, parameters, work / NOTEBOOK)
    except NotebookFailed as error:
        return str(error)
    return ""


def _pool_executor(snapshot_key: str | None) -> Executor:
    from scorpius_lab.reporting.execute import execute_notebook
    from scorpius_lab.reporting.report import SNAPSHOT_KEY

    return partial(execute_notebook, environment={SNAPSHOT_KEY: snapshot_key} if snapshot_key else None)


def _present_version() -> str:
    from scorpius_lab.reporting.environment import code_version

    return code_version()


def _package_changes(environment: object) -> tuple[str, ...]:
    """Packages the bundle names that are here in another version or not at all."""
    from importlib.metadata import PackageNotFoundError, version

    packages = environment.get("packages") if isinstance(environment, Mapping) else None
    lines = []
    for name, then in sorted(packages.items()) if isinstance(packages, Mapping) else ():
        try:
            now = version(str(name))
        except (PackageNotFoundError, ValueError):
            now = "not installed"
        if now != then:
            lines.append(f"{name!a} was {then!a}, is {now}")
    return tuple(lines)


@contextmanager
def _workplace(out: Path | None) -> Iterator[Path]:
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        yield out
        return
    with tempfile.TemporaryDirectory(prefix="scorpius-replay-") as folder:
        yield Path(folder)
