"""The roots in a block's header, computed again from its transactions, receipts and withdrawals; and its hash.

Yellow Paper, section 4.3; EIP-2718 (typed envelopes), 155, 2930, 1559, 4844, 7702; EIP-658 (status in receipts), 4895
(withdrawals), 4788, 7685 (header fields since). Fields are read in camelCase or snake_case, as hex or numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scorpius_lab.security.chain.keccak import keccak256
from scorpius_lab.security.chain.rlp import Item, encode, encode_integer
from scorpius_lab.security.chain.trie import ordered_root

Record = Mapping[str, Any]

LEGACY, ACCESS_LIST, DYNAMIC_FEE, BLOB, SET_CODE, DEPOSIT = 0, 1, 2, 3, 4, 0x7E


class RootState(StrEnum):
    """What came of computing a block's roots."""

    VERIFIED = "verified"
    MISMATCH = "mismatch"
    NOT_VERIFIABLE = "not_verifiable"


@dataclass(frozen=True, slots=True)
class RootCheck:
    """The outcome and, unless all is well, the reason."""

    state: RootState
    reason: str = ""


class FieldMissing(ValueError):
    """A record does not have what its encoding needs, or has it in a form that cannot be."""


def check_roots(block: Record, receipts: Sequence[Record] | None) -> RootCheck:
    """Compute what can be computed of a block's hash and roots, and compare.

    `block` has full transactions. A root that differs is a mismatch, whatever else cannot be verified.
    """
    checks: list[tuple[str, Callable[[], bytes], str]] = [
        ("hash", lambda: header_hash(block), "hash"),
        ("transactions root", lambda: transactions_root(_listed(block, "transactions")), "transactionsRoot"),
    ]
    if receipts is not None:
        checks.append(("receipts root", lambda: receipts_root(receipts), "receiptsRoot"))
    if _given(block, "withdrawals") is not None:
        checks.append(("withdrawals root", lambda: withdrawals_root(_listed(block, "withdrawals")), "withdrawalsRoot"))
    open_reasons = [] if receipts is not None else ["the receipts are not at hand"]
    for name, compute, field in checks:
        try:
            expected, computed = _bytes(block, field, 32), compute()
        except FieldMissing as error:
            open_reasons.append(f"{name}: {error}")
            continue
        if expected != computed:
            return RootCheck(
                RootState.MISMATCH, f"the {name} is {_hex(computed)}, and the header says {_hex(expected)}"
            )
    if open_reasons:
        return RootCheck(RootState.NOT_VERIFIABLE, "; ".join(open_reasons))
    return RootCheck(RootState.VERIFIED)


# -- transactions


def transactions_root(transactions: Sequence[Record]) -> bytes:
    """The root of the trie of signed transactions. Raises FieldMissing, which names the transaction and the field."""
    return ordered_root([_named(index, one, encoded_transaction) for index, one in enumerate(transactions)])


def transaction_hash(transaction: Record) -> bytes:
    """The hash of a signed transaction, from its fields. Raises FieldMissing."""
    return keccak256(encoded_transaction(transaction))


def encoded_transaction(transaction: Record) -> bytes:
    """The bytes that are hashed and signed for: EIP-2718. Raises FieldMissing."""
    if not isinstance(transaction, Mapping):
        raise FieldMissing("only its hash is given")
    kind = _number(transaction, "type", default=0)
    fields = _TRANSACTIONS.get(kind)
    if fields is None:
        raise FieldMissing(f"type {kind} is not known here")
    body = [read(transaction) for read in fields]
    return encode(body) if kind == LEGACY else bytes([kind]) + encode(body)


def _access_list(transaction: Record) -> Item:
    entries = _given(transaction, "accessList")
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise FieldMissing("accessList is missing")
    return [
        [_bytes(entry, "address", 20), [_unhex(key, 32, "storageKeys") for key in entry.get("storageKeys") or ()]]
        for entry in entries
    ]


