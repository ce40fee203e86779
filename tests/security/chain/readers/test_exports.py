"""CSV of ethereum-etl and Parquet of cryo give the same as the JSON they were written from."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl
import pytest

from scorpius_lab.core.runs import RunContext
from scorpius_lab.security.chain.chain import Chain
from scorpius_lab.security.chain.chains import parameters_of
from scorpius_lab.security.chain.detection import detect
from scorpius_lab.security.chain.ingest import Intake, chains
from tests.security.chain import generated
from tests.security.chain.ledger import Block

Read = Callable[[Iterable[Path]], list[Chain]]


@pytest.fixture
def blocks() -> list[Block]:
    return [generated.block(seed)[0] for seed in range(20)]


def rows(blocks: list[Block]) -> dict[str, list[dict[str, object]]]:
    """What the exporters write, in ethereum-etl's names."""
    made: dict[str, list[dict[str, object]]] = {"blocks": [], "transactions": [], "logs": []}
    for block in blocks:
        header = block.header()
        made["blocks"].append(
            {
                "number": block.number,
                "hash": block.hash,
                "parent_hash": header["parentHash"],
                "miner": header["miner"],
                "timestamp": int(header["timestamp"], 16),
                "base_fee_per_gas": 10**9,
                "transaction_count": len(block.transactions),
            }
        )
        for sent, receipt in zip(header["transactions"], block.receipts(), strict=True):
            made["transactions"].append(
                {
                    "hash": sent["hash"],
                    "nonce": 1,
                    "block_hash": block.hash,
                    "block_number": block.number,
                    "transaction_index": int(sent["transactionIndex"], 16),
                    "from_address": sent["from"],
                    "to_address": sent["to"],
                    "value": 0,
                    "gas_price": int(sent["gasPrice"], 16),
                    "input": sent["input"],
                    "receipt_status": int(receipt["status"], 16),
                    "receipt_gas_used": int(receipt["gasUsed"], 16),
                    "receipt_effective_gas_price": int(receipt["effectiveGasPrice"], 16),
                }
            )
            made["logs"] += [
                {
                    "log_index": int(log["logIndex"], 16),
                    "transaction_hash": log["transactionHash"],
                    "transaction_index": int(log["transactionIndex"], 16),
                    "block_hash": block.hash,
                    "block_number": block.number,
                    "address": log["address"],
                    "data": log["data"],
                    "topics": ",".join(log["topics"]),
                }
                for log in receipt["logs"]
            ]
    return made


def as_csv(folder: Path, made: dict[str, list[dict[str, object]]]) -> list[Path]:
    paths = []
    for name, records in made.items():
        paths.append(folder / f"{name}.csv")
        with paths[-1].open("w", newline="") as file:
            writer = csv.DictWriter(file, list(records[0]))
            writer.writeheader()
            writer.writerows(records)
    return paths


def as_cryo(folder: Path, made: dict[str, list[dict[str, object]]]) -> list[Path]:
    paths = []
    names = {"number": "block_number", "miner": "author", "receipt_status": "success", "receipt_gas_used": "gas_used"}
    for kind, records in made.items():
        columns = [
            {
                **{names.get(k, "block_hash" if k == "hash" and kind == "blocks" else "transaction_hash" if k == "hash" else k): v for k, v in row.items() if k != "topics"},
                **({f"topic{n}": t for n, t in enumerate((row["topics"].split(",") + [None] * 4)[:4])} if "topics" in row else {}),
            }
            for row in records
        ]  # fmt: skip
        frame = pl.DataFrame(columns, infer_schema_length=None)
        hexes = [c for c in frame.columns if frame[c].dtype == pl.String]
        frame = frame.with_columns(pl.col(c).str.slice(2).str.decode("hex") for c in hexes)
        if "success" in frame.columns:
            frame = frame.with_columns(pl.col("success") == 1)
        paths.append(folder / f"ethereum__{kind}.parquet")
        frame.write_parquet(paths[-1])
    return paths


def seen(chain: Chain) -> list[object]:
    return [(a.kind, a.block, a.actor, a.transactions, a.victims, a.pools, a.profit, a.gas_cost) for a in detect(chain)]


@pytest.mark.parametrize("write", [as_csv, as_cryo])
def test_the_same_as_json(
    tmp_path: Path,
    read: Read,
    blocks: list[Block],
    chain_of_blocks: Callable[..., Chain],
    write: Callable[..., list[Path]],
) -> None:
    (chain,) = read(write(tmp_path, rows(blocks)))
    wanted = chain_of_blocks(blocks)
    assert seen(wanted)
    assert seen(chain) == seen(wanted)
    for name in ("transfers", "swaps"):
        columns = [c for c in wanted.events[name].columns if c not in ("block", "at")]
        assert chain.events[name].select(columns).equals(wanted.events[name].select(columns))


def taken(folder: Path, *paths: Path) -> Intake:
    intake = Intake()
    for _ in chains(paths, parameters_of(1), folder, intake, RunContext()):
        pass
    return intake


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.csv", b"name,age\nx,1\n"),
        ("a.csv", b"log_index,address,data,topics,block_number,transaction_index\n"),
        ("a.parquet", b"PAR1 and nothing more"),
        ("a.csv.gz", gzip.compress(b"log_index,address,data,topics,block_number\n1,2,3,4,5\n" * 9, mtime=0)[:40]),
    ],
    ids=["empty", "other columns", "header only", "damaged parquet", "cut archive"],
)
def test_files_that_hold_nothing(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    intake = taken(tmp_path, tmp_path / name)
    assert not intake.states


def test_a_bad_row_costs_no_other(tmp_path: Path, blocks: list[Block]) -> None:
    made = rows(blocks[:1])
    made["logs"].insert(1, {**made["logs"][0], "log_index": "many"})
    made["transactions"][0]["block_number"] = -1
    intake = taken(tmp_path, *as_csv(tmp_path, made))
    assert len(intake.rejected) >= 2
    assert intake.rows["transfers"]


def test_parquet_with_other_columns(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "a.parquet")
    intake = taken(tmp_path, tmp_path / "a.parquet")
    assert "neither blocks" in intake.rejected[0].reason


def test_many_blocks_are_read_in_lots(tmp_path: Path, blocks: list[Block], monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit frames go to files, and come back by height: nothing is lost or doubled."""
    from scorpius_lab.security.chain import lots

    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "blocks.jsonl").write_text("".join(json.dumps(b.header()) + "\n" for b in blocks))
    (folder / "receipts.jsonl").write_text("".join(json.dumps(b.receipts()) + "\n" for b in reversed(blocks)))
    paths = lots.chain_files([folder])

    def heights(limit: int) -> list[list[int]]:
        scratch = tmp_path / f"scratch {limit}"
        scratch.mkdir()
        monkeypatch.setattr(lots, "_BUCKET", 5)
        return [sorted(set(raw["receipts"]["block_number"])) for raw in lots.lots(paths, scratch, limit=limit)]

    whole, parts = heights(10**9), heights(300)
    assert len(whole) == 1
    assert len(parts) > 2
    assert sorted(n for part in parts for n in part) == whole[0]
