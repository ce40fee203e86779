"""Records of any kind, gathered and turned into raw frames a column at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from operator import attrgetter
from typing import Any

import polars as pl

from scorpius_lab.security.chain.frames import RAW, Raw, Rejected, conform
from scorpius_lab.security.chain.quantities import amount, column, flag, integer
from scorpius_lab.security.chain.readers.traces import calls_of

_PLACE = {
    "block_number": ("blockNumber", "block_number"),
    "block_hash": ("blockHash", "block_hash"),
    "transaction_index": ("transactionIndex", "transaction_index"),
}
_PARTIES = {"sender": ("sender", "from_address"), "receiver": ("receiver", "to_address")}

_BLOCK = {
    "block_number": ("number",),
    "block_hash": ("hash",),
    "parent_hash": ("parentHash", "parent_hash"),
    "timestamp": ("timestamp",),
    "miner": ("miner",),
    "base_fee": ("baseFeePerGas", "base_fee_per_gas"),
    "counted": ("transaction_count",),
}
_TRANSACTION = {
    "transaction_hash": ("hash",),
    "transaction_index": ("transactionIndex", "transaction_index"),
    **_PARTIES,
    "value": ("value",),
    "input": ("input",),
    "gas_price": ("gasPrice", "gas_price"),
}
_RECEIPT = {
    **_PLACE,
    **_PARTIES,
    "transaction_hash": ("transactionHash", "transaction_hash"),
    "succeeded": ("status", "receipt_status"),
    "gas_used": ("gasUsed", "gas_used", "receipt_gas_used"),
    "gas_price": ("effectiveGasPrice", "effective_gas_price", "receipt_effective_gas_price"),
}
_LOG = {"address": ("address",), "data": ("data",), "position": ("logIndex", "log_index")}

_INTEGERS = {
    "block_number",
    "transaction_index",
    "position",
    "timestamp",
    "base_fee",
    "gas_used",
    "gas_price",
    "counted",
}
_REQUIRED = {
    "blocks": ("block_number", "block_hash"),
    "transactions": ("block_number", "transaction_index", "transaction_hash"),
    "receipts": ("block_number", "transaction_index"),
    "logs": ("block_number", "transaction_index", "position", "address", "data"),
    "calls": ("block_number", "transaction_index"),
}
_MOST_NAMED = 20

# ethereum-etl says what a line is; these say the same as other lines do
_REPEATS = frozenset({"token_transfer", "contract", "token", "geth_trace"})


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that was left out: where it stands and why."""

    place: str
    reason: str


class Records:
    """What was read of one file so far, by kind."""

    def __init__(self, file: str) -> None:
        """`file` is named in what is rejected."""
        self._file = file
        self._kinds: dict[str, list[Any]] = {
            name: [] for name in ("blocks", "transactions", "receipts", "logs", "traces")
        }
        self._skipped: list[Rejected] = []

    def skip(self, skipped: Skipped) -> None:
        """Remember a record that could not be read."""
        self._skipped.append(Rejected(self._file, skipped.place, skipped.reason))

    def add(self, items: Iterable[Any]) -> None:
        """Sort records into their kinds."""
        for number, item in enumerate(items):
            kind = _kind(item)
            if kind is None:
                self.skip(Skipped(f"record {number + 1}", "is neither block, transaction, receipt, log nor trace"))
            elif kind:
                self._kinds[kind].append(item)

    def raw(self) -> Raw:
        """The frames of all records, and what was left out."""
        kinds = self._kinds
        made = {
            "blocks": _blocks(kinds["blocks"]),
            "transactions": _joined(_inner_transactions(kinds["blocks"]), _own_transactions(kinds["transactions"])),
            "receipts": _joined(
                _receipts(kinds["receipts"]),
                # ethereum-etl joins the receipt to the transaction; the logs are lines of their own
                _receipts(
                    [
                        item
                        for item in kinds["transactions"]
                        if item.receipt_gas_used is not None or item.receipt_status is not None
                    ]
                ),
            ),
            "logs": _joined(_inner_logs(kinds["receipts"]), _own_logs(kinds["logs"])),
            "calls": calls_of(kinds["traces"]),
        }
        frames = {}
        for name, frame in made.items():
            if frame is not None and not frame.is_empty():
                frames[name] = self._sound(name, conform(frame, RAW[name]))
        return Raw(frames, tuple(self._skipped))

    def _sound(self, name: str, frame: pl.DataFrame) -> pl.DataFrame:
        lacking = [pl.col(column).is_null() for column in _REQUIRED[name]]
        bad = frame.filter(pl.any_horizontal(lacking))
        if bad.is_empty():
            return frame
        for row in bad.head(_MOST_NAMED).iter_rows(named=True):
            missing = ", ".join(column for column in _REQUIRED[name] if row[column] is None)
            self.skip(Skipped(f"one of its {name}", f"has no usable {missing}"))
        if bad.height > _MOST_NAMED:
            self.skip(Skipped(f"{bad.height - _MOST_NAMED} more of its {name}", "have no usable place in the chain"))
        return frame.filter(~pl.any_horizontal(lacking))


