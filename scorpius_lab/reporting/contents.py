"""Frames about made reports: what each holds, whether each still holds, and whether each comes out again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from scorpius_lab.core.rules import Severity
from scorpius_lab.core.store.exchange import fetch
from scorpius_lab.reporting.manifest import MANIFEST, SNAPSHOT, Manifest
from scorpius_lab.reporting.replay import Replay, replay_bundle
from scorpius_lab.reporting.snapshot import opened
from scorpius_lab.reporting.trusted import TrustedSigners
from scorpius_lab.reporting.verify import Verification, verify_bundle

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


def replayed(
    bundles: Iterable[Path],
    *,
    trusted: TrustedSigners,
    run_unknown_signer: bool = False,
    snapshot_key: Callable[[str], str | None] | None = None,
) -> pl.DataFrame:
    """A row for each bundle: whether it was reproduced, what came out equal, what differs and how, and why.

    Raises UnknownSigner for a bundle whose code must not be run, BundleError for one that does not hold.
    """
    import polars as pl

    rows = [
        _replay_row(
            replay_bundle(bundle, trusted=trusted, run_unknown_signer=run_unknown_signer, snapshot_key=snapshot_key)
        )
        for bundle in bundles
    ]
    return pl.DataFrame(
        rows,
        schema_overrides={name: pl.List(pl.String) for name in ("same", "packages", "sentences")}
        | {"error": pl.String},
        strict=False,
    )


def _replay_row(done: Replay) -> dict[str, object]:
    return {
        "bundle": str(done.folder),
        "reproduced": done.reproduced,
        "nothing_to_compare": done.nothing_to_compare,
        "report_failed": bool(done.failed_then),
        "same": list(done.same),
        "differences": [
            {**asdict(one), "change": str(one.change), "sentence": one.sentence} for one in done.differences
        ],
        "code_then": done.code_then,
        "code_now": done.code_now,
        "packages": list(done.packages),
        "error": done.error or None,
        "sentences": list(done.sentences),
        "exit_code": done.exit_code,
        "verification": verification_record(done.verification),
    }


def verification_record(found: Verification) -> dict[str, object]:
    """What verification found, as JSON data."""
    manifest = found.manifest
    return {
        "bundle": str(found.folder),
        "status": str(found.status),
        "problems": list(found.problems),
        "signer": found.signer_id,
        "signer_name": found.signer_name,
        "self_asserted": found.self_asserted,
        "statement": found.signer_statement,
        "report": manifest.report if manifest else None,
        "state": manifest.state if manifest else None,
        "report_failed": bool(found.report_failed),
        "report_error": found.report_failed or None,
        "files": found.files_checked,
        "bytes": found.bytes_checked,
        "proves": list(found.proves),
        "does_not_prove": list(found.does_not_prove),
    }


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
