"""Raw signed transactions: their fields, who signed them, and their hash.

EIP-155 (legacy with a chain id), EIP-2930, EIP-1559, EIP-4844 (without the blobs), EIP-7702.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scorpius_lab.errors import UsageError
from scorpius_lab.security.chain.keccak import keccak256
from scorpius_lab.security.chain.rlp import Item, RlpError, decode, encode, encode_integer

# What stands before the signature, by type; the signature is parity, r, s
_FIELDS: Mapping[int, tuple[str, ...]] = {
    0: ("nonce", "gas_price", "gas", "to", "value", "data"),
    1: ("chain_id", "nonce", "gas_price", "gas", "to", "value", "data", "access_list"),
    2: ("chain_id", "nonce", "tip", "gas_price", "gas", "to", "value", "data", "access_list"),
    3: (
        "chain_id", "nonce", "tip", "gas_price", "gas", "to", "value", "data", "access_list", "blob_fee", "blob_hashes",
    ),
    4: ("chain_id", "nonce", "tip", "gas_price", "gas", "to", "value", "data", "access_list", "authorizations"),
}  # fmt: skip
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


class NoTransaction(UsageError):
    """Bytes that are no signed transaction."""


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A signed transaction. `gas_price` is the most that is paid for a unit of gas, in wei; `to` is None to create."""

    type: int
    chain_id: int | None
    nonce: int
    gas: int
    gas_price: int
    to: str | None
    value: int
    data: bytes
    sender: str
    hash: str


def read_signed(raw: bytes | str) -> SignedTransaction:
    """A transaction from its raw bytes, or from them in hex. Raises NoTransaction, which says what is wrong."""
    data = _bytes(raw)
    if not data:
        raise NoTransaction("the transaction is empty")
    kind, body = (0, data) if data[0] >= 0xC0 else (data[0], data[1:])
    names = _FIELDS.get(kind)
    if names is None:
        raise NoTransaction(f"transactions of type {kind} are not known here")
    try:
        items = decode(body)
    except RlpError as error:
        raise NoTransaction(f"the transaction is no RLP: {error}") from None
    if kind == 3 and isinstance(items, list) and len(items) in (4, 5) and isinstance(items[0], list):
        items = items[0]  # with its blobs, as it is sent over the network
    if not isinstance(items, list) or len(items) != len(names) + 3:
        raise NoTransaction(f"a signed transaction of type {kind} has {len(names) + 3} fields")
    fields = dict(zip(names, items, strict=False))
    numbers = {name: _number(value, name) for name, value in fields.items() if name not in _OTHER}
    to, call = _field(fields["to"], "to"), _field(fields["data"], "data")
    if len(to) not in (0, 20):
        raise NoTransaction(f"the receiver has {len(to)} bytes instead of 20")
    chain_id, digest, parity = _signed_for(kind, items[: len(names)], items[len(names) :], numbers.get("chain_id"))
    r, s = (_number(item, "signature") for item in items[-2:])
    return SignedTransaction(
        type=kind,
        chain_id=chain_id,
        nonce=numbers["nonce"],
        gas=numbers["gas"],
        gas_price=numbers["gas_price"],
        to=f"0x{to.hex()}" if to else None,
        value=numbers["value"],
        data=call,
        sender=_recovered(digest, parity, r, s),
        hash=f"0x{keccak256(body if kind == 0 else bytes([kind]) + encode(items)).hex()}",
    )


_OTHER = {"to", "data", "access_list", "blob_hashes", "authorizations"}


def _signed_for(
    kind: int, fields: Sequence[Item], signature: Sequence[Item], chain_id: int | None
) -> tuple[int | None, bytes, int]:
    """The chain, what was hashed to be signed, and the parity of the signature."""
    mark = _number(signature[0], "signature")
    if kind:
        if mark > 1:
            raise NoTransaction(f"{mark} is no parity of a signature")
        return chain_id, keccak256(bytes([kind]) + encode(list(fields))), mark
    if mark in (27, 28):
        return None, keccak256(encode(list(fields))), mark - 27
    if mark < 35:
        raise NoTransaction(f"{mark} is no recovery value of a signature")
    chain = (mark - 35) // 2
    return chain, keccak256(encode([*fields, encode_integer(chain), b"", b""])), (mark - 35) % 2


def _recovered(digest: bytes, parity: int, r: int, s: int) -> str:
    """The address whose key made the signature."""
    from coincurve import PublicKey

    if not 0 < r < 2**256 or not 0 < s <= _HALF_ORDER:
        raise NoTransaction("the signature is not in the form the chain takes (EIP-2)")
    compact = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([parity])
    try:
        key = PublicKey.from_signature_and_message(compact, digest, hasher=None)
    except (ValueError, RuntimeError) as error:
        raise NoTransaction("nobody's key makes this signature") from error
    return f"0x{keccak256(key.format(compressed=False)[1:])[-20:].hex()}"


def _bytes(raw: bytes | str) -> bytes:
    if isinstance(raw, bytes):
        return raw
    text = raw.strip().removeprefix("0x")
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise NoTransaction("the transaction is no hex") from None


def _field(item: Item, name: str) -> bytes:
    if not isinstance(item, bytes):
        raise NoTransaction(f"the field {name} is a list")
    return item


def _number(item: Item, name: str) -> int:
    field = _field(item, name)
    if len(field) > 32 or field[:1] == b"\0":
        raise NoTransaction(f"the field {name} is no number of 256 bits")
    return int.from_bytes(field, "big")
