"""Sandwiches: somebody buys before others buy and sells after them, or the other way round.

Definition (after Zhou et al., arXiv 2009.14021, section 4, freed of its restriction to one victim and one pool): in a
block and a pool, an actor's *front* moves the price, at least one swap of somebody else in the same direction follows,
then the actor's *back* goes in the opposite direction. Front, victim and back are different transactions. There may be
several of each. All pools that share front and back are one attack.

Two transactions have one actor if they have one sender, or one account gains in the first what it gives in the second
(which a router's customers never do), or both call one contract that does not trade with its callers' own tokens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from scorpius_lab.security.chain.attacks import Attack, Holding, Kind, holdings
from scorpius_lab.security.chain.chain import Chain
from scorpius_lab.security.chain.flows import Flows, Place, flows_of
from scorpius_lab.security.chain.trades import Trade, by_transaction, trades_of

KIND = Kind.SANDWICH
TITLE = "Sandwich"
VERSION = 1

_GROUP = ["block", "pool"]


def detect(chain: Chain) -> list[Attack]:
    """The sandwiches in these blocks."""
    suspects = candidates(chain.trades)
    if suspects.is_empty():
        return []
    around = chain.trades.join(suspects.select(_GROUP).unique(), on=_GROUP, how="semi")
    beside = chain.trades.join(around.select("at").unique(), on="at", how="semi")
    known = _Knowledge(
        flows=flows_of(chain, around),
        swaps={part[0].at: part for part in by_transaction(trades_of(beside))},
        routers=_routers(chain),
        pools=frozenset(chain.trades["holder"].unique()),
    )
    parts = [part for trades in _groups(around) for part in _in_pool(trades, known)]
    return [_attack(parts, known) for parts in _shared(parts)]


# -- candidates: columns, over any number of swaps


def candidates(trades: pl.DataFrame) -> pl.DataFrame:
    """Trades in pools of a block where a sandwich is possible at all: a superset, made without looking at amounts.

    There must be two swaps in one direction, in different transactions, before one in the other; and somebody who
    has a part in a swap of the first and in a later one of the second. Contracts that deliver to several callers are
    nobody's. Names are compared by their hashes: where two have the same, a group more is looked at closely.
    """
    coded = trades.select(
        _key().alias("group"),
        up=pl.when(pl.col("token_in") < pl.col("token_out")).then(pl.col("transaction_index").cast(pl.Int32)),
        down=pl.when(pl.col("token_in") > pl.col("token_out")).then(pl.col("transaction_index").cast(pl.Int32)),
        row=pl.int_range(pl.len()),
    )
    turned = _turning(coded, "group")
    if turned.is_empty():
        return trades.clear()
    near = coded.join(turned.select("group"), on="group", how="semi")
    parties = trades.select("origin", "target", "caller", "recipient")[near["row"]].select(pl.all().hash())
    shared = _shared_targets(parties)
    # most swaps are of one's own account alone: a party that was counted already is not counted again
    named = pl.concat(
        [
            near.select("group", "up", "down", party=parties["origin"]),
            _others(near, parties, "target", shared, ("origin",)),
            _others(near, parties, "caller", shared, ("origin", "target")),
            _others(near, parties, "recipient", shared, ("origin", "target", "caller")),
        ]
    )
    returning = _turning(named, "group", "party").select("group").unique()
    kept = near.join(returning, on="group", how="semi")["row"]
    return trades[kept]


def _key() -> pl.Expr:
    return pl.col("pool").hash() ^ (pl.col("block").cast(pl.UInt64) * pl.lit(2**32 + 15, pl.UInt64))


def _turning(rows: pl.DataFrame, *key: str) -> pl.DataFrame:
    """Groups in which something goes one way and later the other, with a transaction at least between them."""
    ends = rows.group_by(key).agg(
        pl.col("up").min().alias("first_up"),
        pl.col("up").max().alias("last_up"),
        pl.col("down").min().alias("first_down"),
        pl.col("down").max().alias("last_down"),
    )
    return ends.filter((pl.col("first_up") + 1 < pl.col("last_down")) | (pl.col("first_down") + 1 < pl.col("last_up")))


def _shared_targets(parties: pl.DataFrame) -> pl.DataFrame:
    """Contracts that delivered to two callers at least."""
    delivered = parties.filter(pl.col("recipient") == pl.col("origin"))
    ends = delivered.group_by("target").agg(pl.col("origin").min().alias("one"), pl.col("origin").max().alias("other"))
    return ends.filter(pl.col("one") != pl.col("other")).select(party="target")


def _others(
    near: pl.DataFrame, parties: pl.DataFrame, name: str, shared: pl.DataFrame, before: tuple[str, ...]
) -> pl.DataFrame:
    own = pl.all_horizontal(pl.col(name).ne_missing(pl.col(other)) for other in before)
    rows = pl.concat([near.select("group", "up", "down"), parties], how="horizontal").filter(own)
    named = rows.select("group", "up", "down", party=name).drop_nulls("party")
    return named.join(shared, on="party", how="anti") if shared.height else named


def _routers(chain: Chain) -> frozenset[str]:
    """Contracts that trade with their callers' own tokens: two callers at least, to or from whom tokens go."""
    served = chain.trades.select("at", "origin", "target", "recipient")
    delivered = served.filter(pl.col("recipient") == pl.col("origin")).select("target", "origin")
    moved = (
        chain.events["transfers"]
        .filter(pl.col("standard") == "erc20")
        .select("at", "sender", "receiver")
        .join(served.select("at", "origin", "target").unique(), on="at", how="inner")
    )
    own = moved.filter((pl.col("sender") == pl.col("origin")) | (pl.col("receiver") == pl.col("origin")))
    callers = pl.concat([delivered, own.select("target", "origin")]).drop_nulls().unique()
    return frozenset(callers.group_by("target").agg(pl.len().alias("callers")).filter(pl.col("callers") > 1)["target"])


