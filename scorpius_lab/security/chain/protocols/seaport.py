"""Seaport: orders for NFTs filled. seaport, `ConsiderationEventsAndErrors`, `OrderFulfilled`.

An order that offers one NFT for one currency makes a sale; orders that mix several are left out, as no price is each's.
"""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.frames import NATIVE, ZERO_ADDRESS
from scorpius_lab.security.chain.layouts import WORD, Layout, number_text
from scorpius_lab.security.chain.protocol import EventRule, Protocol

_NFT = ("2", "3", "4", "5")  # ERC-721, ERC-1155, and both by criteria
_MOST_DIGITS = 36
_MONEY = ("0", "1")  # the coin, ERC-20


def _sales(logs: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """One offered NFT and up to five payments: words of fixed places behind the two offsets."""
    del layout
    head = logs.filter(pl.col("data").str.len_bytes() >= 2 + 10 * WORD).with_columns(
        offerer=_address(pl.col("topic1").str.slice(2)),
        recipient=_address(_word(1)),
        offered=number_text(_word(4), "uint256"),
        offer_kind=number_text(_word(5), "uint256"),
        collection=_address(_word(6)),
        token_id=number_text(_word(7), "uint256"),
        payments=number_text(_word(9), "uint256").cast(pl.Int64, strict=False),
    )
    simple = head.filter(
        number_text(_word(2), "uint256") == "128",
        number_text(_word(3), "uint256") == "288",
        pl.col("offered") == "1",
        pl.col("offer_kind").is_in(_NFT),
        pl.col("payments").is_between(1, 5),
        pl.col("data").str.len_bytes() == 2 + (10 + 5 * pl.col("payments")) * WORD,
    )
    if simple.is_empty():
        return simple.with_columns(pl.lit(None, pl.String).alias(name) for name in ("currency", "price"))
    paid = [
        pl.when(pl.col("payments") > number).then(number_text(_word(10 + 5 * number + 3), "uint256"))
        for number in range(5)
    ]
    kinds = [
        pl.when(pl.col("payments") > number).then(number_text(_word(10 + 5 * number), "uint256")) for number in range(5)
    ]
    currencies = [pl.when(pl.col("payments") > number).then(_address(_word(11 + 5 * number))) for number in range(5)]
    named = simple.with_columns(
        *(value.alias(f"paid{n}") for n, value in enumerate(paid)),
        *(value.alias(f"kind{n}") for n, value in enumerate(kinds)),
        *(value.alias(f"currency{n}") for n, value in enumerate(currencies)),
    )
    one = [pl.col(f"currency{n}").is_null() | (pl.col(f"currency{n}") == pl.col("currency0")) for n in range(5)]
    money = [(pl.col("payments") <= n) | pl.col(f"kind{n}").is_in(_MONEY) for n in range(5)]
    # a sum that may not fit is no price
    fits = [(pl.col("payments") <= n) | (pl.col(f"paid{n}").str.len_bytes() <= _MOST_DIGITS) for n in range(5)]
    total = pl.sum_horizontal(pl.col(f"paid{n}").cast(pl.Int128, strict=False).fill_null(0) for n in range(5))
    return named.filter(*one, *money).with_columns(
        currency=pl.when(pl.col("currency0") == ZERO_ADDRESS).then(pl.lit(NATIVE)).otherwise("currency0"),
        price=pl.when(pl.all_horizontal(fits)).then(total.cast(pl.String)),
    )


def _word(number: int) -> pl.Expr:
    return pl.col("data").str.slice(2 + WORD * number, WORD)


def _address(word: pl.Expr) -> pl.Expr:
    return "0x" + word.str.slice(24).str.to_lowercase()


PROTOCOL = Protocol(
    name="seaport",
    covers="Seaport orders of one NFT for one currency",
    events=(
        EventRule(
            # the tuples are flat here; the topic is given by the true signature below
            "OrderFulfilled(bytes32 orderHash, address indexed offerer, address indexed zone, address recipient, "
            "bytes offer, bytes consideration)",
            makes="nft_sales",
            rows=_sales,
            topic_of="OrderFulfilled(bytes32,address,address,address,(uint8,address,uint256,uint256)[],"
            "(uint8,address,uint256,uint256,address)[])",
            columns={
                "collection": pl.col("collection"),
                "token_id": pl.col("token_id"),
                "seller": pl.col("offerer"),
                "buyer": pl.col("recipient"),
                "currency": pl.col("currency"),
                "price": pl.col("price"),
            },
        ),
    ),
)
