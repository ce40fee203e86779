"""The hash that names a displayed frame: same content, same name; any change, another name."""

import hashlib
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.reporting.results import kind_of, result_hash

VALUES = {
    pl.Int64: st.integers(-(2**63), 2**63 - 1),
    pl.Float64: st.floats(allow_nan=False),
    pl.String: st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    pl.Boolean: st.booleans(),
}


@st.composite
def frames(draw):
    names = draw(st.lists(st.text("abcé ,:-", min_size=1, max_size=3), unique=True, min_size=1, max_size=4))
    rows = draw(st.integers(0, 6))
    columns = {}
    for name in names:
        dtype = draw(st.sampled_from(list(VALUES)))
        cells = draw(st.lists(st.none() | VALUES[dtype], min_size=rows, max_size=rows))
        columns[name] = pl.Series(name, cells, dtype=dtype)
    return pl.DataFrame(columns)


@given(frames())
def test_the_same_content_has_the_same_name(frame):
    copy = pl.DataFrame({c: pl.Series(c, frame[c].to_list(), dtype=frame.schema[c]) for c in frame.columns})
    assert result_hash(copy) == result_hash(frame)
    assert len(result_hash(frame)) == 64


@given(frames(), st.data())
def test_a_changed_cell_has_another_name(frame, data):
    column = data.draw(st.sampled_from(frame.columns))
    if not frame.height:
        return
    row = data.draw(st.integers(0, frame.height - 1))
    cells = frame[column].to_list()
    new = data.draw(
        (st.none() | VALUES[type(frame.schema[column])]).filter(
            lambda v: v != cells[row] or (v is None) != (cells[row] is None)
        )
    )
    cells[row] = new
    changed = frame.with_columns(pl.Series(column, cells, dtype=frame.schema[column]))
    assert result_hash(changed) != result_hash(frame)


@given(frames().filter(lambda f: f.height > 1 and not f.equals(f.reverse())))
def test_the_order_of_rows_counts(frame):
    assert result_hash(frame) != result_hash(frame.reverse())


@given(frames().filter(lambda f: f.width > 1))
def test_the_order_of_columns_counts(frame):
    assert result_hash(frame) != result_hash(frame.select(reversed(frame.columns)))


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_told_apart_exactly(a, b):
    hashes = {result_hash(pl.DataFrame({"x": [v]})) for v in (a, b)}
    assert len(hashes) == (1 if a == b else 2)


def test_signed_zero_is_zero_and_not_a_number_is_one_value():
    assert result_hash(pl.DataFrame({"x": [-0.0]})) == result_hash(pl.DataFrame({"x": [0.0]}))
    assert result_hash(pl.DataFrame({"x": [float("nan")]})) == result_hash(pl.DataFrame({"x": [-float("nan")]}))
    assert result_hash(pl.DataFrame({"x": [float("nan")]})) != result_hash(
        pl.DataFrame({"x": [None]}, schema={"x": pl.Float64})
    )


def test_a_missing_value_is_not_the_text_that_stands_for_it():
    missing = pl.DataFrame({"x": [None]}, schema={"x": pl.String})
    for text in ("", "-,", "None", "null"):
        assert result_hash(missing) != result_hash(pl.DataFrame({"x": [text]}))


def test_cells_cannot_flow_into_each_other():
    assert result_hash(pl.DataFrame({"a": ["1:x,"], "b": [""]})) != result_hash(
        pl.DataFrame({"a": [""], "b": ["1:x,"]})
    )
    assert result_hash(pl.DataFrame({"a": ["ab", "c"]})) != result_hash(pl.DataFrame({"a": ["a", "bc"]}))


def test_width_of_a_type_does_not_count_but_its_kind_does():
    small, large = (pl.DataFrame({"x": pl.Series([1, 2], dtype=t)}) for t in (pl.UInt32, pl.Int64))
    assert result_hash(small) == result_hash(large)
    assert result_hash(large) != result_hash(large.cast(pl.Float64))
    assert result_hash(large) != result_hash(large.cast(pl.String))
    assert kind_of(pl.List(pl.Int8)) == "list<integer>"


def test_one_moment_has_one_name_in_every_zone_and_unit():
    moment = datetime(2026, 11, 22, 6, 0, 0, 120000, tzinfo=UTC)
    there = moment.astimezone(timezone(timedelta(hours=5)))
    zoned = pl.DataFrame({"t": pl.Series([moment], dtype=pl.Datetime("us", "UTC"))})
    other = zoned.with_columns(pl.col("t").dt.convert_time_zone("Asia/Karachi"))
    assert there == moment
    assert result_hash(zoned) == result_hash(other)
    for unit in ("ms", "ns"):
        assert result_hash(zoned) == result_hash(zoned.cast(pl.Datetime(unit, "UTC")))
    naive = zoned.with_columns(pl.col("t").dt.replace_time_zone(None))
    assert result_hash(zoned) != result_hash(naive)


@pytest.mark.parametrize(
    "series",
    [
        pl.Series("x", [date(2026, 1, 2), None]),
        pl.Series("x", [time(1, 2, 3), None]),
        pl.Series("x", [timedelta(seconds=1), None]),
        pl.Series("x", [Decimal("1.50"), None]),
        pl.Series("x", [b"\x00\xff", None]),
        pl.Series("x", [["a", "b"], None]),
        pl.Series("x", [{"a": 1.5, "b": None}, None]),
        pl.Series("x", ["a", None], dtype=pl.Categorical),
        pl.Series("x", [None, None]),
        pl.Series("x", [[datetime(2026, 1, 1, tzinfo=UTC)], None]),
    ],
    ids=lambda s: str(s.dtype),
)
def test_every_kind_of_column_has_a_name_that_sees_a_change(series):
    frame = series.to_frame()
    assert result_hash(frame) == result_hash(frame.clone())
    if frame["x"].null_count() < frame.height:
        assert result_hash(frame) != result_hash(frame.reverse())


def test_known_name():
    """A fixed vector: the hash is part of signed manifests and must not change from version to version."""
    frame = pl.DataFrame({"state": ["pass", None], "n": [3, 4], "x": [0.1, 1e300]})
    written = b"scorpius-result/1 3x2\n5:state,4:text,1:n,7:integer,1:x,6:number,4:pass,1:3,3:0.1,-,1:4,6:1e+300,"
    assert result_hash(frame) == hashlib.sha256(written).hexdigest()


def test_frames_without_rows_or_columns_have_names_of_their_own():
    none, empty = pl.DataFrame(), pl.DataFrame(schema={"a": pl.Int64})
    assert len({result_hash(none), result_hash(empty), result_hash(pl.DataFrame(schema={"a": pl.String}))}) == 3


def test_a_large_frame_hashes_as_its_parts_would_in_one_piece():
    frame = pl.DataFrame({"i": range(120_000)})
    assert result_hash(frame) == result_hash(pl.concat([frame.head(70_001), frame.tail(49_999)], rechunk=False))


def test_importing_does_not_bring_polars():
    code = "import sys, scorpius_lab.reporting.results; print('polars' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
