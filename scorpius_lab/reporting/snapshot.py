"""The data a report may read: one DuckDB file with a table for each declared query, and how it came to be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import SecretStr

from scorpius_lab.core.identity import canonical_json
from scorpius_lab.core.store.backend import load_extension, sql_text
from scorpius_lab.core.store.snapshot import Query, write_snapshot
from scorpius_lab.errors import QueryError, UsageError
from scorpius_lab.reporting.redact import attach_snapshot, personal_columns, quoted, redact_snapshot

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import duckdb

    from scorpius_lab.reporting.spec import ReportParameters, ReportSpec, SnapshotQuery

RESERVED = ("_parameters", "_meta", "_queries")
MISSING = "_missing"
SAMPLE_COLUMN = "sample"  # true in a row that comes from bundled sample data
_OWN_FILES = ("", ".wal", ".wal.checkpoint", ".wal.recovery", ".tmp")  # what DuckDB writes beside a file's name
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


class ReadableStore(Protocol):
    """The part of the store a snapshot needs."""

    def read(self, purpose: str) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A connection on which the public views can be read, for the length of a block."""


class ReadableLab(Protocol):
    """The part of a lab a snapshot needs."""

    @property
    def store(self) -> ReadableStore:
        """The lab's tables."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was written: the file, the rows of each table, and the tables whose source the store does not have.

    `masked_texts` are what redaction took out of it; they are kept to look for them in evidence, and never shown.
    """

    path: Path
    rows: Mapping[str, int]
    missing: tuple[str, ...]
    run_ids: tuple[str, ...]
    redaction: str = ""
    masked_texts: frozenset[str] = field(default=frozenset(), repr=False)


Commit = Callable[[Sequence[str], Mapping[str, int]], Mapping[str, object]]


def nothing_to_add(run_ids: Sequence[str], rows: Mapping[str, int]) -> Mapping[str, object]:
    """No further fact about what was read."""
    del run_ids, rows
    return {}


@dataclass(frozen=True, slots=True)
class _Table:
    query: SnapshotQuery
    bound: Mapping[str, object]


def take_snapshot(
    lab: ReadableLab,
    spec: ReportSpec,
    parameters: ReportParameters,
    path: Path,
    *,
    redact: bool = False,
    meta: Mapping[str, object] | None = None,
    key: str | None = None,
    commit: Commit = nothing_to_add,
    lenient: bool = True,
) -> Snapshot:
    """Write the result of each query of `spec` into a new file at `path`, in one section over the lab's store.

    `parameters.as_of` must be set. `redact` masks the columns a query declares personal. `meta` is what the notebook
    finds in `report.meta`, beside the run ids and what `commit` adds when it is told which runs and rows were read.
    `key` (hex) encrypts the file. A query whose tables the store does not
    have gives an empty table if `lenient` (a supplied report, some of whose tables another component makes), else it is
    an error. No query can read a file outside the store. Raises QueryError naming the query that does not run, and the
    notebook; UsageError if `path` exists.
    """
    if path.exists():
        raise UsageError(f"{path} exists; a snapshot is written once")
    if parameters.as_of is None:
        raise UsageError(f"the snapshot for report {spec.name} needs as_of; a report never asks the clock")
    with lab.store.read(f"snapshot for report {spec.name}") as connection:
        _confine(connection, lab.store, path, key)
        planned = _planned(connection, spec, parameters, lenient=lenient)
        rows = write_snapshot(connection, path, {name: _copied(table) for name, table in planned.items()}, key=key)
    with opened(path, key) as connection:
        run_ids = _distinct(connection, list(planned), "run_id")
        sample = "true" in _distinct(connection, list(planned), SAMPLE_COLUMN)
    redacted = redact_snapshot(path, personal_columns(spec.queries), key=key) if redact else None
    redaction = redacted.note if redacted else ""
    facts = {**(meta or {}), **commit(run_ids, rows), "run_ids": run_ids, "redaction": redaction, "sample": sample}
    _write_own_tables(path, spec, parameters, rows=rows, facts=facts, key=key)
    missing = tuple(name for name, table in planned.items() if table is None)
    return Snapshot(path, rows, missing, tuple(run_ids), redaction, redacted.texts if redacted else frozenset())


