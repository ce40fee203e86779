"""Just-in-time liquidity: a position made right before others' swap and ended right after it, for the fee.

Definition: in a block, one owner mints and burns the same range of the same pool, in two transactions of one sender
(or of one contract that is the owner itself, the same liquidity to the last unit), with somebody else's swap in this
pool between them.
"""

from __future__ import annotations

from collections import defaultdict

import polars as pl

from scorpius_lab.security.chain.attacks import Attack, Kind, holdings
from scorpius_lab.security.chain.chain import Chain

KIND = Kind.JIT
TITLE = "Just-in-time liquidity"
VERSION = 1

_POSITION = ["block", "pool", "owner", "lower", "upper"]
_POOL = ["block", "pool"]


def detect(chain: Chain) -> list[Attack]:
    """Positions that lived within a block and earned another's fee."""
    changes = chain.events["liquidity"].filter(pl.col("lower").is_not_null())
    if changes.is_empty():
        return []
    facts = chain.succeeded.select("at", "transaction_hash", origin="sender", target="receiver")
    known = changes.join(facts, on="at", how="inner")
    ends = [
        "block_number",
        "block_hash",
        "transaction_index",
        "transaction_hash",
        "position",
        "origin",
        "target",
        "liquidity",
    ]
    minted = known.filter(pl.col("kind") == "mint").select(*_POSITION, *(pl.col(c).alias(f"{c}_mint") for c in ends))
    burned = known.filter(pl.col("kind") == "burn", pl.col("liquidity") != "0").select(
        *_POSITION, *(pl.col(c).alias(f"{c}_burn") for c in ends)
    )
    lived = minted.join(burned, on=_POSITION, how="inner").filter(
        pl.col("transaction_index_mint") < pl.col("transaction_index_burn"),
        (pl.col("origin_mint") == pl.col("origin_burn"))
        | (
            (pl.col("target_mint") == pl.col("owner"))
            & (pl.col("target_burn") == pl.col("owner"))
            # or these are two customers of a position manager
            & (pl.col("liquidity_mint") == pl.col("liquidity_burn"))
        ),
    )
    return [attack for row in lived.iter_rows(named=True) if (attack := _attack(row, chain, known))]


def _attack(row: dict[str, object], chain: Chain, known: pl.DataFrame) -> Attack | None:
    first, last = int(str(row["transaction_index_mint"])), int(str(row["transaction_index_burn"]))
    here = [pl.col(name).eq_missing(pl.lit(row[name])) for name in _POOL]
    served = chain.trades.filter(
        *here,
        pl.col("transaction_index").is_between(first, last, closed="none"),
        pl.col("origin") != row["origin_mint"],
    ).unique("transaction_index", maintain_order=True)
    if served.is_empty():
        return None
    mine = [pl.col(name).eq_missing(pl.lit(row[name])) for name in _POSITION]
    return Attack(
        kind=KIND,
        block=int(str(row["block_number_mint"])),
        block_hash=None if row["block_hash_mint"] is None else str(row["block_hash_mint"]),
        actor=str(row["target_mint"] or row["origin_mint"]),
        transactions=(str(row["transaction_hash_mint"]), str(row["transaction_hash_burn"])),
        indexes=(first, last),
        rule_version=VERSION,
        victims=tuple(served.sort("transaction_index")["transaction_hash"]),
        pools=(str(row["pool"]),),
        profit=holdings(_brought(known.filter(*mine, pl.col("transaction_index").is_between(first, last)), chain)),
        fronts=(str(row["transaction_hash_mint"]),),
        backs=(str(row["transaction_hash_burn"]),),
    )


def _brought(changes: pl.DataFrame, chain: Chain) -> dict[str, int]:
    """Collected (burned, where nothing was collected) less minted, by token; nothing where the tokens are unknown."""
    pool = changes["pool"][0]
    tokens = _tokens(chain, pool)
    kinds = set(changes["kind"])
    out = "collect" if "collect" in kinds else "burn"
    net: dict[str, int] = defaultdict(int)
    for row in changes.iter_rows(named=True):
        sign = {"mint": -1, out: 1}.get(row["kind"], 0)
        for side in (0, 1):
            amount = row[f"amount{side}"]
            if amount is None or side not in tokens:
                return {}
            net[tokens[side]] += sign * int(amount)
    return dict(net)


def _tokens(chain: Chain, pool: str) -> dict[int, str]:
    rows = chain.trades.filter(pl.col("pool") == pool).select("side_in", "token_in", "side_out", "token_out").unique()
    sides: dict[int, str] = {}
    for side_in, token_in, side_out, token_out in rows.iter_rows():
        sides |= {side_in: token_in, side_out: token_out}
    return sides
