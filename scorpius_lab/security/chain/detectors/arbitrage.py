"""Arbitrage: a transaction trades in a circle over at least two pools and comes out with more than it put in.

Definition: among a transaction's swaps, those whose tokens form a circle (a strongly connected component of the graph
token paid -> token got) over at least two pools, in which no token comes out more than 1 % short of what went through
it, and some token comes out in excess. Which swap was logged first does not matter (nested callbacks turn the order
round), nor whether a leg was split over several pools. Where all swaps together do not close, a chain in which each
swap pays what another got, within 1 %, does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import polars as pl

from scorpius_lab.security.chain.attacks import Attack, Kind, holdings
from scorpius_lab.security.chain.chain import Chain
from scorpius_lab.security.chain.flows import Flows, flows_of
from scorpius_lab.security.chain.frames import NATIVE
from scorpius_lab.security.chain.trades import Trade, by_transaction, trades_of

KIND = Kind.ARBITRAGE
TITLE = "Arbitrage"
VERSION = 1

TOLERANCE = Fraction(1, 100)
_MOST_SWAPS_FOR_CHAINS = 40


def detect(chain: Chain) -> list[Attack]:
    """The arbitrages in these blocks; those that answer another's trade name it in `backrun_of`."""
    suspects = candidates(chain.trades)
    if suspects.is_empty():
        return []
    flows = flows_of(chain, suspects)
    pools = frozenset(chain.trades["holder"].unique())
    found = [_in_transaction(trades, flows, pools, chain) for trades in by_transaction(trades_of(suspects))]
    attacks = [attack for attack in found if attack]
    answered = _answered(chain.trades, attacks)
    return [replace(attack, backrun_of=answered.get(attack.transactions[0], ())) for attack in attacks]


def candidates(trades: pl.DataFrame) -> pl.DataFrame:
    """Swaps of transactions that can hold a circle: two pools, and two tokens that are both paid and got."""
    several = (
        trades.group_by("at")
        .agg(
            pl.col("pool").n_unique().alias("pools"),
            pl.col("token_in").unique().alias("paid"),
            pl.col("token_out").unique().alias("got"),
        )
        .filter(pl.col("pools") > 1)
    )
    turning = several.filter(pl.col("paid").list.set_intersection("got").list.len() > 1)
    return trades.join(turning.select("at"), on="at", how="semi")


@dataclass(frozen=True, slots=True)
class _Circle:
    trades: tuple[Trade, ...]
    profit: dict[str, int]
    leftover: dict[str, int]


def _in_transaction(trades: Sequence[Trade], flows: Flows, pools: frozenset[str], chain: Chain) -> Attack | None:
    circles = [circle for component in _components(trades) if (circle := _circle(component))]
    if not circles:
        return None
    first = trades[0]
    profit: dict[str, int] = defaultdict(int)
    leftover: dict[str, int] = defaultdict(int)
    for circle in circles:
        for token, amount in circle.profit.items():
            profit[token] += amount
        for token, amount in circle.leftover.items():
            leftover[token] += amount
    used = [trade for circle in circles for trade in circle.trades]
    actor = _actor(used, profit, flows.get(first.at, {}), pools, chain)
    if actor is None:
        return None
    return Attack(
        kind=KIND,
        block=first.block_number,
        block_hash=first.block_hash,
        actor=actor,
        transactions=(first.transaction,),
        indexes=(first.index,),
        rule_version=VERSION,
        pools=tuple(dict.fromkeys(trade.pool for trade in used)),
        profit=holdings(profit),
        leftover=holdings(leftover),
    )


# -- circles


def _components(trades: Sequence[Trade]) -> list[list[Trade]]:
    """Swaps between tokens that can be reached from each other, by component, in order."""
    reach = _reachable({(trade.token_in, trade.token_out) for trade in trades})
    groups: dict[frozenset[str], list[Trade]] = defaultdict(list)
    for trade in trades:
        if trade.token_in in reach[trade.token_out]:
            both = frozenset(token for token in reach[trade.token_out] if trade.token_out in reach[token])
            groups[both].append(trade)
    return [group for group in groups.values() if len({trade.pool for trade in group}) > 1]


