"""Mask what a report's queries mark as personal, before its notebook runs, so that no output ever shows it.

Texts become keyed pseudonyms (HMAC-SHA-256 under a random key that is used once and kept nowhere), so equal values
stay equal inside one bundle and cannot be compared between bundles or guessed. Anything that is not text becomes
missing. The file is written anew: a database keeps freed blocks, and with them the old rows.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scorpius_lab.core.store.exchange import fetch
from scorpius_lab.errors import ReportError

if TYPE_CHECKING:
    import duckdb

    from scorpius_lab.reporting.spec import SnapshotQuery

KEY_BYTES: Final = 32
DIGITS: Final = 16
SHORTEST_RESIDUE: Final = 4
_TEXT: Final = "VARCHAR"
_TEXTS: Final = "VARCHAR[]"


@dataclass(frozen=True, slots=True)
class Residue:
    """A column that is not marked personal but holds, in so many rows, a text that was masked elsewhere."""

    table: str
    column: str
    rows: int


@dataclass(frozen=True, slots=True)
class Redaction:
    """What was masked and what was dropped, as `table.column`, and where masked texts remain in other columns.

    `texts` are the masked texts themselves, to look for them in evidence; they are neither shown nor written.
    """

    masked: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    residues: tuple[Residue, ...] = ()
    texts: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def note(self) -> str:
        """The sentence for the manifest and the cover."""
        if not self.masked and not self.dropped:
            return "Redacted: no column of this report is marked personal."
        parts = []
        if self.masked:
            parts.append(f"pseudonyms (keyed, key destroyed) in {', '.join(self.masked)}")
        if self.dropped:
            parts.append(f"left out {', '.join(self.dropped)}")
        if self.residues:
            where = ", ".join(f"{r.table}.{r.column} ({r.rows} rows)" for r in self.residues)
            parts.append(f"masked texts may still be read in {where}")
        return f"Redacted: {'; '.join(parts)}."


def personal_columns(queries: Iterable[SnapshotQuery]) -> dict[str, tuple[str, ...]]:
    """The columns each snapshot query marks as personal."""
    return {query.name: query.personal for query in queries if query.personal}


def redact_snapshot(path: Path, personal: Mapping[str, Iterable[str]], *, key: str | None = None) -> Redaction:
    """Mask these columns of a snapshot in place and say what was done.

    In: the snapshot, its personal columns by table, and its encryption key (hex) if it has one. Columns that a table
    does not have are ignored. Raises ReportError if the file cannot be opened or written; it is unchanged then.
    """
    import duckdb

    staging = path.with_name(f".{path.name}.{secrets.token_hex(6)}.redacting")
    try:
        with duckdb.connect(":memory:") as connection:
            attach_snapshot(connection, path, "old", key, read_only=True)
            attach_snapshot(connection, staging, "new", key, read_only=False)
            redaction = _copy_masked(connection, {table: frozenset(columns) for table, columns in personal.items()})
            connection.execute("DETACH new")
        os.replace(staging, path)  # noqa: PTH105 (atomic on POSIX, same folder)
    except duckdb.Error as error:
        raise ReportError(f"the snapshot {path.name} could not be redacted: {error}") from error
    finally:
        staging.unlink(missing_ok=True)
    return redaction


def attach_snapshot(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, key: str | None, *, read_only: bool
) -> None:
    """Attach a snapshot file under a name; DuckDB may then reach no other file and no network."""
    options = ["READ_ONLY"] if read_only else []
    if key:
        from scorpius_lab.core.store.backend import load_extension

        load_extension(connection, "httpfs", "encryption")
        options += [f"ENCRYPTION_KEY {_text(key)}", "ENCRYPTION_CIPHER 'GCM'"]
    connection.execute("SET autoinstall_known_extensions = false")
    clause = f" ({', '.join(options)})" if options else ""
    connection.execute(f"ATTACH {_text(str(path))} AS {quoted(name)}{clause}")


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def pseudonym(value: str, key: bytes) -> str:
    """The stand-in for a text under one key: `masked-` and 64 bits of its HMAC-SHA-256 in hex."""
    return "masked-" + hmac.new(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:DIGITS]


def _copy_masked(connection: duckdb.DuckDBPyConnection, personal: Mapping[str, frozenset[str]]) -> Redaction:
    tables = _columns(connection)
    # The key is made here, lives in this connection only, and is gone when it closes.
    make_pseudonym_macro(connection, secrets.token_bytes(KEY_BYTES))
    _keep_masked_texts(connection, tables, personal)
    masked, dropped = [], []
    for table, columns in tables.items():
        wanted = personal.get(table, frozenset())
        masked += [f"{table}.{c}" for c, kind in columns.items() if c in wanted and kind in (_TEXT, _TEXTS)]
        dropped += [f"{table}.{c}" for c, kind in columns.items() if c in wanted and kind not in (_TEXT, _TEXTS)]
        selection = ", ".join(_masked(c, kind) if c in wanted else f"t.{quoted(c)}" for c, kind in columns.items())
        connection.execute(
            f"CREATE TABLE new.{quoted(table)} AS SELECT {selection} FROM old.{quoted(table)} AS t ORDER BY t.rowid"  # noqa: S608
        )
    texts = _masked_texts(connection)
    return Redaction(tuple(masked), tuple(dropped), _residues(connection, tables, personal, texts), texts)


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'old' "
        "ORDER BY table_name, column_index"
    ).fetchall()
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        tables.setdefault(table, {})[column] = kind
    return tables


def make_pseudonym_macro(connection: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Define `pseudonym(text)` in this connection, the same function in SQL: HMAC of RFC 2104 over SHA-256."""
    block = key.ljust(64, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block).hex() for pad in (0x36, 0x5C))
    connection.execute(
        "CREATE TEMP MACRO pseudonym(text) AS 'masked-' || "
        f"left(sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || encode(text)))), {DIGITS})"
    )