def _authorizations(transaction: Record) -> Item:
    entries = _given(transaction, "authorizationList")
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise FieldMissing("authorizationList is missing")
    return [
        [
            *(encode_integer(_number(entry, name)) for name in ("chainId",)),
            _bytes(entry, "address", 20),
            encode_integer(_number(entry, "nonce")),
            encode_integer(_number(entry, "yParity")),
            encode_integer(_number(entry, "r")),
            encode_integer(_number(entry, "s")),
        ]
        for entry in entries
    ]


def _blob_hashes(transaction: Record) -> Item:
    hashes = _given(transaction, "blobVersionedHashes")
    if not isinstance(hashes, Sequence) or isinstance(hashes, str):
        raise FieldMissing("blobVersionedHashes is missing")
    return [_unhex(one, 32, "blobVersionedHashes") for one in hashes]


def _to(transaction: Record) -> bytes:
    given = _given(transaction, "to")
    return b"" if given is None else _unhex(given, 20, "to")


def _data(transaction: Record) -> bytes:
    given = _given(transaction, "input")
    if given is None:
        raise FieldMissing("input is missing")
    return _unhex(given, None, "input")


def _integer(name: str) -> Callable[[Record], Item]:
    return lambda record: encode_integer(_number(record, name))


def _parity(transaction: Record) -> Item:
    given = _given(transaction, "yParity")
    return encode_integer(_whole(given if given is not None else _given(transaction, "v"), "v"))


_NONCE, _GAS, _VALUE, _CHAIN = (_integer(name) for name in ("nonce", "gas", "value", "chainId"))
_R, _S, _V = (_integer(name) for name in ("r", "s", "v"))
_FEES = (_integer("maxPriorityFeePerGas"), _integer("maxFeePerGas"))
_SIGNATURE = (_parity, _R, _S)

_TRANSACTIONS: Mapping[int, Sequence[Callable[[Record], Item]]] = {
    LEGACY: (_NONCE, _integer("gasPrice"), _GAS, _to, _VALUE, _data, _V, _R, _S),
    ACCESS_LIST: (_CHAIN, _NONCE, _integer("gasPrice"), _GAS, _to, _VALUE, _data, _access_list, *_SIGNATURE),
    DYNAMIC_FEE: (_CHAIN, _NONCE, *_FEES, _GAS, _to, _VALUE, _data, _access_list, *_SIGNATURE),
    BLOB: (
        _CHAIN, _NONCE, *_FEES, _GAS, _to, _VALUE, _data, _access_list, _integer("maxFeePerBlobGas"), _blob_hashes,
        *_SIGNATURE,
    ),
    SET_CODE: (_CHAIN, _NONCE, *_FEES, _GAS, _to, _VALUE, _data, _access_list, _authorizations, *_SIGNATURE),
    DEPOSIT: (
        lambda record: _bytes(record, "sourceHash", 32), lambda record: _bytes(record, "from", 20), _to,
        _integer("mint"), _VALUE, _GAS, lambda record: encode_integer(int(bool(_given(record, "isSystemTx")))), _data,
    ),
}  # fmt: skip


# -- receipts, withdrawals, header


def receipts_root(receipts: Sequence[Record]) -> bytes:
    """The root of the trie of receipts, in the order of their transactions. Raises FieldMissing."""
    return ordered_root([_named(index, one, _receipt) for index, one in enumerate(receipts)])


def _receipt(receipt: Record) -> bytes:
    status = _given(receipt, "status")
    first = _bytes(receipt, "root", 32) if status is None else encode_integer(_whole(status, "status"))
    logs = _listed(receipt, "logs")
    body: Item = [
        first,
        encode_integer(_number(receipt, "cumulativeGasUsed")),
        bloom(logs),
        [
            [
                _bytes(log, "address", 20),
                [_unhex(topic, 32, "topics") for topic in _listed(log, "topics")],
                _unhex(_given(log, "data"), None, "data"),
            ]
            for log in logs
        ],
    ]
    kind = _number(receipt, "type", default=0)
    return encode(body) if kind == LEGACY else bytes([kind]) + encode(body)


def bloom(logs: Sequence[Record]) -> bytes:
    """The filter of addresses and topics that a receipt carries: three bits of 2048 for each. Yellow Paper, 4.3.1."""
    bits = 0
    for log in logs:
        for part in (_bytes(log, "address", 20), *(_unhex(topic, 32, "topics") for topic in _listed(log, "topics"))):
            digest = keccak256(part)
            for start in (0, 2, 4):
                bits |= 1 << (int.from_bytes(digest[start : start + 2], "big") & 2047)
    return bits.to_bytes(256, "big")