def _planned(
    connection: duckdb.DuckDBPyConnection, spec: ReportSpec, parameters: ReportParameters, *, lenient: bool
) -> dict[str, _Table | None]:
    values = bindings(parameters)
    if lenient:
        return {query.name: plan(connection, query, values) for query in spec.queries}
    try:
        return {query.name: plan(connection, query, values, lenient=False) for query in spec.queries}
    except QueryError as error:
        raise QueryError(f"{spec.notebook}: {error}") from error


def _confine(connection: duckdb.DuckDBPyConnection, store: ReadableStore, path: Path, key: str | None) -> None:
    """From now on this database reaches no file but the attached store and the snapshot to be written, and no network.

    It cannot be undone, so the store closes the database after the section and does not use it again.
    """
    if key:
        load_extension(connection, "httpfs", "encryption")
    backend = getattr(store, "backend", None)
    if backend is not None and backend.kind == "ducklake":
        data = backend.data_path or f"{backend.path}.files"
        connection.execute(f"SET allowed_directories = [{sql_text(str(data))}]")
    own = ", ".join(sql_text(f"{path}{suffix}") for suffix in _OWN_FILES)
    connection.execute(f"SET allowed_paths = [{own}]")
    connection.execute("SET enable_external_access = false")


def bindings(parameters: ReportParameters) -> dict[str, object]:
    """What `$name` stands for in a query: every parameter but secrets."""
    values = {name: getattr(parameters, name) for name in type(parameters).model_fields}
    return {
        name: list(value) if isinstance(value, tuple | set | frozenset) else value
        for name, value in values.items()
        if not isinstance(value, SecretStr)
    }


def plan(
    connection: duckdb.DuckDBPyConnection, query: SnapshotQuery, values: Mapping[str, object], *, lenient: bool = True
) -> _Table | None:
    """Check a query against the store without running it; None if the store lacks a table it reads, if `lenient`.

    Raises QueryError if it is not one SELECT, does not bind, or names a parameter that does not exist.
    """
    import duckdb

    if not _NAME.fullmatch(query.name):
        raise QueryError(f"{query.name!r} cannot name a snapshot table: use letters, digits and underscores")
    bound = _bound(connection, query, values)
    try:
        connection.execute(f"DESCRIBE {query.sql}", bound or None)
    except duckdb.CatalogException as error:
        if lenient and "Table with name" in str(error):
            return None
        raise QueryError(f"the snapshot query {query.name} does not run: {_first_line(error)}") from error
    except duckdb.Error as error:
        raise QueryError(f"the snapshot query {query.name} does not run: {_first_line(error)}") from error
    return _Table(query, bound)


def _bound(
    connection: duckdb.DuckDBPyConnection, query: SnapshotQuery, values: Mapping[str, object]
) -> dict[str, object]:
    """The values of the parameters this query names (DuckDB refuses any others)."""
    import duckdb

    try:
        statements = connection.extract_statements(query.sql)
    except duckdb.Error as error:
        raise QueryError(f"the snapshot query {query.name} is not SQL: {_first_line(error)}") from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise QueryError(f"the snapshot query {query.name} must be one SELECT")
    unknown = sorted(set(statements[0].named_parameters) - set(values))
    if unknown:
        raise QueryError(f"the snapshot query {query.name} uses ${unknown[0]}, which is no parameter of the report")
    return {name: values[name] for name in statements[0].named_parameters}


@contextmanager
def _new_file(connection: duckdb.DuckDBPyConnection, path: Path, key: str | None) -> Iterator[None]:
    """Attach a file as `snap` for one transaction; it is deleted if the block fails."""
    attach_snapshot(connection, path, "snap", key, read_only=False)
    try:
        connection.begin()
        yield
        connection.commit()
    except BaseException:
        connection.rollback()
        connection.execute("DETACH snap")
        path.unlink(missing_ok=True)
        raise
    connection.execute("DETACH snap")


