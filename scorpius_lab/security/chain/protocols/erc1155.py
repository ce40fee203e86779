"""ERC-1155 batches: a row for each id that moved. EIP-1155, `TransferBatch`."""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.layouts import WORD, Layout, number_text
from scorpius_lab.security.chain.protocol import EMITTER, EventRule, Protocol

_MOST = 1000


def _moved(logs: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Two arrays of one length behind each other: ids, then amounts."""
    del layout
    counted = logs.filter(pl.col("data").str.len_bytes() >= 2 + 4 * WORD, pl.col("topic3").is_not_null()).with_columns(
        count=number_text(pl.col("data").str.slice(2 + 2 * WORD, WORD), "uint256").cast(pl.Int64, strict=False)
    )
    sound = counted.filter(
        pl.col("count").is_between(1, _MOST),
        pl.col("data").str.len_bytes() == 2 + (4 + 2 * pl.col("count")) * WORD,
    )
    rows = sound.with_columns(number=pl.int_ranges(0, pl.col("count"))).explode("number")
    start = pl.lit(2 + 3 * WORD)
    return rows.with_columns(
        sender="0x" + pl.col("topic2").str.slice(26),
        receiver="0x" + pl.col("topic3").str.slice(26),
        id=number_text(pl.col("data").str.slice(start + WORD * pl.col("number"), WORD), "uint256"),
        value=number_text(
            pl.col("data").str.slice(start + WORD * (pl.col("count") + 1 + pl.col("number")), WORD), "uint256"
        ),
    )


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
