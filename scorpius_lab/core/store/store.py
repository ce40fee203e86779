"""The store: opened for one thing at a time, under a section, and closed again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from scorpius_lab.core.runs import utc_now
from scorpius_lab.core.store import migrate
from scorpius_lab.core.store.append import insert
from scorpius_lab.core.store.backend import ALIAS, Backend, attached
from scorpius_lab.core.store.exchange import fetch
from scorpius_lab.core.store.failures import foreign, translated
from scorpius_lab.core.store.locks import Mode, Notify, section
from scorpius_lab.core.store.migrate import Migration
from scorpius_lab.core.store.snapshot import Query, write_snapshot
from scorpius_lab.core.store.tables import TABLES, Table
from scorpius_lab.core.store.views import create_views
from scorpius_lab.errors import RecordError, StoreMissing

if TYPE_CHECKING:
    from datetime import datetime

    import duckdb
    import polars as pl


def _quiet(text: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Store:
    """A lab's tables. Holds no connection and no lock between calls; safe to keep open all day and to share.

    `migrations` are those of every component; `lock_timeout` in seconds; `notify` hears who is being waited for.
    """

    folder: Path
    backend: Backend
    migrations: tuple[Migration, ...]
    lock_timeout: float = 60.0
    notify: Notify = _quiet
    clock: Callable[[], datetime] = field(default=utc_now)
    code_version: str = ""

    # -- sections

    @contextmanager
    def read(self, purpose: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection with the public views, under a shared section. Materialise before leaving it."""
        with self._section("read", purpose), attached(self.backend, read_only=True) as connection:
            self._prepare(connection)
            with translated(self.backend.path):
                yield connection

    @contextmanager
    def write(self, purpose: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction that writes, under an exclusive section: committed at the end of the block or not at all."""
        with self._section("write", purpose), attached(self.backend, read_only=False) as connection:
            self._prepare(connection)
            with translated(self.backend.path):
                connection.begin()
                try:
                    yield connection
                except BaseException:
                    _roll_back(connection)
                    raise
                connection.commit()

    @contextmanager
    def _section(self, mode: Mode, purpose: str) -> Iterator[None]:
        if not self.backend.path.exists():
            raise StoreMissing(f"there is no lab in {self.folder}; create one with `scorpius init {self.folder}`")
        with section(self.folder, mode, purpose, timeout=self.lock_timeout, notify=self.notify):
            yield

    def _prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        with translated(self.backend.path):
            _require_ours(connection, self.backend.path)
            migrate.pending(migrate.applied(connection), self.migrations)
            create_views(connection, deduplicate=self.backend.kind == "ducklake", now=self.clock())

    # -- making and keeping

    def create(self) -> None:
        """Make the tables of a new store. Raises StoreForeign if there is a file already that is not ours."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (
            section(self.folder, "write", "create", timeout=self.lock_timeout, notify=self.notify),
            attached(self.backend, read_only=False) as connection,
            translated(self.backend.path),
        ):
            if not _tables(connection):
                connection.begin()
                migrate.create_bookkeeping(connection, uuid.uuid4().hex)
                connection.commit()
            _require_ours(connection, self.backend.path)
            self._migrate(connection)

    def upgrade(self) -> int:
        """Apply the migrations that are still to come; returns how many. Cheap when there are none."""
        with self.read("check version") as connection:
            if not migrate.pending(migrate.applied(connection), self.migrations):
                return 0
        with (
            self._section("write", "upgrade"),
            attached(self.backend, read_only=False) as connection,
            translated(self.backend.path),
        ):
            return self._migrate(connection)

    def _migrate(self, connection: duckdb.DuckDBPyConnection) -> int:
        todo = migrate.pending(migrate.applied(connection), self.migrations)
        migrate.apply(connection, todo, self.code_version)
        return len(todo)

    # -- using

    def sql(
        self, query: str, parameters: Mapping[str, object] | None = None, *, purpose: str = "query"
    ) -> pl.DataFrame:
        """The result of one query over the public views, as polars. Named parameters are written `$name`."""
        with self.read(purpose) as connection:
            return fetch(connection, query, parameters)

    def append(self, rows: Mapping[str, pl.DataFrame], *, purpose: str = "append") -> dict[str, int]:
        """Append a batch to each of several core tables in one transaction; returns the new rows of each."""
        unknown = [name for name in rows if name not in TABLES]
        if unknown:
            raise RecordError(f"there is no core table {', '.join(unknown)}; the tables are {', '.join(TABLES)}")
        with self.write(purpose) as connection:
            return self.append_within(connection, rows)

    def append_within(self, connection: duckdb.DuckDBPyConnection, rows: Mapping[str, pl.DataFrame]) -> dict[str, int]:
        """As `append`, inside a section the caller has."""
        moment = self.clock()
        return {name: insert(connection, TABLES[name], frame, recorded_at=moment) for name, frame in rows.items()}

    def append_own(self, table: Table, frame: pl.DataFrame, *, purpose: str = "append") -> int:
        """Append to a component's own table, described by a `Table` of its own."""
        with self.write(purpose) as connection:
            return insert(connection, table, frame, recorded_at=self.clock())

    def append_own_together(self, rows: Sequence[tuple[Table, pl.DataFrame]], *, purpose: str = "append") -> list[int]:
        """As `append_own`, for several tables in one transaction; returns the new rows of each, in the order given."""
        with self.write(purpose) as connection:
            moment = self.clock()
            return [insert(connection, table, frame, recorded_at=moment) for table, frame in rows]

    def snapshot(self, path: Path, queries: Mapping[str, Query], *, key: str | None = None) -> dict[str, int]:
        """Copy the result of each query into a table of a new file; returns the rows of each."""
        with self.read(f"snapshot {path.name}") as connection:
            return write_snapshot(connection, path, queries, key=key)


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """Undo what the block wrote; a connection that a full disk broke has nothing left to undo."""
    import duckdb

    with suppress(duckdb.Error):
        connection.rollback()


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'main'", [ALIAS]
    ).fetchall()
    return {name for (name,) in rows}


def _require_ours(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    if not {"scorpius_lab", "schema_migrations"} <= _tables(connection):
        raise foreign(path)
