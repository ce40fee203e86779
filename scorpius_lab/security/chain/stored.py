"""Chains into the store and out of it: whole blocks in one transaction, ranges of heights back as chains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from scorpius_lab.core.components import Recorder
from scorpius_lab.security.chain.blocks import AT_BITS, COMPLETE, LOGGED, TRACED
from scorpius_lab.security.chain.chain import Chain
from scorpius_lab.security.chain.chains import ChainParameters
from scorpius_lab.security.chain.frames import EVENTS
from scorpius_lab.security.chain.linkage import Tip, linked
from scorpius_lab.security.chain.tables import BLOCKS, CURRENT, EVENT_TABLES, PREFIX, TRANSACTIONS

ROWS_AT_ONCE = 500_000
"""Rows of transfers and swaps of one range that is loaded."""

_KEY = ["block_number", "block_hash"]
_KEYS = ("block", "at")


class Reader(Protocol):
    """Anything that answers queries over the store: a recorder or a lab."""

    def sql(self, query: str, parameters: Mapping[str, object] | None = None) -> pl.DataFrame:
        """The result of a query with named parameters."""


@dataclass(frozen=True, slots=True)
class Saved:
    """How many blocks were new, and how many were there already, as good as now or better."""

    new: int
    known: int


# -- in


def save(recorder: Recorder, chain: Chain, roots: pl.DataFrame | None = None) -> Saved:
    """Store the blocks that the store does not have yet, or has less of, with all that happened in them.

    `roots` may say for blocks (by number and hash) what came of checking their roots.
    """
    fresh = _fresh(recorder, chain)
    if fresh.is_empty():
        return Saved(0, chain.blocks.height)
    marks = [
        pl.lit(chain.parameters.chain_id, pl.Int64).alias("chain_id"),
        pl.lit(recorder.run_id).alias("run_id"),
    ]
    told = fresh if roots is None else fresh.join(roots, on=_KEY, how="left", nulls_equal=True)
    rows = {BLOCKS.name: _fitting(told.with_columns(marks), BLOCKS.columns)}
    keys = fresh.select("block")
    flagged = chain.transactions.with_columns(pl.col("succeeded").cast(pl.Int64))
    for name, frame, columns in (
        (TRANSACTIONS.name, flagged, TRANSACTIONS.columns),
        *((EVENT_TABLES[name].name, chain.events[name], EVENT_TABLES[name].columns) for name in EVENTS),
    ):
        mine = frame.join(keys, on="block", how="semi", maintain_order="left")
        if not mine.is_empty():
            rows[name] = _fitting(mine.with_columns(marks), columns)
    recorder.add_rows_together(rows)
    return Saved(fresh.height, chain.blocks.height - fresh.height)


def _fresh(recorder: Recorder, chain: Chain) -> pl.DataFrame:
    blocks = chain.base
    if blocks.is_empty():
        return blocks
    known = recorder.sql(
        f"SELECT block_number, block_hash, state, seen_by FROM ({CURRENT}) "  # noqa: S608 (a constant of ours)
        "WHERE chain_id = $chain AND block_number BETWEEN $first AND $last",
        {
            "chain": chain.parameters.chain_id,
            "first": blocks["block_number"].min(),
            "last": blocks["block_number"].max(),
        },
    )
    if known.is_empty():
        return blocks
    ranked = known.select(*_KEY, known=_goodness())
    joined = blocks.with_columns(given=_goodness()).join(ranked, on=_KEY, how="left", nulls_equal=True)
    return joined.filter(pl.col("known").is_null() | (pl.col("given") > pl.col("known"))).drop("known", "given")


def _goodness() -> pl.Expr:
    """The more of a block is there, the higher."""
    return (
        (pl.col("state") == COMPLETE).cast(pl.Int8) * 4
        + (pl.col("seen_by") == LOGGED).cast(pl.Int8) * 2
        + (pl.col("seen_by") == TRACED).cast(pl.Int8)
    )


def _fitting(frame: pl.DataFrame, columns: Mapping[str, object]) -> pl.DataFrame:
    return frame.select(name for name in columns if name in frame.columns)


# -- out


def load(
    store: Reader, parameters: ChainParameters, first: int | None = None, last: int | None = None
) -> Iterator[Chain]:
    """The stored blocks of these heights (including), as chains that fit into memory, in ascending order."""
    bounds = {
        "chain": parameters.chain_id,
        "first": -1 if first is None else first,
        "last": 2**62 if last is None else last,
    }
    before: Tip | None = None
    for lower, upper in _ranges(store, bounds):
        chain = _loaded(store, parameters, {**bounds, "first": lower, "last": upper}, before)
        before = chain.tip
        yield chain


def stored_transfers(store: Reader, chain_id: int) -> pl.DataFrame:
    """All stored transfers of a chain, of the reading of each block that counts, with the transactions' hashes."""
    return store.sql(
        f"WITH cur AS ({CURRENT}) SELECT t.*, x.transaction_hash FROM lab.{PREFIX}transfers t "  # noqa: S608
        "SEMI JOIN cur USING (chain_id, block_number, block_hash, run_id) "
        f"LEFT JOIN lab.{TRANSACTIONS.name} x USING (chain_id, run_id, block_hash, transaction_index) "
        "WHERE t.chain_id = $chain",
        {"chain": chain_id},
    )


