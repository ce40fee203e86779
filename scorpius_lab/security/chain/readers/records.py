"""Records of any kind, gathered and turned into raw frames a column at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from operator import attrgetter
from typing import Any

import numpy as np
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
    "chain_id": ("chainId", "chain_id"),
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
    "transaction_count",
    "chain_id",
}
_REQUIRED = {
    "blocks": ("block_number", "block_hash"),
    "transactions": ("block_number", "transaction_index", "transaction_hash"),
    "receipts": ("block_number", "transaction_index"),
    "logs": ("block_number", "transaction_index", "position", "address", "data"),
    "calls": ("block_number", "transaction_index"),
}
_AS_THEY_ARE = {"topic1", "topic2", "topic3", "data"}
"""Decoding looks at a few words of these, and lowers those."""

_QUANTITIES = ("value", "succeeded")
_CHECKED = (*_QUANTITIES, "sender", "receiver", "address")
"""Columns in which nothing and something unreadable are not the same."""

_ADDRESS_LENGTHS = (0, 42)
_CALLED = {"answers": "receipts", "inside": "logs"}

_MOST_NAMED = 20
_MOST_EXCERPT = 40

# ethereum-etl says what a line is; these say the same as other lines do
_REPEATS = frozenset({"token_transfer", "contract", "token", "geth_trace"})


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that was left out: where it stands and why."""

    place: str
    reason: str


class Records:
    """What was read of one file so far, by kind.

    Records become columns of text at once, some megabytes at a time, because objects that stay in the processor's
    cache cost a third; what the text means is worked out over all of it together.
    """

    def __init__(self, file: str) -> None:
        """`file` is named in what is rejected."""
        self._file = file
        self._texts: dict[str, list[pl.DataFrame]] = {name: [] for name in (*RAW, "answers", "inside")}
        self._log_counts: list[int] = []  # how many of the logs inside receipts each receipt has
        self._traces: list[Any] = []
        self._skipped: list[Rejected] = []

    def skip(self, skipped: Skipped) -> None:
        """Remember a record that could not be read."""
        self._skipped.append(Rejected(self._file, skipped.place, skipped.reason))

    def add(self, items: Iterable[Any]) -> None:
        """Sort records into their kinds and take their columns."""
        kinds: dict[str, list[Any]] = {
            name: [] for name in ("blocks", "transactions", "receipts", "logs", "traces", "")
        }
        for number, item in enumerate(items):
            kind = _kind(item)
            if kind is None:
                self.skip(Skipped(f"record {number + 1}", "is neither block, transaction, receipt, log nor trace"))
            else:
                kinds[kind].append(item)
        self._traces += kinds["traces"]
        # ethereum-etl joins the receipt to the transaction; the logs are lines of their own
        answered = [
            item for item in kinds["transactions"] if (item.receipt_gas_used, item.receipt_status) != (None, None)
        ]
        self._take("blocks", _blocks(kinds["blocks"]))
        self._take("transactions", _inner_transactions(kinds["blocks"]), _own_transactions(kinds["transactions"]))
        self.add_receipts(kinds["receipts"])
        self._take("answers", _receipts(answered))
        self._take("logs", _own_logs(kinds["logs"]))

    def add_receipts(self, items: Sequence[Any]) -> None:
        """Take the columns of receipts, and of the logs in them."""
        if not items:
            return
        self._take("receipts", _receipts(items))
        listed = [item.logs if item.logs.__class__ is list else () for item in items]
        self._log_counts += map(len, listed)
        logs = list(chain.from_iterable(listed))
        if logs:
            self._take("inside", _logs(logs))

    def _take(self, name: str, *texts: pl.DataFrame | None) -> None:
        self._texts[name] += [text for text in texts if text is not None]

    def raw(self) -> Raw:
        """The frames of all records, and what was left out."""
        texts = {name: pl.concat(parts, how="diagonal") for name, parts in self._texts.items() if parts}
        typed = {name: _typed(text) for name, text in texts.items()}
        if "inside" in typed:
            typed["inside"] = self._placed(typed["inside"], typed["receipts"])
        typed = {name: self._meant(name, frame, texts[name]) for name, frame in typed.items()}
        sources = {**{name: (name,) for name in RAW}, "receipts": ("receipts", "answers"), "logs": ("inside", "logs")}
        frames = {
            name: self._sound(name, pl.concat(conform(typed[source], RAW[name]) for source in found if source in typed))
            for name, found in sources.items()
            if typed.keys() & set(found)
        }
        calls = calls_of(self._traces)
        if calls is not None:
            frames["calls"] = self._sound("calls", conform(calls, RAW["calls"]))
        return Raw(frames, tuple(self._skipped))

    def _placed(self, logs: pl.DataFrame, receipts: pl.DataFrame) -> pl.DataFrame:
        """Logs with the places of their receipts, which are worked out once for all logs of one."""
        counts = pl.Series("times", self._log_counts, pl.Int64)
        return pl.concat([_repeated(receipts.select(*_PLACE), counts), logs], how="horizontal")

    def _meant(self, name: str, frame: pl.DataFrame, text: pl.DataFrame) -> pl.DataFrame:
        """The rows without those in which something is written that is no value of its kind."""
        for named in _CHECKED:
            if named not in text.columns:
                continue
            given = text[named]
            unread = frame[named].is_null() if named in _QUANTITIES else ~given.str.len_bytes().is_in(_ADDRESS_LENGTHS)
            wrong = given.is_not_null() & unread
            if wrong.any():
                first = str(given.filter(wrong)[0])[:_MOST_EXCERPT]
                place = f"{int(wrong.sum())} of its {_CALLED.get(name, name)}"
                self.skip(Skipped(place, f"have a {named} that is none, the first {first!r}"))
                return self._meant(name, frame.filter(~wrong), text.filter(~wrong))
        return frame

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