def _copied(table: _Table | None) -> Query:
    """What fills a table of the snapshot; one whose source the store does not have is there, empty and marked."""
    if table is None:
        return Query(f"SELECT NULL::BOOLEAN AS {MISSING} WHERE false")
    return Query(table.query.sql, table.bound)


def _distinct(connection: duckdb.DuckDBPyConnection, names: Sequence[str], column: str) -> list[str]:
    """The texts that stand in a column of this name, in any of the snapshot's tables, sorted."""
    found: set[str] = set()
    for name in names:
        columns = connection.execute(f"SELECT * FROM snap.main.{quoted(name)} LIMIT 0").description or []  # noqa: S608 (quoted)
        if any(described[0] == column for described in columns):
            statement = f"SELECT DISTINCT {quoted(column)}::VARCHAR FROM snap.main.{quoted(name)}"  # noqa: S608 (quoted)
            found.update(text for (text,) in connection.execute(statement).fetchall() if text)
    return sorted(found)


def _write_own_tables(
    path: Path,
    spec: ReportSpec,
    parameters: ReportParameters,
    *,
    rows: Mapping[str, int],
    facts: Mapping[str, object],
    key: str | None,
) -> None:
    """What the snapshot says about itself, written after any redaction."""
    import duckdb

    described = [(query.name, query.sql, query.when_empty, rows[query.name]) for query in spec.queries]
    with duckdb.connect(":memory:") as connection, _new_file(connection, path, key):
        for name, data in (("_parameters", recorded(parameters)), ("_meta", facts)):
            connection.execute(f"CREATE TABLE snap.main.{name} (json VARCHAR)")
            connection.execute(f"INSERT INTO snap.main.{name} VALUES (?)", [canonical_json(data)])  # noqa: S608 (ours)
        connection.execute(
            'CREATE TABLE snap.main._queries (name VARCHAR, "sql" VARCHAR, when_empty VARCHAR, rows BIGINT)'
        )
        if described:
            connection.executemany("INSERT INTO snap.main._queries VALUES (?, ?, ?, ?)", described)


def recorded(parameters: ReportParameters) -> dict[str, Any]:
    """Parameters as JSON data: times as ISO text, a secret as its name."""
    data: dict[str, Any] = parameters.model_dump(mode="json")
    for name in type(parameters).model_fields:
        value = getattr(parameters, name)
        if isinstance(value, SecretStr):
            data[name] = value.get_secret_value()  # validated to be `secret:NAME`
    return data


@contextmanager
def opened(path: Path, key: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection on a snapshot file, attached as `snap`, closed at the end of the block."""
    connection = connect(path, key)
    try:
        yield connection
    finally:
        connection.close()


def connect(path: Path, key: str | None = None) -> duckdb.DuckDBPyConnection:
    """A connection with the snapshot attached read-only as `snap`. Raises UsageError if there is none that opens."""
    import duckdb

    if not path.is_file():
        raise UsageError(f"there is no snapshot {path}")
    connection = duckdb.connect(":memory:")
    try:
        connection.execute("SET TimeZone = 'UTC'")
        attach_snapshot(connection, path, "snap", key, read_only=True)
        connection.execute("USE snap")
    except duckdb.Error as error:
        connection.close()
        raise UsageError(f"{path} does not open as a snapshot: {_first_line(error)}") from error
    return connection


def parse_time(text: str) -> datetime:
    """An aware time from recorded ISO text."""
    return datetime.fromisoformat(text)


def read_json(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    """The one JSON object of `_parameters` or `_meta`."""
    row = connection.execute(f"SELECT json FROM snap.main.{quoted(table)}").fetchone()  # noqa: S608 (quoted)
    data: dict[str, Any] = json.loads(row[0]) if row else {}
    return data


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