def _groups(trades: pl.DataFrame) -> Iterator[list[Trade]]:
    found: dict[tuple[int, str], list[Trade]] = defaultdict(list)
    for trade in trades_of(trades):
        found[trade.block, trade.pool].append(trade)
    yield from found.values()


# -- one pool of one block, exactly


@dataclass(frozen=True, slots=True)
class _Knowledge:
    flows: Flows
    swaps: Mapping[Place, Sequence[Trade]]
    routers: frozenset[str]
    pools: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Turn:
    """All that one transaction did in the pool, netted: what it paid and what it got."""

    trades: tuple[Trade, ...]
    token_in: str
    token_out: str
    amount_in: int
    amount_out: int

    @property
    def first(self) -> Trade:
        return self.trades[0]

    @property
    def index(self) -> int:
        return self.first.index


@dataclass(frozen=True, slots=True)
class _Part:
    """An attack's part in one pool."""

    pool: str
    fronts: tuple[_Turn, ...]
    victims: tuple[_Turn, ...]
    backs: tuple[_Turn, ...]


def _turn(trades: Sequence[Trade]) -> _Turn | None:
    net: dict[str, int] = defaultdict(int)
    for trade in trades:
        net[trade.token_in] -= trade.amount_in
        net[trade.token_out] += trade.amount_out
    paid = [token for token, amount in net.items() if amount < 0]
    got = [token for token, amount in net.items() if amount > 0]
    if len(paid) != 1 or len(got) != 1:
        return None  # there and back in one transaction: no step of a sandwich
    return _Turn(tuple(trades), paid[0], got[0], -net[paid[0]], net[got[0]])


def _in_pool(trades: Sequence[Trade], known: _Knowledge) -> Iterator[_Part]:
    turns = [turn for part in by_transaction(trades) if (turn := _turn(part))]
    for actor in _actors(turns, known):
        others = [turn for turn in turns if turn not in actor and not _one_of(turn, actor)]
        yield from _rounds(actor, others)


def _actors(turns: Sequence[_Turn], known: _Knowledge) -> Iterator[list[_Turn]]:
    """Turns of one actor, where he went one way and later the other."""
    parent = list(range(len(turns)))

    def root(number: int) -> int:
        while parent[number] != number:
            number = parent[number]
        return number

    for later, back in enumerate(turns):
        for earlier in range(later):
            front = turns[earlier]
            if front.token_in == back.token_out and front.token_out == back.token_in and _linked(front, back, known):
                parent[root(later)] = root(earlier)
    groups: dict[int, list[_Turn]] = defaultdict(list)
    for number, turn in enumerate(turns):
        groups[root(number)].append(turn)
    yield from (group for group in groups.values() if len(group) > 1)


def _linked(front: _Turn, back: _Turn, known: _Knowledge) -> bool:
    if front.first.origin == back.first.origin:
        return True
    target = front.first.target
    if target is not None and target == back.first.target and target not in known.routers | known.pools:
        return True
    return bool(_keepers(front, back, known))


