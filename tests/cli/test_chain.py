"""`scorpius chain`: keys, exit codes, and what it says about odd input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scorpius_lab.cli.app import app
from scorpius_lab.lab import init_lab
from tests.security.chain.ledger import WETH, Block, Pool, Transaction, address, write

TOKEN = address("token")
POOL = Pool.of("pool", WETH, TOKEN)
BOT, BOSS, ALICE = (address(name) for name in ("bot", "boss", "alice"))
KEYS = {
    "kind", "block", "actor", "transactions", "victims", "pools", "profit", "gas_cost", "net", "completeness",
    "rule_version",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    init_lab(tmp_path / "lab")
    deeds = [
        Transaction(BOSS, BOT).swap(POOL, WETH, 100, 1000, payer=BOT),
        Transaction(ALICE, address("router")).swap(POOL, WETH, 50, 400, payer=ALICE),
        Transaction(BOSS, BOT).swap(POOL, TOKEN, 1000, 110, payer=BOT),
    ]
    write(tmp_path / "blocks", [Block(7, deeds)])
    pool = {"kind": "uniswap_v2", "token0": WETH, "token1": TOKEN, "reserve0": str(10**22), "reserve1": str(10**25)}
    (tmp_path / "pool.json").write_text(json.dumps(pool))
    (tmp_path / "junk.json").write_bytes(bytes(range(256)))
    (tmp_path / "empty").mkdir()
    return tmp_path


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["chain", *words])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.usefixtures("folder")
def test_events_out_of_files_as_lines_of_json() -> None:
    code, out, _ = run("detect", "blocks", "--format", "jsonl")
    (event,) = map(json.loads, out.splitlines())
    assert code == 0
    assert event.keys() >= KEYS
    assert event["profit"] == [{"token": WETH, "amount": "10"}]


@pytest.mark.usefixtures("folder")
def test_into_the_lab_and_on_from_there() -> None:
    code, out, _ = run("ingest", "blocks", "--json")
    assert (code, json.loads(out)["new"]) == (0, 1)
    (event,) = json.loads(run("detect", "--json")[1])
    assert event.keys() >= KEYS
    assert run("detect", "--kind", "liquidation", "--format", "jsonl")[1] == ""
    assert run("threats", "--json")[0] == 0
    reached = json.loads(run("exposure", BOT, "--json")[1])
    assert {row["address"]: row["hops"] for row in reached} == {POOL.address: 1, ALICE: 2}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["ingest"], 2, "give either files"),
        (["ingest", "nowhere"], 2, "there is nothing at"),
        (["ingest", "empty"], 2, "no files of blocks"),
        (["ingest", "junk.json"], 3, "no block could be read"),
        (["ingest", "--endpoint", "NO_SUCH_VARIABLE"], 2, "NO_SUCH_VARIABLE"),
        (["detect"], 3, "no block"),
        (["detect", "--blocks", "5:3"], 2, "5 is after 3"),
        (["detect", "blocks", "--json", "--format", "jsonl"], 2, "two things"),
        (["exposure"], 2, "name an address"),
        (["exposure", "alice"], 2, "'alice' is no address"),
        (["exposure", ALICE], 3, "no transfer of chain 1"),
        (["threats"], 3, "no block is stored"),
        (["guard"], 2, "give either"),
        (["guard", "0xzz"], 2, "no hex"),
        (["guard", "--pool", "pool.json", "--token-in", WETH, "--amount", "1.5"], 2, "'1.5' is no amount"),
        (["guard", "--pool", "junk.json", "--token-in", WETH, "--amount", "5"], 2, "junk.json"),
        (["guard", "--pool", "pool.json", "--token-in", ALICE, "--amount", "5"], 3, ""),
        (["guard", "--pool", "pool.json", "--token-in", WETH, "--amount", str(10**20)], 1, ""),
        (["guard", "--pool", "pool.json", "--token-in", WETH, "--amount", "10", "--least-out", "9969"], 0, ""),
    ],
)
@pytest.mark.usefixtures("folder")
def test_exit_codes_and_what_is_said(words: list[str], code: int, said: str) -> None:
    got, _, errors = run(*words)
    assert (got, said in errors) == (code, True), errors
    assert "Traceback" not in errors