def _masked(column: str, kind: str) -> str:
    name = quoted(column)
    if kind == _TEXT:
        return f"pseudonym(t.{name}) AS {name}"
    if kind == _TEXTS:
        return f"list_transform(t.{name}, lambda item: pseudonym(item)) AS {name}"
    return f"NULL::{kind} AS {name}"


def _keep_masked_texts(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Mapping[str, str]],
    personal: Mapping[str, frozenset[str]],
) -> None:
    """A table in memory of the texts that are masked, to look for them elsewhere."""
    connection.execute("CREATE TEMP TABLE masked_texts (value VARCHAR)")
    for table, columns in tables.items():
        for column, kind in columns.items():
            if column in personal.get(table, frozenset()) and kind in (_TEXT, _TEXTS):
                expression = quoted(column) if kind == _TEXT else f"unnest({quoted(column)})"
                connection.execute(
                    f"INSERT INTO masked_texts SELECT DISTINCT {expression} FROM old.{quoted(table)}"  # noqa: S608
                )


def _masked_texts(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    known = fetch(connection, "SELECT DISTINCT value FROM masked_texts WHERE trim(value) <> ''")
    return frozenset(known.to_series().to_list())


def _residues(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Mapping[str, str]],
    personal: Mapping[str, frozenset[str]],
    texts: frozenset[str],
) -> tuple[Residue, ...]:
    """Columns of the new file that still hold a masked text of four or more letters."""
    import polars as pl

    known = sorted(text for text in texts if len(text) >= SHORTEST_RESIDUE)
    found = []
    for table, columns in tables.items():
        for column, kind in columns.items():
            if not known or column in personal.get(table, frozenset()) or not _may_hold_text(kind):
                continue
            values = fetch(connection, f"SELECT {quoted(column)}::VARCHAR FROM new.{quoted(table)}")  # noqa: S608
            rows = values.to_series().cast(pl.String).str.contains_any(known).sum()
            if rows:
                found.append(Residue(table, column, int(rows)))
    return tuple(found)


def _may_hold_text(kind: str) -> bool:
    return any(word in kind for word in ("VARCHAR", "JSON", "BLOB", "STRUCT", "MAP", "UNION", "ENUM"))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
