"""Hops from known addresses, against a walk in plain Python."""

from __future__ import annotations

import random

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.security.chain.exposure.hops import Direction, Limits, path_to, reached
from tests.security.chain.ledger import address


def transfers(rows: list[tuple[int, str, str]]) -> pl.DataFrame:
    """One transfer a row: height, from, to."""
    return pl.DataFrame(
        {
            "block_number": [block for block, _, _ in rows],
            "transaction_index": [0] * len(rows),
            "position": list(range(len(rows))),
            "standard": ["erc20"] * len(rows),
            "token": ["0xt"] * len(rows),
            "sender": [sender for _, sender, _ in rows],
            "receiver": [receiver for _, _, receiver in rows],
            "amount": ["5"] * len(rows),
        },
        schema_overrides={"block_number": pl.Int64},
    )


A, B, C, D = (address(name) for name in "abcd")


def hops(frame: pl.DataFrame) -> dict[str, int]:
    return dict(frame.select("address", "hops").iter_rows())


def test_along_a_chain() -> None:
    found = reached(transfers([(1, A, B), (2, B, C), (3, C, D)]), [A.upper().replace("0X", "0x")])
    assert hops(found) == {B: 1, C: 2, D: 3}
    assert [step["address"] for step in path_to(found, D)] == [B, C, D]
    assert [step["block_number"] for step in path_to(found, D)] == [1, 2, 3]


def test_what_was_sent_before_leads_nowhere() -> None:
    assert hops(reached(transfers([(5, A, B), (2, B, C)]), [A])) == {B: 1}


def test_backwards() -> None:
    moved = transfers([(1, D, C), (2, C, B), (3, B, A), (4, C, D)])
    assert hops(reached(moved, [A], direction=Direction.BACKWARD)) == {B: 1, C: 2, D: 3}


def test_a_longer_way_that_is_earlier_opens_further_ones() -> None:
    """B is one hop away in block 9, and two hops in block 2; what it sent in block 5 counts."""
    moved = transfers([(9, A, B), (1, A, C), (2, C, B), (5, B, D)])
    assert hops(reached(moved, [A])) == {B: 1, C: 1, D: 3}


def test_crowded_addresses_are_reached_and_not_walked_through() -> None:
    crowd = [(3, B, address(f"customer {n}")) for n in range(20)]
    found = reached(transfers([(1, A, B), *crowd]), [A], Limits(counterparties=10))
    assert hops(found) == {B: 1}
    assert found["ends_here"].to_list() == [True]


def test_nothing_and_oneself_are_no_hops() -> None:
    moved = transfers([(1, A, A), (2, A, B)]).with_columns(amount=pl.lit("0"))
    assert reached(moved, [A]).is_empty()


def walked(rows: list[tuple[int, str, str]], seed: str, most: int) -> dict[str, int]:
    """The same by hand: the earliest arrival at each address with each number of hops."""
    best: dict[tuple[str, int], int] = {(seed, 0): -1}
    for hop in range(most):
        for order, (block, sender, receiver) in enumerate(rows):
            since = min((at for (who, n), at in best.items() if who == sender and n <= hop), default=None)
            here = block * 1000 + order
            if since is None or here <= since or receiver in (seed, sender):
                continue
            known = best.get((receiver, hop + 1))
            best[receiver, hop + 1] = here if known is None else min(known, here)
    found: dict[str, int] = {}
    for who, hop in sorted(best, key=lambda key: key[1]):
        if hop:
            found.setdefault(who, hop)
    return found


@given(st.integers(0, 10**6), st.integers(1, 30))
def test_agrees_with_a_walk_by_hand(seed: int, count: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (a simulation)
    names = [address(str(n)) for n in range(8)]
    rows = sorted((chance.randrange(20), *chance.sample(names, 2)) for _ in range(count))
    found = reached(transfers(rows), [names[0]], Limits(hops=4))
    assert hops(found) == walked(rows, names[0], 4)


@given(st.integers(0, 10**6))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (a simulation)
    names = [address(str(n)) for n in range(8)]
    frame = transfers([(chance.randrange(20), *chance.sample(names, 2)) for _ in range(25)])
    assert reached(frame, [names[0]]).equals(reached(frame.sample(fraction=1, shuffle=True, seed=seed), [names[0]]))
