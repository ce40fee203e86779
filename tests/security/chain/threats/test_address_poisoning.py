"""Look-alikes: every confirmed payoff, and nobody real."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from scorpius_lab.security.chain.chain import Chain
from scorpius_lab.security.chain.threats.address_poisoning import detect, lookalike
from tests.security.chain.ledger import address

VICTIM = address("victim")
REAL = "0xabc" + "1" * 33 + "4321"
FAKE = "0xabc" + "9" * 33 + "4321"


def history(*rows: tuple[str, str, int]) -> pl.DataFrame:
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


def test_planted_and_paid() -> None:
    (found,) = detect(history((VICTIM, REAL, 100), (VICTIM, FAKE, 0), (VICTIM, FAKE, 5000))).to_dicts()
    assert (found["address"], found["counterparty"], found["severity"]) == (VICTIM, FAKE, "critical")
    assert found["transactions"] == ["2/0", "1/0"]
    assert REAL in found["detail"]


def test_planted_only() -> None:
    (found,) = detect(history((VICTIM, REAL, 100), (FAKE, VICTIM, 1))).to_dicts()
    assert found["severity"] == "medium"


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([(VICTIM, REAL, 100), (VICTIM, REAL, 50)], id="the same"),
        pytest.param([(VICTIM, FAKE, 5), (FAKE, VICTIM, 1)], id="nobody else"),
        pytest.param([(VICTIM, REAL, 100), (address("other"), FAKE, 5)], id="another account"),
        pytest.param([(VICTIM, REAL, 100), (VICTIM, "0xabc" + "9" * 34 + "321", 5)], id="one digit less at the end"),
        pytest.param([(VICTIM, REAL, 100), (VICTIM, "0xabd" + "9" * 33 + "4321", 5)], id="one digit less in front"),
        pytest.param([(VICTIM, FAKE, 0), (REAL, VICTIM, 5)], id="never paid"),
    ],
)
def test_near_misses(rows: list[tuple[str, str, int]]) -> None:
    assert detect(history(*rows)).is_empty()


@pytest.mark.shared_data
def test_every_confirmed_payoff(shared_data: Path) -> None:
    with (shared_data / "chain" / "labels" / "address_poisoning_payoffs.csv").open() as file:
        rows = list(csv.DictReader(file))
    pairs = pl.DataFrame(
        {
            "fake": [row["topics_to_addr"].lower() for row in rows],
            "real": [row["intended_addr"].lower() for row in rows],
        }
    )
    assert pairs.height == 869
    assert pairs.select(lookalike(pl.col("fake"), pl.col("real")).all()).item()
    moves = [
        move
        for row in rows
        for move in (
            (row["topics_from_addr"].lower(), row["intended_addr"].lower(), 1),
            (row["topics_from_addr"].lower(), row["topics_to_addr"].lower(), int(float(row["value"])) or 1),
        )
    ]
    found = detect(history(*moves))
    assert {row["topics_to_addr"].lower() for row in rows} == set(
        found.filter(pl.col("severity") == "critical")["counterparty"]
    )


@pytest.mark.shared_data
def test_nobody_real_in_the_shared_blocks(shared_data: Path, read: Callable[[Iterable[Path]], list[Chain]]) -> None:
    (chain,) = read([shared_data / "chain" / "blocks"])
    assert detect(chain.events["transfers"]).is_empty()


def test_honest_pairs_by_the_hundred_thousand() -> None:
    """Accounts that pay four others each: by chance one pair in 16**7 looks alike, 0.002 of 600,000."""
    chance = np.random.default_rng(5)
    count = 100_000
    names = ["0x" + chance.bytes(20).hex() for _ in range(count * 5)]
    senders = [names[n] for n in range(count) for _ in range(4)]
    rows = pl.DataFrame(
        {
            "block_number": range(count * 4),
            "transaction_index": [0] * count * 4,
            "position": [0] * count * 4,
            "standard": ["erc20"] * count * 4,
            "token": ["0xt"] * count * 4,
            "sender": senders,
            "receiver": names[count:],
            "amount": ["7"] * count * 4,
        }
    )
    assert detect(rows).is_empty()
