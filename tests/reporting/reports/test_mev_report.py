"""The MEV report over blocks written for the purpose: what it says, and what it says when there is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from scorpius_lab.lab import Lab, init_lab
from scorpius_lab.reporting.report import Report, open_report
from scorpius_lab.reporting.reports import mev
from scorpius_lab.reporting.reports.mev_cases import shown_cases, steps_of
from scorpius_lab.reporting.reports.mev_reserves import reserve_path
from scorpius_lab.reporting.reports.mev_rows import attacks
from tests.security.chain.ledger import SYNC, WETH, Block, Pool, Transaction, address, word, write

TOKEN = address("token")
POOL, OTHER = Pool.of("pool", WETH, TOKEN), Pool.of("other", WETH, TOKEN, version=3)
BOT, BOSS, ALICE, ROUTER = address("bot"), address("boss"), address("alice"), address("router")
ETHER = 10**18


def blocks() -> list[Block]:
    first = Block(
        100,
        [
            Transaction(BOSS, BOT).swap(POOL, WETH, 100 * ETHER, 1000, payer=BOT),
            Transaction(ALICE, ROUTER).swap(POOL, WETH, 50 * ETHER, 400, payer=ALICE),
            Transaction(BOSS, BOT).swap(POOL, TOKEN, 1000, 110 * ETHER, payer=BOT),
        ],
    )
    second = Block(
        101,
        [Transaction(BOSS, BOT).swap(OTHER, WETH, ETHER, 10, payer=BOT).swap(POOL, TOKEN, 10, 2 * ETHER, payer=BOT)],
        parent=first.hash,
    )
    return [first, second]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return init_lab(tmp_path / "lab")


def searched(lab: Lab, tmp_path: Path, **more: object) -> Lab:
    lab.call("chain.ingest", {"paths": [str(write(tmp_path / "blocks", blocks()))]})
    lab.call("chain.detect", more)
    return lab


def report(lab: Lab, tmp_path: Path, **parameters: object) -> Report:
    (made,) = lab.report("mev", parameters, out=tmp_path / "reports").iter_rows(named=True)
    assert made["state"] == "complete"
    return open_report(Path(made["path"]) / "data.duckdb", report="mev")


def test_what_it_says_first(lab: Lab, tmp_path: Path) -> None:
    made = report(searched(lab, tmp_path), tmp_path)
    assert mev.sentence(made) == "1 sandwich, 1 arbitrage in 2 blocks"
    assert [row["kind"] for row in attacks(made)] == ["sandwich", "arbitrage"]
    page = mev.table(made).html
    assert "10.99" not in page
    assert "9.999800" in page  # ten ether less the gas of two transactions


def test_steps_of_a_case_with_roles_and_prices(lab: Lab, tmp_path: Path) -> None:
    made = report(searched(lab, tmp_path), tmp_path)
    (case,) = shown_cases(made)
    steps = steps_of(made, case)
    assert [step["role"] for step in steps] == ["front", "victim", "back"]
    assert [round(step["price"], 3) for step in steps] == [1.0, 1.25, 1.1]


def synced(deed: Transaction, pool: Pool, reserves: tuple[int, int]) -> Transaction:
    """The same with the reserves a pair logs right before its swap."""
    log = {"address": pool.address, "topics": [SYNC], "data": "0x" + word(reserves[0]) + word(reserves[1])}
    deed.logs.insert(-1, log)
    return deed


def test_the_way_of_the_reserves(lab: Lab, tmp_path: Path) -> None:
    """From 1,000 ether against 10,000: the front, the victim, the back; the first point is what was there before."""
    weth_first = POOL.token0 == WETH
    held = [(1100, 9000), (1150, 8600), (1040, 9600)]
    deeds = [
        Transaction(BOSS, BOT).swap(POOL, WETH, 100, 1000, payer=BOT),
        Transaction(ALICE, ROUTER).swap(POOL, WETH, 50, 400, payer=ALICE),
        Transaction(BOSS, BOT).swap(POOL, TOKEN, 1000, 110, payer=BOT),
    ]
    told = [synced(deed, POOL, pair if weth_first else pair[::-1]) for deed, pair in zip(deeds, held, strict=True)]
    lab.call("chain.ingest", {"paths": [str(write(tmp_path / "blocks", [Block(100, told)]))]})
    lab.call("chain.detect", {})
    made = report(lab, tmp_path)
    (case,) = shown_cases(made)
    path = reserve_path(steps_of(made, case))
    assert [point["role"] for point in path] == ["before", "front", "victim", "back"]
    assert [(point["paid"], point["bought"]) for point in path] == [(1, 1), (1.1, 0.9), (1.15, 0.86), (1.04, 0.96)]
    assert mev.reserves(made).data.height == 4


def test_reserves_that_no_pool_logs_are_said_not_to_be_known(lab: Lab, tmp_path: Path) -> None:
    made = report(searched(lab, tmp_path), tmp_path)
    assert "The reserves of these pools are not known" in mev.reserves(made).html


def test_watched_wallets_stand_first_and_become_findings(lab: Lab, tmp_path: Path) -> None:
    searched(lab, tmp_path, watch=[ALICE.upper().replace("0X", "0x")])
    (finding,) = lab.sql("SELECT rule_id, message FROM current_findings").to_dicts()
    assert finding["rule_id"] == "chain.sandwich.watched"
    made = report(lab, tmp_path, watch=[ALICE])
    assert "1 watched wallet" in mev.lead(made)
    assert mev.wallets(made).data["ours"].to_list() == ["yes"]


def test_an_empty_lab_says_that_nothing_was_looked_at(lab: Lab, tmp_path: Path) -> None:
    made = report(lab, tmp_path)
    assert mev.sentence(made) == "No block has been looked at"
    assert "Nothing can be said" in mev.drawn(made).html


def test_blocks_that_were_not_searched_are_no_clean_ones(lab: Lab, tmp_path: Path) -> None:
    lab.call("chain.ingest", {"paths": [str(write(tmp_path / "blocks", blocks()))]})
    assert mev.sentence(report(lab, tmp_path)) == "No block has been looked at"


def test_reading_twice_adds_nothing(lab: Lab, tmp_path: Path) -> None:
    searched(lab, tmp_path)
    searched(lab, tmp_path)
    made = report(lab, tmp_path)
    assert len(attacks(made)) == 2
    assert lab.sql("SELECT count(*) AS n FROM chain_swaps")["n"].item() == 5
