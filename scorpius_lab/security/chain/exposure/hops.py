"""Which addresses are reached from known ones by transfers, in how many hops, along which transactions.

The walk respects time: what an address sent before anything reached it leads nowhere. Addresses with very many
counterparties (exchanges, routers, bridges) are reached and not walked through, unless told: behind them is everybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from scorpius_lab.security.chain.frames import ZERO_ADDRESS

_INDEX, _POSITION = 2**16, 2**16  # 31 bits are left for the height


class Direction(StrEnum):
    """Where money went from the seeds, or where it came from to them."""

    FORWARD = "forward"
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True)
class Limits:
    """How far to walk: hops, the counterparties of an address beyond which the walk ends there, a range of heights."""

    hops: int = 3
    counterparties: int = 1000
    first_block: int | None = None
    last_block: int | None = None


SCHEMA = {
    "address": pl.String(),
    "hops": pl.Int64(),
    "before": pl.String(),  # the address one hop nearer to the seed
    "block_number": pl.Int64(),
    "transaction_index": pl.Int64(),
    "token": pl.String(),
    "amount": pl.String(),
    "transfers": pl.Int64(),  # from addresses one hop nearer
    "ends_here": pl.Boolean(),  # too many counterparties to walk on
}


def reached(
    transfers: pl.DataFrame,
    seeds: Iterable[str],
    limits: Limits | None = None,
    direction: Direction = Direction.FORWARD,
) -> pl.DataFrame:
    """Addresses within the limits of the seeds (see `SCHEMA`), the seeds left out, each with its first way there.

    `transfers` has the columns of `frames.TRANSFERS`. Memory: a few columns of them, and what is reached.
    """
    chosen = limits or Limits()
    walk = _Walk(transfers, chosen, forward=direction is Direction.FORWARD)
    start = pl.DataFrame({"address": sorted({seed.lower() for seed in seeds})}, schema={"address": pl.String})
    known = start.with_columns(since=pl.lit(-(2**62), pl.Int64))
    frontier = known
    found: list[pl.DataFrame] = []
    for hop in range(1, chosen.hops + 1):
        arrived = (
            walk.step(frontier)
            .join(known, on="address", how="left")
            .filter(pl.col("since").is_null() | (pl.col("order") < pl.col("since")))
        )
        if arrived.is_empty():
            break
        new = arrived.filter(pl.col("since").is_null())
        found.append(new.with_columns(hops=pl.lit(hop, pl.Int64)).drop("since"))
        # an address that was reached by a later transfer before is walked from again, from the earlier one on
        frontier = arrived.select("address", since="order")
        known = pl.concat([frontier, known]).unique("address", keep="first")
    if not found:
        return pl.DataFrame(schema=SCHEMA)
    together = pl.concat(found)
    crowded = walk.crowded(together.select(before="address"))
    sign = 1 if direction is Direction.FORWARD else -1
    return (
        together.join(crowded, left_on="address", right_on="before", how="left")
        .with_columns(
            block_number=(sign * pl.col("order")) // (_INDEX * _POSITION),
            transaction_index=(sign * pl.col("order")) // _POSITION % _INDEX,
            ends_here=pl.col("ends_here").fill_null(value=False),
        )
        .select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
        .sort("hops", "address")
    )


def path_to(reached_addresses: pl.DataFrame, address: str) -> list[dict[str, object]]:
    """The transfers that lead from a seed to an address, the first one first; empty if it was not reached."""
    rows = {row["address"]: row for row in reached_addresses.iter_rows(named=True)}
    path: list[dict[str, object]] = []
    current = address.lower()
    while current in rows and len(path) <= len(rows):
        path.append(rows[current])
        current = str(rows[current]["before"])
    return path[::-1]


class _Walk:
    """Steps over the transfers. Only those that leave the addresses asked about are ever looked at closely."""

    def __init__(self, transfers: pl.DataFrame, limits: Limits, *, forward: bool) -> None:
        self._transfers = transfers.lazy()
        self._limits = limits
        self._forward = forward
        self._ends = ("sender", "receiver") if forward else ("receiver", "sender")

    def step(self, frontier: pl.DataFrame) -> pl.DataFrame:
        """The first transfer to each address from the frontier, after the frontier was reached itself."""
        leaving = self._leaving(frontier.rename({"address": "before"})).filter(pl.col("order") > pl.col("since"))
        crowded = self._too_many(leaving)
        walked = leaving.join(crowded, on="before", how="anti") if crowded.height else leaving
        return walked.group_by("address").agg(
            pl.col("before", "token", "amount").sort_by("order", "before", "token", "amount").first(),
            pl.col("order").min(),
            pl.len().cast(pl.Int64).alias("transfers"),
        )

    def crowded(self, addresses: pl.DataFrame) -> pl.DataFrame:
        """Those of the addresses at which the walk ends, marked."""
        return self._too_many(self._leaving(addresses)).select("before", ends_here=pl.lit(value=True))

    def _too_many(self, leaving: pl.DataFrame) -> pl.DataFrame:
        counted = leaving.group_by("before").agg(pl.col("address").n_unique().alias("many"))
        return counted.filter(pl.col("many") > self._limits.counterparties)

    def _leaving(self, addresses: pl.DataFrame) -> pl.DataFrame:
        """Transfers of something from these addresses to others, with a number that says when."""
        source, target = self._ends
        place = pl.col("block_number") * _INDEX + pl.col("transaction_index").clip(0, _INDEX - 1)
        order = place * _POSITION + pl.col("position").clip(0, _POSITION - 1)
        kept = [pl.col("amount") != "0", pl.col(source) != pl.col(target)]
        kept += [pl.col(source) != ZERO_ADDRESS, pl.col(target) != ZERO_ADDRESS]
        if self._limits.first_block is not None:
            kept.append(pl.col("block_number") >= self._limits.first_block)
        if self._limits.last_block is not None:
            kept.append(pl.col("block_number") <= self._limits.last_block)
        columns = ["block_number", "transaction_index", "position", "token", "sender", "receiver", "amount"]
        joined = self._transfers.select(columns).join(
            addresses.lazy().rename({"before": source}), on=source, how="inner"
        )
        carried = [name for name in addresses.columns if name != "before"]
        return (
            joined.filter(kept)
            .select(
                "token",
                "amount",
                *carried,
                before=source,
                address=target,
                order=order if self._forward else 0 - order,
            )
            .collect()
        )
