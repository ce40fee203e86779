"""Taint by three methods: worked examples, what must hold of each, and second implementations."""

from __future__ import annotations

import random
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.security.chain.exposure.taint import Method, Taint, taint
from tests.security.chain.ledger import address

SEED, A, B, C = (address(name) for name in ("seed", "a", "b", "c"))


def transfers(rows: list[tuple[str, str, int]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "block_number": list(range(len(rows))),
            "transaction_index": [0] * len(rows),
            "position": [0] * len(rows),
            "standard": ["erc20"] * len(rows),
            "token": ["0xt"] * len(rows),
            "sender": [row[0] for row in rows],
            "receiver": [row[1] for row in rows],
            "amount": [str(row[2]) for row in rows],
        }
    )


def of(found: list[Taint]) -> dict[str, int]:
    return {one.address: one.tainted for one in found}


HISTORY = [(address("elsewhere"), A, 60), (SEED, A, 40), (A, B, 50), (B, C, 50)]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (Method.POISON, {A: 50, B: 0, C: 50}),  # whatever A sends is tainted whole, and what it keeps
        (Method.HAIRCUT, {A: 20, B: 0, C: 20}),  # 40 of 100
        (Method.FIFO, {A: 40}),  # the first 60 were clean
    ],
)
def test_worked_example(method: Method, expected: dict[str, int]) -> None:
    assert of(taint(transfers(HISTORY), [SEED], method)) == expected


def test_fifo_takes_the_tainted_lot_once_the_clean_one_is_gone() -> None:
    found = taint(transfers([*HISTORY[:2], (A, B, 70)]), [SEED], Method.FIFO)
    assert of(found) == {A: 30, B: 10}


def test_the_transactions_that_made_it_so_are_named() -> None:
    found = {one.address: one for one in taint(transfers(HISTORY), [SEED], Method.HAIRCUT)}
    assert found[A].transactions == [(1, 0)]
    assert found[C].transactions == [(3, 0)]
    assert (found[A].hops, found[B].hops, found[C].hops) == (1, 2, 3)


def test_limits_of_hops_and_value() -> None:
    assert set(of(taint(transfers(HISTORY), [SEED], Method.POISON, most_hops=1))) == {A}
    assert not taint(transfers(HISTORY), [SEED], Method.POISON, least_amount=41)


def histories(seed: int, count: int) -> tuple[list[tuple[str, str, int]], list[str]]:
    chance = random.Random(seed)  # noqa: S311 (a simulation)
    names = [SEED, *(address(str(n)) for n in range(6))]
    return [(*chance.sample(names, 2), chance.randrange(1, 1000)) for _ in range(count)], names


@given(st.integers(0, 10**6), st.integers(1, 40), st.sampled_from((Method.HAIRCUT, Method.FIFO)))
def test_taint_is_neither_made_nor_lost(seed: int, count: int, method: Method) -> None:
    """All that seeds sent is held by somebody, or came back to a seed."""
    rows, _ = histories(seed, count)
    sent = sum(amount for sender, receiver, amount in rows if sender == SEED)
    held = sum(one.tainted for one in taint(transfers(rows), [SEED], method, most_hops=10**6))
    returned = sent - held
    assert 0 <= returned <= sum(amount for _, receiver, amount in rows if receiver == SEED)


@given(st.integers(0, 10**6), st.integers(1, 40))
def test_poison_reaches_whoever_another_method_reaches(seed: int, count: int) -> None:
    rows, _ = histories(seed, count)
    frame = transfers(rows)
    reach = {method: {one.address for one in taint(frame, [SEED], method, most_hops=10**6)} for method in Method}
    assert reach[Method.HAIRCUT] <= reach[Method.POISON]
    assert reach[Method.FIFO] <= reach[Method.POISON]


@given(st.integers(0, 10**6), st.integers(1, 40))
def test_fifo_agrees_with_coins_one_by_one(seed: int, count: int) -> None:
    rows, names = histories(seed, count)
    coins: dict[str, list[bool]] = {name: [] for name in names}
    for sender, receiver, amount in rows:
        if sender == SEED:
            moved = [True] * amount
            coins[sender] = coins[sender][amount:]
        else:
            missing = max(0, amount - len(coins[sender]))
            purse = [False] * missing + coins[sender]
            moved, coins[sender] = purse[:amount], purse[amount:]
        coins[receiver] += moved
    found = of(taint(transfers(rows), [SEED], Method.FIFO, most_hops=10**6))
    for name in names[1:]:
        assert found.get(name, 0) == sum(coins[name])


@given(st.integers(0, 10**6), st.integers(1, 40))
def test_haircut_agrees_with_fractions_to_one_unit_a_transfer(seed: int, count: int) -> None:
    rows, names = histories(seed, count)
    held, tainted = dict.fromkeys(names, Fraction(0)), dict.fromkeys(names, Fraction(0))
    for sender, receiver, amount in rows:
        if sender == SEED:
            passed = Fraction(amount)
        else:
            held[sender] = max(held[sender], Fraction(amount))
            passed = tainted[sender] * amount / held[sender]
            tainted[sender] -= passed
        held[sender] = max(Fraction(0), held[sender] - amount)
        held[receiver] += amount
        tainted[receiver] += passed
    found = of(taint(transfers(rows), [SEED], Method.HAIRCUT, most_hops=10**6))
    for name in names[1:]:
        assert abs(found.get(name, 0) - tainted[name]) <= count


@given(st.integers(0, 10**6))
def test_a_transfer_split_in_two_leaves_a_haircut_as_it_was(seed: int) -> None:
    rows, _ = histories(seed, 12)
    split = [part for sender, receiver, amount in rows for part in ((sender, receiver, 2 * amount),) * 2]
    doubled = [(sender, receiver, 4 * amount) for sender, receiver, amount in rows]
    one, two = (of(taint(transfers(r), [SEED], Method.HAIRCUT, most_hops=10**6)) for r in (doubled, split))
    for name in {*one, *two}:
        assert abs(one.get(name, 0) - two.get(name, 0)) <= 4 * len(rows)
