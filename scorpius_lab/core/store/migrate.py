"""Numbered migrations per component: applied once each, in order, recorded with their hash, never edited."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from scorpius_lab.core.runs import utc_now
from scorpius_lab.errors import MigrationError, StoreTooNew

if TYPE_CHECKING:
    import duckdb

CORE = ("core", "scorpius_lab.core.store.migrations")
_FILE = re.compile(r"(\d{4})\.sql$")


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file of a component."""

    component: str
    number: int
    sql: str

    @property
    def sha256(self) -> str:
        """Names the file's content, so that an edited release is noticed."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(component: str, package: str) -> tuple[Migration, ...]:
    """The migrations in a package's `0001.sql`, `0002.sql` … Raises MigrationError if a number is missing."""
    found = []
    for entry in resources.files(package).iterdir():
        match = _FILE.fullmatch(entry.name)
        if match:
            found.append(Migration(component, int(match[1]), entry.read_text(encoding="utf-8")))
    found.sort(key=lambda migration: migration.number)
    if [m.number for m in found] != list(range(1, len(found) + 1)):
        raise MigrationError(f"the migrations in {package} are not numbered 0001, 0002 … without gaps")
    return tuple(found)


def create_bookkeeping(connection: duckdb.DuckDBPyConnection, lab_id: str) -> None:
    """The two tables that make a database a store of ours."""
    connection.execute("CREATE TABLE lab.scorpius_lab (lab_id VARCHAR, created_at TIMESTAMPTZ)")
    connection.execute("INSERT INTO lab.scorpius_lab VALUES (?, ?)", [lab_id, utc_now()])
    connection.execute(
        "CREATE TABLE lab.schema_migrations (component VARCHAR, number INTEGER, sha256 VARCHAR, "
        "code_version VARCHAR, applied_at TIMESTAMPTZ)"
    )


def applied(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, int], str]:
    """What is recorded as applied: (component, number) to the file's hash."""
    rows = connection.execute("SELECT component, number, sha256 FROM lab.schema_migrations").fetchall()
    return {(component, number): sha256 for component, number, sha256 in rows}


def pending(done: dict[tuple[str, int], str], known: Iterable[Migration]) -> list[Migration]:
    """The migrations still to apply.

    Raises StoreTooNew if the store has a migration this code does not know of a component it does know, and
    MigrationError if an applied file was edited since.
    """
    known = list(known)
    newest = {m.component: m.number for m in known}
    for component, number in done:
        if component in newest and number > newest[component]:
            raise StoreTooNew(
                f"the store has migration {number} of {component} and this version of scorpius-lab knows "
                f"{newest[component]}; upgrade scorpius-lab"
            )
    for migration in known:
        recorded = done.get((migration.component, migration.number))
        if recorded is not None and recorded != migration.sha256:
            raise MigrationError(
                f"migration {migration.number:04d} of {migration.component} was edited after it was applied; "
                "undo the edit and add a new migration"
            )
    return [m for m in known if (m.component, m.number) not in done]


def apply(connection: duckdb.DuckDBPyConnection, migrations: Iterable[Migration], code_version: str) -> None:
    """Apply migrations, each in one transaction with its record."""
    for migration in migrations:
        connection.begin()
        try:
            connection.execute(migration.sql)
            connection.execute(
                "INSERT INTO lab.schema_migrations VALUES (?, ?, ?, ?, ?)",
                [migration.component, migration.number, migration.sha256, code_version, utc_now()],
            )
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
