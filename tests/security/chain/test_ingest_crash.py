"""Killed while blocks go into the store: what is there is whole, and reading again ends where nothing was killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from scorpius_lab.core.store import store
from scorpius_lab.lab import init_lab, open_lab
from scorpius_lab.security.chain import ingest, lots, stored
from tests.security.chain.ledger import WETH, Block, Pool, Transaction, address, write

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["duckdb", "polars", "scorpius_lab.lab", "scorpius_lab.security.chain.ingest"])

TOKEN = address("token")
POOL = Pool.of("pool", WETH, TOKEN)
BOT, BOSS, ALICE = address("bot"), address("boss"), address("alice")
COUNT = 12
COUNTED = {name: f"SELECT count(*) AS n FROM lab.chain_{name}" for name in ("blocks", "transactions", "transfers", "swaps")}  # fmt: skip
TABLES = len(COUNTED)


def blocks() -> list[Block]:
    """A hundred heights apart, so that each is stored by itself."""
    deeds = [
        Transaction(BOSS, BOT).swap(POOL, WETH, 100, 1000, payer=BOT),
        Transaction(ALICE, address("router")).swap(POOL, WETH, 50, 400, payer=ALICE),
        Transaction(BOSS, BOT).swap(POOL, TOKEN, 1000, 110, payer=BOT),
    ]
    return [Block(100 * number, deeds) for number in range(1, COUNT + 1)]


def killed_after_saves(lab: Path, folder: Path, saves: int) -> None:
    """Read the blocks, and be killed before the next one is stored."""
    left = iter(range(saves))
    patch = pytest.MonkeyPatch()

    def save(*given: object) -> object:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return stored.save(*given)  # type: ignore[arg-type]

    patch.setattr(ingest, "save", save)
    patch.setattr(ingest, "lots", partial(lots.lots, limit=1))
    open_lab(lab).call("chain.ingest", {"paths": [str(folder)]})


def killed_within_a_block(lab: Path, folder: Path, inserts: int) -> None:
    """Read the blocks, and be killed before the next table of a block is written to."""
    left, insert = iter(range(inserts)), store.insert
    patch = pytest.MonkeyPatch()

    def counted(connection: object, table: Any, *given: Any, **named: Any) -> int:
        if table.name.startswith("chain_") and next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return insert(connection, table, *given, **named)  # type: ignore[arg-type]

    patch.setattr(store, "insert", counted)
    patch.setattr(ingest, "lots", partial(lots.lots, limit=1))
    open_lab(lab).call("chain.ingest", {"paths": [str(folder)]})


def killed_after_time(lab: Path, folder: Path, seconds: float) -> None:
    """Read the blocks, and be killed wherever one is by then."""
    opened = open_lab(lab)
    pytest.MonkeyPatch().setattr(ingest, "lots", partial(lots.lots, limit=1))
    threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
    opened.call("chain.ingest", {"paths": [str(folder)]})


def died(target: object, *given: object) -> bool:
    child = FORKS.Process(target=target, args=given)  # type: ignore[arg-type]
    child.start()
    child.join(60)
    assert child.exitcode in {-signal.SIGKILL, 0}
    return child.exitcode != 0


def counts(lab: Path) -> dict[str, int]:
    opened = open_lab(lab)
    return {name: opened.sql(query)["n"].item() for name, query in COUNTED.items()}


def whole_blocks(lab: Path) -> int:
    """How many blocks are stored; each has its three transactions and three swaps."""
    found = counts(lab)
    assert found["transactions"] == found["swaps"] == 3 * found["blocks"]
    assert found["transfers"] == 6 * found["blocks"]
    return found["blocks"]


@pytest.mark.parametrize("saves", [0, 1, 7])
def test_killed_between_blocks(tmp_path: Path, saves: int) -> None:
    folder, lab = write(tmp_path / "blocks", blocks()), tmp_path / "lab"
    init_lab(lab)
    assert died(killed_after_saves, lab, folder, saves)
    assert whole_blocks(lab) == saves
    again = open_lab(lab).call("chain.ingest", {"paths": [str(folder)]}).summary
    assert (again["new"], again["known"]) == (COUNT - saves, saves)
    assert whole_blocks(lab) == COUNT


def check_killed_within_a_block(place: Path, inserts: int) -> None:
    """Of each block four tables are written to, all in one transaction."""
    folder, lab = write(place / "blocks", blocks()), place / "lab"
    init_lab(lab)
    assert died(killed_within_a_block, lab, folder, inserts)
    there = whole_blocks(lab)
    assert there == inserts // TABLES
    again = open_lab(lab).call("chain.ingest", {"paths": [str(folder)]}).summary
    assert (again["new"], again["known"]) == (COUNT - there, there)
    assert whole_blocks(lab) == COUNT


@pytest.mark.parametrize("inserts", [1, 2, 4 * TABLES + 3])
def test_killed_between_the_tables_of_a_block(tmp_path: Path, inserts: int) -> None:
    check_killed_within_a_block(tmp_path, inserts)


@pytest.mark.full
@pytest.mark.parametrize("inserts", range(TABLES * COUNT))
def test_killed_before_each_table_of_each_block(tmp_path: Path, inserts: int) -> None:
    check_killed_within_a_block(tmp_path, inserts)


@pytest.mark.full
@pytest.mark.parametrize("moment", range(40))
def test_killed_at_any_moment(tmp_path: Path, moment: int) -> None:
    folder, lab = write(tmp_path / "blocks", blocks()), tmp_path / "lab"
    init_lab(lab)
    died(killed_after_time, lab, folder, 0.05 * moment)
    there = whole_blocks(lab)
    again = open_lab(lab).call("chain.ingest", {"paths": [str(folder)]}).summary
    assert (again["new"], again["known"]) == (COUNT - there, there)
    assert whole_blocks(lab) == COUNT
