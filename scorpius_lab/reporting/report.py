"""What a report notebook holds: the snapshot's tables, parameters and facts, and nothing else."""

from __future__ import annotations

import difflib
import os
import tempfile
import weakref
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from scorpius_lab.core.store.exchange import fetch
from scorpius_lab.errors import BundleError, QueryError, UsageError
from scorpius_lab.reporting.snapshot import MISSING, RESERVED, connect, parse_time, read_json

if TYPE_CHECKING:
    import duckdb
    import polars as pl

SNAPSHOT_KEY = "SCORPIUS_SNAPSHOT_KEY"
_SESSION = "JPY_SESSION_NAME"
_LAB_FILES = ("scorpius.yaml", "store.duckdb")  # a store may also lie elsewhere, as DuckLake's does


class Report:
    """A snapshot, opened read-only. Made by `open_report`."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        """Read what the snapshot says about itself. Raises BundleError if it is not a report's snapshot."""
        import duckdb

        self.path = path
        self._connection = connection
        self._frames: dict[str, pl.DataFrame] = {}
        try:
            self._parameters = read_json(connection, "_parameters")
            self._meta = read_json(connection, "_meta")
            queries = connection.execute("SELECT name, when_empty, rows FROM snap.main._queries").fetchall()
        except duckdb.Error as error:
            raise BundleError(f"{path} is a database but not the snapshot of a report") from error
        self._when_empty = {name: text for name, text, _ in queries}
        self._rows = {name: int(rows) for name, _, rows in queries}

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The report's parameters as JSON data (times as ISO text)."""
        return MappingProxyType(self._parameters)

    @property
    def meta(self) -> Mapping[str, Any]:
        """Facts of the lab and the making: lab, report, code_version, signer, run_ids, sample, redacted."""
        return MappingProxyType(self._meta)

    @property
    def as_of(self) -> datetime:
        """The moment whose state the report shows, aware, UTC. The only clock a report has."""
        return parse_time(self._parameters["as_of"])

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the snapshot's tables, in the order declared."""
        return tuple(self._when_empty)

    def table(self, name: str) -> pl.DataFrame:
        """One table, in the order its query gave. A table whose source the lab does not have is empty, without columns.

        So look at `is_empty()` before columns. Raises QueryError for a table the report did not declare.
        """
        if name in self._frames:
            return self._frames[name]
        self._require(name)
        frame = fetch(self._connection, f'FROM snap.main."{name}"')
        if frame.columns == [MISSING]:
            frame = frame.drop(MISSING)
        self._frames[name] = frame
        return frame

    def when_empty(self, name: str) -> str:
        """What is said where `name` has no rows. Raises QueryError for a table the report did not declare."""
        self._require(name)
        return str(self._when_empty[name])

    def rows(self, name: str) -> int:
        """How many rows a table has, without reading it."""
        self._require(name)
        return self._rows[name]

    def close(self) -> None:
        """Let go of the file. Frames already read stay valid."""
        self._connection.close()

    def _require(self, name: str) -> None:
        if name in self._when_empty and name not in RESERVED:
            return
        near = difflib.get_close_matches(name, self._when_empty, n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; it has {', '.join(self._when_empty) or 'none'}"
        raise QueryError(f"this report's snapshot has no table {name}{hint}")


def open_report(snapshot: str | Path = "", *, report: str | None = None) -> Report:
    """Open a snapshot file read-only.

    In a notebook run by `scorpius report`, `snapshot` is filled in. Run by hand it is empty: then, if there is a lab
    in `./lab` or in a folder above, a snapshot for the supplied report `report` (default: the one named like the
    notebook) is made with default parameters and deleted with the returned object. Raises UsageError, in one sentence
    that says how to get a snapshot.
    """
    if str(snapshot):
        path = Path(snapshot)
        return Report(path, connect(path, os.environ.get(SNAPSHOT_KEY)))
    name = report or _session_report()
    if name is None:
        raise UsageError(
            'no snapshot was given: run `scorpius report NAME`, or say which report: open_report(report="compliance")'
        )
    folder = _near_lab(Path.cwd())
    if folder is None:
        raise UsageError(
            f"no snapshot was given and there is no lab in {Path.cwd()} or above: make one with `scorpius init`, or "
            f"run `scorpius report {name}`"
        )
    return _ad_hoc(name, folder)


def _ad_hoc(name: str, folder: Path) -> Report:
    """A report over a temporary snapshot of the lab in `folder`, with default parameters, as of now."""
    from scorpius_lab import open_lab
    from scorpius_lab.core.runs import utc_now
    from scorpius_lab.reporting.reports import load_spec
    from scorpius_lab.reporting.snapshot import take_snapshot

    spec = load_spec(name)
    parameters = spec.parameters(as_of=utc_now())
    holder = tempfile.TemporaryDirectory(prefix="scorpius-")
    path = Path(holder.name) / "data.duckdb"
    meta = {"lab": folder.resolve().name, "report": name, "signer": "", "sample": False, "interactive": True}
    take_snapshot(open_lab(folder), spec, parameters, path, meta=meta)
    opened = Report(path, connect(path))
    weakref.finalize(opened, holder.cleanup)
    return opened


def _session_report() -> str | None:
    """The supplied report whose notebook is being edited, which Jupyter tells its kernels."""
    from scorpius_lab.reporting.reports import REPORTS

    stem = Path(os.environ.get(_SESSION, "")).stem
    return stem if stem in REPORTS else None


def _near_lab(start: Path) -> Path | None:
    """`lab` in this folder or the nearest one above."""
    folders = (base / "lab" for base in (start, *start.parents))
    return next((folder for folder in folders if any((folder / name).is_file() for name in _LAB_FILES)), None)
