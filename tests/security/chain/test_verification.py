"""Roots of blocks in files, whatever the files' order and however few records may wait in memory."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scorpius_lab.security.chain.envelopes import transaction_hash
from scorpius_lab.security.chain.roots import RootState, header_hash, receipts_root, transactions_root
from scorpius_lab.security.chain.trie import EMPTY_ROOT
from scorpius_lab.security.chain.verification import verified

COUNT = 12
BLANK = "0x" + "0" * 64


def block(height: int) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """A header that is right about its transactions and receipts, and those."""
    sent: list[dict[str, Any]] = [
        {"type": "0x0", "nonce": hex(n + 1), "gas": "0x5208", "gasPrice": hex(height), "to": "0x" + "1" * 40,
         "value": "0x0", "input": "0x", "v": "0x1b", "r": "0x1", "s": "0x1", "transactionIndex": hex(n)}
        for n in range(height % 4)
    ]  # fmt: skip
    receipts: list[dict[str, Any]] = [
        {"type": "0x0", "status": "0x1", "cumulativeGasUsed": hex((n + 1) * 21_000), "logsBloom": "0x" + "0" * 512,
         "logs": [], "transactionIndex": hex(n), "from": "0x" + "2" * 40}
        for n in range(len(sent))
    ]  # fmt: skip
    header = {
        "parentHash": BLANK, "sha3Uncles": BLANK, "miner": "0x" + "0" * 40, "stateRoot": BLANK,
        "transactionsRoot": "0x" + (transactions_root(sent) if sent else EMPTY_ROOT).hex(),
        "receiptsRoot": "0x" + (receipts_root(receipts) if sent else EMPTY_ROOT).hex(),
        "logsBloom": "0x" + "0" * 512, "difficulty": "0x1", "number": hex(height), "gasLimit": "0x1", "gasUsed": "0x1",
        "timestamp": "0x1", "extraData": "0x", "mixHash": BLANK, "nonce": "0x" + "0" * 16,
    }  # fmt: skip
    header["hash"] = "0x" + header_hash(header).hex()
    place = {"blockNumber": hex(height), "blockHash": header["hash"]}
    for one, receipt in zip(sent, receipts, strict=True):
        one.update({**place, "hash": "0x" + transaction_hash(one).hex()})
        receipt.update({**place, "transactionHash": one["hash"]})
    return header, sent, receipts


BLOCKS = [block(height) for height in range(995, 995 + COUNT)]


def written(folder: Path, kinds: dict[str, list[dict[str, Any]]]) -> list[Path]:
    paths = []
    for name, records in kinds.items():
        paths.append(folder / f"{name}.jsonl")
        paths[-1].write_text("".join(json.dumps(record) + "\n" for record in records))
    return paths


def apart(folder: Path, seed: int = 0) -> list[Path]:
    """Headers, transactions and receipts in files of their own, shuffled, as exporters that work in parallel do."""
    chance = random.Random(seed)  # noqa: S311 (a simulation)
    kinds = {
        "blocks": [header for header, _, _ in BLOCKS],
        "transactions": [one for _, sent, _ in BLOCKS for one in sent],
        "receipts": [one for _, _, receipts in BLOCKS for one in receipts],
    }
    for records in kinds.values():
        chance.shuffle(records)
    return written(folder, kinds)


def states(found: pl.DataFrame) -> list[str]:
    assert found["block_number"].to_list() == list(range(995, 995 + COUNT))
    return found["roots"].to_list()


@pytest.mark.parametrize("limit", [1, 2, 7, 20, 10**6])
def test_parts_in_files_of_their_own(tmp_path: Path, limit: int) -> None:
    found = verified(apart(tmp_path), tmp_path, limit=limit)
    assert states(found) == [RootState.VERIFIED] * COUNT
    assert not list(tmp_path.glob("roots-*"))


@pytest.mark.parametrize("limit", [1, 10**6])
def test_whole_blocks(tmp_path: Path, limit: int) -> None:
    lines = [record for header, sent, receipts in BLOCKS for record in ({**header, "transactions": sent}, *receipts)]
    assert states(verified(written(tmp_path, {"all": lines}), tmp_path, limit=limit)) == [RootState.VERIFIED] * COUNT


@pytest.mark.parametrize("limit", [3, 10**6])
def test_files_that_are_given_twice(tmp_path: Path, limit: int) -> None:
    paths = apart(tmp_path)
    assert states(verified([*paths, *paths], tmp_path, limit=limit)) == [RootState.VERIFIED] * COUNT


@pytest.mark.parametrize("limit", [1, 10**6])
def test_one_that_was_tampered_with(tmp_path: Path, limit: int) -> None:
    paths = apart(tmp_path)
    text = paths[2].read_text().splitlines()
    first = json.loads(text[0])
    paths[2].write_text("\n".join([json.dumps({**first, "status": "0x0"}), *text[1:]]))
    found = verified(paths, tmp_path, limit=limit)
    wrong = found.filter(pl.col("roots") == RootState.MISMATCH)
    assert wrong["block_hash"].to_list() == [first["blockHash"]]
    assert "receipts root" in wrong["roots_reason"][0]
    assert states(found).count(RootState.VERIFIED) == COUNT - 1


@pytest.mark.parametrize("limit", [1, 10**6])
def test_blocks_without_a_header_are_told_too(tmp_path: Path, limit: int) -> None:
    trace = {"action": {}, "blockHash": "0x" + "c" * 64, "blockNumber": "0x7", "type": "call"}
    paths = [apart(tmp_path)[2], *written(tmp_path, {"traces": [trace, trace, trace]})]
    found = verified(paths, tmp_path, limit=limit)
    with_receipts = [height for height, (_, sent, _) in enumerate(BLOCKS, 995) if sent]
    assert found["block_number"].to_list() == [7, *with_receipts]
    assert set(found["roots_reason"]) == {"its header is not at hand"}


def test_receipts_that_are_missing(tmp_path: Path) -> None:
    found = states(verified(apart(tmp_path)[:2], tmp_path))
    assert {state for (_, sent, _), state in zip(BLOCKS, found, strict=True) if sent} == {RootState.NOT_VERIFIABLE}
