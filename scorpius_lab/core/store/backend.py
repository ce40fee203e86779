"""Where the tables lie: a DuckDB file, or a DuckLake with its catalogue. Both are attached under the name `lab`."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from scorpius_lab.core.store.failures import translated
from scorpius_lab.errors import MissingExtra, StoreKeyError

if TYPE_CHECKING:
    import duckdb

ALIAS = "lab"


@dataclass(frozen=True, slots=True)
class Backend:
    """How to attach the store. `key` is the data key of an encrypted store, in hex; it is never logged or shown."""

    kind: Literal["duckdb", "ducklake"]
    path: Path
    data_path: Path | None = None
    key: str | None = None
    threads: int | None = None
    memory_limit: str | None = None

    def __repr__(self) -> str:
        """Everything but the key."""
        return f"Backend(kind={self.kind!r}, path={str(self.path)!r}, encrypted={self.key is not None})"


def sql_text(value: str) -> str:
    """A SQL string literal. For ATTACH and SET, which take no bound parameters."""
    return "'" + value.replace("'", "''") + "'"


def load_extension(connection: duckdb.DuckDBPyConnection, name: str, extra: str) -> None:
    """Load a DuckDB extension from its wheel by path, so that nothing is ever downloaded. Raises MissingExtra."""
    module_name = f"duckdb_extension_{name}"
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"DuckDB's extension {name} is not installed; run `pip install 'scorpius-lab[{extra}]'`"
        ) from error
    path = next(Path(str(module.__file__)).parent.rglob("*.duckdb_extension"))
    connection.execute(f"LOAD {sql_text(str(path))}")


def memory_connection(backend: Backend) -> duckdb.DuckDBPyConnection:
    """An in-memory connection with the house's settings and the extensions the store needs."""
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": False}
    if backend.threads:
        settings["threads"] = backend.threads
    if backend.memory_limit:
        settings["memory_limit"] = backend.memory_limit
    connection = duckdb.connect(":memory:", config=settings)
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET temp_directory = {sql_text(str(backend.path.parent / 'tmp'))}")
    if backend.key is not None:
        # Spill files are plaintext otherwise; and only OpenSSL, which httpfs brings, may write encrypted files.
        connection.execute("SET temp_file_encryption = true")
        load_extension(connection, "httpfs", "encryption")
    if backend.kind == "ducklake":
        load_extension(connection, "ducklake", "scale")
    return connection


def attach_statement(backend: Backend, *, read_only: bool) -> str:
    """The ATTACH that puts the store under `lab`."""
    options = ["READ_ONLY"] if read_only else []
    if backend.kind == "ducklake":
        if backend.data_path is not None:
            options.append(f"DATA_PATH {sql_text(str(backend.data_path))}")
        if backend.key is not None:
            raise StoreKeyError(
                "encryption at rest is not offered for a DuckLake store; put its folder on an encrypted disk "
                "or set store.backend to duckdb"
            )
        target = f"ducklake:{backend.path}"
    else:
        target = str(backend.path)
        options.append("TYPE duckdb")  # or DuckDB looks for an extension when the file is, say, SQLite's
        if backend.key is not None:
            options += [f"ENCRYPTION_KEY {sql_text(backend.key)}", "ENCRYPTION_CIPHER 'GCM'"]
    clause = f" ({', '.join(options)})" if options else ""
    return f"ATTACH {sql_text(target)} AS {ALIAS}{clause}"


# In-memory databases with nothing attached, ready for the next section: making one costs 10 ms, and holds no file.
_idle: dict[tuple[int, Backend], list[duckdb.DuckDBPyConnection]] = {}
_MOST_IDLE = 2


@contextmanager
def attached(backend: Backend, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the store attached; detached, and so checkpointed, at the end of the block.

    The in-memory database under it is kept for the next section of this process, unless the block raised. A forked
    child makes its own.
    """
    waiting = _idle.setdefault((os.getpid(), backend), [])
    with translated(backend.path):
        database = waiting.pop() if waiting else memory_connection(backend)
    try:
        with translated(backend.path):
            connection = database.cursor()
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(attach_statement(backend, read_only=read_only))
            connection.execute(f"USE {ALIAS}")
        yield connection
        with translated(backend.path):
            connection.execute("USE memory")
            connection.execute(f"DETACH {ALIAS}")
            row = connection.execute("SELECT current_setting('enable_external_access')").fetchone()
        connection.close()
    except BaseException:
        database.close()
        raise
    confined = row is not None and not row[0]  # cannot be undone, and such a database attaches nothing else
    if len(waiting) < _MOST_IDLE and not confined:
        waiting.append(database)
    else:
        database.close()
