"""Call traces (`trace_block`): from a list of calls to their order, their nesting and what was undone.

Traces are listed as calls begin. With depth d, size s (itself and all inside) and number b in that order, a call ends
as number b + s - 1 - d, and the first to end inside it is s - 1 before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import polars as pl

from scorpius_lab.security.chain.quantities import amount, column, integer

_OWN = (
    "blockNumber",
    "block_number",
    "blockHash",
    "block_hash",
    "transactionPosition",
    "transactionIndex",
    "type",
    "error",
)
_ASKED = ("sender", "receiver", "callType", "value", "input", "address", "refundAddress", "balance")


def calls_of(items: Sequence[Any]) -> pl.DataFrame | None:
    """The calls of trace records, those of rewards left out; None where there are none."""
    traced = [item for item in items if item.traceAddress is not None and item.type != "reward"]
    if not traced:
        return None
    frame = pl.DataFrame(
        [
            *_series(traced, _OWN, ""),
            *_series([item.action for item in traced], _ASKED, "asked_"),
            column("output", [item.result.output if item.result else None for item in traced]),
            column("created", [item.result.address if item.result else None for item in traced]),
        ]
    )
    depth = np.array([len(item.traceAddress) for item in traced], np.int64)
    size = _sizes(depth)
    begins = np.arange(len(depth)) - _root_places(depth)
    failed = np.array([item.error is not None for item in traced])
    return frame.select(
        integer(pl.coalesce("blockNumber", "block_number")).alias("block_number"),
        pl.coalesce("blockHash", "block_hash").str.to_lowercase().alias("block_hash"),
        integer(pl.coalesce("transactionPosition", "transactionIndex")).alias("transaction_index"),
        pl.Series("begins", begins),
        pl.Series("position", begins + size - 1 - depth),
        pl.Series("first_inside", begins - depth),
        _kind().alias("kind"),
        pl.coalesce("asked_sender", "asked_address").str.to_lowercase().alias("sender"),
        pl.coalesce("asked_receiver", "asked_refundAddress", "created").str.to_lowercase().alias("receiver"),
        amount(pl.coalesce("asked_value", "asked_balance")).fill_null("0").alias("value"),
        pl.col("asked_input").str.to_lowercase().alias("input"),
        pl.col("output").str.to_lowercase(),
        pl.Series("reverted", _inside(failed, size)),
    )


def _series(items: Sequence[Any], names: tuple[str, ...], prefix: str) -> list[pl.Series]:
    values = zip(*map(attrgetter(*names), items), strict=True)
    return [column(prefix + name, found) for name, found in zip(names, values, strict=True)]


def _kind() -> pl.Expr:
    named = pl.col("type").replace({"suicide": "selfdestruct", "create": "create"})
    return pl.when(pl.col("type") == "call").then(pl.col("asked_callType").str.to_lowercase()).otherwise(named)


def _sizes(depth: np.ndarray) -> np.ndarray:
    """For each call how many there are in it, itself too: up to the next one that is not deeper."""
    numbers = np.arange(len(depth))
    size = np.empty(len(depth), np.int64)
    for level in range(int(depth.max()) + 1):
        ends = np.append(numbers[depth <= level], len(depth))
        here = numbers[depth == level]
        size[here] = ends[np.searchsorted(ends, here, side="right")] - here
    return size


def _root_places(depth: np.ndarray) -> np.ndarray:
    """For each call where the transaction it belongs to begins."""
    roots = np.where(depth == 0, np.arange(len(depth)), 0)
    return np.maximum.accumulate(roots)


def _inside(marked: np.ndarray, size: np.ndarray) -> np.ndarray:
    """True for the marked calls and all inside them."""
    change = np.zeros(len(marked) + 1, np.int64)
    starts = np.flatnonzero(marked)
    np.add.at(change, starts, 1)
    np.add.at(change, starts + size[starts], -1)
    return np.cumsum(change[:-1]) > 0
