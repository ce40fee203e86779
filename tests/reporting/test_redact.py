"""Redaction: what is personal is gone from the file, equal values stay equal, and two bundles cannot be joined."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reporting.bundles import blob, snapshot_at

from scorpius_lab.core.evidence import Classification
from scorpius_lab.errors import ReportError
from scorpius_lab.reporting.cited import (
    HOLDS_MASKED,
    NOT_SEARCHABLE,
    STAYS_ENCRYPTED,
    MaskedTexts,
    kept_in_encrypted_lab,
    without_masked,
)
from scorpius_lab.reporting.leaks import scan_for_secrets
from scorpius_lab.reporting.redact import make_pseudonym_macro, personal_columns, pseudonym, redact_snapshot
from scorpius_lab.reporting.spec import SnapshotQuery

if TYPE_CHECKING:
    import polars as pl

PEOPLE = ["margaret.hamilton", "katherine.johnson"]


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    path = tmp_path / "data.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE logins AS SELECT i AS id, ($1::VARCHAR[])[1 + i % 2] AS person, "
            "[($1::VARCHAR[])[1 + i % 2], NULL] AS people, 1000 + i AS uid, TIMESTAMPTZ '2026-03-01 06:00:00Z' AS seen, "
            "'host' AS host, CASE WHEN i = 7 THEN 'for ' || ($1::VARCHAR[])[1] END AS note FROM range(5000) t(i)",
            [PEOPLE],
        )
        connection.execute('CREATE TABLE owners AS SELECT unnest($1::VARCHAR[]) AS "own""er", 1 AS n', [PEOPLE])
        connection.execute("INSERT INTO owners VALUES (NULL, 2)")
    return path


PERSONAL = {"logins": ("person", "people", "uid", "seen", "absent"), "owners": ('own"er',), "nothing": ("x",)}


def table(path: Path, name: str) -> pl.DataFrame:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(f"SELECT * FROM {name}").pl()


def test_personal_texts_become_pseudonyms_that_keep_equality(snapshot: Path) -> None:
    before = table(snapshot, "logins")
    redaction = redact_snapshot(snapshot, PERSONAL)
    after = table(snapshot, "logins")
    assert after.columns == before.columns
    assert after.dtypes == before.dtypes
    assert after.select("id", "host", "note").equals(before.select("id", "host", "note"))
    pairs = set(zip(before["person"].to_list(), after["person"].to_list(), strict=True))
    assert len(pairs) == 2
    assert all(name.startswith("masked-") and len(name) == 23 for _, name in pairs)
    assert set(table(snapshot, "owners")['own"er'].to_list()) == {name for _, name in pairs} | {None}
    assert [p[0] for p in after["people"].to_list()] == after["person"].to_list()
    assert {p[1] for p in after["people"].to_list()} == {None}
    assert after["uid"].null_count() == after["seen"].null_count() == after.height
    assert redaction.masked == ("logins.person", "logins.people", 'owners.own"er')
    assert redaction.dropped == ("logins.uid", "logins.seen")


def test_what_remains_elsewhere_is_said(snapshot: Path) -> None:
    redaction = redact_snapshot(snapshot, PERSONAL)
    assert [(r.table, r.column, r.rows) for r in redaction.residues] == [("logins", "note", 1)]
    assert "masked texts may still be read in logins.note (1 rows)" in redaction.note


def test_the_old_texts_are_in_no_byte_of_the_file(snapshot: Path) -> None:
    everything = {**PERSONAL, "logins": (*PERSONAL["logins"], "note")}
    redaction = redact_snapshot(snapshot, everything)
    assert redaction.residues == ()
    assert scan_for_secrets(snapshot.parent, PEOPLE) == []
    assert not any(name.encode() in snapshot.read_bytes() for name in PEOPLE)
    assert [p.name for p in snapshot.parent.iterdir()] == ["data.duckdb"]


def test_two_bundles_cannot_be_joined(tmp_path: Path) -> None:
    first, second = (snapshot_at(tmp_path / name) for name in ("one.duckdb", "two.duckdb"))
    for path in (first, second):
        redact_snapshot(path, {"findings": ("actor",)})
    names = [set(table(path, "findings")["actor"].to_list()) for path in (first, second)]
    assert names[0].isdisjoint(names[1])
    assert {len(n) for n in names} == {2}


def test_the_pseudonym_is_hmac_sha_256() -> None:
    # RFC 4231 test case 2: key "Jefe", data "what do ya want for nothing?"
    assert pseudonym("what do ya want for nothing?", b"Jefe") == "masked-5bdcc146bf60754e"


@given(
    key=st.binary(min_size=1, max_size=32),
    texts=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"))),
)
@settings(max_examples=40, deadline=None)
def test_the_database_computes_the_same_pseudonyms(key: bytes, texts: list[str]) -> None:
    with duckdb.connect() as connection:
        make_pseudonym_macro(connection, key)
        rows = connection.execute("SELECT pseudonym(t) FROM (SELECT unnest($1::VARCHAR[]) AS t)", [texts]).fetchall()
    assert [row[0] for row in rows] == [pseudonym(text, key) for text in texts]


def test_nothing_personal_leaves_the_rows_as_they_are(snapshot: Path) -> None:
    before = table(snapshot, "logins")
    assert redact_snapshot(snapshot, {}).note == "Redacted: no column of this report is marked personal."
    assert table(snapshot, "logins").equals(before)


def test_a_file_that_is_no_snapshot_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "data.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(ReportError, match=r"data\.duckdb could not be redacted"):
        redact_snapshot(path, {"t": ("a",)})
    assert path.read_bytes() == b"not a database" * 1000
    assert [p.name for p in tmp_path.iterdir()] == ["data.duckdb"]


def test_the_personal_columns_are_those_the_queries_mark() -> None:
    queries = [SnapshotQuery("a", "SELECT 1", "", ("x", "y")), SnapshotQuery("b", "SELECT 1", "")]
    assert personal_columns(queries) == {"a": ("x", "y")}


def test_the_masked_texts_are_known_but_not_shown(snapshot: Path) -> None:
    redaction = redact_snapshot(snapshot, PERSONAL)
    assert redaction.texts == set(PEOPLE)
    assert not any(name in repr(redaction) or name in redaction.note.replace("own", "") for name in PEOPLE)


@pytest.mark.parametrize(
    ("content", "classification", "reason"),
    [
        (b"Accepted password for alice.example from 10.0.0.1", Classification.PUBLIC, HOLDS_MASKED),
        (b"Accepted password for ALICE.Example", Classification.INTERNAL, HOLDS_MASKED),
        (b'{"user": "CORP\\\\bob"}', Classification.INTERNAL, HOLDS_MASKED),
        (b"stray \xff byte, alice.example", Classification.INTERNAL, HOLDS_MASKED),
        ("alice.example".encode("utf-16"), Classification.INTERNAL, HOLDS_MASKED),
        (b"login by eve ok", Classification.INTERNAL, HOLDS_MASKED),
        (b"sleeve, evening, steven", Classification.INTERNAL, ""),
        (b"nobody", Classification.INTERNAL, ""),
        (gzip.compress(b"alice.example" * 50, mtime=0), Classification.INTERNAL, NOT_SEARCHABLE),
        (gzip.compress(b"alice.example" * 50, mtime=0), Classification.PUBLIC, ""),
        (b"nobody", Classification.PERSONAL, "classified personal"),
    ],
)
def test_evidence_with_a_masked_text_is_withheld(content: bytes, classification: Classification, reason: str) -> None:
    (found,) = without_masked([blob(content, classification)], frozenset({"alice.example", "CORP\\bob", "eve"}))
    assert found.kept_back == reason


def test_without_masked_texts_no_evidence_is_searched() -> None:
    kept = blob(gzip.compress(b"x"), Classification.INTERNAL)
    assert without_masked([kept], frozenset()) == [kept]


@given(st.text(min_size=4), st.text(), st.text())
@settings(max_examples=60, deadline=None)
def test_a_long_text_is_found_wherever_it_stands(text: str, before: str, after: str) -> None:
    assert MaskedTexts([text]).is_in(before + text + after) or not text.strip()


def test_only_public_evidence_leaves_an_encrypted_lab() -> None:
    blobs = [blob(bytes([65 + i]), kind) for i, kind in enumerate(Classification)]
    reasons = [found.kept_back for found in kept_in_encrypted_lab(blobs)]
    assert reasons == ["", STAYS_ENCRYPTED, "classified personal", "classified confidential"]
