"""Frames about made reports: what each holds, and whether each still holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from scorpius_lab.core.rules import Severity
from scorpius_lab.core.store.exchange import fetch
from scorpius_lab.reporting.manifest import MANIFEST, SNAPSHOT, Manifest
from scorpius_lab.reporting.snapshot import opened
from scorpius_lab.reporting.trusted import TrustedSigners
from scorpius_lab.reporting.verify import verify_bundle

if TYPE_CHECKING:
    import duckdb
    import polars as pl

OPEN_STATES = ("open", "reopened", "triaged")
_NEEDED = ("fingerprint", "severity", "state")


def with_contents(reports: pl.DataFrame, snapshot_key: Callable[[str], str | None]) -> pl.DataFrame:
    """The frame of `lab.report` with the columns `rows` (read in all) and one of open findings per severity.

    `snapshot_key` gives the key of an encrypted snapshot by the file's hash, None for a plain one.
    """
    import polars as pl

    counts = [_contents(Path(path), snapshot_key) for path in reports["path"]]
    types = {"rows": pl.Int64, **{f"open_{severity}": pl.Int64 for severity in Severity}}
    return reports.hstack(pl.DataFrame(counts, schema=types))


def verified(bundles: Iterable[Path], trusted: TrustedSigners) -> pl.DataFrame:
    """A row for each bundle: status, whether the report itself failed, signer, what can be said of time, problems."""
    import polars as pl

    rows = [
        {
            "path": str(found.folder),
            "status": str(found.status),
            "report_failed": found.manifest is not None and found.manifest.state == "failed",
            "signer_id": found.signer_id,
            "signer_name": found.signer_name,
            "self_asserted": found.self_asserted,
            "time": found.time_statement,
            "files": found.files_checked,
            "problems": list(found.problems),
        }
        for found in (verify_bundle(bundle, trusted) for bundle in bundles)
    ]
    types = {"path": pl.String, "status": pl.String, "report_failed": pl.Boolean, "signer_id": pl.String}
    more = {"signer_name": pl.String, "self_asserted": pl.Boolean, "time": pl.String, "files": pl.Int64}
    return pl.DataFrame(rows, schema={**types, **more, "problems": pl.List(pl.String)})


def _contents(folder: Path, snapshot_key: Callable[[str], str | None]) -> dict[str, int]:
    manifest = Manifest.from_json((folder / MANIFEST).read_bytes())
    with opened(folder / SNAPSHOT, snapshot_key(manifest.sha256_of(SNAPSHOT))) as connection:
        (rows,) = connection.execute("SELECT coalesce(sum(rows), 0) FROM snap.main._queries").fetchone() or (0,)
        found = _open_findings(connection)
    return {"rows": int(rows), **{f"open_{severity}": found.get(severity, 0) for severity in Severity}}


def _open_findings(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Open findings by severity, each counted once, over every table that holds findings."""
    tables = connection.execute(
        "SELECT table_name FROM duckdb_columns() WHERE database_name = 'snap' AND column_name IN $needed "
        "GROUP BY table_name HAVING count(*) = len($needed)",
        {"needed": list(_NEEDED)},
    ).fetchall()
    if not tables:
        return {}
    union = " UNION ".join(f'SELECT fingerprint, severity, state FROM snap.main."{name}"' for (name,) in tables)  # noqa: S608 (names of our own tables)
    frame = fetch(
        connection,
        f"SELECT severity, count(DISTINCT fingerprint) AS n FROM ({union}) WHERE state IN $open GROUP BY severity",  # noqa: S608
        {"open": list(OPEN_STATES)},
    )
    return dict(frame.rows())
