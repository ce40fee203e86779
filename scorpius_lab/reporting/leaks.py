"""Look for known secrets in every file of a folder: raw, escaped and encoded, and inside DuckDB tables.

A final sweep, not a proof: a secret that was split, encrypted or compressed in another way is not found.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

from scorpius_lab.core.secrets import looks_secret
from scorpius_lab.reporting.manifest import shown

SHORTEST: Final = 6
CHUNK: Final = 4 << 20
_DUCKDB_MAGIC: Final = b"DUCK"
_MAGIC_AT: Final = 8


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret was found: in which file, and where in it. The secret itself is not kept."""

    file: str
    where: str = ""

    @property
    def place(self) -> str:
        """`data.duckdb, table findings, column message`."""
        return f"{shown(self.file)}, {self.where}" if self.where else shown(self.file)


def secret_values(environ: Mapping[str, str], more: Iterable[str] = ()) -> frozenset[str]:
    """The values to look for: every environment variable whose name says it holds a secret, and `more`.

    Values shorter than six characters are left out: they would be found by chance.
    """
    named = (value for name, value in environ.items() if looks_secret(name))
    return frozenset(value for value in (*named, *more) if len(value) >= SHORTEST)


def scan_for_secrets(folder: Path, secrets: Iterable[str], *, key: str | None = None) -> list[Leak]:
    """Where in the folder's files one of these secrets appears; an empty list if nowhere.

    `key` (hex) opens encrypted DuckDB files. A DuckDB file that cannot be opened is itself listed, as not looked into.
    """
    wanted = sorted({secret for secret in secrets if len(secret) >= SHORTEST})
    if not wanted:
        return []
    forms = sorted({form for secret in wanted for form in _forms(secret)})
    leaks: list[Leak] = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        name = path.relative_to(folder).as_posix()
        if any(secret in name for secret in wanted):
            leaks.append(Leak("a file's name"))
        if _holds(path, forms):
            leaks.append(Leak(name))
        if _is_duckdb(path):
            leaks.extend(Leak(name, where) for where in _in_tables(path, wanted, key))
    return leaks


def text_forms(secret: str) -> set[str]:
    """The ways a text is written in HTML, JSON and addresses."""
    quoted = json.dumps(secret)[1:-1]
    texts = {secret, html.escape(secret), html.escape(secret, quote=False), quote(secret, safe=""), quote_plus(secret)}
    texts |= {quoted, json.dumps(secret, ensure_ascii=False)[1:-1], json.dumps(quoted)[1:-1], html.escape(quoted)}
    return texts | {text.replace("<", "\\u003c") for text in texts}


def _forms(secret: str) -> Iterator[bytes]:
    """The ways a text is written as such, in hex and in base64 (in each of its three alignments)."""
    for text in text_forms(secret):
        yield text.encode("utf-8", "surrogatepass")
    data = secret.encode("utf-8", "surrogatepass")
    yield data.hex().encode()
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + data)
        first = (0, 2, 3)[offset]
        last = len(whole) - (0, 3, 2)[(offset + len(data)) % 3]
        if last - first >= SHORTEST:
            yield whole[first:last]


def _holds(path: Path, forms: list[bytes]) -> bool:
    overlap = max(len(form) for form in forms) - 1
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            window = tail + chunk
            if any(form in window for form in forms):
                return True
            tail = window[-overlap:] if overlap else b""
    return False


def _is_duckdb(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(_MAGIC_AT + len(_DUCKDB_MAGIC))[_MAGIC_AT:] == _DUCKDB_MAGIC


def _in_tables(path: Path, secrets: list[str], key: str | None) -> list[str]:
    """`table t, column c` for each column that holds a secret; strings in the file itself are compressed."""
    import duckdb

    from scorpius_lab.reporting.redact import attach_snapshot, quoted

    try:
        with duckdb.connect(":memory:") as connection:
            attach_snapshot(connection, path, "leaks", key, read_only=True)
            columns = connection.execute(
                "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'leaks'"
            ).fetchall()
            return [
                f"table {shown(table)}, column {shown(column)}"
                for table, column in columns
                if connection.execute(
                    f"SELECT 1 FROM leaks.{quoted(table)} AS t, (SELECT unnest($1::VARCHAR[]) AS secret) "  # noqa: S608
                    f"WHERE contains(t.{quoted(column)}::VARCHAR, secret) LIMIT 1",
                    [secrets],
                ).fetchone()
            ]
    except duckdb.Error:
        return ["which cannot be opened and was not looked into"]
