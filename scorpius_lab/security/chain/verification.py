"""`--verify-roots`: the roots of every block in files, computed again from what the files hold.

This reads the JSON once more, with all its fields; blocks are let go of as soon as they are whole and judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from scorpius_lab.security.chain.readers import files, json_records
from scorpius_lab.security.chain.roots import check_roots

SCHEMA: Mapping[str, pl.DataType] = {
    "block_number": pl.Int64(),
    "block_hash": pl.String(),
    "roots": pl.String(),
    "roots_reason": pl.String(),
}


@dataclass(slots=True)
class _Parts:
    """What was met of one block so far."""

    header: dict[str, Any] | None = None
    transactions: list[dict[str, Any]] = field(default_factory=list)
    receipts: list[dict[str, Any]] = field(default_factory=list)
    logs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """True if nothing more is to come: full transactions in the header, and a receipt for each."""
        listed = (self.header or {}).get("transactions")
        return isinstance(listed, list) and len(listed) == len(self.receipts)


def verified(paths: Iterable[Path], check: Callable[[], None] = lambda: None) -> pl.DataFrame:
    """A row for each block with a header in these files (`SCHEMA`): `verified`, `mismatch` or `not_verifiable`."""
    waiting: dict[str, _Parts] = {}
    rows: list[dict[str, object]] = []
    for path in paths:
        for record in _records(path):
            check()
            name = _place(record, waiting)
            if name is not None and waiting[name].whole:
                rows += _judged(waiting.pop(name))
    for parts in waiting.values():
        rows += _judged(parts)
    return pl.DataFrame(rows, schema=dict(SCHEMA))


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
    parts = waiting.setdefault(name.lower(), _Parts())
    if header:
        parts.header = record
    elif "topics" in record:
        parts.logs.append(record)
    elif "logs" in record or "cumulativeGasUsed" in record:
        parts.receipts.append(record)
    elif "hash" in record:
        parts.transactions.append(record)
    return name.lower()


def _judged(parts: _Parts) -> Iterator[dict[str, object]]:
    if parts.header is None:
        return
    block = parts.header
    if not isinstance(block.get("transactions"), list):
        block = {**block, "transactions": sorted(parts.transactions, key=_index)}
    receipts = sorted(parts.receipts, key=_index) or _joined(parts)
    outcome = check_roots(block, receipts if len(receipts) == len(block["transactions"]) else None)
    yield {
        "block_number": _number(block.get("number")),
        "block_hash": str(block.get("hash")).lower(),
        "roots": str(outcome.state),
        "roots_reason": outcome.reason or None,
    }


def _joined(parts: _Parts) -> list[dict[str, Any]]:
    """Receipts out of transactions that bring theirs along, and of logs on lines of their own."""
    logs: dict[str, list[dict[str, Any]]] = {}
    for log in sorted(parts.logs, key=lambda one: _number(one.get("log_index", one.get("logIndex"))) or 0):
        logs.setdefault(str(log.get("transaction_hash", log.get("transactionHash"))), []).append(log)
    return [{**one, "logs": logs.get(str(one.get("hash")), [])} for one in sorted(parts.transactions, key=_index)]


def _index(record: Mapping[str, Any]) -> int:
    return _number(record.get("transactionIndex", record.get("transaction_index"))) or 0


def _number(value: Any) -> int | None:
    try:
        return int(value, 16) if isinstance(value, str) and value.startswith("0x") else int(value)
    except (TypeError, ValueError):
        return None
