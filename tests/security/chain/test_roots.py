"""RLP, tries and roots: published vectors, a second implementation, real blocks, and bytes that were tampered with."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.lab import init_lab
from scorpius_lab.security.chain.envelopes import transaction_hash
from scorpius_lab.security.chain.keccak import keccak256
from scorpius_lab.security.chain.rlp import RlpError, decode, encode, encode_integer
from scorpius_lab.security.chain.roots import (
    RootState,
    check_roots,
    header_hash,
    receipts_root,
    transactions_root,
    withdrawals_root,
)
from scorpius_lab.security.chain.trie import EMPTY_ROOT, ordered_root, root_of
from tests.security.chain.ledger import Block


def test_keccak_of_nothing() -> None:
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@pytest.mark.parametrize(
    ("item", "encoded"),
    [
        (b"dog", "83646f67"),
        ([b"cat", b"dog"], "c88363617483646f67"),
        (b"", "80"),
        ([], "c0"),
        (b"\x00", "00"),
        (encode_integer(0), "80"),
        (encode_integer(15), "0f"),
        (encode_integer(1024), "820400"),
        ([[], [[]], [[], [[]]]], "c7c0c1c0c3c0c1c0"),
        (b"Lorem ipsum dolor sit amet, consectetur adipisicing elit", "b8384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e6720656c6974"),
    ],
)  # fmt: skip
def test_rlp_vectors(item: Any, encoded: str) -> None:
    assert encode(item).hex() == encoded
    assert decode(bytes.fromhex(encoded)) == item


ITEMS = st.recursive(st.binary(max_size=80), lambda inner: st.lists(inner, max_size=5), max_leaves=20)


@given(ITEMS)
def test_rlp_there_and_back(item: Any) -> None:
    assert decode(encode(item)) == item


@given(st.binary(max_size=200))
def test_what_can_be_decoded_is_canonical(data: bytes) -> None:
    try:
        item = decode(data)
    except RlpError:
        return
    assert encode(item) == data


@pytest.mark.parametrize("data", ["", "8100", "b800", "b90001", "c1", "83646f", "83646f6700", "f800", "bf" + "ff" * 8, "c1" * 5000 + "c0"])  # fmt: skip
def test_rlp_that_is_none(data: str) -> None:
    with pytest.raises(RlpError):
        decode(bytes.fromhex(data))


@pytest.mark.parametrize("data", ["c4c182ffff", "f83bc1b838" + "80" * 56, "c3c1c280"])
def test_rlp_items_stay_within_their_list(data: str) -> None:
    """What lies behind an inner list serves neither to fill its last item nor the length of it."""
    with pytest.raises(RlpError, match="cut off"):
        decode(bytes.fromhex(data))


def test_rlp_is_not_written_deeper_than_it_is_read() -> None:
    item: Any = []
    for _ in range(5000):
        item = [item]
    with pytest.raises(RlpError, match="nested"):
        encode(item)


def test_trie_vectors() -> None:
    assert EMPTY_ROOT.hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
    assert root_of([(b"do", b"verb"), (b"dog", b"puppy"), (b"doge", b"coin"), (b"horse", b"stallion")]).hex() == (
        "5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84"
    )
    assert root_of([(b"A", b"a" * 50)]).hex() == "d23786fb4a010da3ce639d66d5e904a11dbc02746d1ce25029e53290cabf28ab"


def slow_root(pairs: dict[bytes, bytes]) -> bytes:
    """By groups of first nibbles, every node a dictionary: nothing shared with the code under test but RLP and hash."""

    def node(own: dict[str, bytes]) -> Any:
        if len(own) == 1:
            ((path, value),) = own.items()
            return [packed(path, leaf=True), value]
        first = min(own)
        common = 0
        while common < len(first) and all(path[: common + 1] == first[: common + 1] for path in own):
            common += 1
        if common:
            return [packed(first[:common], leaf=False), reference(node({p[common:]: v for p, v in own.items()}))]
        slots: list[Any] = [b""] * 16
        for digit in sorted({path[0] for path in own if path}):
            slots[int(digit, 16)] = reference(node({p[1:]: v for p, v in own.items() if p[:1] == digit}))
        return [*slots, own.get("", b"")]

    def reference(inner: Any) -> Any:
        return inner if len(encode(inner)) < 32 else keccak256(encode(inner))

    def packed(path: str, leaf: bool) -> bytes:
        flag = 2 if leaf else 0
        return bytes.fromhex(f"{flag + 1:x}{path}" if len(path) % 2 else f"{flag:x}0{path}")

    return keccak256(encode(node({key.hex(): value for key, value in pairs.items()}))) if pairs else EMPTY_ROOT


@given(st.dictionaries(st.binary(min_size=1, max_size=4), st.binary(min_size=1, max_size=40), max_size=40))
def test_trie_agrees_with_a_slow_one(pairs: dict[bytes, bytes]) -> None:
    assert root_of(list(pairs.items())) == slow_root(pairs)


@given(st.lists(st.binary(min_size=1, max_size=100), max_size=300))
def test_ordered_trie_agrees_with_a_slow_one(values: list[bytes]) -> None:
    assert ordered_root(values) == slow_root({encode(encode_integer(n)): value for n, value in enumerate(values)})


GENESIS = {
    "parentHash": "0x" + "0" * 64,
    "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
    "miner": "0x" + "0" * 40,
    "stateRoot": "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
    "transactionsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    "receiptsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    "logsBloom": "0x" + "0" * 512,
    "difficulty": "0x400000000",
    "number": "0x0",
    "gasLimit": "0x1388",
    "gasUsed": "0x0",
    "timestamp": "0x0",
    "extraData": "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
    "mixHash": "0x" + "0" * 64,
    "nonce": "0x0000000000000042",
    "hash": "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
    "transactions": [],
}


def test_genesis() -> None:
    assert header_hash(GENESIS).hex() == GENESIS["hash"][2:]
    assert check_roots(GENESIS, []).state is RootState.VERIFIED
    assert check_roots({**GENESIS, "gasLimit": "0x1389"}, []).state is RootState.MISMATCH
    assert check_roots(GENESIS, None).state is RootState.NOT_VERIFIABLE


def real(shared_data: Path, number: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    folder = shared_data / "chain" / "blocks" / number
    return json.loads((folder / "block.json").read_text()), json.loads(
        gzip.decompress((folder / "receipts.json.gz").read_bytes())
    )


@pytest.mark.shared_data
@pytest.mark.parametrize("number", ["11930296", "11931272"])
def test_real_blocks(shared_data: Path, number: str) -> None:
    block, receipts = real(shared_data, number)
    assert header_hash(block).hex() == block["hash"][2:]
    assert transactions_root(block["transactions"]).hex() == block["transactionsRoot"][2:]
    assert all(transaction_hash(one).hex() == one["hash"][2:] for one in block["transactions"])
    outcome = check_roots(block, receipts)
    assert outcome.state is RootState.NOT_VERIFIABLE
    assert outcome.reason == "receipts root: receipt 0: cumulativeGasUsed is missing"


@pytest.mark.shared_data
@pytest.mark.parametrize("field", ["value", "input", "nonce", "gas", "gasPrice", "to", "v", "r", "s"])
def test_a_transaction_that_was_tampered_with(shared_data: Path, field: str) -> None:
    block, receipts = real(shared_data, "11930296")
    index, one = next((n, t) for n, t in enumerate(block["transactions"]) if t["to"] and len(t["input"]) > 10)
    one[field] = one[field][:-1] + ("0" if one[field][-1] != "0" else "1")
    outcome = check_roots(block, receipts)
    assert outcome.state is RootState.MISMATCH
    assert f"hash of transaction {index} " in outcome.reason
    del one["hash"]
    assert "transactions root" in check_roots(block, receipts).reason


@pytest.mark.shared_data
def test_receipts_and_withdrawals_of_a_real_block(shared_data: Path) -> None:
    folder = shared_data / "chain" / "etl" / "17173049"
    block = json.loads((folder / "blocks.jsonl").read_text())
    sent = sorted(map(json.loads, (folder / "transactions.jsonl").open()), key=lambda one: one["transaction_index"])
    logs = sorted(map(json.loads, (folder / "logs.jsonl").open()), key=lambda one: one["log_index"])
    receipts = [{**one, "logs": [log for log in logs if log["transaction_hash"] == one["hash"]]} for one in sent]
    assert receipts_root(receipts).hex() == block["receipts_root"][2:]
    assert withdrawals_root(block["withdrawals"]).hex() == block["withdrawals_root"][2:]
    receipts[5]["receipt_status"] ^= 1
    assert receipts_root(receipts).hex() != block["receipts_root"][2:]


@pytest.mark.parametrize("change", [{"nonce": None}, {"gas": -1}, {"value": 2**256}, {"to": "0x12"}, {"input": "zz"}, {"type": "0x63"}, {"r": "0xzz"}])  # fmt: skip
def test_fields_that_cannot_be_are_named(change: dict[str, object]) -> None:
    sent = {"type": "0x0", "nonce": "0x1", "gas": "0x1", "gasPrice": "0x1", "to": "0x" + "1" * 40, "value": "0x0", "input": "0x", "v": "0x1b", "r": "0x1", "s": "0x1"}  # fmt: skip
    outcome = check_roots({**GENESIS, "transactions": [{**sent, **change}]}, None)
    assert outcome.state is RootState.NOT_VERIFIABLE
    assert "transaction 0: " in outcome.reason
    assert next(iter(change)) in outcome.reason


@pytest.mark.shared_data
def test_ingest_verifies_roots_and_a_block_that_fails_is_incomplete(shared_data: Path, tmp_path: Path) -> None:
    lab = init_lab(tmp_path / "lab")
    block, receipts = real(shared_data, "11930296")
    for name, change in (("good", {}), ("bad", {"transactionsRoot": "0x" + "1" * 64})):
        folder = tmp_path / name
        folder.mkdir()
        salted = json.dumps([{**block, **change}]).replace(
            block["hash"], block["hash"] if not change else "0x" + "2" * 64
        )
        (folder / "block.json").write_text(salted)
        (folder / "receipts.json").write_text(
            json.dumps(receipts).replace(block["hash"], block["hash"] if not change else "0x" + "2" * 64)
        )
        result = lab.call("chain.ingest", {"paths": [str(folder)], "verify_roots": True})
        assert result.summary["roots"] == ({"not_verifiable": 1} if not change else {"mismatch": 1})
    states = dict(lab.sql("SELECT roots, state FROM lab.chain_blocks").iter_rows())
    assert states == {"not_verifiable": "complete", "mismatch": "incomplete"}


def test_blocks_written_for_tests_say_why_they_cannot_be_verified() -> None:
    assert check_roots(Block(5, []).header(), []).state is RootState.NOT_VERIFIABLE
