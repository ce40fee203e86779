"""The recorder: what an engine function writes through, and what turns one call into a stored run."""

from __future__ import annotations

import getpass
import os
import platform
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scorpius_lab.core import frames
from scorpius_lab.core.audit import AuditSink
from scorpius_lab.core.evidence import Evidence
from scorpius_lab.core.findings import Finding, FindingState
from scorpius_lab.core.identity import content_id
from scorpius_lab.core.observations import Observation
from scorpius_lab.core.rules import Rule
from scorpius_lab.core.runs import Outcome, Run, RunContext, Scope
from scorpius_lab.core.store import TABLES, BlobFolder, Store, Table
from scorpius_lab.core.store.append import FINGERPRINT
from scorpius_lab.core.store.exchange import fetch, register
from scorpius_lab.errors import Cancelled, RecordError

if TYPE_CHECKING:
    import duckdb
    import polars as pl


def actor() -> str:
    """The user this process runs as, by name where the system knows one."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"


@contextmanager
def recorded_run(
    store: Store,
    blobs: BlobFolder,
    audit: AuditSink,
    context: RunContext,
    *,
    function: str,
    version: str,
    parameters: Mapping[str, object],
    configuration: object,
    own_tables: Mapping[str, Table] | None = None,
) -> Iterator[LabRecorder]:
    """Record everything written in the block as one run: started, then succeeded, failed or cancelled.

    A run whose process dies stays `started`. Findings its scope covered and it no longer saw are closed only when it
    succeeds.
    """
    run = Run(
        id=uuid.uuid4().hex,
        function=function,
        version=version,
        parameters=parameters,
        seed=context.seed,
        actor=actor(),
        host=platform.node(),
        started_at=context.clock(),
    )
    recorder = LabRecorder(
        run=run,
        store=store,
        blobs=blobs,
        audit=audit,
        context=context,
        configuration=configuration,
        own_tables=own_tables or {},
    )
    recorder.begin()
    try:
        yield recorder
    except BaseException as error:
        stopped = isinstance(error, Cancelled | KeyboardInterrupt)
        recorder.end(Outcome.CANCELLED if stopped else Outcome.FAILED, error=f"{type(error).__name__}: {error}")
        raise
    else:
        recorder.end(Outcome.SUCCEEDED)
    finally:
        shutil.rmtree(recorder.workdir, ignore_errors=True)


class LabRecorder:
    """The `Recorder` of `core/components.py` over a lab's store. Made by `recorded_run`, used by engine functions."""

    def __init__(
        self,
        *,
        run: Run,
        store: Store,
        blobs: BlobFolder,
        audit: AuditSink,
        context: RunContext,
        configuration: object,
        own_tables: Mapping[str, Table],
    ) -> None:
        """Nothing is written before `begin`."""
        self._run = run
        self._store = store
        self._blobs = blobs
        self.audit = audit
        self._own_tables = own_tables
        self._inputs: dict[str, str] = {}
        self._batches = 0
        self.context = context
        self.configuration: Any = configuration
        self.lab_folder = store.folder
        self.workdir = Path(tempfile.mkdtemp(prefix="scorpius-run-"))

    @property
    def run_id(self) -> str:
        """The id of this run."""
        return self._run.id

    def now(self) -> datetime:
        """The context's clock."""
        return self.context.clock()

    def sql(self, query: str, parameters: Mapping[str, object] | None = None) -> pl.DataFrame:
        """Read from the store."""
        return self._store.sql(query, parameters, purpose=self._run.function)

    # -- results

    def add_evidence(self, items: Iterable[Evidence]) -> list[str]:
        """Store blobs, then their collections in one batch; returns the collection ids in the order given."""
        stored = [(self._blobs.put(item.content), item) for item in items]
        if not stored:
            return []
        moment = self.now()
        collections = frames.collections_frame(stored, self.run_id, self._run.actor, moment)
        self._append({"blobs": _blobs_frame(stored, moment), "collections": collections})
        return [_collection_id(row) for row in collections.iter_rows(named=True)]

    def add_observations(self, items: Iterable[Observation]) -> int:
        """Store observations with their rules and assets, in one batch."""
        found = list(items)
        if not found:
            return 0
        moment = self.now()
        batch = {
            "rules": frames.rules_frame((item.rule for item in found), moment),
            "assets": frames.assets_frame((item.asset for item in found), moment),
            "observations": frames.observations_frame(found, self.run_id, moment),
        }
        return self._append(batch)["observations"]

    def add_findings(self, items: Iterable[Finding]) -> int:
        """Store findings with their rules and assets, in one batch; those that were fixed are reopened."""
        found = list(items)
        if not found:
            return 0
        moment = self.now()
        batch = {
            "rules": frames.rules_frame((item.rule for item in found), moment),
            "assets": frames.assets_frame((item.asset for item in found), moment),
        }
        return self._append_findings(batch, frames.findings_frame(found, self.run_id, moment))

    def add_findings_frame(self, frame: pl.DataFrame, rules: Iterable[Rule]) -> int:
        """Store a frame of findings with the columns of the table `findings`, in one batch."""
        import polars as pl

        if frame.is_empty():
            return 0
        moment = self.now()
        defaults = {"effective_at": moment, "collected_at": moment, "run_id": self.run_id}
        missing = [pl.lit(value).alias(name) for name, value in defaults.items() if name not in frame.columns]
        return self._append_findings({"rules": frames.rules_frame(rules, moment)}, frame.with_columns(missing))

    def add_rows(self, table: str, frame: pl.DataFrame) -> int:
        """Append to a core table or to one of the component's own."""
        if table in TABLES:
            return self._append({table: frame})[table]
        if table not in self._own_tables:
            raise RecordError(f"there is no table {table}; declare it in the component")
        return self._store.append_own(self._own_tables[table], frame, purpose=self._run.function)

    def add_rows_together(self, rows: Mapping[str, pl.DataFrame]) -> dict[str, int]:
        """Append to several of the component's own tables, all or nothing."""
        unknown = [name for name in rows if name not in self._own_tables]
        if unknown:
            raise RecordError(f"there is no table {', '.join(unknown)}; declare it in the component")
        given = [(self._own_tables[name], frame) for name, frame in rows.items()]
        new = self._store.append_own_together(given, purpose=self._run.function)
        return dict(zip(rows, new, strict=True))

    def add_input(self, name: str, sha256: str) -> None:
        """Record that this run read an input with this hash."""
        self._inputs[name] = sha256

    def set_scope(self, scope: Scope) -> None:
        """Say what the run looked at."""
        self._run = replace(self._run, scope=scope)

    # -- the run itself

    def begin(self) -> None:
        """Store the run as started."""
        self._append({"runs": frames.runs_frame(self._run, self.now())})
        self.audit.record("run.started", self._run.function, actor=self._run.actor, detail={"run": self.run_id})

    def end(self, outcome: Outcome, error: str | None = None) -> None:
        """Store how the run ended, and close what it covered and no longer saw."""
        moment = self.now()
        run = replace(self._run, ended_at=moment, outcome=outcome, error=error, inputs=dict(self._inputs))
        with self._store.write(f"{run.function} ends") as connection:
            if outcome is Outcome.SUCCEEDED:
                self._close_vanished(connection, moment)
            self._store.append_within(connection, {"runs": frames.runs_frame(run, moment)})
        detail = {"run": self.run_id, "outcome": str(outcome)}
        self.audit.record("run.ended", run.function, actor=run.actor, detail=detail)

    # -- inside

    def _append(self, rows: Mapping[str, pl.DataFrame]) -> dict[str, int]:
        return self._store.append(rows, purpose=self._run.function)

    def _append_findings(self, batch: dict[str, pl.DataFrame], frame: pl.DataFrame) -> int:
        seen = self.workdir / f"seen-{self._batches:06d}.parquet"
        self._batches += 1
        with self._store.write(self._run.function) as connection:
            register(connection, "seen_now", frame.select("rule_id", "asset_id", "location_key"))
            connection.execute(
                f"COPY (SELECT {FINGERPRINT} AS fingerprint FROM seen_now) TO '{seen}' (FORMAT parquet)"  # noqa: S608
            )
            new = self._store.append_within(connection, {**batch, "findings": frame})
            self._reopen(connection, seen)
            connection.unregister("seen_now")
        return new["findings"]

    def _reopen(self, connection: duckdb.DuckDBPyConnection, seen: Path) -> None:
        fixed = fetch(
            connection,
            "SELECT fingerprint FROM (SELECT fingerprint, state FROM finding_events "
            "QUALIFY row_number() OVER (PARTITION BY fingerprint ORDER BY recorded_at DESC, effective_at DESC) = 1) "
            "SEMI JOIN read_parquet($seen) USING (fingerprint) WHERE state = 'fixed'",
            {"seen": str(seen)},
        )
        self._events(connection, fixed, FindingState.REOPENED, "seen again", self.now())

    def _close_vanished(self, connection: duckdb.DuckDBPyConnection, moment: datetime) -> None:
        scope = self._run.scope
        if not scope.rules or not scope.assets:
            return
        seen = str(self.workdir / "seen-*.parquet")
        still = f"ANTI JOIN read_parquet('{seen}') USING (fingerprint)" if self._batches else ""
        gone = fetch(
            connection,
            f"SELECT fingerprint FROM current_findings {still} WHERE list_contains($rules, rule_id) "  # noqa: S608
            "AND list_contains($assets, asset_id) AND state NOT IN ('fixed', 'false_positive')",
            {"rules": list(scope.rules), "assets": list(scope.assets)},
        )
        self._events(connection, gone, FindingState.FIXED, "no longer seen by a run that covered it", moment)

    def _events(
        self,
        connection: duckdb.DuckDBPyConnection,
        fingerprints: pl.DataFrame,
        state: FindingState,
        reason: str,
        moment: datetime,
    ) -> None:
        import polars as pl

        if fingerprints.is_empty():
            return
        events = fingerprints.select("fingerprint").with_columns(
            state=pl.lit(str(state)),
            reason=pl.lit(reason),
            actor=pl.lit(self._run.actor),
            run_id=pl.lit(self.run_id),
            effective_at=pl.lit(moment),
            collected_at=pl.lit(moment),
        )
        self._store.append_within(connection, {"finding_events": events})


def _blobs_frame(stored: list[tuple[str, Evidence]], moment: datetime) -> pl.DataFrame:
    import polars as pl

    once = dict(stored)
    return pl.DataFrame(
        {
            "sha256": list(once),
            "size": [len(item.content) for item in once.values()],
            "media_type": [item.media_type for item in once.values()],
        }
    ).with_columns(effective_at=pl.lit(moment), collected_at=pl.lit(moment))


def _collection_id(row: Mapping[str, object]) -> str:
    """The id the store gives this collection (`COLLECTIONS.identity`)."""
    return content_id(*(row[name] for name in TABLES["collections"].identity))
