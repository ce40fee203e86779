"""JSON of nodes and exporters: JSON-RPC results, alone or in their envelopes, and ethereum-etl's JSON lines.

One file may hold a block, receipts, logs, traces, or lines of any of them, in camelCase or snake_case, with hex or
numbers. Execution API specification (`eth_getBlockByNumber`, `eth_getBlockReceipts`, `eth_getLogs`), OpenEthereum
`trace_block`, ethereum-etl `schema`.

Typed decoding builds only what is used, at several times the speed of a generic parser; where a record does not fit,
the same text is taken apart record by record and only the bad one is rejected.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import msgspec

from scorpius_lab.security.chain.frames import Raw
from scorpius_lab.security.chain.quantities import Quantity
from scorpius_lab.security.chain.readers import files
from scorpius_lab.security.chain.readers.records import Records, Skipped

NAME = "json"
COVERS = "JSON-RPC results (blocks, receipts, logs, traces) and ethereum-etl JSON lines"

_MOST_EXCERPT = 60
_BATCH = 32 * 2**20


class Log(msgspec.Struct, gc=False):
    """A log inside a receipt."""

    address: str | None = None
    topics: list[str] | None = None
    data: str | None = None
    logIndex: Quantity = None
    log_index: Quantity = None


class Action(msgspec.Struct, gc=False, rename={"sender": "from", "receiver": "to"}):
    """What a call was asked to do."""

    sender: str | None = None
    receiver: str | None = None
    callType: str | None = None
    value: Quantity = None
    input: str | None = None
    address: str | None = None
    refundAddress: str | None = None
    balance: Quantity = None


class Outcome(msgspec.Struct, gc=False):
    """What a call gave back."""

    output: str | None = None
    address: str | None = None


class Transaction(msgspec.Struct, gc=False, rename={"sender": "from", "receiver": "to"}):
    """A transaction inside a block."""

    hash: str | None = None
    transactionIndex: Quantity = None
    transaction_index: Quantity = None
    sender: str | None = None
    receiver: str | None = None
    from_address: str | None = None
    to_address: str | None = None
    value: Quantity = None
    input: str | None = None
    gasPrice: Quantity = None
    gas_price: Quantity = None
    chainId: Quantity = None
    chain_id: Quantity = None


class NodeLog(msgspec.Struct, gc=False):
    """A log as nodes write it inside a receipt."""

    address: str
    topics: list[str]
    data: str
    logIndex: Quantity


class NodeReceipt(msgspec.Struct, gc=False, rename={"sender": "from", "receiver": "to"}):
    """A receipt as nodes write it; by far the most there is to read, hence a record of its own without spare fields."""

    blockNumber: Quantity
    blockHash: str
    transactionHash: str
    transactionIndex: Quantity
    sender: str
    receiver: str | None
    logs: list[NodeLog] | None
    status: Quantity = None
    gasUsed: Quantity = None
    effectiveGasPrice: Quantity = None


class Item(msgspec.Struct, gc=False, rename={"sender": "from", "receiver": "to"}):
    """Any record: which one it is shows in the fields it has."""

    type: Quantity = None
    # block
    number: Quantity = None
    parentHash: str | None = None
    parent_hash: str | None = None
    miner: str | None = None
    timestamp: Quantity = None
    baseFeePerGas: Quantity = None
    base_fee_per_gas: Quantity = None
    transaction_count: Quantity = None
    transactions: list[Transaction | str] | None = None
    # what several kinds have
    hash: str | None = None
    blockNumber: Quantity = None
    block_number: Quantity = None
    blockHash: str | None = None
    block_hash: str | None = None
    transactionHash: str | None = None
    transaction_hash: str | None = None
    transactionIndex: Quantity = None
    transaction_index: Quantity = None
    sender: str | None = None
    receiver: str | None = None
    from_address: str | None = None
    to_address: str | None = None
    # transaction
    value: Quantity = None
    input: str | None = None
    gasPrice: Quantity = None
    gas_price: Quantity = None
    chainId: Quantity = None
    chain_id: Quantity = None
    # receipt
    status: Quantity | bool = None
    receipt_status: Quantity | bool = None
    gasUsed: Quantity = None
    gas_used: Quantity = None
    receipt_gas_used: Quantity = None
    effectiveGasPrice: Quantity = None
    effective_gas_price: Quantity = None
    receipt_effective_gas_price: Quantity = None
    cumulativeGasUsed: Quantity = None
    cumulative_gas_used: Quantity = None
    logs: list[Log] | msgspec.UnsetType | None = msgspec.UNSET
    # log
    address: str | None = None
    topics: list[str] | None = None
    data: str | None = None
    logIndex: Quantity = None
    log_index: Quantity = None
    # trace
    action: Action | None = None
    result: Outcome | None = None
    traceAddress: list[int] | None = None
    transactionPosition: Quantity = None
    error: str | None = None


_RECEIPTS = msgspec.json.Decoder(NodeReceipt | list[NodeReceipt])
_ITEMS = msgspec.json.Decoder(Item | list[Item])
_ANYTHING = msgspec.json.Decoder()
_ENVELOPE = re.compile(rb'^\s*\[?\s*\{\s*"(jsonrpc|id|result|error)"\s*:')


def recognizes(path: Path, head: bytes) -> bool:
    """True if the file begins as JSON does."""
    del path
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}


def read(path: Path, opened: BinaryIO) -> Iterator[Raw]:
    """The records of a file, some tens of megabytes at a time."""
    records, taken = Records(str(path)), 0
    for piece in files.json_pieces(opened):
        if piece.problem:
            records.skip(Skipped(piece.place, piece.problem))
        if piece.text:
            with _no_collection():
                _collect(records, piece.text, piece.place, lines=piece.lines)
        taken += len(piece.text)
        if taken >= _BATCH:
            yield records.raw()
            records, taken = Records(str(path)), 0
    yield records.raw()


@contextmanager
def _no_collection() -> Iterator[None]:
    """A piece is many small lists, none of them garbage before its end: looking for some costs a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _collect(records: Records, text: bytes, place: str, *, lines: bool) -> None:
    if not _ENVELOPE.match(text):
        for decoder, add in ((_RECEIPTS, records.add_receipts), (_ITEMS, records.add)):
            try:
                values = decoder.decode_lines(text) if lines else [decoder.decode(text)]
            except files.NOT_JSON:
                continue
            return add(list(chain.from_iterable(v if isinstance(v, list) else (v,) for v in values)))
    for number, part in enumerate(text.split(b"\n") if lines else [text]):
        if part.strip():
            _collect_slowly(records, part, f"line {number + 1}" if lines else place)
    return None


