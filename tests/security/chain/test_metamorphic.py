"""Changes to blocks whose effect on the result is known."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from scorpius_lab.security.chain.attacks import Attack
from tests.security.chain import generated
from tests.security.chain.ledger import WETH, Block, Pool, Transaction, address

Find = Callable[[Iterable[Block]], list[Attack]]
SEEDS = range(300, 330)


def _seen(attacks: Iterable[Attack], rename: Callable[[str], str] = str, scale: int = 1) -> set[tuple[object, ...]]:
    return {
        (
            str(a.kind),
            a.block,
            rename(a.actor),
            a.transactions,
            a.victims,
            frozenset(map(rename, a.pools)),
            frozenset((rename(h.token), h.amount * scale) for h in a.profit),
            frozenset((rename(h.token), h.amount * scale) for h in a.leftover),
        )
        for a in attacks
    }


@pytest.fixture
def blocks() -> list[Block]:
    made = [generated.block(seed)[0] for seed in SEEDS]
    for block in made:
        for name, transaction in zip(block.names(), block.transactions, strict=True):
            transaction.name = name
    return made


def _remapped(block: Block, rename: Callable[[str], str]) -> Block:
    def of(transaction: Transaction) -> Transaction:
        logs = [
            {
                "address": rename(log["address"]),
                "topics": [
                    log["topics"][0],
                    *("0x" + rename("0x" + t[26:])[2:].rjust(64, "0") for t in log["topics"][1:]),
                ],
                "data": log["data"],
            }
            for log in transaction.logs
        ]
        return replace(transaction, sender=rename(transaction.sender), target=rename(transaction.target), logs=logs)

    return replace(block, transactions=[of(transaction) for transaction in block.transactions])


def test_other_addresses_give_the_same_with_other_addresses(attacks_in: Find, blocks: list[Block]) -> None:
    """Tokens keep their order in a pool, as they must for the pool to be one."""

    def rename(name: str) -> str:
        return name[:8] + address(name)[8:] if len(name) == 42 else name

    before = _seen(attacks_in(blocks), rename)
    assert before
    assert _seen(attacks_in([_remapped(block, rename) for block in blocks])) == before


def test_amounts_times_a_thousand(attacks_in: Find, blocks: list[Block]) -> None:
    scaled = copy.deepcopy(blocks)
    for block in scaled:
        for transaction in block.transactions:
            transaction.logs = [_scaled(log) for log in transaction.logs]
    before = attacks_in(blocks)
    after = {(a.transactions): a for a in attacks_in(scaled)}
    assert {a.transactions for a in before} == set(after)
    for attack in before:
        for one, other in zip(attack.profit, after[attack.transactions].profit, strict=True):
            assert one.token == other.token
            assert abs(other.amount - 1000 * one.amount) < 1000  # a matched quantity is rounded down once


def _scaled(log: dict[str, object]) -> dict[str, object]:
    data = str(log["data"])[2:]
    words = [int(data[n : n + 64], 16) for n in range(0, len(data), 64)]
    prices = 2 if len(words) == 5 else len(words)  # a v3 swap's price, liquidity and tick are no amounts
    changed = [word * 1000 % 2**256 if n < prices else word for n, word in enumerate(words)]
    return {**log, "data": "0x" + "".join(format(word, "064x") for word in changed)}


def test_unrelated_transactions_may_stand_anywhere(attacks_in: Find, blocks: list[Block]) -> None:
    chance = random.Random(1)  # noqa: S311 (a simulation)
    market = Pool.of("quiet pool", address("quiet a"), address("quiet b"))
    before = _seen(attacks_in(blocks))
    for block in blocks:
        for number in range(5):
            who = address(f"stranger {block.number} {number}")
            trade = Transaction(who, address("quiet router"), name=address(f"{block.number} {number}").ljust(66, "0"))
            trade.swap(market, market.token0, 100, 90, payer=who)
            block.transactions.insert(chance.randrange(len(block.transactions) + 1), trade)
    assert _seen(attacks_in(blocks)) == before


def test_reverted_copies_change_nothing(attacks_in: Find, blocks: list[Block]) -> None:
    before = _seen(attacks_in(blocks))
    for block in blocks:
        copies = [replace(t, succeeded=False, name=address(t.name).ljust(66, "1")) for t in block.transactions]
        block.transactions = [t for pair in zip(copies, block.transactions, strict=True) for t in pair]
    assert _seen(attacks_in(blocks)) == before


def test_blocks_read_twice_change_nothing(attacks_in: Find, blocks: list[Block]) -> None:
    assert _seen(attacks_in([*blocks, *blocks])) == _seen(attacks_in(blocks))


def test_a_pool_split_in_two_gives_the_same_profit(attacks_in: Find) -> None:
    token = address("token")
    one, half, other = (Pool.of(name, WETH, token) for name in ("whole", "half", "elsewhere"))
    bot, boss = address("bot"), address("boss")
    whole = Transaction(boss, bot).swap(one, WETH, 100, 1000, payer=bot).swap(other, token, 1000, 120, payer=bot)
    split = Transaction(boss, bot).swap(one, WETH, 50, 500, payer=bot).swap(half, WETH, 50, 500, payer=bot)
    split.swap(other, token, 1000, 120, payer=bot)
    (first,), (second,) = attacks_in([Block(1, [whole])]), attacks_in([Block(1, [split])])
    assert first.profit == second.profit
    assert set(second.pools) == {*first.pools, half.address}
