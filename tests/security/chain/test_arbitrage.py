"""Arbitrage in blocks written for the purpose, and what looks like it and is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from scorpius_lab.security.chain.attacks import Attack
from tests.security.chain.ledger import WETH, Block, Pool, Transaction, address

A, B = address("token a"), address("token b")
FIRST, SECOND = Pool.of("first", WETH, A), Pool.of("second", WETH, A, version=3)
THIRD, FOURTH = Pool.of("third", A, B), Pool.of("fourth", B, WETH)
BOSS, BOT, ALICE, ROUTER = address("boss"), address("bot"), address("alice"), address("router")

Find = Callable[[Iterable[Block]], list[Attack]]


def circle(*legs: tuple[Pool, str, int, int]) -> Transaction:
    """A bot trades one leg after the other."""
    transaction = Transaction(BOSS, BOT)
    for pool, token, paid, got in legs:
        transaction.swap(pool, token, paid, got, payer=BOT)
    return transaction


def profit(attack: Attack) -> list[tuple[str, int]]:
    return [(holding.token, holding.amount) for holding in attack.profit]


def test_two_pools(attacks_in: Find) -> None:
    (found,) = attacks_in([Block(1, [circle((FIRST, WETH, 100, 1000), (SECOND, A, 1000, 107))])])
    assert profit(found) == [(WETH, 7)]
    assert found.actor == BOT
    assert found.pools == (FIRST.address, SECOND.address)


def test_three_pools(attacks_in: Find) -> None:
    legs = ((FIRST, WETH, 100, 1000), (THIRD, A, 1000, 500), (FOURTH, B, 500, 104))
    (found,) = attacks_in([Block(1, [circle(*legs)])])
    assert profit(found) == [(WETH, 4)]


def test_logged_the_other_way_round(attacks_in: Find) -> None:
    """A flash swap: the pool that gives first logs last."""
    (found,) = attacks_in([Block(1, [circle((SECOND, A, 1000, 107), (FIRST, WETH, 100, 1000))])])
    assert profit(found) == [(WETH, 7)]


def test_a_leg_split_over_two_pools(attacks_in: Find) -> None:
    other = Pool.of("fifth", WETH, A)
    legs = ((FIRST, WETH, 60, 600), (other, WETH, 40, 400), (SECOND, A, 1000, 107))
    (found,) = attacks_in([Block(1, [circle(*legs)])])
    assert profit(found) == [(WETH, 7)]


def test_dust_that_stays_behind_is_leftover(attacks_in: Find) -> None:
    (found,) = attacks_in([Block(1, [circle((FIRST, WETH, 100, 1000), (SECOND, A, 995, 107))])])
    assert profit(found) == [(WETH, 7)]
    assert [(h.token, h.amount) for h in found.leftover] == [(A, 5)]


def test_a_leg_that_sold_from_stock_counts_for_what_was_bought(attacks_in: Find) -> None:
    (found,) = attacks_in([Block(1, [circle((FIRST, WETH, 1000, 10_000), (SECOND, A, 10_100, 1050))])])
    assert profit(found) == [(WETH, 1050 * 10_000 // 10_100 - 1000)]


def test_selling_much_more_than_was_bought_is_none(attacks_in: Find) -> None:
    assert not attacks_in([Block(1, [circle((FIRST, WETH, 100, 1000), (SECOND, A, 2000, 207))])])


def test_a_round_trip_at_a_loss_is_none(attacks_in: Find) -> None:
    assert not attacks_in([Block(1, [circle((FIRST, WETH, 100, 1000), (SECOND, A, 1000, 99))])])


def test_there_and_back_in_one_pool_is_none(attacks_in: Find) -> None:
    assert not attacks_in([Block(1, [circle((FIRST, WETH, 100, 1000), (FIRST, A, 1000, 107))])])


def test_a_route_is_none(attacks_in: Find) -> None:
    assert not attacks_in([Block(1, [circle((FIRST, WETH, 100, 1000), (THIRD, A, 1000, 500))])])


def test_a_circle_beside_an_ordinary_trade(attacks_in: Find) -> None:
    other = Pool.of("fifth", WETH, A)
    legs = ((other, WETH, 5000, 50_000), (FIRST, WETH, 100, 1000), (SECOND, A, 1000, 107))
    (found,) = attacks_in([Block(1, [circle(*legs)])])
    assert profit(found) == [(WETH, 7)]
    assert found.pools == (FIRST.address, SECOND.address)


def test_what_it_answers_is_named(attacks_in: Find) -> None:
    trade = Transaction(ALICE, ROUTER).swap(FIRST, A, 5000, 480, payer=ALICE)
    block = Block(1, [trade, circle((FIRST, WETH, 100, 1100), (SECOND, A, 1100, 107))])
    (found,) = attacks_in([block])
    assert found.backrun_of == (block.names()[0],)


def test_a_trade_in_the_same_direction_is_not_answered(attacks_in: Find) -> None:
    trade = Transaction(ALICE, ROUTER).swap(FIRST, WETH, 480, 5000, payer=ALICE)
    (found,) = attacks_in([Block(1, [trade, circle((FIRST, WETH, 100, 1100), (SECOND, A, 1100, 107))])])
    assert not found.backrun_of


def test_a_transaction_of_a_sandwich_is_no_arbitrage_too(attacks_in: Find) -> None:
    front = circle((FIRST, WETH, 100, 1000))
    victim = Transaction(ALICE, ROUTER).swap(FIRST, WETH, 50, 400, payer=ALICE)
    back = circle((FIRST, A, 1000, 110), (SECOND, WETH, 50, 600), (FIRST, A, 600, 60))
    found = attacks_in([Block(1, [front, victim, back])])
    assert [str(attack.kind) for attack in found] == ["sandwich"]
