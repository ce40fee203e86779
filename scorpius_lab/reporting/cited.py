"""The evidence a report cites: collection ids in its snapshot, resolved to blobs of the lab."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from scorpius_lab.core.evidence import Classification
from scorpius_lab.core.store.exchange import fetch
from scorpius_lab.reporting.bundle import CitedBlob
from scorpius_lab.reporting.redact import quoted
from scorpius_lab.reporting.snapshot import ReadableLab, opened

if TYPE_CHECKING:
    import duckdb

COLUMNS = ("evidence", "collection_id", "evidence_id")

_BLOBS = """
SELECT c.sha256, any_value(b.size) AS size, any_value(b.media_type) AS media_type,
       list_distinct(list(c.classification)) AS classifications, min(c.source) AS source
FROM collections c JOIN blobs b USING (sha256)
WHERE c.id IN (SELECT unnest($ids))
GROUP BY c.sha256 ORDER BY c.sha256
"""


class Blobs(Protocol):
    """The part of the blob folder this needs."""

    def get(self, sha256: str) -> bytes:
        """The content of a blob."""


class CitingLab(ReadableLab, Protocol):
    """The part of a lab this needs."""

    @property
    def blobs(self) -> Blobs:
        """The lab's blobs."""

    @property
    def name(self) -> str:
        """The lab's name."""


def cited_ids(path: Path, key: str | None = None) -> list[str]:
    """The collection ids in any snapshot column called `evidence`, `evidence_id` or `collection_id`, sorted."""
    with opened(path, key) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE database_name = 'snap' AND list_contains($names, column_name)",
            {"names": list(COLUMNS)},
        ).fetchall()
        ids = {value for column in columns for value in _values(connection, *column)}
    return sorted(ids)


def _values(connection: duckdb.DuckDBPyConnection, table: str, column: str, kind: str) -> list[str]:
    if kind not in ("VARCHAR", "VARCHAR[]"):
        return []
    value = f"unnest({quoted(column)})" if kind == "VARCHAR[]" else quoted(column)
    statement = f"SELECT DISTINCT {value} FROM snap.main.{quoted(table)}"  # noqa: S608 (quoted)
    return [text for (text,) in connection.execute(statement).fetchall() if text]


def cited_blobs(lab: CitingLab, ids: list[str]) -> list[CitedBlob]:
    """The blobs of these collections. A blob collected under several classifications has the strictest of them."""
    if not ids:
        return []
    with lab.store.read("evidence cited by a report") as connection:
        frame = fetch(connection, _BLOBS, {"ids": ids})
    strict = list(Classification)
    return [
        CitedBlob(
            sha256=row["sha256"],
            media_type=row["media_type"],
            size=row["size"],
            classification=max(map(Classification, row["classifications"]), key=strict.index),
            content=partial(lab.blobs.get, row["sha256"]),
            holder=f"lab {lab.name}, source {row['source']}",
        )
        for row in frame.iter_rows(named=True)
    ]
