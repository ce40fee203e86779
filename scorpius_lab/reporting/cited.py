"""The evidence a report cites: collection ids in its snapshot, resolved to blobs of the lab."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from scorpius_lab.core.evidence import Classification
from scorpius_lab.core.store.exchange import fetch
from scorpius_lab.reporting.bundle import THE_LAB, CitedBlob
from scorpius_lab.reporting.leaks import text_forms
from scorpius_lab.reporting.redact import quoted
from scorpius_lab.reporting.snapshot import ReadableLab, opened

if TYPE_CHECKING:
    import duckdb

COLUMNS = ("evidence", "collection_id", "evidence_id")
HOLDS_MASKED = "holds text that was masked"
NOT_SEARCHABLE = "is not plain text, so it could not be searched for text that was masked"
STAYS_ENCRYPTED = "the lab is encrypted; the evidence stays in it"
_CONTROL = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f\x1b")
_MOST_CONTROL = 0.02  # of the bytes of a text; compressed data has six times as many
_SHORT = 4  # shorter texts are looked for as whole words, or every blob would hold one

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


def without_masked(blobs: Iterable[CitedBlob], masked: frozenset[str]) -> list[CitedBlob]:
    """The blobs of a redacted report: one that holds a masked text is marked to be withheld.

    So is one that is not public and not readable as text (compressed or binary), since nobody can tell what it holds.
    Case is ignored, and HTML, JSON and URL escapes are looked through.
    """
    search = MaskedTexts(masked)
    return [_searched(blob, search) for blob in blobs]


def kept_in_encrypted_lab(blobs: Iterable[CitedBlob]) -> list[CitedBlob]:
    """The blobs of an encrypted lab's report, which has plain files: only public ones leave the lab."""
    return [
        blob if blob.classification is Classification.PUBLIC else replace(blob, withhold=STAYS_ENCRYPTED)
        for blob in blobs
    ]


class MaskedTexts:
    """A search for any of many texts in a long one."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Prepare the search."""
        forms = {form.casefold() for text in texts for form in text_forms(text) if text.strip()}
        self._long = sorted(form for form in forms if len(form) >= _SHORT)
        short = "|".join(re.escape(form) for form in sorted(forms) if len(form) < _SHORT)
        self._short = re.compile(rf"(?<!\w)(?:{short})(?!\w)") if short else None

    def __bool__(self) -> bool:
        """True if there is anything to look for."""
        return bool(self._long) or self._short is not None

    def is_in(self, text: str) -> bool:
        """True if one of the texts is in this one."""
        import polars as pl

        folded = text.casefold()
        if self._short is not None and self._short.search(folded):
            return True
        return bool(self._long) and bool(pl.Series([folded], dtype=pl.String).str.contains_any(self._long)[0])


def _searched(blob: CitedBlob, search: MaskedTexts) -> CitedBlob:
    if search.is_in(blob.holder):
        blob = replace(blob, holder=THE_LAB)
    if not search or blob.kept_back:
        return blob
    text = _as_text(blob.content())
    if text is None and blob.classification is not Classification.PUBLIC:
        return replace(blob, withhold=NOT_SEARCHABLE, holder=THE_LAB)
    if text is not None and search.is_in(text):
        return replace(blob, withhold=HOLDS_MASKED, holder=THE_LAB)
    return blob


def _as_text(content: bytes) -> str | None:
    """What can be read in a blob; None if it is not text."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    control = len(content) - len(content.translate(None, _CONTROL))
    if b"\0" in content or control > _MOST_CONTROL * len(content):
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:  # a log with stray bytes: a name may be written in either way
        return content.decode("utf-8", "replace") + "\n" + content.decode("latin-1")