def withdrawals_root(withdrawals: Sequence[Record]) -> bytes:
    """The root of the trie of withdrawals (EIP-4895). Raises FieldMissing."""
    return ordered_root(
        [
            encode(
                [
                    encode_integer(_number(one, "index")),
                    encode_integer(_number(one, "validatorIndex")),
                    _bytes(one, "address", 20),
                    encode_integer(_number(one, "amount")),
                ]
            )
            for one in withdrawals
        ]
    )


def header_hash(block: Record) -> bytes:
    """The hash of a header, with the fields that came with later forks where they are there. Raises FieldMissing."""
    fields: list[Item] = [
        _bytes(block, "parentHash", 32),
        _bytes(block, "sha3Uncles", 32),
        _bytes(block, "miner", 20),
        _bytes(block, "stateRoot", 32),
        _bytes(block, "transactionsRoot", 32),
        _bytes(block, "receiptsRoot", 32),
        _bytes(block, "logsBloom", 256),
        *(
            encode_integer(_number(block, name))
            for name in ("difficulty", "number", "gasLimit", "gasUsed", "timestamp")
        ),
        _unhex(_given(block, "extraData"), None, "extraData"),
        _bytes(block, "mixHash", 32),
        _bytes(block, "nonce", 8),
    ]
    later: Sequence[tuple[str, int | None]] = (
        ("baseFeePerGas", None), ("withdrawalsRoot", 32), ("blobGasUsed", None), ("excessBlobGas", None),
        ("parentBeaconBlockRoot", 32), ("requestsHash", 32),
    )  # fmt: skip
    for name, size in later:
        if _given(block, name) is None:
            break
        fields.append(_bytes(block, name, size) if size else encode_integer(_number(block, name)))
    return keccak256(encode(fields))


# -- fields


def _named(index: int, record: Record, work: Callable[[Record], bytes]) -> bytes:
    try:
        return work(record)
    except FieldMissing as error:
        raise FieldMissing(f"number {index}: {error}") from None


def _given(record: Record, name: str) -> Any:
    """A field by the names ethereum-etl gives it (whose `type` is another thing), in camelCase or in snake_case."""
    for known in (*_OTHER_NAMES.get(name, ()), name, _snake(name)):
        value = record.get(known)
        if value is not None:
            return value
    return None


_OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "type": ("transaction_type",),
    "from": ("from_address",),
    "to": ("to_address",),
    "cumulativeGasUsed": ("receipt_cumulative_gas_used",),
    "status": ("receipt_status",),
    "sha3Uncles": ("sha3_uncles",),
    "gas": ("gasLimit",),
}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _listed(record: Record, name: str) -> Sequence[Any]:
    given = _given(record, name)
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        raise FieldMissing(f"{name} is missing")
    return given


def _number(record: Record, name: str, default: int | None = None) -> int:
    given = _given(record, name)
    if given is None and default is not None:
        return default
    return _whole(given, name)


def _whole(value: Any, name: str) -> int:
    if value is None:
        raise FieldMissing(f"{name} is missing")
    try:
        number = int(value, 16) if isinstance(value, str) and value.startswith("0x") else int(value)
    except (TypeError, ValueError):
        raise FieldMissing(f"{name} is no number") from None
    if not 0 <= number < 2**256:
        raise FieldMissing(f"{name} does not fit into 256 bits")
    return number


def _bytes(record: Record, name: str, size: int | None) -> bytes:
    return _unhex(_given(record, name), size, name)


def _unhex(value: Any, size: int | None, name: str) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise FieldMissing(f"{name} is missing")
    try:
        found = bytes.fromhex(value[2:])
    except ValueError:
        raise FieldMissing(f"{name} is no hex") from None
    if size is not None and len(found) != size:
        raise FieldMissing(f"{name} has {len(found)} bytes instead of {size}")
    return found


def _hex(value: bytes) -> str:
    return f"0x{value.hex()}"
