"""Just-in-time liquidity."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from scorpius_lab.security.chain.attacks import Attack, Kind
from tests.security.chain.ledger import WETH, Block, Pool, Transaction, address

TOKEN = address("token")
POOL = Pool.of("pool", WETH, TOKEN, version=3)
BOSS, BOT, ALICE, BOB, ROUTER, MANAGER = (address(n) for n in ("boss", "bot", "alice", "bob", "router", "manager"))
TRADE = Transaction(ALICE, ROUTER).swap(POOL, WETH, 100, 1000, payer=ALICE)
AMOUNTS = (1000, 5000) if POOL.token0 == WETH else (5000, 1000)
AFTER = (1090, 4100) if POOL.token0 == WETH else (4100, 1090)

Find = Callable[[Iterable[Block]], list[Attack]]


def position(
    what: str, amounts: tuple[int, int], owner: str = BOT, sender: str = BOSS, target: str = BOT
) -> Transaction:
    return Transaction(sender, target).position(POOL, what, owner, amounts)


def test_mint_trade_burn(attacks_in: Find) -> None:
    block = Block(1, [position("mint", AMOUNTS), TRADE, position("burn", AFTER)])
    (found,) = attacks_in([block])
    assert found.kind is Kind.JIT
    assert found.victims == (block.names()[1],)
    assert found.pools == (POOL.address,)
    assert {h.token: h.amount for h in found.profit} == {WETH: 90, TOKEN: -900}


def test_nobody_traded(attacks_in: Find) -> None:
    assert not attacks_in([Block(1, [position("mint", AMOUNTS), position("burn", AFTER)])])


def test_two_customers_of_the_position_manager(attacks_in: Find) -> None:
    one = Transaction(BOSS, MANAGER).position(POOL, "mint", MANAGER, AMOUNTS, liquidity=10**18)
    other = Transaction(BOB, MANAGER).position(POOL, "burn", MANAGER, AFTER, liquidity=3 * 10**17)
    assert not attacks_in([Block(1, [one, TRADE, other])])


def test_senders_that_take_turns(attacks_in: Find) -> None:
    (found,) = attacks_in([Block(1, [position("mint", AMOUNTS), TRADE, position("burn", AFTER, sender=BOB)])])
    assert found.actor == BOT
