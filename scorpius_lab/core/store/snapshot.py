"""A snapshot: exactly the rows a report declares, copied into a DuckDB file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from scorpius_lab.core.store.backend import load_extension, sql_text
from scorpius_lab.core.store.failures import translated
from scorpius_lab.errors import QueryError, ScorpiusError

if TYPE_CHECKING:
    import duckdb

_NAME_RULE = "a snapshot table is named with letters, digits and underscores"


@dataclass(frozen=True, slots=True)
class Query:
    """The SQL of one snapshot table and the values of its named parameters (those it does not use are left out)."""

    sql: str
    parameters: Mapping[str, object] = field(default_factory=dict)


def write_snapshot(
    connection: duckdb.DuckDBPyConnection, path: Path, queries: Mapping[str, Query], *, key: str | None = None
) -> dict[str, int]:
    """Write one table per query into a new file at `path`; returns the rows of each.

    `connection` has the store attached read-only with its public views. `key` (hex) encrypts the file. Raises
    QueryError naming the query that does not run.
    """
    options = f" (ENCRYPTION_KEY {sql_text(key)}, ENCRYPTION_CIPHER 'GCM')" if key else ""
    if key:
        load_extension(connection, "httpfs", "encryption")
    with translated(path):
        connection.execute(f"ATTACH {sql_text(str(path))} AS snap{options}")
        try:
            connection.execute("BEGIN")
            rows = {name: _copy(connection, path, name, query) for name, query in queries.items()}
            connection.execute("COMMIT")
        except BaseException:
            _undo(connection, path)
            raise
        connection.execute("DETACH snap")
    return rows


def _undo(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Leave no half a snapshot; a connection that a full disk broke has nothing left to roll back."""
    import duckdb

    with suppress(duckdb.Error):
        connection.execute("ROLLBACK")
    with suppress(duckdb.Error):
        connection.execute("DETACH snap")
    path.unlink(missing_ok=True)


def _copy(connection: duckdb.DuckDBPyConnection, path: Path, name: str, query: Query) -> int:
    if not name.isidentifier():
        raise QueryError(f"{name!r} cannot name a table; {_NAME_RULE}")
    try:
        used = _used_parameters(connection, query)
        # One transaction writes one attached database only: the lab is merely read.
        row = connection.execute(f'CREATE TABLE snap."{name}" AS {query.sql}', used).fetchone()
    except ScorpiusError:
        raise
    except Exception as error:
        with translated(path):
            _reraise_unless_query(error, name)
        raise
    return int(row[0]) if row else 0


def _reraise_unless_query(error: Exception, name: str) -> None:
    import duckdb

    if isinstance(error, duckdb.Error) and not isinstance(error, duckdb.IOException | duckdb.FatalException):
        raise QueryError(f"the snapshot query {name} does not run: {error}") from error
    raise error


def _used_parameters(connection: duckdb.DuckDBPyConnection, query: Query) -> dict[str, object]:
    """DuckDB refuses a named parameter that the statement does not mention."""
    named: set[str] = set()
    for statement in connection.extract_statements(query.sql):
        named |= statement.named_parameters
    return {name: value for name, value in query.parameters.items() if name in named}
