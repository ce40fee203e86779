"""What a token was worth in the chain's coin, from trades of the same block only.

The price is that of the pool in which most of the coin changed hands against the token in the block, attackers' own
trades left out, or of the pool against a token so priced. It is what was paid, exact; and as it can be moved by whoever
trades in the pool, the pool is named with every figure. No trade, no price: None, never 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from scorpius_lab.security.chain.attacks import Attack
from scorpius_lab.security.chain.chain import Chain
from scorpius_lab.security.chain.frames import NATIVE

COIN = "coin"

Block = tuple[int, str | None]


@dataclass(frozen=True, slots=True)
class Price:
    """Wei of the coin for one raw unit of a token, and the pools that say so."""

    wei: Fraction
    via: str


Prices = Mapping[Block, Mapping[str, Price]]


def prices_for(chain: Chain, attacks: Iterable[Attack]) -> Prices:
    """Prices of all that was won in the attacks, in their blocks."""
    attacks = list(attacks)
    coins = {NATIVE, chain.parameters.wrapped_coin} - {None}
    wanted = {
        (attack.block, attack.block_hash)
        for attack in attacks
        if any(holding.token not in coins for holding in attack.profit)
    }
    if not wanted:
        return {}
    own = {name for attack in attacks for name in attack.transactions}
    blocks = pl.DataFrame(list(wanted), schema={"block_number": pl.Int64, "block_hash": pl.String}, orient="row")
    trades = chain.trades.join(blocks, on=["block_number", "block_hash"], how="semi", nulls_equal=True).filter(
        ~pl.col("transaction_hash").is_in(list(own))
    )
    return {block: _prices({str(coin) for coin in coins}, rows) for block, rows in _by_block(trades).items()}


def value(attack: Attack, chain: Chain, prices: Prices) -> tuple[int | None, str | None]:
    """The attack's profit in wei, and through which pools it was priced; None where a part has no price."""
    if not attack.profit:
        return None, None
    here = prices.get((attack.block, attack.block_hash), {})
    total, via = Fraction(0), []
    for holding in attack.profit:
        if holding.token in (NATIVE, chain.parameters.wrapped_coin):
            total += holding.amount
            via.append(COIN)
            continue
        price = here.get(holding.token)
        if price is None:
            return None, None
        total += holding.amount * price.wei
        via.append(price.via)
    return int(total // 1), ", ".join(dict.fromkeys(via))


_Exchange = tuple[str, str, str, int, int]


def _by_block(trades: pl.DataFrame) -> dict[Block, list[_Exchange]]:
    rows: dict[Block, list[_Exchange]] = defaultdict(list)
    columns = ("block_number", "block_hash", "pool", "token_in", "token_out", "amount_in", "amount_out")
    for number, block, pool, token_in, token_out, amount_in, amount_out in trades.select(columns).iter_rows():
        rows[number, block].append((pool, token_in, token_out, int(amount_in), int(amount_out)))
    return rows


def _prices(coins: set[str], rows: list[_Exchange]) -> dict[str, Price]:
    priced = _against(dict.fromkeys(coins, Price(Fraction(1), "")), rows)
    return {**_against(priced, rows), **priced}


def _against(known: Mapping[str, Price], rows: list[_Exchange]) -> dict[str, Price]:
    """Prices of tokens that were traded against known ones, each from its largest trades."""
    volume: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for pool, token_in, token_out, amount_in, amount_out in rows:
        for token, amount, other, paid in (
            (token_in, amount_in, token_out, amount_out),
            (token_out, amount_out, token_in, amount_in),
        ):
            if other in known and token not in known:
                total = volume[token, pool, other]
                total[0] += amount
                total[1] += paid
    best: dict[str, tuple[Fraction, str, Price]] = {}
    for (token, pool, other), (amount, paid) in volume.items():
        worth = paid * known[other].wei
        if amount and (token not in best or (worth, pool) > best[token][:2]):
            via = f"{pool} then {known[other].via}" if known[other].via else pool
            best[token] = (worth, pool, Price(worth / amount, via))
    return {token: price for token, (_, _, price) in best.items()}
