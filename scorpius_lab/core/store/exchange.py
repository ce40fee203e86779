"""Frames into DuckDB and out of it through Arrow's C stream, which polars and DuckDB both speak without pyarrow."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import polars as pl

# DuckDB hands out slices to its threads; one large block would be read by one thread alone.
_SLICE = 16_384


@dataclass(frozen=True, slots=True)
class _Stream:
    """A frame that can be read any number of times, slice by slice, without a copy.

    A frame's own stream is one block; that of a struct series keeps its chunks and looks the same to the reader.
    """

    rows: pl.Series

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.rows.__arrow_c_stream__(requested_schema)


def register(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """Let statements on this connection read `frame` as the view `name`, until it is unregistered."""
    import polars as pl

    # Where pyarrow happens to be installed DuckDB scans through it, and it warns of slices on standard error.
    os.environ.setdefault("ACERO_ALIGNMENT_HANDLING", "ignore")
    slices = [frame.slice(start, _SLICE).to_struct() for start in range(0, max(frame.height, 1), _SLICE)]
    connection.register(name, _Stream(pl.concat(slices, rechunk=False)))


def fetch(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Mapping[str, object] | None = None
) -> pl.DataFrame:
    """The whole result of one query as polars; named parameters are written `$name`.

    A statement that returns no rows gives an empty frame.
    """
    import polars as pl

    relation = connection.sql(query, params=dict(parameters) if parameters else None)
    return pl.DataFrame() if relation is None else pl.DataFrame(relation)