def _reachable(edges: set[tuple[str, str]]) -> dict[str, set[str]]:
    following: dict[str, set[str]] = defaultdict(set)
    for paid, got in edges:
        following[paid].add(got)
        following[got] |= set()
    reach: dict[str, set[str]] = {}
    for start in list(following):
        seen: set[str] = set()
        todo = [start]
        while todo:
            for token in following[todo.pop()] - seen:
                seen.add(token)
                todo.append(token)
        reach[start] = seen
    return reach


def _circle(trades: Sequence[Trade]) -> _Circle | None:
    whole = _closed(trades)
    if whole:
        return whole
    return _chain(trades) if len(trades) <= _MOST_SWAPS_FOR_CHAINS else None


def _closed(trades: Sequence[Trade]) -> _Circle | None:
    """The swaps as one circle, if no token comes out short by more than the tolerance and one comes out in excess."""
    paid: dict[str, int] = defaultdict(int)
    got: dict[str, int] = defaultdict(int)
    for trade in trades:
        paid[trade.token_in] += trade.amount_in
        got[trade.token_out] += trade.amount_out
    net = {token: got[token] - paid[token] for token in paid.keys() | got.keys()}
    if any(-amount > TOLERANCE * paid[token] for token, amount in net.items()):
        return None
    gained = [token for token, amount in net.items() if amount > 0]
    if not gained:
        return None
    if all(amount >= 0 for amount in net.values()):
        profit = _above(net, trades)
        return _Circle(tuple(trades), profit, {token: net[token] for token in net.keys() - profit.keys()})
    start = max(gained, key=lambda token: (Fraction(net[token], got[token]), token))
    return _scaled(trades, start, net)


def _above(net: dict[str, int], trades: Sequence[Trade]) -> dict[str, int]:
    """What came out in excess; of tokens passed on, only where that is more than the tolerance."""
    through = _through(trades)
    kept = {token: amount for token, amount in net.items() if amount > TOLERANCE * through[token]}
    if kept:
        return kept
    largest = max(net, key=lambda token: (Fraction(net[token], through[token]), token))
    return {largest: net[largest]} if net[largest] > 0 else {}


def _through(trades: Sequence[Trade]) -> dict[str, int]:
    paid: dict[str, int] = defaultdict(int)
    got: dict[str, int] = defaultdict(int)
    for trade in trades:
        paid[trade.token_in] += trade.amount_in
        got[trade.token_out] += trade.amount_out
    return {token: max(paid[token], got[token], 1) for token in paid.keys() | got.keys()}


def _scaled(trades: Sequence[Trade], start: str, net: dict[str, int]) -> _Circle | None:
    """Profit of the quantities that match: a leg that sold more than was bought counts for what was bought."""
    share = _shares(trades, start)
    if share is None:
        return None
    cost = sum(trade.amount_in for trade in trades if trade.token_in == start)
    revenue = sum(
        (share[number] * trade.amount_out for number, trade in enumerate(trades) if trade.token_out == start),
        Fraction(0),
    )
    profit = int(revenue) - cost
    if profit <= 0:
        return None
    return _Circle(
        tuple(trades), {start: profit}, {token: amount for token, amount in net.items() if amount and token != start}
    )


