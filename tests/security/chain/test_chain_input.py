"""Files and events that are not what they should be: an explained state, never an invented profit."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from scorpius_lab.core.runs import RunContext
from scorpius_lab.errors import UsageError
from scorpius_lab.security.chain.attacks import Attack
from scorpius_lab.security.chain.chains import parameters_of
from scorpius_lab.security.chain.detection import detect
from scorpius_lab.security.chain.errors import WrongChain
from scorpius_lab.security.chain.ingest import Intake, chains
from tests.security.chain.ledger import SWAP_V2, TRANSFER, WETH, Block, Pool, Transaction, address, topic, word

TOKEN = address("token")
POOL = Pool.of("pool", WETH, TOKEN)
OTHER = Pool.of("other", WETH, TOKEN)
BOT, BOSS, ALICE, ROUTER = address("bot"), address("boss"), address("alice"), address("router")

Find = Callable[[Iterable[Block]], list[Attack]]


def block() -> Block:
    return Block(
        5,
        [
            Transaction(BOSS, BOT).swap(POOL, WETH, 100, 1000, payer=BOT),
            Transaction(ALICE, ROUTER).swap(POOL, WETH, 50, 400, payer=ALICE),
            Transaction(BOSS, BOT).swap(POOL, TOKEN, 1000, 110, payer=BOT),
        ],
    )


def taken(folder: Path, *paths: Path) -> tuple[list[Attack], Intake]:
    intake = Intake()
    found = [a for chain in chains(paths, parameters_of(1), folder, intake, RunContext()) for a in detect(chain)]
    return found, intake


def test_truncated_json_keeps_the_whole_records(tmp_path: Path) -> None:
    text = json.dumps(block().receipts(), indent=1)
    cut = tmp_path / "receipts.json"
    cut.write_text(text[: text.rindex('"transactionHash"')])
    header = tmp_path / "block.json"
    header.write_text(json.dumps(block().header()))
    found, intake = taken(tmp_path, cut, header)
    assert not found
    assert intake.reasons == {"1 of 3 receipts are missing": 1}
    assert "cut off" in intake.rejected[0].reason


def test_truncated_gzip(tmp_path: Path) -> None:
    whole = gzip.compress(json.dumps(block().receipts()).encode())
    (tmp_path / "receipts.json.gz").write_bytes(whole[: len(whole) // 2])
    _, intake = taken(tmp_path, tmp_path / "receipts.json.gz")
    assert intake.rejected
    assert not intake.states


@pytest.mark.parametrize(
    "content",
    [b"", b"   \n", b"null", b"7", b'"text"', b"[]", b"{}", b"[[[[]]]]", b"{" * 100_000, b"[" * 100_000, b"\x00" * 50,
     b"\xff\xfe\x00", b'[{"number": "0x5"}]', b'{"result": null, "id": 1}', b'{"error": {"code": -32000}, "id": 1}'],
)  # fmt: skip
def test_what_is_no_block(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file.json").write_bytes(content)
    found, intake = taken(tmp_path, tmp_path / "file.json")
    assert not found
    assert not intake.states


def test_a_bad_record_costs_no_other(tmp_path: Path) -> None:
    receipts = block().receipts()
    spoiled = [receipts[0], {**receipts[1], "logs": "many"}, 7, {"hello": "world"}, receipts[1], receipts[2]]
    (tmp_path / "receipts.json").write_text(json.dumps(spoiled))
    found, intake = taken(tmp_path, tmp_path / "receipts.json")
    assert len(found) == 1
    assert len(intake.rejected) == 3


@pytest.mark.parametrize("number", [-1, 2**70, 1.5, "0x", "zz", None, True, [], "-0x5"])
def test_heights_that_are_none(tmp_path: Path, number: object) -> None:
    receipts = [{**receipt, "blockNumber": number} for receipt in block().receipts()]
    (tmp_path / "receipts.json").write_text(json.dumps(receipts))
    found, intake = taken(tmp_path, tmp_path / "receipts.json")
    assert not found
    assert intake.rejected


def test_camel_and_snake_hex_and_integers_mixed(tmp_path: Path) -> None:
    def snake(record: dict[str, object]) -> dict[str, object]:
        names = {
            "blockNumber": "block_number",
            "blockHash": "block_hash",
            "transactionHash": "transaction_hash",
            "transactionIndex": "transaction_index",
            "logIndex": "log_index",
            "gasUsed": "gas_used",
            "effectiveGasPrice": "effective_gas_price",
        }
        return {
            names.get(key, key): int(value, 16)
            if key in names and str(value).startswith("0x") and len(str(value)) < 20
            else value
            for key, value in record.items()
        }

    first, second, third = block().receipts()
    mixed = [first, {**snake(second), "logs": [snake(log) for log in second["logs"]]}, snake(third)]
    (tmp_path / "receipts.json").write_text(json.dumps(mixed))
    (found,), intake = taken(tmp_path, tmp_path / "receipts.json")
    assert not intake.rejected
    assert [(h.token, h.amount) for h in found.profit] == [(WETH, 10)]
    assert found.gas_cost == 2 * 100_000 * 10**9


def test_the_largest_number_there_is(attacks_in: Find) -> None:
    """A token that moves 2**256 - 1: exact, and no overflow."""
    most = 2**256 - 1
    first = Transaction(BOSS, BOT).transfer(TOKEN, BOT, ALICE, most).swap(POOL, WETH, 100, 1000, payer=BOT)
    (found,) = attacks_in([Block(5, [first, *block().transactions[1:]])])
    assert [(h.token, h.amount) for h in found.profit] == [(WETH, 10)]


def test_swaps_beyond_what_the_protocol_can_hold_are_none(attacks_in: Find) -> None:
    huge = Transaction(BOSS, BOT).swap(POOL, WETH, 100, 2**255, payer=BOT).swap(OTHER, TOKEN, 2**255, 2**254, payer=BOT)
    assert not attacks_in([Block(5, [huge])])


def test_a_pool_of_one_token_with_itself(attacks_in: Find) -> None:
    odd = Pool(address("odd"), TOKEN, TOKEN)
    circle = Transaction(BOSS, BOT).swap(odd, TOKEN, 100, 200, payer=BOT).swap(POOL, TOKEN, 200, 50, payer=BOT)
    circle.swap(OTHER, WETH, 50, 400, payer=BOT)
    found = attacks_in([Block(5, [circle])])
    assert all(odd.address not in attack.pools for attack in found)


def test_events_with_the_topic_of_a_swap_and_another_layout(attacks_in: Find) -> None:
    short = Transaction(BOSS, BOT)
    for pool in (POOL, OTHER):
        short.transfer(TOKEN, pool.address, BOT, 5).transfer(WETH, BOT, pool.address, 3)
        short.log(pool.address, [SWAP_V2, topic(BOT)], word(3) + word(0) + word(0) + word(5))
        short.log(pool.address, [SWAP_V2, topic(BOT), topic(BOT)], word(3) + word(0) + word(0))
        short.log(pool.address, [SWAP_V2, "0x" + "f" * 64, topic(BOT)], word(3) + word(0) + word(0) + word(5))
    assert not attacks_in([Block(5, [short])])


def test_a_transfer_of_an_nft_is_no_amount(chain_of_blocks: Callable[..., object]) -> None:
    moved = Transaction(BOSS, BOT).log(TOKEN, [TRANSFER, topic(BOSS), topic(ALICE), "0x" + word(7)], "")
    chain = chain_of_blocks([Block(5, [moved])])
    (row,) = chain.events["transfers"].to_dicts()
    assert (row["standard"], row["amount"], row["token_id"]) == ("erc721", "1", "7")


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("value", hex(2**256), "value"),
        ("value", "-0x5", "value"),
        ("from", "zzz", "sender"),
        ("to", "0x12", "receiver"),
    ],
)
def test_what_is_written_and_is_no_value_is_rejected(tmp_path: Path, field: str, value: str, named: str) -> None:
    """The record is left out with its reason; what the receipt says of the transaction stays."""
    header = block().header()
    header["transactions"][0][field] = value
    (tmp_path / "block.json").write_text(json.dumps(header))
    (tmp_path / "receipts.json").write_text(json.dumps(block().receipts()))
    found, intake = taken(tmp_path, tmp_path / "block.json", tmp_path / "receipts.json")
    (reject,) = intake.rejected
    assert (reject.record, named in reject.reason) == ("1 of its transactions", True)
    assert len(found) == 1
    (tmp_path / "receipts.json").unlink()
    _, alone = taken(tmp_path, tmp_path / "block.json")
    assert alone.states == {"incomplete": 1}


def test_paths_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is nothing at"):
        taken(tmp_path, tmp_path / "nothing")
    with pytest.raises(UsageError, match="no files of blocks"):
        taken(tmp_path, tmp_path)


def test_transactions_of_another_chain_are_refused(tmp_path: Path) -> None:
    header = block().header()
    for one in header["transactions"]:
        one["chainId"] = "0x89"
    (tmp_path / "block.json").write_text(json.dumps(header))
    with pytest.raises(WrongChain, match="--chain-id 137"):
        taken(tmp_path, tmp_path / "block.json")
