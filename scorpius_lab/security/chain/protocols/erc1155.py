"""ERC-1155 batches: a row for each id that moved. EIP-1155, `TransferBatch`."""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.layouts import WORD, Layout, number_text
from scorpius_lab.security.chain.protocol import EMITTER, EventRule, Protocol

_MOST = 1000


def _moved(logs: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Two arrays of one length behind each other: ids, then amounts. What is laid out otherwise is left out."""
    del layout
    counted = logs.filter(pl.col("data").str.len_bytes() >= 2 + 4 * WORD, pl.col("topic3").is_not_null()).with_columns(
        count=_number(pl.lit(2)).cast(pl.Int64, strict=False)
    )
    count = pl.col("count")
    sound = counted.filter(
        count.is_between(1, _MOST),
        pl.col("data").str.len_bytes() == 2 + (4 + 2 * count) * WORD,
        _number(pl.lit(0)) == "64",
        _number(pl.lit(1)) == (96 + 32 * count).cast(pl.String),
        _number(3 + count) == count.cast(pl.String),
    )
    rows = sound.with_columns(number=pl.int_ranges(0, pl.col("count"))).explode("number")
    return rows.with_columns(
        sender="0x" + pl.col("topic2").str.slice(26).str.to_lowercase(),
        receiver="0x" + pl.col("topic3").str.slice(26).str.to_lowercase(),
        id=_number(3 + pl.col("number")),
        value=_number(4 + count + pl.col("number")),
    )


def _number(word: pl.Expr) -> pl.Expr:
    return number_text(pl.col("data").str.slice(2 + WORD * word, WORD), "uint256")


PROTOCOL = Protocol(
    name="erc1155",
    covers="ERC-1155 batch transfers",
    events=(
        EventRule(
            "TransferBatch(address indexed operator, address indexed from, address indexed to, uint256[] ids, "
            "uint256[] values)",
            makes="transfers",
            rows=_moved,
            columns={
                "standard": pl.lit("erc1155"),
                "token": EMITTER,
                "sender": pl.col("sender"),
                "receiver": pl.col("receiver"),
                "amount": pl.col("value"),
                "token_id": pl.col("id"),
            },
        ),
    ),
)
