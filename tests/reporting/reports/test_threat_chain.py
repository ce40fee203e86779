"""The threat report's section on blocks: what it shows, and what it says when nothing was looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scorpius_lab.lab import Lab, init_lab
from scorpius_lab.reporting.report import Report
from scorpius_lab.reporting.reports import threat as view
from scorpius_lab.reporting.reports.mev_rows import short
from scorpius_lab.reporting.snapshot import connect, take_snapshot
from tests.security.chain.ledger import WETH, Block, Pool, Transaction, address, write

TOKEN = address("token")
POOL = Pool.of("pool", WETH, TOKEN)
ALICE, BOB, BOT, BOSS = (address(name) for name in ("alice", "bob", "bot", "boss"))
LOOKALIKE = BOB[:6] + "0" * 32 + BOB[-4:]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return init_lab(tmp_path / "lab")


def blocks() -> list[Block]:
    """Alice pays Bob; somebody sends her nothing from an address like his, and she pays that; and she is sandwiched."""
    first = Block(100, [Transaction(ALICE, TOKEN).transfer(TOKEN, ALICE, BOB, 500)])
    second = Block(101, [Transaction(BOSS, BOT).transfer(TOKEN, ALICE, LOOKALIKE, 0)], parent=first.hash)
    third = Block(102, [Transaction(ALICE, TOKEN).transfer(TOKEN, ALICE, LOOKALIKE, 700)], parent=second.hash)
    fourth = Block(
        103,
        [
            Transaction(BOSS, BOT).swap(POOL, WETH, 100, 1000, payer=BOT),
            Transaction(ALICE, address("router")).swap(POOL, WETH, 50, 400, payer=ALICE),
            Transaction(BOSS, BOT).swap(POOL, TOKEN, 1000, 110, payer=BOT),
        ],
        parent=third.hash,
    )
    return [first, second, third, fourth]


def snapshot(lab: Lab, tmp_path: Path) -> Report:
    path = tmp_path / "data.duckdb"
    take_snapshot(lab, view.SPEC, view.SPEC.parameters(as_of=datetime.now(UTC) + timedelta(minutes=1)), path)
    return Report(path, connect(path))


def test_what_is_found_with_its_transactions(lab: Lab, tmp_path: Path) -> None:
    lab.call("chain.ingest", {"paths": [str(write(tmp_path / "blocks", blocks()))]})
    lab.call("chain.threats", {})
    lab.call("chain.detect", {"watch": [ALICE]})
    block = view.chain(snapshot(lab, tmp_path))
    assert block.data is not None
    assert sorted(block.data["title"].to_list()) == [
        "A watched wallet's trade was sandwiched",
        "Look-alike of a counterparty",
    ]
    (poisoned,) = block.data.filter(block.data["title"] == "Look-alike of a counterparty").to_dicts()
    assert (poisoned["subject"], poisoned["counterparty"]) == (short(ALICE), short(LOOKALIKE))
    assert short(blocks()[2].names()[0]) in poisoned["transactions"]
    assert "MEV report" in block.html


def test_a_lab_without_blocks_says_that_nothing_was_looked_at(lab: Lab, tmp_path: Path) -> None:
    assert "No block has been searched" in view.chain(snapshot(lab, tmp_path)).html


def test_blocks_that_were_searched_in_vain(lab: Lab, tmp_path: Path) -> None:
    lab.call("chain.ingest", {"paths": [str(write(tmp_path / "blocks", blocks()[:1]))]})
    lab.call("chain.threats", {})
    assert "not the same as no threat" in view.chain(snapshot(lab, tmp_path)).html
