"""The roots in a block's header, computed again from its transactions, receipts and withdrawals; and its hash.

Yellow Paper, section 4.3; EIP-2718 (typed envelopes), 658 (status in receipts), 4895 (withdrawals), 1559, 4844, 4788,
7685 (header fields since). Fields are read in camelCase or snake_case, as hex or numbers.

What is proved is what the hashes are of. They are not of a transaction's `from` (that is in its signature), nor of what
a node works out and adds: effective gas prices, addresses of contracts made, indices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from scorpius_lab.security.chain.envelopes import DEPOSIT, NOT_SIGNED, encoded_transaction, enveloped, kind_of
from scorpius_lab.security.chain.keccak import keccak256
from scorpius_lab.security.chain.record_fields import (
    FieldMissing,
    Record,
    flag,
    given,
    listed,
    number,
    octets,
    unhex,
)
from scorpius_lab.security.chain.rlp import Item, encode, encode_integer
from scorpius_lab.security.chain.trie import ordered_root


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


class _Differs(Exception):
    """Something computed is not what the block says."""


def check_roots(block: Record, receipts: Sequence[Record] | None) -> RootCheck:
    """Compute what can be computed of a block's hash and roots, and compare.

    `block` has full transactions, `receipts` are in the order of these. What differs is a mismatch, whatever else
    cannot be verified.
    """
    missing: list[str] = []
    for name, check in _CHECKS.items():
        try:
            check(block, receipts)
        except _Differs as error:
            return RootCheck(RootState.MISMATCH, str(error))
        except FieldMissing as error:
            missing.append(f"{name}: {error}")
    if missing:
        return RootCheck(RootState.NOT_VERIFIABLE, "; ".join(missing))
    return RootCheck(RootState.VERIFIED)


# -- what is checked


def _check_header(block: Record, _: Sequence[Record] | None) -> None:
    _compare("hash", octets(block, "hash", 32), header_hash(block))


def _check_transactions(block: Record, _: Sequence[Record] | None) -> None:
    encoded: list[bytes] = []
    missing: FieldMissing | None = None
    transactions = listed(block, "transactions")
    for index, one in enumerate(transactions):
        try:
            own = _named(index, encoded_transaction, one, "transaction")
        except FieldMissing as error:
            missing = missing or error
            continue
        if given(one, "hash") is not None:
            _compare(f"hash of transaction {index}", octets(one, "hash", 32), keccak256(own))
        encoded.append(own)
    if missing:
        raise missing
    _compare("transactions root", octets(block, "transactionsRoot", 32), ordered_root(encoded))


def _check_receipts(block: Record, receipts: Sequence[Record] | None) -> None:
    if receipts is None:
        raise FieldMissing("the receipts are not at hand")
    transactions = listed(block, "transactions")
    if len(receipts) != len(transactions):
        raise FieldMissing(f"{len(receipts)} receipts are at hand for {len(transactions)} transactions")
    typed: list[Record] = []
    for index, (transaction, receipt) in enumerate(zip(transactions, receipts, strict=True)):
        _check_belonging(index, transaction, receipt)
        typed.append(_typed(index, transaction, receipt))
    _compare("receipts root", octets(block, "receiptsRoot", 32), receipts_root(typed))
    _check_gas(typed)


def _check_withdrawals(block: Record, _: Sequence[Record] | None) -> None:
    if not (given(block, "withdrawals") or given(block, "withdrawalsRoot")) or _has_deposits(block):
        return  # OP-stack chains put the root of an account's storage in this place (Isthmus)
    _compare("withdrawals root", octets(block, "withdrawalsRoot", 32), withdrawals_root(listed(block, "withdrawals")))


_CHECKS: Mapping[str, Callable[[Record, Sequence[Record] | None], None]] = {
    "hash": _check_header,
    "transactions root": _check_transactions,
    "receipts root": _check_receipts,
    "withdrawals root": _check_withdrawals,
}


def _check_belonging(index: int, transaction: object, receipt: Record) -> None:
    """A receipt is of the transaction beside it, which its own bytes do not say."""
    ours = given(transaction, "hash") if isinstance(transaction, Mapping) else transaction
    theirs = given(receipt, "transactionHash")
    if isinstance(ours, str) and isinstance(theirs, str) and ours.lower() != theirs.lower():
        raise _Differs(f"receipt {index} is of transaction {theirs}, and transaction {index} is {ours}")


def _check_gas(receipts: Sequence[Record]) -> None:
    """The gas a receipt says was used is what the sum grows by, and the sum is what is hashed."""
    before = 0
    for index, one in enumerate(receipts):
        total = number(one, "cumulativeGasUsed")
        own = number(one, "gasUsed", total - before) if total >= before else None
        if own != total - before:
            raise _Differs(f"receipt {index} gives another gasUsed than {total - before}, which its sum grows by")
        before = total


def _typed(index: int, transaction: object, receipt: Record) -> Record:
    """A receipt with its type; where it gives none, that of its transaction. Raises FieldMissing."""
    if not isinstance(transaction, Mapping):
        return receipt
    signed = number(transaction, "r", 1) and number(transaction, "s", 1)
    if not signed and kind_of(transaction) != DEPOSIT:
        raise FieldMissing(f"transaction {index}: {NOT_SIGNED}")
    return receipt if given(receipt, "type") is not None else {**receipt, "type": kind_of(transaction)}


def _has_deposits(block: Record) -> bool:
    transactions = given(block, "transactions")
    if not isinstance(transactions, list | tuple):
        return False
    return any(isinstance(one, Mapping) and given(one, "sourceHash") is not None for one in transactions)


def _compare(name: str, expected: bytes, computed: bytes) -> None:
    if expected != computed:
        raise _Differs(f"the {name} is 0x{computed.hex()} by what is in the block, which says 0x{expected.hex()}")


# -- roots and the hash


def transactions_root(transactions: Sequence[Record]) -> bytes:
    """The root of the trie of signed transactions. Raises FieldMissing, which names the transaction and the field."""
    return ordered_root(_each(transactions, encoded_transaction, "transaction"))


def receipts_root(receipts: Sequence[Record]) -> bytes:
    """The root of the trie of receipts, in the order of their transactions. Raises FieldMissing."""
    return ordered_root(_each(receipts, lambda one: _encoded_receipt(one, kind_of(one)), "receipt"))


def withdrawals_root(withdrawals: Sequence[Record]) -> bytes:
    """The root of the trie of withdrawals (EIP-4895). Raises FieldMissing."""
    return ordered_root(_each(withdrawals, _encoded_withdrawal, "withdrawal"))


def _encoded_receipt(receipt: Record, kind: int) -> bytes:
    logs = listed(receipt, "logs")
    cumulative = encode_integer(number(receipt, "cumulativeGasUsed"))
    body: list[Item] = [_outcome(receipt), cumulative, bloom(logs), [_log(log) for log in logs]]
    if kind == DEPOSIT and given(receipt, "depositReceiptVersion") is not None:  # since Canyon
        body += [encode_integer(number(receipt, name)) for name in ("depositNonce", "depositReceiptVersion")]
    return enveloped(kind, body)


def _outcome(receipt: Record) -> bytes:
    """The state root that receipts carried before Byzantium, the status since (EIP-658). Some nodes give both."""
    root = given(receipt, "root")
    if isinstance(root, str) and len(root) > 2:
        return unhex(root, 32, "root")
    if given(receipt, "status") is None:
        raise FieldMissing("status is missing")
    return encode_integer(flag(receipt, "status"))


def _log(log: Record) -> Item:
    return [octets(log, "address", 20), _topics(log), octets(log, "data", None)]


def _topics(log: Record) -> list[bytes]:
    return [unhex(topic, 32, "topics") for topic in listed(log, "topics")]


def _encoded_withdrawal(withdrawal: Record) -> bytes:
    index, validator, amount = (
        encode_integer(number(withdrawal, name)) for name in ("index", "validatorIndex", "amount")
    )
    return encode([index, validator, octets(withdrawal, "address", 20), amount])


def bloom(logs: Sequence[Record]) -> bytes:
    """The filter of addresses and topics that a receipt carries: three bits of 2048 for each. Yellow Paper, 4.3.1."""
    bits = 0
    for log in logs:
        for part in (octets(log, "address", 20), *_topics(log)):
            bits |= _bits(part)
    return bits.to_bytes(256, "big")


@lru_cache(maxsize=1 << 16)
def _bits(part: bytes) -> int:
    digest = keccak256(part)
    first, second, third = (1 << (int.from_bytes(digest[at : at + 2], "big") & 2047) for at in (0, 2, 4))
    return first | second | third


_HASHES_BEFORE = ("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom")
_NUMBERS = ("difficulty", "number", "gasLimit", "gasUsed", "timestamp")
_SIZES = {"miner": 20, "logsBloom": 256}
# in the order of London, Shanghai, Cancun and Prague
_LATER = ("baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot", "requestsHash")
_LATER_NUMBERS = {"baseFeePerGas", "blobGasUsed", "excessBlobGas"}
_FOREIGN = ("extDataHash", "blockAccessListHash")  # of Avalanche, of a fork to come


def header_hash(block: Record) -> bytes:
    """The hash of a header, with the fields that came with later forks where they are there. Raises FieldMissing."""
    foreign = next((name for name in _FOREIGN if given(block, name) is not None), None)
    if foreign is not None:
        raise FieldMissing(f"a header with {foreign} is not known here")
    fields: list[Item] = [octets(block, name, _SIZES.get(name, 32)) for name in _HASHES_BEFORE]
    fields += [encode_integer(number(block, name)) for name in _NUMBERS]
    fields += [octets(block, "extraData", None), octets(block, "mixHash", 32), octets(block, "nonce", 8)]
    present = [name for name in _LATER if given(block, name) is not None]
    if given(block, "withdrawals"):
        present.append("withdrawalsRoot")
    for name in _LATER[: max((_LATER.index(one) + 1 for one in present), default=0)]:
        fields.append(encode_integer(number(block, name)) if name in _LATER_NUMBERS else octets(block, name, 32))
    return keccak256(encode(fields))


def _each(records: Sequence[Record], work: Callable[[Record], bytes], noun: str) -> list[bytes]:
    return [_named(index, work, one, noun) for index, one in enumerate(records)]


def _named(index: int, work: Callable[[Record], bytes], one: Record, noun: str) -> bytes:
    try:
        return work(one)
    except FieldMissing as error:
        raise FieldMissing(f"{noun} {index}: {error}") from None
