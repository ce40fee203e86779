"""`--verify-roots`: the roots of every block in files, computed again from what the files hold.

This reads the JSON once more, with all its fields. A block is let go of as soon as it is whole and judged. Where its
parts lie far apart (ethereum-etl writes headers, transactions, receipts and logs into files of their own), what waits
goes into scratch files by height, and comes back one range of heights at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from scorpius_lab.security.chain.readers import files, json_records
from scorpius_lab.security.chain.roots import RootState, check_roots

LIMIT = 500_000
"""Records that wait for the rest of their blocks in memory; some gigabyte."""

_RANGE = 1000

SCHEMA: Mapping[str, pl.DataType] = {
    "block_number": pl.Int64(),
    "block_hash": pl.String(),
    "roots": pl.String(),
    "roots_reason": pl.String(),
}


@dataclass(slots=True)
class _Parts:
    """What was met of one block so far."""

    number: int | None = None
    header: dict[str, Any] | None = None
    transactions: list[dict[str, Any]] = field(default_factory=list)
    receipts: list[dict[str, Any]] = field(default_factory=list)
    logs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """True if nothing more is to come: full transactions in the header, and a receipt for each."""
        listed = (self.header or {}).get("transactions")
        return isinstance(listed, list) and len(listed) == len(self.receipts)

    @property
    def count(self) -> int:
        """How many records these are."""
        return (self.header is not None) + len(self.transactions) + len(self.receipts) + len(self.logs)

    def records(self) -> Iterator[dict[str, Any]]:
        """Each of them."""
        if self.header is not None:
            yield self.header
        yield from (*self.transactions, *self.receipts, *self.logs)


def verified(
    paths: Iterable[Path], scratch: Path, check: Callable[[], None] = lambda: None, limit: int = LIMIT
) -> pl.DataFrame:
    """A row for each block in these files (`SCHEMA`): `verified`, `mismatch` or `not_verifiable`.

    `scratch` is a folder for what does not fit into memory; `limit` is the number of records that may wait there. Of a
    block that is given twice a mismatch counts before all else, and a proof before none. Raises what `check` raises.
    """
    waiting: dict[str, _Parts] = {}
    spilled: dict[int, Path] = {}
    rows: list[dict[str, object]] = []
    count = 0
    for path in paths:
        for record in _records(path):
            check()
            name = _place(record, waiting)
            count += name is not None
            if name is not None and waiting[name].whole:
                count -= waiting[name].count
                rows += _judged(name, waiting.pop(name))
            if count > limit:
                _spill(waiting, scratch, spilled)
                waiting, count = {}, 0
    if spilled:
        _spill(waiting, scratch, spilled)
        for path in spilled.values():
            check()
            rows += _returned(path)
    else:
        for name, parts in waiting.items():
            rows += _judged(name, parts)
    worst_first = pl.col("roots").replace_strict(
        {RootState.MISMATCH: 0, RootState.VERIFIED: 1}, default=2, return_dtype=pl.Int8
    )
    judged = pl.DataFrame(rows, schema=dict(SCHEMA)).sort(worst_first, maintain_order=True)
    return judged.unique("block_hash", keep="first", maintain_order=True).sort("block_number", "block_hash")


def _spill(waiting: Mapping[str, _Parts], scratch: Path, spilled: dict[int, Path]) -> None:
    """Append the records to a file for their range of heights."""
    ranges: dict[int, list[bytes]] = {}
    for name, parts in waiting.items():
        # of a block of which only traces were met nothing else says that it was
        mention = {"blockHash": name, "blockNumber": parts.number}
        for record in parts.records() if parts.count else (mention,):
            ranges.setdefault((_height(record) or 0) // _RANGE, []).append(msgspec.json.encode(record))
    for number, lines in ranges.items():
        path = spilled.setdefault(number, scratch / f"roots-{number:012d}.jsonl")
        with path.open("ab") as file:
            file.write(b"\n".join(lines) + b"\n")


def _returned(path: Path) -> Iterator[dict[str, object]]:
    waiting: dict[str, _Parts] = {}
    with path.open("rb") as file:
        for line in file:
            _place(msgspec.json.decode(line), waiting)
    path.unlink()
    for name, parts in waiting.items():
        yield from _judged(name, parts)


def _height(record: Mapping[str, Any]) -> int | None:
    names = ("blockNumber", "block_number", "number")
    return next((number for name in names if (number := _number(record.get(name))) is not None), None)


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """Every JSON record of a file with all its fields; nothing of a file that is no JSON."""
    try:
        with files.opened(path) as opened:
            if not json_records.recognizes(path, opened.read(64)):
                return
            opened.seek(0)
            for piece in files.json_pieces(opened):
                for text in piece.text.split(b"\n") if piece.lines else (piece.text,):
                    if text.strip():
                        yield from _unwrapped(text)
    except (OSError, EOFError):
        return  # the reader names it


def _unwrapped(text: bytes) -> Iterator[dict[str, Any]]:
    try:
        value = msgspec.json.decode(text)
    except files.NOT_JSON:
        return
    for item in value if isinstance(value, list) else [value]:
        inner = item.get("result", item) if isinstance(item, dict) and "action" not in item else item
        yield from (one for one in (inner if isinstance(inner, list) else [inner]) if isinstance(one, dict))


def _place(record: dict[str, Any], waiting: dict[str, _Parts]) -> str | None:
    """Put a record with its block; the block's hash, or None for what belongs to none."""
    own = record.get("blockHash") or record.get("block_hash")
    header = own is None and ("parentHash" in record or "parent_hash" in record)
    name = record.get("hash") if header else own
    if not isinstance(name, str):
        return None
    parts = waiting.setdefault(name.lower(), _Parts(_height(record)))
    if header:
        parts.header = record
    elif "topics" in record:
        parts.logs.append(record)
    elif "logs" in record or "cumulativeGasUsed" in record:
        parts.receipts.append(record)
    elif "hash" in record:
        parts.transactions.append(record)
    return name.lower()