def _kind(item: Any) -> str | None:
    """The kind of a record; "" for one whose content stands elsewhere too, None for none we know."""
    if item.action is not None:
        return "traces"
    if item.type in _REPEATS:
        return ""
    if item.topics is not None and item.data is not None:
        return "logs"
    if item.transactions is not None or (item.number is not None and item.hash is not None):
        return "blocks"
    if item.logs.__class__ is list or item.logs is None or (item.hash is None and _has_gas(item)):
        return "receipts"
    known = item.hash is not None and (item.sender or item.from_address)
    return "transactions" if known else None


def _has_gas(item: Any) -> bool:
    return any(value is not None for value in (item.gasUsed, item.gas_used, item.status))


# -- frames of each kind


def _columns(items: Sequence[Any], names: Mapping[str, tuple[str, ...]]) -> pl.DataFrame:
    """A text column for each name, from the first of its attributes that has a value."""
    attributes = [attribute for alternatives in names.values() for attribute in alternatives]
    values = zip(*map(attrgetter(*attributes), items), strict=True) if len(attributes) > 1 else [[]]
    given = {attribute: column(attribute, found) for attribute, found in zip(attributes, values, strict=True)}
    frame = pl.DataFrame(given)
    return frame.select(_typed(name, pl.coalesce(alternatives)) for name, alternatives in names.items())


def _typed(name: str, value: pl.Expr) -> pl.Expr:
    if name in _INTEGERS:
        return integer(value).alias(name)
    if name == "value":
        return amount(value).alias(name)
    if name == "succeeded":
        return flag(value).alias(name)
    return value.str.to_lowercase().alias(name)


def _blocks(items: Sequence[Any]) -> pl.DataFrame | None:
    if not items:
        return None
    listed = [len(item.transactions) if item.transactions is not None else None for item in items]
    return _columns(items, _BLOCK).with_columns(
        transaction_count=pl.coalesce(pl.Series("listed", listed, pl.Int64), "counted")
    )


def _inner_transactions(blocks: Sequence[Any]) -> pl.DataFrame | None:
    whole = [[item for item in block.transactions or () if not isinstance(item, str)] for block in blocks]
    items = list(chain.from_iterable(whole))
    if not items:
        return None
    owner = _repeated(_columns(blocks, _BLOCK).select("block_number", "block_hash"), [len(part) for part in whole])
    return pl.concat([owner, _transactions(items)], how="horizontal")


def _own_transactions(items: Sequence[Any]) -> pl.DataFrame | None:
    if not items:
        return None
    place = {name: _PLACE[name] for name in ("block_number", "block_hash")}
    return pl.concat([_columns(items, place), _transactions(items)], how="horizontal")


def _transactions(items: Sequence[Any]) -> pl.DataFrame:
    return _columns(items, _TRANSACTION).with_columns(method=pl.col("input").str.slice(0, 10)).drop("input")


def _receipts(items: Sequence[Any]) -> pl.DataFrame | None:
    if not items:
        return None
    names = _RECEIPT if items[0].hash is None else {**_RECEIPT, "transaction_hash": ("hash", "transaction_hash")}
    has_logs = pl.Series("has_logs", [item.logs is not None for item in items], pl.Boolean)
    return _columns(items, names).with_columns(has_logs)


def _inner_logs(receipts: Sequence[Any]) -> pl.DataFrame | None:
    counts = [len(item.logs) if item.logs.__class__ is list else 0 for item in receipts]
    logs = [log for item, count in zip(receipts, counts, strict=True) if count for log in item.logs]
    if not logs:
        return None
    owner = _repeated(_columns(receipts, _PLACE), counts)
    return pl.concat([owner, _logs(logs)], how="horizontal")


def _own_logs(items: Sequence[Any]) -> pl.DataFrame | None:
    if not items:
        return None
    return pl.concat([_columns(items, _PLACE), _logs(items)], how="horizontal")


def _logs(logs: Sequence[Any]) -> pl.DataFrame:
    four = list(zip_longest(*[log.topics or () for log in logs]))[:4]
    topics = [
        column(f"topic{n}", four[n]) if n < len(four) else pl.Series(f"topic{n}", [None] * len(logs), pl.String)
        for n in range(4)
    ]
    return _columns(logs, _LOG).with_columns(topic.str.to_lowercase() for topic in topics)


def _repeated(frame: pl.DataFrame, counts: Sequence[int]) -> pl.DataFrame:
    times = pl.Series("times", counts, pl.Int64)
    return frame.select(pl.all().repeat_by(times).explode()) if frame.height else frame


def _joined(*frames: pl.DataFrame | None) -> pl.DataFrame | None:
    some = [frame for frame in frames if frame is not None and not frame.is_empty()]
    return pl.concat(some, how="diagonal") if some else None