# -- text of each kind


def _texts(items: Sequence[Any], names: Mapping[str, tuple[str, ...]]) -> pl.DataFrame:
    """A text column for each name, from the first of its attributes that has a value."""
    return pl.DataFrame({name: _values(items, attributes) for name, attributes in names.items()})


def _values(items: Sequence[Any], attributes: tuple[str, ...]) -> pl.Series:
    """Files mostly write one way; the other attributes are looked at only where the first has no value."""
    known = items[0].__struct_fields__
    present = [name for name in attributes if name in known]
    found = pl.Series([None] * len(items), dtype=pl.String)
    for number, name in enumerate(present):
        if number and not found.null_count():
            break
        given = column(name, list(map(attrgetter(name), items)))
        found = found.fill_null(given) if number else given
    return found


def _typed(texts: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame([_meaning(series) for series in texts.iter_columns()])


def _meaning(text: pl.Series) -> pl.Series:
    if text.dtype != pl.String or text.name in _AS_THEY_ARE:
        return text
    if text.name in _INTEGERS:
        return _whole_numbers(text)
    meaning = pl.col(text.name)
    if text.name == "value":
        meaning = amount(meaning)
    elif text.name == "succeeded":
        meaning = flag(meaning)
    elif text.str.contains("[A-Z]").any():
        meaning = meaning.str.to_lowercase()
    else:
        return text
    return text.to_frame().select(meaning).to_series()


def _whole_numbers(text: pl.Series) -> pl.Series:
    """Nodes write hex throughout; what else there is takes the long way."""
    hexadecimal = text.str.strip_prefix("0x")
    if not text.null_count() and text.str.starts_with("0x").all():
        numbers = hexadecimal.str.to_integer(base=16, dtype=pl.Int64, strict=False)
        if not numbers.null_count():
            return numbers
    return text.to_frame().select(integer(pl.col(text.name))).to_series()


def _blocks(items: Sequence[Any]) -> pl.DataFrame | None:
    if not items:
        return None
    listed = [str(len(item.transactions)) if item.transactions is not None else None for item in items]
    return (
        _texts(items, _BLOCK)
        .with_columns(transaction_count=pl.coalesce(pl.Series("listed", listed, pl.String), "counted"))
        .drop("counted")
    )


def _inner_transactions(blocks: Sequence[Any]) -> pl.DataFrame | None:
    whole = [[item for item in block.transactions or () if not isinstance(item, str)] for block in blocks]
    items = list(chain.from_iterable(whole))
    if not items:
        return None
    owner = _repeated(
        _texts(blocks, _BLOCK).select("block_number", "block_hash"),
        pl.Series("times", [len(part) for part in whole], pl.Int64),
    )
    return pl.concat([owner, _transactions(items)], how="horizontal")


def _own_transactions(items: Sequence[Any]) -> pl.DataFrame | None:
    if not items:
        return None
    place = {name: _PLACE[name] for name in ("block_number", "block_hash")}
    return pl.concat([_texts(items, place), _transactions(items)], how="horizontal")


def _transactions(items: Sequence[Any]) -> pl.DataFrame:
    return _texts(items, _TRANSACTION).with_columns(method=pl.col("input").str.slice(0, 10)).drop("input")


def _receipts(items: Sequence[Any]) -> pl.DataFrame | None:
    if not items:
        return None
    names = dict(_RECEIPT)
    if getattr(items[0], "hash", None) is not None:
        names["transaction_hash"] = ("hash", "transaction_hash")
    has_logs = pl.Series("has_logs", [item.logs is not None for item in items], pl.Boolean)
    return _texts(items, names).with_columns(has_logs)


def _own_logs(items: Sequence[Any]) -> pl.DataFrame | None:
    if not items:
        return None
    return pl.concat([_texts(items, _PLACE), _logs(items)], how="horizontal")


def _logs(logs: Sequence[Any]) -> pl.DataFrame:
    topics = list(zip_longest(*[log.topics or () for log in logs], (), fillvalue=None))
    given = {
        f"topic{n}": column(f"topic{n}", topics[n][:-1])
        if n < len(topics)
        else pl.Series([None] * len(logs), dtype=pl.String)
        for n in range(4)
    }
    return pl.concat([_texts(logs, _LOG), pl.DataFrame(given)], how="horizontal")


def _repeated(frame: pl.DataFrame, counts: pl.Series) -> pl.DataFrame:
    """Each row as often as its count says."""
    return frame[np.repeat(np.arange(frame.height), counts.to_numpy())]