def _judged(name: str, parts: _Parts) -> Iterator[dict[str, object]]:
    if parts.header is None:
        yield {
            "block_number": parts.number,
            "block_hash": name,
            "roots": str(RootState.NOT_VERIFIABLE),
            "roots_reason": "its header is not at hand",
        }
        return
    block = parts.header
    if not isinstance(block.get("transactions"), list):
        block = {**block, "transactions": _in_order(parts.transactions)}
    receipts = _in_order(parts.receipts) or _joined(parts)
    outcome = check_roots(block, receipts if len(receipts) == len(block["transactions"]) else None)
    yield {
        "block_number": _number(block.get("number")),
        "block_hash": str(block.get("hash")).lower(),
        "roots": str(outcome.state),
        "roots_reason": outcome.reason or None,
    }


def _joined(parts: _Parts) -> list[dict[str, Any]]:
    """Receipts out of transactions that bring theirs along, and of logs on lines of their own."""
    once = {_number(log.get("log_index", log.get("logIndex"))) or 0: log for log in reversed(parts.logs)}
    logs: dict[str, list[dict[str, Any]]] = {}
    for _, log in sorted(once.items()):
        logs.setdefault(str(log.get("transaction_hash", log.get("transactionHash"))), []).append(log)
    return [{**one, "logs": logs.get(str(one.get("hash")), [])} for one in _in_order(parts.transactions)]


def _in_order(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """By their place in the block, each transaction once: files may hold a block twice."""
    once: dict[object, dict[str, Any]] = {}
    for number, record in enumerate(records):
        names = (record.get(key) for key in ("transactionHash", "transaction_hash", "hash"))
        once.setdefault(next((name for name in names if name is not None), number), record)
    return sorted(once.values(), key=_index)


def _index(record: Mapping[str, Any]) -> int:
    return _number(record.get("transactionIndex", record.get("transaction_index"))) or 0


def _number(value: Any) -> int | None:
    try:
        return int(value, 16) if isinstance(value, str) and value.startswith("0x") else int(value)
    except (TypeError, ValueError):
        return None
