"""RLP: how Ethereum writes lists of bytes. Yellow Paper, appendix B; the decoder takes the canonical form only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Item: TypeAlias = "bytes | Sequence[Item]"

_SHORT = 55
_DEEPEST = 64
_TOO_DEEP = f"lists are nested more than {_DEEPEST} deep"
_STRING, _LIST = 0x80, 0xC0


class RlpError(ValueError):
    """Bytes that are no canonical RLP."""


def encode(item: Item) -> bytes:
    """The encoding of bytes, or of a list of such. Raises RlpError for lists nested deeper than `decode` takes."""
    return _encode(item, 0)


def _encode(item: Item, depth: int) -> bytes:
    if depth > _DEEPEST:
        raise RlpError(_TOO_DEEP)
    if isinstance(item, bytes | bytearray):
        if len(item) == 1 and item[0] < _STRING:
            return bytes(item)
        return _prefix(len(item), _STRING) + bytes(item)
    body = b"".join([_encode(part, depth + 1) for part in item])
    return _prefix(len(body), _LIST) + body


def encode_integer(number: int) -> bytes:
    """A whole number as RLP takes it: big-endian, without leading zeros. Raises RlpError below nought."""
    if number < 0:
        raise RlpError(f"{number} is below nought")
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def decode(data: bytes) -> Item:
    """The item that `data` encodes, all of it. Raises RlpError: trailing bytes, a longer form than needed, too deep."""
    item, end = _decode(data, 0, len(data), 0)
    if end != len(data):
        raise RlpError(f"{len(data) - end} bytes are left over after the item")
    return item


def _prefix(length: int, offset: int) -> bytes:
    if length <= _SHORT:
        return bytes([offset + length])
    size = encode_integer(length)
    return bytes([offset + _SHORT + len(size)]) + size


def _decode(data: bytes, at: int, limit: int, depth: int) -> tuple[Item, int]:
    """The item at `at`, which ends at `limit` at the latest, and where it ends."""
    if depth > _DEEPEST:
        raise RlpError(_TOO_DEEP)
    if at >= limit:
        raise RlpError("the data ends where an item should begin")
    first = data[at]
    if first < _STRING:
        return data[at : at + 1], at + 1
    offset = _LIST if first >= _LIST else _STRING
    start, length = _length(data, at, limit, first - offset)
    end = start + length
    if end > limit:
        raise RlpError(f"an item of {length} bytes is cut off after {limit - start}")
    if offset == _STRING:
        if length == 1 and data[start] < _STRING:
            raise RlpError("a single byte is written in a longer form than it needs")
        return data[start:end], end
    items: list[Item] = []
    while start < end:
        item, start = _decode(data, start, end, depth + 1)
        items.append(item)
    return items, end


def _length(data: bytes, at: int, limit: int, code: int) -> tuple[int, int]:
    if code <= _SHORT:
        return at + 1, code
    size = code - _SHORT
    written = data[at + 1 : min(at + 1 + size, limit)]
    if len(written) < size or written[0] == 0:
        raise RlpError("a length is cut off or has leading zeros")
    length = int.from_bytes(written, "big")
    if length <= _SHORT:
        raise RlpError("a length is written in a longer form than it needs")
    return at + 1 + size, length
