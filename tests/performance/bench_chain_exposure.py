"""Exposure: three hops from as many seeds as a sanctions list has, over ten million transfers; look-alikes in the same.

The transfers are generated: a few accounts have very many counterparties and most have few (a power law), as on a chain.
"""

from __future__ import annotations

import resource
from collections.abc import Iterable

from tests.performance.bars import Bar, finish, timed

TRANSFERS = 10_000_000
ACCOUNTS = 2_000_000
SEEDS = 152
SEED = 20_261_127


def measure() -> Iterable[Bar]:
    """About 4 GB of memory, most of it the generated text."""
    from scorpius_lab.security.chain.exposure import reached
    from scorpius_lab.security.chain.threats.address_poisoning import detect

    transfers, seeds = generated()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sizes: list[int] = []
    seconds = min(timed(lambda: sizes.append(reached(transfers, seeds).height)) for _ in range(2))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    note = f"{TRANSFERS:,} transfers, {SEEDS} seeds, {sizes[-1]:,} addresses reached; {grown:,.0f} MB more memory"
    yield Bar("exposure, 3 hops", seconds, "s", 5.0, "lower", note=note)
    hits: list[int] = []
    seconds = timed(lambda: hits.append(detect(transfers).height))
    yield Bar(
        "look-alikes in all transfers", seconds, "s", note=f"{hits[-1]} pairs by chance among {TRANSFERS:,} transfers"
    )


def generated() -> tuple[object, list[str]]:
    """Transfers of one token between accounts, and the seeds among them."""
    import numpy as np
    import polars as pl

    chance = np.random.default_rng(SEED)
    digits = chance.bytes(20 * ACCOUNTS).hex()
    names = pl.Series("name", ["0x" + digits[start : start + 40] for start in range(0, len(digits), 40)])
    # 1 / (1 - u) has a tail like that of degrees on a chain
    drawn = [
        np.minimum((1 / (1 - chance.random(TRANSFERS)) - 1) * 1000, ACCOUNTS - 1).astype(np.int64) for _ in range(2)
    ]
    frame = pl.DataFrame(
        {
            "block_number": np.sort(chance.integers(18_000_000, 18_100_000, TRANSFERS)),
            "transaction_index": chance.integers(0, 200, TRANSFERS),
            "position": chance.integers(0, 500, TRANSFERS),
        }
    ).with_columns(
        standard=pl.lit("erc20"),
        token=pl.lit("0x" + "a" * 40),
        sender=names.gather(pl.Series(drawn[0])),
        receiver=names.gather(pl.Series(drawn[1])),
        amount=pl.Series(chance.integers(1, 10**15, TRANSFERS)).cast(pl.String),
    )
    seeds = names.gather(pl.Series(chance.integers(5_000, ACCOUNTS, SEEDS))).to_list()
    return frame, seeds


if __name__ == "__main__":
    raise SystemExit(finish(measure()))
