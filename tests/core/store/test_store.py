"""The store's promises, on a DuckDB file, on an encrypted one and on DuckLake alike."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scorpius_lab.core.identity import content_id
from scorpius_lab.core.store import TABLES, Query, Store
from scorpius_lab.errors import QueryError, RecordError, StoreKeyError, StoreMissing

WHEN = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)


def findings(keys: list[str], message: str = "wrong", rule: str = "t.rule") -> pl.DataFrame:
    return pl.DataFrame({"location_key": keys}, schema={"location_key": pl.String}).with_columns(
        rule_id=pl.lit(rule),
        rule_version=pl.lit(1),
        severity=pl.lit("high"),
        confidence=pl.lit("low"),
        asset_id=pl.lit("asset"),
        location_kind=pl.lit("file"),
        location=pl.concat_str(pl.lit('{"path":"'), "location_key", pl.lit('"}')),
        message=pl.lit(message),
        effective_at=pl.lit(WHEN),
        collected_at=pl.lit(WHEN),
    )


def event(fingerprint: str, state: str, until: datetime | None = None, when: datetime = WHEN) -> pl.DataFrame:
    return pl.DataFrame({"fingerprint": [fingerprint], "state": [state]}).with_columns(
        until=pl.lit(until, dtype=pl.Datetime("us", "UTC")),
        reason=pl.lit("because"),
        effective_at=pl.lit(when),
    )


def test_every_table_has_the_three_times_and_the_columns_declared(store: Store) -> None:
    for table in TABLES.values():
        frame = store.sql(f"SELECT * FROM lab.{table.name}")
        assert frame.columns == list(table.all_columns)
        for name in ("effective_at", "collected_at", "recorded_at"):
            assert frame.schema[name] == pl.Datetime("us", "UTC")


def test_a_repeated_batch_adds_nothing(store: Store) -> None:
    batch = findings(["a", "b", "c"])
    assert store.append({"findings": batch}) == {"findings": 3}
    assert store.append({"findings": batch}) == {"findings": 0}
    assert store.sql("SELECT count(*) AS n FROM findings")["n"][0] == 3


def test_rows_repeated_inside_one_batch_are_stored_once(store: Store) -> None:
    batch = pl.concat([findings(["a", "b"]), findings(["a"]), findings(["a"], message="other")])
    assert store.append({"findings": batch}) == {"findings": 3}


def test_the_day_a_finding_is_seen_again_is_not_part_of_its_id(store: Store) -> None:
    later = datetime(2026, 2, 2, tzinfo=UTC)
    store.append({"findings": findings(["a"])})
    again = findings(["a"]).with_columns(effective_at=pl.lit(later), collected_at=pl.lit(later))
    assert store.append({"findings": again}) == {"findings": 0}


def test_ids_computed_by_the_database_equal_those_of_python(store: Store) -> None:
    store.append({"findings": findings(["ä/b c", "x:,1"])})
    for row in store.sql("SELECT * FROM findings").iter_rows(named=True):
        fingerprint = content_id("finding", row["rule_id"], row["asset_id"], row["location_key"])
        assert row["fingerprint"] == fingerprint
        assert row["id"] == content_id(fingerprint, 1, "high", "low", row["location"], row["message"], None)


def test_collection_ids_agree_including_times(store: Store) -> None:
    row = {
        "sha256": "a" * 64,
        "source": "host",
        "collector": "c",
        "query": "q",
        "outcome": "collected",
        "collected_by": "me",
        "effective_at": WHEN,
        "collected_at": WHEN,
    }
    store.append({"collections": pl.DataFrame([row])})
    identity = TABLES["collections"].identity
    assert store.sql("SELECT id FROM collections")["id"][0] == content_id(*(row[name] for name in identity))


def test_times_come_back_in_utc_to_the_microsecond(store: Store) -> None:
    store.append({"findings": findings(["a"])})
    assert store.sql("SELECT effective_at FROM findings")["effective_at"][0] == WHEN


def test_an_equal_collection_on_another_day_is_another_row(store: Store) -> None:
    rows = [
        {
            "sha256": "a" * 64,
            "source": "s",
            "collector": "c",
            "outcome": "collected",
            "collected_at": datetime(2026, 1, day, tzinfo=UTC),
        }
        for day in range(1, 31)
    ]
    assert store.append({"collections": pl.DataFrame(rows)}) == {"collections": 30}


def test_several_tables_are_appended_together_or_not_at_all(store: Store) -> None:
    with pytest.raises(RecordError, match="severity"):
        store.append({"finding_events": event("f", "triaged"), "findings": findings(["a"]).drop("severity")})
    assert store.sql("SELECT count(*) AS n FROM finding_events")["n"][0] == 0


def test_a_missing_column_an_unknown_column_and_an_unknown_table_are_named(store: Store) -> None:
    with pytest.raises(RecordError, match="lack the column message"):
        store.append({"findings": findings(["a"]).drop("message")})
    with pytest.raises(RecordError, match="unknown column colour"):
        store.append({"findings": findings(["a"]).with_columns(colour=pl.lit("red"))})
    with pytest.raises(RecordError, match="no core table finding"):
        store.append({"finding": findings(["a"])})


def test_an_empty_batch_is_no_error(store: Store) -> None:
    assert store.append({"findings": findings([])}) == {"findings": 0}


def test_the_current_state_is_that_of_the_last_event(store: Store) -> None:
    store.append({"findings": findings(["a"])})
    fingerprint = store.sql("SELECT fingerprint FROM findings")["fingerprint"][0]
    assert store.sql("SELECT state FROM current_findings")["state"].to_list() == ["open"]
    for state in ("triaged", "fixed", "reopened"):
        store.append({"finding_events": event(fingerprint, state)})
        assert store.sql("SELECT state FROM current_findings")["state"].to_list() == [state]


def test_an_acceptance_ends_on_its_day(store: Store) -> None:
    store.append({"findings": findings(["a"])})
    fingerprint = store.sql("SELECT fingerprint FROM findings")["fingerprint"][0]
    until = datetime(2026, 6, 1, tzinfo=UTC)
    store.append({"finding_events": event(fingerprint, "accepted", until)})
    query = "SELECT state FROM findings_as_of($moment)"
    assert store.sql(query, {"moment": datetime(2026, 5, 31, tzinfo=UTC)})["state"].to_list() == ["accepted"]
    assert store.sql(query, {"moment": until})["state"].to_list() == ["open"]


def test_as_of_shows_the_findings_as_they_stood(store: Store) -> None:
    store.append({"findings": findings(["a"])})
    first = store.sql("SELECT max(recorded_at) AS t FROM findings")["t"][0]
    store.append({"findings": findings(["b"])})
    fingerprint = store.sql("SELECT fingerprint FROM findings WHERE location_key = 'a'")["fingerprint"][0]
    store.append({"finding_events": event(fingerprint, "fixed")})
    then = store.sql("SELECT location_key, state FROM findings_as_of($moment)", {"moment": first})
    assert then.rows() == [("a", "open")]
    now = store.sql("SELECT location_key, state FROM current_findings ORDER BY 1")
    assert now.rows() == [("a", "fixed"), ("b", "open")]


def test_a_changed_message_is_a_new_row_of_the_same_finding(store: Store) -> None:
    store.append({"findings": findings(["a"])})
    store.append({"findings": findings(["a"], message="worse")})
    assert store.sql("SELECT message FROM current_findings").rows() == [("worse",)]
    assert store.sql("SELECT count(DISTINCT fingerprint) AS n FROM findings")["n"][0] == 1


def test_a_run_shows_once_as_it_ended(store: Store) -> None:
    for outcome in ("started", "succeeded"):
        store.append({"runs": pl.DataFrame({"id": ["r"], "function": ["f"], "outcome": [outcome]})})
    assert store.sql("SELECT id, outcome FROM runs").rows() == [("r", "succeeded")]


def test_a_snapshot_holds_exactly_what_was_asked_for(store: Store, tmp_path: Path) -> None:
    store.append({"findings": findings(["a", "b", "c"])})
    rows = store.snapshot(
        tmp_path / "snap.duckdb",
        {
            "chosen": Query("SELECT location_key FROM findings WHERE location_key < $k", {"k": "c", "unused": 1}),
            "nothing": Query("SELECT * FROM assets"),
        },
    )
    assert rows == {"chosen": 2, "nothing": 0}
    with duckdb.connect(str(tmp_path / "snap.duckdb"), read_only=True) as connection:
        assert sorted(connection.execute("FROM chosen").fetchall()) == [("a",), ("b",)]
        assert {name for (name,) in connection.execute("SHOW TABLES").fetchall()} == {"chosen", "nothing"}


def test_a_snapshot_query_that_does_not_run_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="the snapshot query broken does not run"):
        store.snapshot(tmp_path / "snap.duckdb", {"broken": Query("SELECT nothing FROM nowhere")})
    with pytest.raises(QueryError, match="cannot name a table"):
        store.snapshot(tmp_path / "snap2.duckdb", {'x"; DROP TABLE y; --': Query("SELECT 1")})


def test_a_snapshot_can_be_encrypted(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "snap.duckdb"
    store.snapshot(path, {"t": Query("SELECT 'plain-marker' AS word")}, key="ab" * 32)
    assert b"plain-marker" not in path.read_bytes()
    with pytest.raises(duckdb.Error):
        duckdb.connect(str(path), read_only=True)


def test_the_encrypted_store_shows_no_plaintext_and_opens_with_no_other_key(tmp_path: Path, new_store) -> None:
    store = new_store(tmp_path / "lab", "encrypted")
    store.create()
    store.append({"findings": findings(["plain-marker"])})
    for file in (tmp_path / "lab").rglob("*"):
        if file.is_file():
            assert b"plain-marker" not in file.read_bytes(), file
    stranger = new_store(tmp_path / "lab", "duckdb")
    with pytest.raises(StoreKeyError):
        stranger.sql("SELECT 1")
    assert "0f0f" not in repr(store)


def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises(Exception, match="only reads"), store.read("try") as connection:
        connection.execute("INSERT INTO lab.runs (id) VALUES ('x')")


def test_a_block_that_raises_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.write("half") as connection:
            store.append_within(connection, {"findings": findings(["a"])})
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        fail()
    assert store.sql("SELECT count(*) AS n FROM findings")["n"][0] == 0


def test_a_query_that_does_not_run_carries_the_databases_words(store: Store) -> None:
    with pytest.raises(QueryError, match="colour"):
        store.sql("SELECT colour FROM findings")


def test_no_store_is_said_so(tmp_path: Path, new_store) -> None:
    with pytest.raises(StoreMissing, match="scorpius init"):
        new_store(tmp_path / "nowhere", "duckdb").sql("SELECT 1")


def test_opening_twice_and_creating_again_change_nothing(store: Store) -> None:
    store.append({"findings": findings(["a"])})
    store.create()
    assert store.upgrade() == 0
    assert store.sql("SELECT count(*) AS n FROM findings")["n"][0] == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20),
        min_size=1,
        max_size=8,
    )
)
def test_any_text_survives_and_is_identified_alike(plain_store: Store, values: list[str]) -> None:
    batch = findings(values).with_columns(location=pl.lit("{}"), rule_id=pl.lit(content_id("case", *values)))
    plain_store.append({"findings": batch})
    rule = batch["rule_id"][0]
    back = plain_store.sql("SELECT location_key, fingerprint FROM findings WHERE rule_id = $rule", {"rule": rule})
    assert sorted(back["location_key"].to_list()) == sorted(set(values))
    for key, fingerprint in back.rows():
        assert fingerprint == content_id("finding", rule, "asset", key)
