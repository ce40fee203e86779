"""Unusual addresses, and the teaching set whose labels leak."""

from __future__ import annotations

import random

import polars as pl

from scorpius_lab.security.chain.anomaly import FEATURES, anomalies, features_of
from scorpius_lab.security.chain.teaching import BEHAVIOR, labelled_accounts, score
from tests.security.chain.ledger import address


def trade(seed: int = 3) -> pl.DataFrame:
    """Sixty people who pay each other now and then, and one who pays a new address each time, in one amount."""
    chance = random.Random(seed)  # noqa: S311 (a simulation)
    people = [address(f"person {n}") for n in range(60)]
    rows = [(chance.randrange(10_000), *chance.sample(people, 2), str(chance.randrange(1, 10**6))) for _ in range(2000)]
    rows += [(9_000 + n // 50, address("spreader"), address(f"fresh {n}"), "5") for n in range(500)]
    return pl.DataFrame(
        {
            "block_number": [row[0] for row in rows],
            "standard": ["erc20"] * len(rows),
            "token": ["0xt"] * len(rows),
            "sender": [row[1] for row in rows],
            "receiver": [row[2] for row in rows],
            "amount": [row[3] for row in rows],
        }
    )


def test_the_odd_one_comes_first_and_it_is_said_why() -> None:
    found = anomalies(trade(), seed=1)
    first = found.frame.row(0, named=True)
    assert first["address"] == address("spreader")
    contributions = {name: first[f"contribution_{name}"] for name in FEATURES}
    assert "recipients" in sorted(contributions, key=contributions.get)[-4:]
    assert first["z_recipients"] > 10
    assert found.left_out == 500


def test_the_same_seed_gives_the_same_scores() -> None:
    one, two = anomalies(trade(), seed=7), anomalies(trade(), seed=7)
    assert one.frame.equals(two.frame)
    assert one.seed == 7


def test_the_order_of_transfers_does_not_matter() -> None:
    shuffled = trade().sample(fraction=1, shuffle=True, seed=2)
    assert (
        features_of(trade())
        .sort("address")
        .drop("burstiness")
        .equals(features_of(shuffled).sort("address").drop("burstiness"))
    )


def test_nothing_to_compare_with() -> None:
    assert anomalies(trade().head(3)).frame.height <= 1


def test_the_trap_is_a_trap() -> None:
    accounts = labelled_accounts(3000)
    assert score(accounts, ("first_seen",)).f1 > 0.99
    assert score(accounts, ("erc20_missing",)).f1 > 0.95
    assert score(accounts, ("row",)).f1 > 0.99
    assert score(accounts, BEHAVIOR).f1 < 0.15
    assert score(accounts, ("erc20_missing",), by="campaign").f1 > 0.9