def _keepers(front: _Turn, back: _Turn, known: _Knowledge) -> list[str]:
    """Accounts that gained in the front what they gave in the back, or gave what they regained."""
    before = known.flows.get(front.first.at, {})
    after = known.flows.get(back.first.at, {})
    return sorted(
        account
        for account in before.keys() & after.keys()
        if account not in known.pools
        and (
            before[account].get(front.token_out, 0) > 0 > after[account].get(front.token_out, 0)
            or before[account].get(front.token_in, 0) < 0 < after[account].get(front.token_in, 0)
        )
    )


def _one_of(turn: _Turn, actor: Sequence[_Turn]) -> bool:
    return any(turn.first.origin == own.first.origin for own in actor)


def _rounds(actor: Sequence[_Turn], others: Sequence[_Turn]) -> Iterator[_Part]:
    """Runs in one direction, each followed by a run in the other, with victims between them."""
    runs = _runs(actor)
    number = 0
    while number + 1 < len(runs):
        fronts, backs = runs[number], runs[number + 1]
        victims = [
            turn
            for turn in others
            if turn.token_in == fronts[0].token_in and fronts[0].index < turn.index < backs[-1].index
        ]
        if not victims:
            number += 1
            continue
        yield _Part(fronts[0].first.pool, tuple(fronts), tuple(victims), tuple(backs))
        number += 2


def _runs(turns: Sequence[_Turn]) -> list[list[_Turn]]:
    runs: list[list[_Turn]] = []
    for turn in sorted(turns, key=lambda turn: turn.index):
        if runs and runs[-1][0].token_in == turn.token_in:
            runs[-1].append(turn)
        else:
            runs.append([turn])
    return runs


# -- one attack over its pools


def _shared(parts: Iterable[_Part]) -> Iterator[list[_Part]]:
    """Parts that have a front and a back in common, together."""
    groups: list[list[_Part]] = []
    for part in parts:
        fronts, backs = _places(part.fronts), _places(part.backs)
        same = [
            group
            for group in groups
            if any(fronts & _places(other.fronts) and backs & _places(other.backs) for other in group)
        ]
        merged = [part, *(other for group in same for other in group)]
        groups = [group for group in groups if group not in same] + [merged]
    for group in groups:
        yield sorted(group, key=lambda part: (part.fronts[0].first.position, part.pool))


def _places(turns: Iterable[_Turn]) -> set[Place]:
    return {turn.first.at for turn in turns}


def _attack(parts: Sequence[_Part], known: _Knowledge) -> Attack:
    fronts = _named(turn for part in parts for turn in part.fronts)
    backs = _named(turn for part in parts for turn in part.backs)
    victims = _named(turn for part in parts for turn in part.victims)
    own = {**fronts, **backs}
    profit, leftover = _profit(parts, known)
    first = parts[0].fronts[0].first
    return Attack(
        kind=KIND,
        block=first.block_number,
        block_hash=first.block_hash,
        actor=_actor(parts, known),
        transactions=tuple(own[index] for index in sorted(own)),
        indexes=tuple(sorted(own)),
        rule_version=VERSION,
        victims=tuple(victims[index] for index in sorted(victims.keys() - own.keys())),
        pools=tuple(dict.fromkeys(part.pool for part in parts)),
        profit=profit,
        leftover=leftover,
        fronts=tuple(fronts[index] for index in sorted(fronts)),
        backs=tuple(backs[index] for index in sorted(backs)),
    )


def _named(turns: Iterable[_Turn]) -> dict[int, str]:
    return {turn.index: turn.first.transaction for turn in turns}


def _actor(parts: Sequence[_Part], known: _Knowledge) -> str:
    """The contract called by all, if it is the actor's own; else the account that kept the tokens; else the sender."""
    turns = [turn for part in parts for turn in (*part.fronts, *part.backs)]
    targets = {turn.first.target for turn in turns}
    keepers = _keepers(parts[0].fronts[0], parts[0].backs[-1], known)
    common = targets.pop() if len(targets) == 1 else None
    if common is not None and (common in keepers or common not in known.routers | known.pools):
        return common
    return keepers[0] if keepers else turns[0].first.origin


# -- what it brought


