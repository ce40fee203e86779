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
    (tmp_path / "unseen").mkdir()
    (tmp_path / "unseen" / "header.json").write_text(json.dumps(Block(7, deeds).header()))
    write(tmp_path / "rivals", [Block(7, deeds), Block(7, deeds, salt="fork")])
    write(tmp_path / "quiet", [Block(7, deeds[:1])])
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


@pytest.mark.parametrize("blocks", ["unseen", "rivals"])
@pytest.mark.usefixtures("folder")
def test_blocks_in_the_lab_that_nobody_could_see_are_no_clean_ones(blocks: str) -> None:
    run("ingest", blocks)
    for command in ("detect", "threats"):
        code, _, errors = run(command)
        assert (code, "could be looked at" in errors) == (3, True)
        assert "was found" not in errors
    assert json.loads(run("threats", "--json")[1])["looked_at"] == 0
    assert run("threats", "--json")[0] == run("detect", "--json")[0] == 3


@pytest.mark.usefixtures("folder")
def test_exposure_tells_what_was_followed_and_who_is_not_in_it() -> None:
    run("ingest", "blocks")
    _, _, errors = run("exposure", address("nobody we know"))
    assert "in blocks 7 to 7" in errors
    assert "occur in none of them" in errors


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("reserve1", 1.5, "reserve1 1.5 is no whole number"),
        ("reserve0", "x", "reserve0 'x' is no whole number"),
        ("token0", "0x12", "token0: '0x12' is no address"),
        ("fees", [990, 1000], "a field 'fees'"),
        ("fee", 3, "fee is no list of 2 numbers"),
    ],
)
def test_pools_with_something_wrong(folder: Path, field: str, value: object, said: str) -> None:
    pool = json.loads((folder / "pool.json").read_text())
    (folder / "pool.json").write_text(json.dumps({**pool, field: value}))
    code, _, errors = run("guard", "--pool", "pool.json", "--token-in", WETH, "--amount", "50")
    assert (code, said in errors) == (2, True), errors


@pytest.mark.usefixtures("folder")
def test_what_could_not_be_judged_is_null() -> None:
    code, out, _ = run("guard", "--pool", "pool.json", "--token-in", WETH, "--amount", "0", "--json")
    told = json.loads(out)
    assert (code, told["state"]) == (3, "not_evaluated")
    assert told["quoted_out"] is told["expected_loss"] is told["attack"] is None


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
        (["exposure", ALICE[:-1] + "A"], 2, "checksum"),
        (["exposure", ALICE, "--taint", "fifo", "--backward"], 2, "leave out"),
        (["exposure", "--labels", "junk.json"], 2, "junk.json"),
        (["threats", "--labels", "nowhere"], 2, "nowhere"),
        (["detect", "--watch", "hello"], 2, "'hello' is no address"),
        (["detect", "blocks", "--watch", ALICE], 2, "in the lab"),
        (["detect", "blocks", "--format", "jsonl", "--out", "none/a"], 2, "no folder"),
        (["detect", "--blocks=-1:5"], 2, "is no range"),
        (["detect", "unseen"], 3, "none of 1 block could be looked at"),
        (["detect", "rivals"], 3, "none of 2 blocks could be looked at"),
        (["detect", "quiet"], 0, "no attack was found"),
        (["guard"], 2, "give either"),
        (["guard", "0xzz", "--amount", "5"], 2, "go with --pool"),
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