def _collect_slowly(records: Records, text: bytes, place: str) -> None:
    """Take apart what did not fit at once, so that a bad record costs no other."""
    try:
        parsed = _ANYTHING.decode(text)
    except files.NOT_JSON as error:
        return records.skip(Skipped(place, f"is no JSON: {error}"))
    good = []
    for number, value in enumerate(_unwrapped(parsed)):
        where = f"{place}, record {number + 1}"
        if isinstance(value, Skipped):
            records.skip(Skipped(where, value.reason))
            continue
        try:
            good.append(msgspec.convert(value, Item))
        except msgspec.ValidationError as error:
            records.skip(Skipped(where, f"is no record of a chain: {error}"))
    return records.add(good)


def _unwrapped(parsed: object) -> Iterable[object]:
    """Records inside JSON-RPC envelopes; what a node answered with an error is said."""
    for value in parsed if isinstance(parsed, list) else [parsed]:
        if not isinstance(value, dict) or not ({"result", "error"} & value.keys()) or "action" in value:
            yield value
        elif value.get("result") is not None:
            yield from _unwrapped(value["result"])
        elif value.get("error") is not None:
            yield Skipped("", f"the node answered with an error: {str(value['error'])[:_MOST_EXCERPT]}")
        else:
            yield Skipped("", "the node answered with nothing (a block it does not have)")
