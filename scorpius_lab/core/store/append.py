"""Batches into tables: columns checked, ids computed and repeated rows left out, all inside the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scorpius_lab.core.identity import content_id_sql
from scorpius_lab.core.store.exchange import register
from scorpius_lab.core.store.tables import FINDINGS, SQL_TYPES, ColumnType, Table
from scorpius_lab.errors import RecordError

if TYPE_CHECKING:
    from datetime import datetime

    import duckdb
    import polars as pl

_BATCH = "batch_to_append"
FINGERPRINT = content_id_sql("'finding'", "rule_id", "asset_id", "location_key")
"""The SQL of `Finding.fingerprint`, which the store computes and never takes from a caller."""


def insert(connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame, *, recorded_at: datetime) -> int:
    """Append the rows of `frame` that the table does not have yet; returns how many that were.

    Missing columns become NULL, `recorded_at` is set here, and so is the key. Must run inside a transaction of the
    caller's. Raises RecordError for a missing required column or an unknown one.
    """
    if frame.is_empty():
        return 0
    check_columns(table, frame.columns)
    if table is FINDINGS:
        frame = frame.drop("fingerprint", strict=False)
    register(connection, _BATCH, frame)
    try:
        return _insert_new(connection, table, frame, recorded_at)
    finally:
        connection.unregister(_BATCH)


def check_columns(table: Table, columns: Iterable[str]) -> None:
    """Raises RecordError unless the columns include all required ones and no unknown one."""
    given = set(columns)
    missing = [name for name in table.required if name not in given]
    if missing:
        raise RecordError(f"rows for {table.name} lack the column {', '.join(missing)}")
    unknown = sorted(given - set(table.all_columns))
    if unknown:
        raise RecordError(
            f"rows for {table.name} have the unknown column {', '.join(unknown)}; "
            f"its columns are {', '.join(table.all_columns)}"
        )


def _insert_new(connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame, recorded_at: datetime) -> int:
    given = set(frame.columns)
    batch = _BATCH
    if table is FINDINGS:
        # A column of its own, so that the id, a hash over it, does not compute it again.
        batch = f"(SELECT *, {FINGERPRINT} AS fingerprint FROM {_BATCH})"
        given.add("fingerprint")
    names = list(table.all_columns)
    select = ", ".join(f"{_value(table, name, given)} AS {name}" for name in names)
    source = f"SELECT {select} FROM {batch}"
    if table.key:
        key = table.key
        # Only a batch that repeats itself pays for the window.
        once = f" QUALIFY row_number() OVER (PARTITION BY {key}) = 1" if _repeats(table, frame) else ""
        source = f"SELECT * FROM ({source}) new ANTI JOIN lab.{table.name} old USING ({key}){once}"
    rows = connection.execute(
        f"INSERT INTO lab.{table.name} ({', '.join(names)}) {source}", {"recorded_at": recorded_at}
    ).fetchone()
    return int(rows[0]) if rows else 0


def _repeats(table: Table, frame: pl.DataFrame) -> bool:
    """True if two rows of the batch may be the same record (a row hash that repeats)."""
    columns = [name for name in (*table.identity, *table.required) if name in frame.columns] or [table.key]
    return bool(frame.select(sorted(set(columns))).hash_rows().n_unique() < frame.height)


def _value(table: Table, name: str, given: set[str]) -> str:
    """The SQL of one column of the new rows."""
    if name == "recorded_at":
        return "$recorded_at"
    if name == table.key and table.identity:
        return content_id_sql(*(_identity_text(table, column, given) for column in table.identity))
    return _typed(table.all_columns[name], name) if name in given else f"NULL::{SQL_TYPES[table.all_columns[name]]}"


def _typed(kind: ColumnType, name: str) -> str:
    return f"{name}::{SQL_TYPES[kind]}"


def _identity_text(table: Table, name: str, given: set[str]) -> str:
    """The canonical text of a column, as `identity.canonical_text` writes it."""
    if name not in given:
        return "NULL::VARCHAR"
    kind = table.all_columns[name]
    if kind == "time":
        return f"strftime({name}::TIMESTAMPTZ AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
    if kind == "list":
        return f"to_json({name}::VARCHAR[])::VARCHAR"
    return f"{name}::VARCHAR"
