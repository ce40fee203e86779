"""Call data of one call, decoded strictly: every offset and length is checked before it is followed.

Solidity documentation, "Contract ABI Specification". Columns of many calls are decoded in `layouts`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from scorpius_lab.security.chain.keccak import keccak256

_WORD = 32
_MOST_ITEMS = 4096
_MOST_DEEP = 16
_ARRAY = re.compile(r"(?P<inner>.*)\[(?P<size>\d*)\]$")


class AbiError(ValueError):
    """Call data that does not fit the types."""


@dataclass(frozen=True, slots=True)
class Type:
    """A type: its name, and what it is made of. `size` is the length of a fixed array, None of one that varies."""

    name: str
    parts: tuple[Type, ...] = ()
    array: bool = False
    size: int | None = None

    @property
    def dynamic(self) -> bool:
        """True if its place in the head is an offset."""
        if self.array:
            return self.size is None or self.parts[0].dynamic
        return self.name in {"bytes", "string"} or any(part.dynamic for part in self.parts)

    @property
    def words(self) -> int:
        """Words it takes in the head."""
        if self.dynamic:
            return 1
        if self.array:
            return (self.size or 0) * self.parts[0].words
        return sum(part.words for part in self.parts) if self.parts else 1


def selector(signature: str) -> str:
    """The first four bytes of calls of a function, from its canonical signature, in hex with `0x`."""
    return "0x" + keccak256(signature.encode())[:4].hex()


@lru_cache(maxsize=1024)
def types_of(signature: str) -> tuple[Type, ...]:
    """The types of the parameters of `swap(uint256,(address,bytes)[])`. Raises ValueError."""
    start = signature.index("(")
    return _parsed(signature[start:]).parts


def _parsed(text: str) -> Type:
    match = _ARRAY.match(text)
    if match and (text.startswith("(") or "(" not in text):
        size = int(match["size"]) if match["size"] else None
        return Type("array", (_parsed(match["inner"]),), array=True, size=size)
    if text.startswith("("):
        return Type("tuple", tuple(_parsed(part) for part in _split(text[1:-1])))
    return Type(text)


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]] if text else []


def decode(types: Sequence[Type], data: bytes) -> list[object]:
    """The values in `data`: numbers as int, addresses as text, bytes as bytes, arrays and tuples as lists.

    Raises AbiError for data that is cut off, offsets that lead out of it, or more items than anything sensible has.
    """
    budget = [_MOST_ITEMS]
    return _tuple(types, data, 0, 0, budget)


def _tuple(types: Sequence[Type], data: bytes, base: int, depth: int, budget: list[int]) -> list[object]:
    if depth > _MOST_DEEP:
        raise AbiError("the call data is nested too deeply")
    values, head = [], base
    for kind in types:
        at = base + _number(data, head) if kind.dynamic else head
        values.append(_value(kind, data, at, depth + 1, budget))
        head += kind.words * _WORD
    return values


def _value(kind: Type, data: bytes, at: int, depth: int, budget: list[int]) -> object:
    budget[0] -= 1
    if budget[0] < 0:
        raise AbiError(f"the call data has more than {_MOST_ITEMS} values")
    if kind.array:
        count = kind.size
        if count is None:
            count, at = _number(data, at), at + _WORD
        if count > _MOST_ITEMS or count * _WORD > max(0, len(data) - at) * max(1, _WORD):
            raise AbiError(f"an array of {count} items does not fit into the call data")
        return _tuple([kind.parts[0]] * count, data, at, depth, budget)
    if kind.parts:
        return _tuple(kind.parts, data, at, depth, budget)
    if kind.name in {"bytes", "string"}:
        length = _number(data, at)
        found = data[at + _WORD : at + _WORD + length]
        if len(found) < length:
            raise AbiError(f"{length} bytes do not fit into the call data")
        return found if kind.name == "bytes" else found.decode("utf-8", "replace")
    return _single(kind.name, data, at)


def _single(name: str, data: bytes, at: int) -> object:
    number = _number(data, at)
    if name == "address":
        return f"0x{number & (2**160 - 1):040x}"
    if name == "bool":
        return bool(number)
    if name.startswith("bytes"):
        return number.to_bytes(_WORD, "big")[: int(name[5:])]
    if name.startswith("int"):
        return number - 2**256 if number >> 255 else number
    return number


def _number(data: bytes, at: int) -> int:
    word = data[at : at + _WORD]
    if at < 0 or len(word) < _WORD:
        raise AbiError("the call data is cut off")
    return int.from_bytes(word, "big")
