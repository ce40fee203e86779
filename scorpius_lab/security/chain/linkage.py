"""Whether blocks hang together: heights without a gap, each block the parent of the next, one block at each height.

Of two blocks at one height the one that the next block names as its parent stands and the other is *orphaned*. Where
no next block decides, both are *disputed*: nothing is detected in either, for at most one of them happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from scorpius_lab.security.chain.blocks import INCOMPLETE

ORPHANED, DISPUTED = "orphaned", "disputed"


@dataclass(frozen=True, slots=True)
class Gap:
    """Heights that are missing, first and last included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Tip:
    """The last block of an earlier lot, to go on from."""

    number: int
    hash: str | None


@dataclass(frozen=True, slots=True)
class Linked:
    """Blocks with the column `stands`, gaps between them, and the last block."""

    blocks: pl.DataFrame
    gaps: tuple[Gap, ...]
    tip: Tip | None


def linked(blocks: pl.DataFrame, before: Tip | None = None) -> Linked:
    """Check blocks of ascending height against each other and against the last block before them.

    `blocks` is that of `blocks.Whole`. A block whose parent is at hand under another hash is incomplete, with the
    reason; one that does not stand gets the state `orphaned` or `disputed`.
    """
    judged = _judged(blocks.sort("block_number", "block"))
    standing = judged.filter("stands")
    checked = judged.join(_misfits(standing, before), on="block", how="left").with_columns(
        state=pl.when(pl.col("misfit").is_not_null()).then(pl.lit(INCOMPLETE)).otherwise("state"),
        reason=pl.coalesce("misfit", "reason"),
    )
    last = standing.select("block_number", "block_hash").tail(1).rows()
    tip = Tip(*last[0]) if last else before
    return Linked(checked.drop("misfit").sort("block"), _gaps(judged, before), tip)


def _judged(blocks: pl.DataFrame) -> pl.DataFrame:
    """With `stands`, and for the others the state and the reason."""
    named = _named(blocks)
    rivals = pl.len().over("block_number")
    orphaned = (rivals > 1) & (pl.col("named").sum().over("block_number") == 1) & ~pl.col("named")
    disputed = (rivals > 1) & (pl.col("named").sum().over("block_number") != 1)
    return (
        named.with_columns(
            stands=~orphaned & ~disputed,
            state=pl.when(orphaned).then(pl.lit(ORPHANED)).when(disputed).then(pl.lit(DISPUTED)).otherwise("state"),
            reason=pl.when(orphaned)
            .then(pl.format("another block stands at height {}: the next one names it as its parent", "block_number"))
            .when(disputed)
            .then(pl.format("{} blocks are at height {}, and no next one decides", rivals, "block_number"))
            .otherwise("reason"),
        )
        .drop("named")
        .sort("block_number", "block")
    )


def _named(blocks: pl.DataFrame) -> pl.DataFrame:
    """With `named`: a block that is not orphaned itself names this one as its parent.

    An orphaned block names its own parent, so that only the top of a replaced branch is seen at first, and one more
    below it each time: as many rounds as the branch is long.
    """
    alive = blocks
    while True:
        parents = alive.select(pl.col("block_number") - 1, block_hash="parent_hash").drop_nulls().unique()
        named = blocks.join(
            parents.with_columns(named=pl.lit(value=True)), on=["block_number", "block_hash"], how="left"
        ).with_columns(pl.col("named").fill_null(value=False))
        beaten = ~pl.col("named") & (pl.col("named").sum().over("block_number") == 1)
        left = named.filter(~beaten)
        if left.height == alive.height:
            return named
        alive = left


def _misfits(standing: pl.DataFrame, before: Tip | None) -> pl.DataFrame:
    """Blocks whose parent is here under another hash than they say."""
    own = standing.select("block_number", "block_hash")
    if before is not None:
        tip = pl.DataFrame({"block_number": [before.number], "block_hash": [before.hash]}, schema=own.schema)
        own = pl.concat([tip, own])
    parents = own.select(pl.col("block_number") + 1, here="block_hash").unique("block_number", keep="first")
    return (
        standing.join(parents, on="block_number", how="inner")
        .filter(pl.col("parent_hash").is_not_null() & (pl.col("parent_hash") != pl.col("here")))
        .select("block", misfit=pl.format("its parent hash is not the hash of block {}", pl.col("block_number") - 1))
    )


def _gaps(blocks: pl.DataFrame, before: Tip | None) -> tuple[Gap, ...]:
    heights = blocks.select("block_number").unique().sort("block_number")["block_number"].to_list()
    known = [before.number, *heights] if before is not None else heights
    return tuple(Gap(lower + 1, upper - 1) for lower, upper in pairwise(known) if upper > lower + 1)
