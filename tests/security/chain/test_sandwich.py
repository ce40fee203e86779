"""Sandwiches in blocks written for the purpose, and what looks like one and is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from scorpius_lab.security.chain.attacks import Attack, Kind
from tests.security.chain.ledger import WETH, Block, Pool, Transaction, address

TOKEN = address("token")
OTHER = address("other token")
POOL = Pool.of("pool", WETH, TOKEN)
SECOND = Pool.of("second pool", WETH, OTHER, version=3)
ROUTER = address("router")
BOT, BOSS, HELPER = address("bot contract"), address("boss"), address("second sender")
ALICE, BOB, CAROL = address("alice"), address("bob"), address("carol")

Find = Callable[[Iterable[Block]], list[Attack]]


def buy(who: str, paid: int, bought: int, pool: Pool = POOL, **more: object) -> Transaction:
    """Somebody buys the token with WETH through the router, or by a contract of his own."""
    target = more.pop("target", ROUTER)
    payer = more.pop("payer", who if target == ROUTER else target)
    return Transaction(who, str(target)).swap(pool, WETH, paid, bought, payer=str(payer), **more)


def sell(who: str, sold: int, paid: int, pool: Pool = POOL, **more: object) -> Transaction:
    """And sells it."""
    target = more.pop("target", ROUTER)
    payer = more.pop("payer", who if target == ROUTER else target)
    return Transaction(who, str(target)).swap(pool, pool.other(WETH), sold, paid, payer=str(payer), **more)


def sandwiches(attacks: list[Attack]) -> list[Attack]:
    return [attack for attack in attacks if attack.kind is Kind.SANDWICH]


def profit(attack: Attack) -> list[tuple[str, int]]:
    return [(holding.token, holding.amount) for holding in attack.profit]


def test_front_victim_back(attacks_in: Find) -> None:
    block = Block(1, [buy(BOSS, 100, 1000, target=BOT), buy(ALICE, 50, 400), sell(BOSS, 1000, 110, target=BOT)])
    (found,) = attacks_in([block])
    assert found.kind is Kind.SANDWICH
    assert found.actor == BOT
    assert found.transactions == (block.names()[0], block.names()[2])
    assert found.victims == (block.names()[1],)
    assert found.pools == (POOL.address,)
    assert profit(found) == [(WETH, 10)]
    assert found.gas_cost == 2 * 100_000 * 10**9
    assert found.net == 10 - found.gas_cost


def test_many_victims_several_fronts_no_cap(attacks_in: Find) -> None:
    crowd = [buy(address(f"victim {n}"), 10, 90) for n in range(65)]
    block = Block(
        1,
        [
            buy(BOSS, 100, 1000, target=BOT),
            *crowd[:30],
            buy(BOSS, 100, 900, target=BOT),
            *crowd[30:],
            sell(BOSS, 1900, 230, target=BOT),
        ],
    )
    (found,) = attacks_in([block])
    assert len(found.victims) == 65
    assert len(found.fronts) == 2
    assert profit(found) == [(WETH, 30)]


def test_two_pools_are_one_attack_and_the_actor_is_no_pool(attacks_in: Find) -> None:
    front = buy(BOSS, 100, 1000, target=BOT).swap(SECOND, WETH, 70, 700, payer=BOT)
    back = sell(BOSS, 1000, 110, target=BOT).swap(SECOND, OTHER, 700, 75, payer=BOT)
    (found,) = attacks_in([Block(1, [front, buy(ALICE, 50, 400), buy(BOB, 20, 150, SECOND), back])])
    assert set(found.pools) == {POOL.address, SECOND.address}
    assert len(found.victims) == 2
    assert found.actor == BOT
    assert profit(found) == [(WETH, 15)]


def test_reverse(attacks_in: Find) -> None:
    block = Block(1, [sell(BOSS, 1000, 110, target=BOT), sell(ALICE, 400, 40), buy(BOSS, 95, 1000, target=BOT)])
    (found,) = attacks_in([block])
    assert profit(found) == [(WETH, 15)]


def test_reverse_that_comes_out_in_the_other_token(attacks_in: Find) -> None:
    block = Block(1, [sell(BOSS, 1000, 110, target=BOT), sell(ALICE, 400, 40), buy(BOSS, 110, 1080, target=BOT)])
    (found,) = attacks_in([block])
    assert profit(found) == [(TOKEN, 80)]


def test_unequal_legs_count_for_the_matched_quantity(attacks_in: Find) -> None:
    """The bot sells from stock ten times what it bought: that is no profit of the attack."""
    block = Block(1, [buy(BOSS, 100, 1000, target=BOT), buy(ALICE, 50, 400), sell(BOSS, 10_000, 1_050, target=BOT)])
    (found,) = attacks_in([block])
    assert profit(found) == [(WETH, 5)]
    assert [(h.token, h.amount) for h in found.leftover] == [(TOKEN, -9000)]


def test_what_was_not_sold_again_is_leftover(attacks_in: Find) -> None:
    block = Block(1, [buy(BOSS, 100, 1000, target=BOT), buy(ALICE, 50, 400), sell(BOSS, 500, 60, target=BOT)])
    (found,) = attacks_in([block])
    assert profit(found) == [(WETH, 10)]
    assert [(h.token, h.amount) for h in found.leftover] == [(TOKEN, 500)]


def test_a_loss_is_said_as_a_loss(attacks_in: Find) -> None:
    block = Block(1, [buy(BOSS, 100, 1000, target=BOT), buy(ALICE, 50, 400), sell(BOSS, 1000, 97, target=BOT)])
    (found,) = attacks_in([block])
    assert profit(found) == [(WETH, -3)]


def test_senders_that_take_turns(attacks_in: Find) -> None:
    block = Block(1, [buy(BOSS, 100, 1000, target=BOT), buy(ALICE, 50, 400), sell(HELPER, 1000, 110, target=BOT)])
    (found,) = attacks_in([block])
    assert found.actor == BOT


def test_sender_who_uses_the_common_router(attacks_in: Find) -> None:
    block = Block(1, [buy(BOSS, 100, 1000), buy(ALICE, 50, 400), buy(BOB, 5, 40), sell(BOSS, 1000, 110)])
    (found,) = attacks_in([block])
    assert found.actor == BOSS
    assert len(found.victims) == 2


def test_token_that_takes_a_fee_on_transfer(attacks_in: Find) -> None:
    """The pool gives 1000, 980 arrive, 980 are sold again: nothing is left over."""
    block = Block(
        1, [buy(BOSS, 100, 1000, target=BOT, got=980), buy(ALICE, 50, 400, got=392), sell(BOSS, 980, 108, target=BOT)]
    )
    (found,) = attacks_in([block])
    assert profit(found) == [(WETH, 8)]
    assert not found.leftover


def test_two_rounds_are_two_attacks(attacks_in: Find) -> None:
    block = Block(
        1,
        [
            buy(BOSS, 100, 1000, target=BOT),
            buy(ALICE, 50, 400),
            sell(BOSS, 1000, 110, target=BOT),
            buy(BOSS, 100, 1000, target=BOT),
            buy(BOB, 50, 400),
            sell(BOSS, 1000, 120, target=BOT),
        ],
    )
    first, second = attacks_in([block])
    assert [profit(first), profit(second)] == [[(WETH, 10)], [(WETH, 20)]]
    assert not set(first.transactions) & set(second.transactions)


@pytest.mark.parametrize(
    "transactions",
    [
        pytest.param([buy(BOSS, 100, 1000), sell(BOSS, 1000, 99)], id="nobody between"),
        pytest.param(
            [buy(BOSS, 100, 1000, target=BOT), sell(ALICE, 400, 50), sell(BOSS, 1000, 99, target=BOT)],
            id="victim in the other direction",
        ),
        pytest.param([buy(BOB, 100, 1000), buy(ALICE, 50, 400), sell(CAROL, 1000, 110)], id="router's customers"),
        pytest.param([buy(BOSS, 100, 1000), buy(BOSS, 50, 400), sell(BOSS, 1400, 160)], id="only himself between"),
        pytest.param(
            [buy(BOSS, 100, 1000, target=BOT), buy(ALICE, 5, 40, SECOND), sell(BOSS, 1000, 110, target=BOT)],
            id="victim in another pool",
        ),
        pytest.param(
            [buy(ALICE, 50, 400), buy(BOSS, 100, 1000, target=BOT), sell(BOSS, 1000, 99, target=BOT)],
            id="victim before the front",
        ),
    ],
)
def test_what_is_no_sandwich(attacks_in: Find, transactions: list[Transaction]) -> None:
    assert not sandwiches(attacks_in([Block(1, transactions)]))


def test_front_and_back_in_different_blocks_are_no_sandwich(attacks_in: Find) -> None:
    one = Block(1, [buy(BOSS, 100, 1000, target=BOT), buy(ALICE, 50, 400)])
    assert not attacks_in([one, Block(2, [sell(BOSS, 1000, 110, target=BOT)], parent=one.hash)])


def test_reverted_transactions_never_count(attacks_in: Find) -> None:
    failed = buy(ALICE, 50, 400)
    failed.succeeded = False
    block = Block(1, [buy(BOSS, 100, 1000, target=BOT), failed, sell(BOSS, 1000, 110, target=BOT)])
    assert not attacks_in([block])


def test_a_pool_that_only_says_it_swapped_has_no_part_in_anything(attacks_in: Find) -> None:
    """Swap events without transfers beside them: anybody can log these."""
    block = Block(1, [buy(BOSS, 100, 1000, target=BOT), buy(ALICE, 50, 400), sell(BOSS, 1000, 10**30, target=BOT)])
    for transaction in block.transactions:
        transaction.logs = [log for log in transaction.logs if log["address"] == POOL.address]
    assert not attacks_in([block])
