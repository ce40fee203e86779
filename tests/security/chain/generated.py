"""Blocks full of trade, with attacks put in and decoys beside them, from a seed.

Pools hold reserves and trade at the constant product, so that prices move as they do; accounts are many; attacks are
written down as they are made. The oracle in `oracle.py` does not see what was written down.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.security.chain.ledger import WETH, Block, Pool, Transaction, address


@dataclass
class Market:
    """A pool with reserves."""

    pool: Pool
    reserves: dict[str, int]

    def quote(self, token_in: str, amount: int) -> int:
        """What the pool pays for an amount."""
        ours, theirs = self.reserves[token_in], self.reserves[self.pool.other(token_in)]
        return theirs * amount * 997 // (ours * 1000 + amount * 997)

    def trade(self, transaction: Transaction, token_in: str, amount: int, **more: object) -> int:
        """Trade, and leave the logs of it."""
        out = self.quote(token_in, amount)
        self.reserves[token_in] += amount
        self.reserves[self.pool.other(token_in)] -= out
        transaction.swap(self.pool, token_in, amount, out, **more)
        return out


@dataclass
class Scene:
    """One block in the making."""

    random: random.Random
    number: int
    markets: list[Market]
    transactions: list[Transaction] = field(default_factory=list)
    made: list[tuple[str, list[Transaction]]] = field(default_factory=list)

    def user(self) -> str:
        return address(f"user {self.random.randrange(100_000)}")

    def market(self) -> Market:
        return self.random.choice(self.markets)

    def small(self, market: Market, token: str) -> int:
        return max(1000, market.reserves[token] // self.random.randrange(50, 5000))

    def ordinary(self, market: Market | None = None, token: str | None = None) -> None:
        """Somebody trades through a router that many use."""
        market = market or self.market()
        token = token or self.random.choice((market.pool.token0, market.pool.token1))
        who = self.user()
        transaction = Transaction(who, address(f"router {self.random.randrange(3)}"))
        market.trade(transaction, token, self.small(market, token), payer=who)
        transaction.succeeded = self.random.random() > 0.05
        self.transactions.append(transaction)


def _markets(chance: random.Random) -> list[Market]:
    tokens = [address(f"token {n}") for n in range(6)]
    markets = []
    for number in range(10):
        pair = (WETH, chance.choice(tokens)) if number < 7 else tuple(chance.sample(tokens, 2))
        pool = Pool.of(f"pool {number} {chance.random()}", *pair, version=chance.choice((2, 3)))
        depth = chance.randrange(10**20, 10**22)
        markets.append(Market(pool, {pool.token0: depth, pool.token1: depth * chance.randrange(50, 150) // 100}))
    return markets


def _bot(scene: Scene) -> tuple[str, list[str]]:
    number = scene.random.randrange(10_000)
    return address(f"bot {number}"), [address(f"bot sender {number} {n}") for n in range(2)]


def _sandwich(scene: Scene) -> None:
    markets = scene.random.sample(scene.markets, scene.random.choice((1, 1, 2)))
    bot, senders = _bot(scene)
    through_router = len(markets) == 1 and scene.random.random() < 0.25
    target, keeper = (address("router 0"), senders[0]) if through_router else (bot, bot)
    fronts = scene.random.choice((1, 1, 2)) if len(markets) == 1 else 1
    own = []
    tokens = {id(market): scene.random.choice((market.pool.token0, market.pool.token1)) for market in markets}
    bought = {id(market): 0 for market in markets}
    for _ in range(fronts):
        front = Transaction(senders[0], target)
        for market in markets:
            token = tokens[id(market)]
            bought[id(market)] += market.trade(front, token, market.reserves[token] // 40, payer=keeper)
        own.append(front)
        scene.transactions.append(front)
        for market in markets:
            for _ in range(scene.random.randrange(1, 4)):
                before = len(scene.transactions)
                scene.ordinary(market, tokens[id(market)])
                scene.transactions[before].succeeded = True
        for _ in range(scene.random.randrange(2)):
            scene.ordinary()
    back = Transaction(senders[0] if through_router else scene.random.choice(senders), target)
    share = scene.random.choice((100, 100, 100, 60, 130))
    for market in markets:
        amount = bought[id(market)] * share // 100
        market.trade(back, market.pool.other(tokens[id(market)]), amount, payer=keeper)
    scene.transactions.append(back)
    scene.made.append(("sandwich", [*own, back]))


def _arbitrage(scene: Scene) -> None:
    pairs = [
        (one, other)
        for one in scene.markets
        for other in scene.markets
        if one is not other and {one.pool.token0, one.pool.token1} == {other.pool.token0, other.pool.token1}
    ]
    if not pairs:
        return
    one, other = scene.random.choice(pairs)
    bot, senders = _bot(scene)
    start = scene.random.choice((one.pool.token0, one.pool.token1))
    middle = one.pool.other(start)
    transaction = Transaction(senders[0], bot)
    amount = one.reserves[start] // 500
    got = one.quote(start, amount)
    while other.quote(middle, got) <= amount:  # the price is made to differ, as others' trades do
        other.reserves[start] *= 2
        other.reserves[middle] = other.reserves[middle] * 2 // 3
    legs = [(one, start, amount), (other, middle, got)]
    if scene.random.random() < 0.3:
        legs.reverse()
    for market, token, paid in legs:
        market.trade(transaction, token, paid, payer=bot)
    scene.transactions.append(transaction)
    scene.made.append(("arbitrage", [transaction]))


def _decoy(scene: Scene) -> None:
    market, bot_senders = scene.market(), _bot(scene)
    bot, senders = bot_senders
    token = scene.random.choice((market.pool.token0, market.pool.token1))
    amount = scene.small(market, token)
    what = scene.random.randrange(5)
    if what == 0:  # there and back with nobody between
        first = Transaction(senders[0], bot)
        got = market.trade(first, token, amount, payer=bot)
        second = Transaction(senders[0], bot)
        market.trade(second, market.pool.other(token), got, payer=bot)
        scene.transactions += [first, second]
    elif what == 1:  # two customers of one router in opposite directions, a third between them
        scene.ordinary(market, token)
        scene.ordinary(market, token)
        scene.ordinary(market, market.pool.other(token))
    elif what == 2:  # there and back in one pool in one transaction
        both = Transaction(senders[0], bot)
        got = market.trade(both, token, amount, payer=bot)
        market.trade(both, market.pool.other(token), got, payer=bot)
        scene.transactions.append(both)
    elif what == 3:  # a sandwich whose back failed
        first = Transaction(senders[0], bot)
        got = market.trade(first, token, amount, payer=bot)
        scene.ordinary(market, token)
        failed = Transaction(senders[0], bot, succeeded=False).swap(
            market.pool, market.pool.other(token), got, market.quote(market.pool.other(token), got), payer=bot
        )
        scene.transactions += [first, failed] if scene.random.random() < 0.5 else [failed, first]
    else:  # swaps that are only said, without a transfer
        said = Transaction(senders[0], bot).swap(market.pool, token, amount, amount * 5, payer=bot)
        said.logs = [log for log in said.logs if log["address"] == market.pool.address]
        scene.transactions.append(said)


def block(seed: int) -> tuple[Block, list[tuple[str, tuple[str, ...]]]]:
    """A block from a seed, and the attacks that were put in: kind and transactions."""
    chance = random.Random(seed)  # noqa: S311 (a simulation)
    scene = Scene(chance, 1000 + seed, _markets(chance))
    for _ in range(chance.randrange(3, 9)):
        act = chance.choices((Scene.ordinary, _sandwich, _arbitrage, _decoy), weights=(4, 2, 2, 3))[0]
        act(scene)
    block = Block(scene.number, scene.transactions)
    names = {id(transaction): name for transaction, name in zip(scene.transactions, block.names(), strict=True)}
    return block, [(kind, tuple(names[id(part)] for part in parts)) for kind, parts in scene.made]