def _profit(parts: Sequence[_Part], known: _Knowledge) -> tuple[tuple[Holding, ...], tuple[Holding, ...]]:
    """Profit and leftover of all that the attack's transactions swapped: what passes through cancels out."""
    fronts = {place for part in parts for place in _places(part.fronts)}
    backs = {place for part in parts for place in _places(part.backs)}
    paid, got = _net_of_places(fronts, known), _net_of_places(backs, known)
    together = _legs(paid, got)
    if together is not None:
        return _matched(*together, closed=_closed(together[0], fronts | backs, known))
    total = {token: paid.get(token, 0) + got.get(token, 0) for token in paid.keys() | got.keys()}
    staked = {token for token, amount in paid.items() if amount < 0}
    if staked and all(amount >= 0 if token in staked else amount == 0 for token, amount in total.items()):
        return holdings(total), ()
    return _profit_by_pool(parts)


def _profit_by_pool(parts: Sequence[_Part]) -> tuple[tuple[Holding, ...], tuple[Holding, ...]]:
    profit: dict[str, int] = defaultdict(int)
    leftover: dict[str, int] = defaultdict(int)
    for part in parts:
        legs = _legs(_net_of_turns(part.fronts), _net_of_turns(part.backs))
        gained, kept = _matched(*legs, closed=False) if legs else ((), ())
        for holding in gained:
            profit[holding.token] += holding.amount
        for holding in kept:
            leftover[holding.token] += holding.amount
    return holdings(profit), holdings(leftover)


@dataclass(frozen=True, slots=True)
class _Leg:
    token_in: str
    token_out: str
    amount_in: int
    amount_out: int


def _net_of_turns(turns: Iterable[_Turn]) -> dict[str, int]:
    return _net((turn.token_in, turn.amount_in, turn.token_out, turn.amount_out) for turn in turns)


def _net_of_places(places: Iterable[Place], known: _Knowledge) -> dict[str, int]:
    swaps = [trade for place in places for trade in known.swaps[place]]
    return _net((trade.token_in, trade.amount_in, trade.token_out, trade.amount_out) for trade in swaps)


def _net(exchanges: Iterable[tuple[str, int, str, int]]) -> dict[str, int]:
    net: dict[str, int] = defaultdict(int)
    for token_in, amount_in, token_out, amount_out in exchanges:
        net[token_in] -= amount_in
        net[token_out] += amount_out
    return {token: amount for token, amount in net.items() if amount}


def _legs(front: Mapping[str, int], back: Mapping[str, int]) -> tuple[_Leg, _Leg] | None:
    """Both sides as one exchange of two tokens each, if that is what they come to."""
    if len(front) != 2 or front.keys() != back.keys():
        return None
    paid = [token for token, amount in front.items() if amount < 0]
    sold = [token for token, amount in back.items() if amount < 0]
    if len(paid) != 1 or len(sold) != 1 or paid == sold:
        return None
    base, traded = paid[0], sold[0]
    return (
        _Leg(base, traded, -front[base], front[traded]),
        _Leg(traded, base, -back[traded], back[base]),
    )


def _matched(front: _Leg, back: _Leg, *, closed: bool) -> tuple[tuple[Holding, ...], tuple[Holding, ...]]:
    """Profit of the quantity that was both bought and sold; the rest is leftover (below zero: sold from stock).

    `closed` says that the actor's own account of the traded token came out even though the pools' figures differ, as
    with a token that takes a fee on transfer.
    """
    bought, sold = front.amount_out, back.amount_in
    if front.amount_in == back.amount_out:  # the same was paid and regained: what was gained is the other token
        return holdings({front.token_out: bought - sold}), ()
    if bought == sold or closed:
        return holdings({front.token_in: back.amount_out - front.amount_in}), ()
    matched = min(bought, sold)
    cost = Fraction(front.amount_in * matched, bought)
    revenue = Fraction(back.amount_out * matched, sold)
    return holdings({front.token_in: int((revenue - cost) // 1)}), holdings({front.token_out: bought - sold})


def _closed(front: _Leg, places: Iterable[Place], known: _Knowledge) -> bool:
    """True if one account gained and gave the same amount of the traded token over all transactions."""
    total: dict[str, int] = defaultdict(int)
    touched: dict[str, int] = defaultdict(int)
    for place in places:
        for account, tokens in known.flows.get(place, {}).items():
            if front.token_out in tokens and account not in known.pools:
                total[account] += tokens[front.token_out]
                touched[account] += tokens[front.token_out] != 0
    return any(amount == 0 and touched[account] > 1 for account, amount in total.items())
