"""CSV of ethereum-etl: `blocks.csv`, `transactions.csv`, `receipts.csv`, `logs.csv`; token transfers repeat the logs.

A receipt without its logs says nothing of whether there were any: where logs are a table of their own, the blocks with
a row in it are those that were logged.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import polars as pl

from scorpius_lab.security.chain.frames import Raw, Rejected
from scorpius_lab.security.chain.readers.tables import kinds_of, raw_of

NAME = "ethereum-etl CSV"
COVERS = "CSV of ethereum-etl (blocks, transactions, receipts, logs)"
PIECE = 16 * 2**20

_REPEATS = {"token_address", "value", "log_index"}


def recognizes(path: Path, head: bytes) -> bool:
    """True if the first line names columns that ethereum-etl writes."""
    del path
    columns = _columns(head)
    return bool(kinds_of(columns)) or set(columns) >= _REPEATS


def read(path: Path, opened: BinaryIO) -> Iterator[Raw]:
    """The rows of a file, piece by piece."""
    header = opened.readline()
    columns = _columns(header)
    kinds = kinds_of(columns)
    if not kinds:
        return  # token transfers, which the logs hold too
    while lines := opened.readlines(PIECE):
        yield from _piece(header, lines, kinds, str(path))


def _piece(header: bytes, lines: list[bytes], kinds: list[str], file: str) -> Iterator[Raw]:
    width = len(_columns(header))
    try:
        table = pl.read_csv(
            io.BytesIO(header + b"".join(lines)),
            infer_schema=False,
            truncate_ragged_lines=True,
            encoding="utf8-lossy",
        )
    except pl.exceptions.PolarsError as error:
        yield Raw(rejected=(Rejected(file, f"{len(lines)} rows", f"are no CSV with {width} columns: {error}"),))
        return
    table = table.rename({name: name.strip().lower() for name in table.columns})
    yield raw_of(table, kinds, file)


def _columns(head: bytes) -> list[str]:
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    return [name.strip().strip('"').lower() for name in first.split(",")]
