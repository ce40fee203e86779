"""The public views: what `lab.sql`, reports and engines read. They shadow the tables of the same name."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from scorpius_lab.core.identity import utc_text
from scorpius_lab.core.store.tables import TABLES

if TYPE_CHECKING:
    import duckdb

_CURRENT = """
SELECT f.*,
       CASE WHEN e.state IN ('accepted', 'false_positive') AND e.until <= {moment} THEN 'open'
            ELSE coalesce(e.state, 'open') END AS state,
       e.reason AS state_reason, e.until AS state_until, e.actor AS state_actor, e.recorded_at AS state_since
FROM (
    SELECT *, min(recorded_at) OVER (PARTITION BY fingerprint) AS first_recorded_at
    FROM {findings} WHERE {when}
    QUALIFY row_number() OVER (PARTITION BY fingerprint ORDER BY recorded_at DESC, id) = 1
) f
LEFT JOIN (
    SELECT * FROM {events} WHERE {when}
    QUALIFY row_number() OVER (PARTITION BY fingerprint ORDER BY recorded_at DESC, effective_at DESC, id) = 1
) e USING (fingerprint)
"""

_RUNS = """
SELECT * FROM lab.runs WHERE {when}
QUALIFY row_number() OVER (PARTITION BY id ORDER BY recorded_at DESC, ended_at DESC NULLS LAST) = 1
"""


def create_views(connection: duckdb.DuckDBPyConnection, *, deduplicate: bool, now: datetime) -> None:
    """Make the views on a connection that has the store attached as `lab`.

    `deduplicate` is for a catalogue that several processes write at once, where content ids alone do not keep a row
    single. `now` decides which acceptances have run out. `findings_as_of(moment)` and
    `runs_as_of(moment)` are the same views as they were at a moment.
    """
    statements = [f"CREATE TEMP VIEW runs AS {_RUNS.format(when='true')}"]
    statements.append(f"CREATE TEMP MACRO runs_as_of(moment) AS TABLE {_RUNS.format(when='recorded_at <= moment')}")
    if deduplicate:
        statements += [
            f"CREATE TEMP VIEW {table.name} AS SELECT * FROM lab.{table.name} "
            f"QUALIFY row_number() OVER (PARTITION BY {table.key} ORDER BY recorded_at) = 1"
            for table in TABLES.values()
            if table.key
        ]
    source = {"findings": "findings", "events": "finding_events"}
    if not deduplicate:
        source = {name: f"lab.{table}" for name, table in source.items()}
    present = f"TIMESTAMPTZ '{utc_text(now)}'"
    past = _CURRENT.format(moment="moment::TIMESTAMPTZ", when="recorded_at <= moment::TIMESTAMPTZ", **source)
    statements.append(f"CREATE TEMP VIEW current_findings AS {_CURRENT.format(moment=present, when='true', **source)}")
    statements.append(f"CREATE TEMP MACRO findings_as_of(moment) AS TABLE {past}")
    connection.execute(";".join(statements))
