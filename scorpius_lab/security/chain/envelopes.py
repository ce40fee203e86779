"""Transactions as they are hashed and stand in the trie: from records of their fields to bytes.

EIP-2718 (typed envelopes), 155 (legacy with a chain id in `v`), 2930, 1559, 4844 (without the blobs), 7702; deposits of
OP-stack chains (type 0x7e, "Deposits" in the OP-stack specification).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from scorpius_lab.security.chain.keccak import keccak256
from scorpius_lab.security.chain.record_fields import (
    FieldMissing,
    Record,
    flag,
    given,
    known,
    listed,
    number,
    octets,
    unhex,
    whole,
)
from scorpius_lab.security.chain.rlp import Item, encode, encode_integer

LEGACY, ACCESS_LIST, DYNAMIC_FEE, BLOB, SET_CODE, DEPOSIT = 0, 1, 2, 3, 4, 0x7E

# Some chains show what they did themselves (Polygon's state syncs) beside the transactions that the root is of
NOT_SIGNED = "it is not signed (r or s is nought), so the root may not hold it"

Field = Callable[[Record], Item]


def transaction_hash(transaction: Record) -> bytes:
    """The hash of a signed transaction, from its fields. Raises FieldMissing."""
    return keccak256(encoded_transaction(transaction))


def encoded_transaction(transaction: Record) -> bytes:
    """The bytes that are hashed, and put into the trie. Raises FieldMissing, which names the field."""
    if not isinstance(transaction, Mapping):
        raise FieldMissing("only its hash is given")
    kind = kind_of(transaction)
    body = [read(transaction) for read in _FIELDS[kind]]
    if kind != DEPOSIT and not (number(transaction, "r") and number(transaction, "s")):
        raise FieldMissing(NOT_SIGNED)
    return enveloped(kind, body)


def kind_of(record: Record) -> int:
    """The type of a transaction or a receipt; legacy where none is given. Raises FieldMissing for unknown types."""
    kind = number(record, "type", LEGACY)
    if kind not in _FIELDS:
        raise FieldMissing(f"type {kind} is not known here")
    if given(record, "type") is None and any(given(record, name) is not None for name in _TYPED):
        raise FieldMissing("type is missing")
    return kind


def enveloped(kind: int, body: Item) -> bytes:
    """RLP, behind a byte that says the type unless it is legacy."""
    return encode(body) if kind == LEGACY else bytes([kind]) + encode(body)


_TYPED = ("maxFeePerGas", "accessList", "authorizationList", "blobVersionedHashes", "sourceHash")


def _to(transaction: Record) -> bytes:
    if not known(transaction, "to"):
        raise FieldMissing("to is missing")
    receiver = given(transaction, "to")
    return b"" if receiver is None else unhex(receiver, 20, "to")  # null: a contract is made


def _parity(record: Record) -> Item:
    mark = given(record, "yParity")
    return encode_integer(whole(mark if mark is not None else given(record, "v"), "v"))


def _access_list(transaction: Record) -> Item:
    if known(transaction, "accessList") and given(transaction, "accessList") is None:
        return []  # Erigon writes null for an empty one
    return [
        [
            octets(entry, "address", 20),
            [unhex(key, 32, "storageKeys") for key in listed(entry, "storageKeys")],
        ]
        for entry in listed(transaction, "accessList")
    ]


def _authorizations(transaction: Record) -> Item:
    return [[read(entry) for read in _AUTHORIZATION] for entry in listed(transaction, "authorizationList")]


def _blob_hashes(transaction: Record) -> Item:
    return [unhex(one, 32, "blobVersionedHashes") for one in listed(transaction, "blobVersionedHashes")]


def _integer(name: str, default: int | None = None) -> Field:
    return lambda record: encode_integer(number(record, name, default))


def _octets(name: str, size: int | None) -> Field:
    return lambda record: octets(record, name, size)


_NONCE, _GAS, _VALUE, _CHAIN, _PRICE = (_integer(name) for name in ("nonce", "gas", "value", "chainId", "gasPrice"))
_R, _S, _V, _DATA = _integer("r"), _integer("s"), _integer("v"), _octets("input", None)
_FEES = (_integer("maxPriorityFeePerGas"), _integer("maxFeePerGas"))
_SIGNATURE = (_parity, _R, _S)
_AUTHORIZATION = (_CHAIN, _octets("address", 20), _NONCE, *_SIGNATURE)

_FIELDS: Mapping[int, Sequence[Field]] = {
    LEGACY: (_NONCE, _PRICE, _GAS, _to, _VALUE, _DATA, _V, _R, _S),
    ACCESS_LIST: (_CHAIN, _NONCE, _PRICE, _GAS, _to, _VALUE, _DATA, _access_list, *_SIGNATURE),
    DYNAMIC_FEE: (_CHAIN, _NONCE, *_FEES, _GAS, _to, _VALUE, _DATA, _access_list, *_SIGNATURE),
    BLOB: (
        _CHAIN, _NONCE, *_FEES, _GAS, _to, _VALUE, _DATA, _access_list, _integer("maxFeePerBlobGas"), _blob_hashes,
        *_SIGNATURE,
    ),
    SET_CODE: (_CHAIN, _NONCE, *_FEES, _GAS, _to, _VALUE, _DATA, _access_list, _authorizations, *_SIGNATURE),
    DEPOSIT: (
        _octets("sourceHash", 32), _octets("from", 20), _to, _integer("mint", 0), _VALUE, _GAS,
        lambda record: encode_integer(flag(record, "isSystemTx")), _DATA,
    ),
}  # fmt: skip