def _ranges(store: Reader, bounds: Mapping[str, object]) -> Iterator[tuple[int, int]]:
    """Heights from and to, such that each range holds a bounded number of rows; cut a thousand heights at a time."""
    where = "WHERE chain_id = $chain AND block_number BETWEEN $first AND $last"
    counted = store.sql(
        f"SELECT block_number // 100 AS bucket, min(block_number) AS lower, max(block_number) AS upper, "  # noqa: S608
        f"count(*) AS many FROM (SELECT chain_id, block_number FROM lab.{PREFIX}transfers "
        f"UNION ALL SELECT chain_id, block_number FROM lab.{PREFIX}swaps "
        f"UNION ALL SELECT chain_id, block_number FROM lab.{PREFIX}blocks) {where} GROUP BY bucket ORDER BY bucket",
        bounds,
    )
    start: int | None = None
    rows, end = 0, 0
    for _, lower, upper, many in counted.iter_rows():
        if start is not None and rows + many > ROWS_AT_ONCE:
            yield start, end
            start, rows = None, 0
        start = lower if start is None else start
        end, rows = upper, rows + many
    if start is not None:
        yield start, end


def _loaded(store: Reader, parameters: ChainParameters, bounds: Mapping[str, object], before: Tip | None) -> Chain:
    where = "chain_id = $chain AND block_number BETWEEN $first AND $last"
    blocks = store.sql(f"SELECT * FROM ({CURRENT}) WHERE {where}", bounds)  # noqa: S608
    keyed = blocks.sort(_KEY, nulls_last=True).with_row_index("block").with_columns(pl.col("block").cast(pl.Int64))
    keys = keyed.select(*_KEY, "run_id", "block")
    base = keyed.drop("run_id", "chain_id", "effective_at", "collected_at", "recorded_at")
    checked = linked(base, before)
    transactions = _keyed(store.sql(f"SELECT * FROM lab.{TRANSACTIONS.name} WHERE {where}", bounds), keys)  # noqa: S608
    events = {
        name: _keyed(store.sql(f"SELECT * FROM lab.{EVENT_TABLES[name].name} WHERE {where}", bounds), keys)  # noqa: S608
        for name in EVENTS
    }
    return Chain(
        parameters=parameters,
        blocks=checked.blocks,
        transactions=transactions.with_columns(pl.col("succeeded").cast(pl.Boolean)).sort("at"),
        events={name: frame.select(*EVENTS[name], *_KEYS).sort("at", "position") for name, frame in events.items()},
        gaps=checked.gaps,
        tip=checked.tip,
        base=base,
    )


def _keyed(rows: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """The rows of the reading that counts, with the keys of this lot."""
    mine = rows.join(keys, on=[*_KEY, "run_id"], how="inner", nulls_equal=True)
    return mine.with_columns(at=pl.col("block") * 2**AT_BITS + pl.col("transaction_index"))
