"""The database's own words about a broken, foreign, locked or full store, turned into the house's errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scorpius_lab.errors import (
    QueryError,
    ScorpiusError,
    StoreDamaged,
    StoreError,
    StoreForeign,
    StoreFull,
    StoreKeyError,
    StoreLocked,
    StoreReadOnly,
    StoreTooNew,
)

# Each pattern is matched against DuckDB's message; the first that fits decides.
_PATTERNS: tuple[tuple[str, type[StoreError], str], ...] = (
    (
        r"No space left|File too large|Could not write all bytes|disk quota|failed to offload data block",
        StoreFull,
        "no space is left for the store {path}; free some and try again (what was committed before is intact)",
    ),
    (
        r"Conflicting lock is held in (?P<program>[^(]*)\(PID (?P<pid>\d+)\)",
        StoreLocked,
        "{path} is held open by process {pid} ({program}) outside this package; close it there and try again",
    ),
    (
        r"(is|was) encrypted|encrypted database|encryption key|Wrong encryption|not encrypted|decrypt",
        StoreKeyError,
        "{path} cannot be opened with the key at hand; check store.encryption and the key of this lab",
    ),
    (
        r"read-only|Read-only|Permission denied|Cannot open file|Operation not permitted",
        StoreReadOnly,
        "{path} cannot be written or opened ({reason}); check the permissions of the lab folder",
    ),
    (
        r"database file with version number (?P<version>\d+)|newer version|storage version|version \d+.*can only read",
        StoreTooNew,
        "{path} was written by a newer DuckDB; upgrade scorpius-lab to open it",
    ),
    (
        r"not a valid DuckDB database|Corrupt|corrupt|checksum|Failed to load|Serialization|deserializ|"
        r"Could not read|Unexpected end|WAL|magic",
        StoreDamaged,
        "{path} is damaged or not a DuckDB database ({reason}); restore it from a backup, "
        "blobs and bundles are not affected",
    ),
)


def explain(error: Exception, path: Path) -> StoreError | None:
    """The typed error for a database error, or None if it is not about the store's file."""
    text = str(error)
    for pattern, kind, sentence in _PATTERNS:
        found = re.search(pattern, text)
        if found:
            groups = {name: (value or "").strip() for name, value in found.groupdict().items()}
            reason = text.splitlines()[0].strip().rstrip(".")
            return kind(sentence.format(path=path, reason=reason, **groups))
    return None


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn database errors about the store's file into StoreError; those of a statement into QueryError."""
    import duckdb

    try:
        yield
    except ScorpiusError:
        raise
    except duckdb.Error as error:
        if isinstance(error, duckdb.IOException | duckdb.FatalException | duckdb.InternalException):
            raise explain(error, path) or StoreDamaged(f"{path}: {_first_line(error)}") from error
        if isinstance(error, duckdb.OutOfMemoryException):
            raise explain(error, path) or StoreError(
                f"the query on {path} needs more memory than allowed ({_first_line(error)}); raise store.memory_limit"
            ) from error
        if "attached in read-only mode" in str(error):
            raise QueryError(
                "a query only reads the lab's tables; nothing in them is ever changed or deleted"
            ) from error
        known = explain(error, path) if _about_the_file(error) else None
        raise known or QueryError(f"the query does not run: {error}") from error


def _about_the_file(error: Exception) -> bool:
    return bool(re.search(r"ncrypt|read-only|attached in|storage version|Serialization", str(error)))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def foreign(path: Path) -> StoreForeign:
    """The error for a database that is somebody else's."""
    return StoreForeign(
        f"{path} is a database but not a scorpius_lab store; name another folder or create a lab with `scorpius init`"
    )
