"""What a report displays, named by content: the hash of a frame and the MIME types of a block."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from scorpius_lab.core.identity import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

RESULT_MIME = "application/vnd.scorpius.result+json"
FIGURE_MIME = "application/vnd.scorpius.figure+json"

_CHUNK = 50_000


def result_hash(frame: pl.DataFrame) -> str:
    """The 64 hex digits that name this frame: SHA-256 over column names, kinds of type, and rows in canonical text.

    The order of columns and rows counts. Types count by kind (integer, number, text, truth, date, time …), so that a
    column read as Int32 by one version of a library and Int64 by another has one name. Floats are written as the
    shortest text that reads back as the same value (`repr`; -0.0 as 0.0), aware times in UTC, and each cell as a
    netstring (a missing one as `-,`), which makes the encoding injective.
    """
    import polars as pl

    digest = hashlib.sha256()
    digest.update(f"scorpius-result/1 {frame.width}x{frame.height}\n".encode())
    for name, dtype in frame.schema.items():
        for word in (name, kind_of(dtype)):
            data = word.encode()
            digest.update(b"%d:%b," % (len(data), data))
    for chunk in frame.iter_slices(_CHUNK) if frame.width else ():
        columns = [_netstrings(_canonical(column)).alias(str(i)) for i, column in enumerate(chunk.get_columns())]
        rows = pl.DataFrame(columns).select(pl.concat_str(pl.all())).to_series()
        digest.update("".join(rows.to_list()).encode())
    return digest.hexdigest()


def kind_of(dtype: pl.DataType) -> str:  # noqa: PLR0911 (one for each family)
    """The kind of a polars type, one word for all widths of it."""
    import polars as pl

    if isinstance(dtype, pl.List | pl.Array):
        return f"list<{kind_of(_inner(dtype))}>"
    if isinstance(dtype, pl.Struct):
        return "struct<" + ",".join(f"{f.name}:{kind_of(_instance(f.dtype))}" for f in dtype.fields) + ">"
    if isinstance(dtype, pl.Datetime):
        return "time" if dtype.time_zone else "local-time"
    if dtype.is_integer():
        return "integer"
    if dtype.is_float():
        return "number"
    if isinstance(dtype, pl.Decimal):
        return "decimal"
    words: dict[type[pl.DataType], str] = {
        pl.String: "text",
        pl.Categorical: "text",
        pl.Enum: "text",
        pl.Boolean: "truth",
        pl.Date: "date",
        pl.Time: "clock",
        pl.Duration: "duration",
        pl.Binary: "bytes",
        pl.Null: "nothing",
    }
    return words.get(type(dtype), str(dtype))


def _inner(dtype: pl.List | pl.Array) -> pl.DataType:
    return _instance(dtype.inner)


def _instance(dtype: object) -> pl.DataType:
    return dtype() if isinstance(dtype, type) else dtype  # type: ignore[return-value]


def _netstrings(texts: pl.Series) -> pl.Series:
    """Each text as `<bytes>:<text>,`, a missing one as `-,`."""
    import polars as pl

    text = pl.col(texts.name)
    framed = pl.concat_str(text.str.len_bytes().cast(pl.String), pl.lit(":"), text, pl.lit(","))
    return texts.to_frame().select(pl.when(text.is_null()).then(pl.lit("-,")).otherwise(framed)).to_series()


def _canonical(column: pl.Series) -> pl.Series:
    """The canonical text of each value of a column, null where it is missing."""
    import polars as pl

    column = column.alias("value")
    dtype = column.dtype
    if isinstance(dtype, pl.Datetime):
        return _times(column, dtype)
    if dtype.is_float():
        return _texts(column.name, (None if v is None else _float(v) for v in column.cast(pl.Float64).to_list()))
    if isinstance(dtype, pl.Binary):
        return column.bin.encode("hex")
    if isinstance(dtype, pl.Duration):
        factor = {"ns": 1, "us": 1_000, "ms": 1_000_000}[dtype.time_unit]
        return _texts(column.name, (None if v is None else str(v * factor) for v in column.to_physical().to_list()))
    if isinstance(dtype, pl.Decimal | pl.List | pl.Array | pl.Struct | pl.Object):
        return _texts(column.name, (None if v is None else _nested(v) for v in column.to_list()))
    return column.cast(pl.String)


def _times(column: pl.Series, dtype: pl.Datetime) -> pl.Series:
    """ISO 8601 with microseconds, or nanoseconds where there are any; `Z` if the time knows its zone."""
    if dtype.time_zone:
        column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    digits = 9 if dtype.time_unit == "ns" else 6
    text = column.dt.to_string(f"%Y-%m-%dT%H:%M:%S%.{digits}f")
    if dtype.time_unit == "ns":
        text = text.str.replace(r"(\.\d{6})000$", "$1")
    return text + "Z" if dtype.time_zone else text


def _texts(name: str, values: Iterable[str | None]) -> pl.Series:
    import polars as pl

    return pl.Series(name, list(values), dtype=pl.String)


def _float(value: float) -> str:
    return repr(value + 0.0)  # -0.0 + 0.0 is 0.0


def _nested(value: object) -> str:
    """JSON with sorted keys for structures; the same words for floats and times as in columns of their own."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: object) -> object:
    import polars as pl

    if isinstance(value, pl.Series):
        value = value.to_list()
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return {"f": _float(value)}
    if isinstance(value, datetime):
        return utc_text(value) if value.tzinfo else value.isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str | int | None) else str(value)