def _shares(trades: Sequence[Trade], start: str) -> dict[int, Fraction] | None:
    """The share of each swap that is covered by what came before it, from `start` on; None if it goes in circles."""
    share: dict[int, Fraction] = {}
    available: dict[str, Fraction] = defaultdict(Fraction)
    waiting = {token: sum(trade.token_out == token for trade in trades) for token in {t.token_in for t in trades}}
    ready = [start]
    done: set[str] = set()
    while ready:
        token = ready.pop()
        done.add(token)
        leaving = [number for number, trade in enumerate(trades) if trade.token_in == token]
        needed = sum(trades[number].amount_in for number in leaving)
        part = Fraction(1) if token == start or not needed else min(Fraction(1), available[token] / needed)
        for number in leaving:
            share[number] = part
            out = trades[number].token_out
            available[out] += part * trades[number].amount_out
            if out == start or out in done:
                continue
            waiting[out] = waiting.get(out, 0) - 1
            if waiting[out] == 0:
                ready.append(out)
    return share if len(share) == len(trades) else None


def _chain(trades: Sequence[Trade]) -> _Circle | None:
    """The shortest chain that closes, each swap paying what another got; the earliest of them."""
    for length in range(2, len(trades) + 1):
        for start in range(len(trades)):
            found = _extended([start], trades, length)
            if found:
                chosen = [trades[number] for number in sorted(found)]
                circle = _closed(chosen)
                if circle:
                    return circle
    return None


def _extended(used: list[int], trades: Sequence[Trade], length: int) -> list[int] | None:
    last, first = trades[used[-1]], trades[used[0]]
    if len(used) == length:
        pools = {trades[number].pool for number in used}
        return used if last.token_out == first.token_in and len(pools) > 1 else None
    for number, trade in enumerate(trades):
        if number in used or trade.token_in != last.token_out or not _near(trade.amount_in, last.amount_out):
            continue
        found = _extended([*used, number], trades, length)
        if found:
            return found
    return None


def _near(amount: int, other: int) -> bool:
    return abs(amount - other) <= TOLERANCE * max(amount, other)


# -- who, and in answer to whom


def _actor(
    trades: Sequence[Trade],
    profit: dict[str, int],
    accounts: Mapping[str, Mapping[str, int]],
    pools: frozenset[str],
    chain: Chain,
) -> str | None:
    """The account that has the profit; None if only pools have it. Without transfers of it: the contract called."""
    coin = chain.parameters.wrapped_coin
    wanted = {NATIVE if token == coin else token for token in profit}
    gained = {
        account: sum(tokens.get(token, 0) for token in wanted)
        for account, tokens in accounts.items()
        if account not in pools
    }
    first = trades[0]
    own = [account for account in (first.target, first.origin) if account is not None and gained.get(account, 0) > 0]
    if own:
        return own[0]
    best = max(gained, key=lambda account: (gained[account], account), default=None)
    if best is not None and gained[best] > 0:
        return best
    return first.target if first.target not in pools and first.target is not None else first.origin


def _answered(trades: pl.DataFrame, attacks: Sequence[Attack]) -> dict[str, tuple[str, ...]]:
    """For each arbitrage the transactions whose trades it undid: the last swap in a pool before its own, opposite."""
    if not attacks:
        return {}
    mine = pl.DataFrame({"transaction_hash": [attack.transactions[0] for attack in attacks]})
    pool = ["block", "pool"]
    places = trades.join(mine, on="transaction_hash", how="semi").select(pool).unique()
    beside = trades.join(places, on=pool, how="semi").sort("at", "position")
    before = beside.with_columns(
        *(
            pl.col(name).shift().over(pool).alias(f"{name}_before")
            for name in ("transaction_hash", "origin", "token_in", "token_out")
        )
    ).join(mine, on="transaction_hash", how="semi")
    hits = before.filter(
        pl.col("transaction_hash_before") != pl.col("transaction_hash"),
        pl.col("origin_before") != pl.col("origin"),
        pl.col("token_in_before") == pl.col("token_out"),
        pl.col("token_out_before") == pl.col("token_in"),
    )
    grouped = hits.group_by("transaction_hash", maintain_order=True).agg(
        pl.col("transaction_hash_before").unique(maintain_order=True)
    )
    return {name: tuple(found) for name, found in grouped.iter_rows()}
