"""Parquet of cryo: blocks, transactions and logs, with binary columns or hex text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import polars as pl

from scorpius_lab.security.chain.frames import Raw, Rejected
from scorpius_lab.security.chain.readers.tables import kinds_of, raw_of

NAME = "cryo"
COVERS = "Parquet of cryo (blocks, transactions, logs)"
ROWS = 250_000

_MAGIC = b"PAR1"


def recognizes(path: Path, head: bytes) -> bool:
    """True if the file begins as Parquet does."""
    del path
    return head.startswith(_MAGIC)


def read(path: Path, opened: BinaryIO) -> Iterator[Raw]:
    """The rows of a file, some at a time."""
    del opened
    try:
        lazy = pl.scan_parquet(path)
        columns = lazy.collect_schema().names()
        rows = lazy.select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError) as error:
        yield Raw(rejected=(Rejected(str(path), "the file", f"is damaged Parquet: {error}"),))
        return
    kinds = kinds_of([name.lower() for name in columns])
    if not kinds:
        reason = "holds neither blocks, transactions nor logs"
        yield Raw(rejected=(Rejected(str(path), "the file", reason),))
        return
    for start in range(0, rows, ROWS):
        table = lazy.slice(start, ROWS).collect()
        yield raw_of(table.rename({name: name.lower() for name in columns}), kinds, str(path))
