"""Content ids are unambiguous and the same in Python and in SQL."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.core.identity import canonical_json, content_id, content_id_sql, utc_text

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


def test_the_encoding_is_netstrings() -> None:
    assert content_id("ab", None, "é") == hashlib.sha256("2:ab,-:,2:é,".encode()).hexdigest()


@given(st.lists(st.none() | TEXT, min_size=1, max_size=5), st.lists(st.none() | TEXT, min_size=1, max_size=5))
def test_two_different_records_never_share_an_id(one: list[str | None], other: list[str | None]) -> None:
    assert (content_id(*one) == content_id(*other)) == (one == other)


@given(st.lists(st.none() | TEXT, min_size=1, max_size=4))
def test_sql_computes_the_same(fields: list[str | None]) -> None:
    expression = content_id_sql(*(f"${i + 1}::VARCHAR" for i in range(len(fields))))
    row = duckdb.execute(f"SELECT {expression}", fields).fetchone()
    assert row == (content_id(*fields),)


def test_a_time_is_the_same_in_every_zone_and_a_naive_one_is_refused() -> None:
    moment = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert (
        utc_text(moment) == utc_text(moment.astimezone(timezone(timedelta(hours=5)))) == "2026-01-01T12:00:00.000000Z"
    )
    with pytest.raises(ValueError, match="no time zone"):
        utc_text(datetime(2026, 1, 1))  # noqa: DTZ001


def test_json_has_one_form() -> None:
    assert canonical_json({"b": 1, "a": ["ü", None]}) == '{"a":["ü",null],"b":1}'
    with pytest.raises(ValueError, match="Out of range"):
        canonical_json(float("nan"))
