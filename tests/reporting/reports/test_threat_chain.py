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


def test_what_is_found_with_its_transactions_and_amounts(lab: Lab, tmp_path: Path) -> None:
    lab.call("chain.ingest", {"paths": [str(write(tmp_path / "blocks", blocks()))]})
    lab.call("chain.threats", {})
    report = snapshot(lab, tmp_path)
    block = view.chain(report)
    assert block.data is not None
    (poisoned,) = block.data.to_dicts()
    assert (poisoned["kind"], poisoned["severity"]) == ("Address poisoning", "critical")
    assert (poisoned["subject"], poisoned["counterparty"]) == (ALICE, LOOKALIKE)
    assert poisoned["amount"] == f"700 of {short(TOKEN)}"
    assert blocks()[2].names()[0] in poisoned["transactions"]
    assert "Looked for in 4 blocks, 4 of them complete." in block.html
    assert "On chains: 1 open finding, first **Look-alike of a counterparty**." in view.lead(report)


def test_attacks_on_watched_wallets_are_one_line_that_points_to_their_report(lab: Lab, tmp_path: Path) -> None:
    lab.call("chain.ingest", {"paths": [str(write(tmp_path / "blocks", blocks()))]})
    lab.call("chain.detect", {"watch": [ALICE]})
    html = view.chain(snapshot(lab, tmp_path)).html
    assert "No block has been searched for threats" in html
    assert "Trades and loans of watched wallets met 1 MEV attack" in html
    assert "see the <code>mev</code> report" in html


def test_blocks_that_came_after_the_search_were_not_searched(lab: Lab, tmp_path: Path) -> None:
    lab.call("chain.ingest", {"paths": [str(write(tmp_path / "first", blocks()[:3]))]})
    lab.call("chain.threats", {})
    lab.call("chain.ingest", {"paths": [str(write(tmp_path / "last", blocks()[3:]))]})
    html = view.chain(snapshot(lab, tmp_path)).html
    assert "Looked for in 3 blocks, 3 of them complete. 1 more were not searched." in html


def test_a_lab_without_blocks_says_that_nothing_was_looked_at(lab: Lab, tmp_path: Path) -> None:
    assert "No block has been searched" in view.chain(snapshot(lab, tmp_path)).html


def test_blocks_that_were_searched_in_vain(lab: Lab, tmp_path: Path) -> None:
    lab.call("chain.ingest", {"paths": [str(write(tmp_path / "blocks", blocks()[:1]))]})
    lab.call("chain.threats", {})
    assert "not the same as no threat" in view.chain(snapshot(lab, tmp_path)).html
