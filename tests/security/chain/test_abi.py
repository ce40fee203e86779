"""Call data of random types, written by an encoder of a few lines and read again; spoiled, it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.security.chain.abi import AbiError, decode, types_of


@dataclass(frozen=True)
class Written:
    """A value of some type: the type's name, the value as it is to be read, its words, whether it is behind an offset."""

    type: str
    value: Any
    data: bytes
    dynamic: bool = False


def word(number: int) -> bytes:
    return (number % 2**256).to_bytes(32, "big")


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 32)


def sequence(parts: list[Written]) -> bytes:
    """Heads, then tails (Contract ABI Specification, "Formal specification of the encoding")."""
    length = sum(32 if part.dynamic else len(part.data) for part in parts)
    heads, tails = b"", b""
    for part in parts:
        heads += word(length + len(tails)) if part.dynamic else part.data
        tails += part.data if part.dynamic else b""
    return heads + tails


def tupled(parts: list[Written]) -> Written:
    name = f"({','.join(part.type for part in parts)})"
    return Written(name, [p.value for p in parts], sequence(parts), any(p.dynamic for p in parts))


def listed(parts: list[Written]) -> Written:
    return Written(parts[0].type + "[]", [p.value for p in parts], word(len(parts)) + sequence(parts), dynamic=True)


def fixed(parts: list[Written]) -> Written:
    values = [part.value for part in parts]
    return Written(f"{parts[0].type}[{len(parts)}]", values, sequence(parts), parts[0].dynamic)


def of_kind(kind: str) -> st.SearchStrategy[Written]:
    made = {
        "uint256": st.integers(0, 2**256 - 1).map(lambda n: Written("uint256", n, word(n))),
        "int128": st.integers(-(2**127), 2**127 - 1).map(lambda n: Written("int128", n, word(n))),
        "address": st.integers(0, 2**160 - 1).map(lambda n: Written("address", f"0x{n:040x}", word(n))),
        "bool": st.booleans().map(lambda b: Written("bool", b, word(b))),
        "bytes4": st.binary(min_size=4, max_size=4).map(lambda b: Written("bytes4", b, padded(b))),
        "bytes": st.binary(max_size=70).map(lambda b: Written("bytes", b, word(len(b)) + padded(b), dynamic=True)),
        "string": st.text(max_size=20).map(
            lambda t: Written("string", t, word(len(t.encode())) + padded(t.encode()), dynamic=True)
        ),
    }
    return made[kind]


KINDS = st.sampled_from(["uint256", "int128", "address", "bool", "bytes4", "bytes", "string"])


@st.composite
def one(draw: st.DrawFn, depth: int = 0) -> Written:
    """A value; of arrays, all items have one type, which is why it is drawn first."""
    what = draw(st.sampled_from(["plain", "plain", "list", "fixed", "tuple"])) if depth < 3 else "plain"
    if what == "tuple":
        return tupled(draw(st.lists(one(depth + 1), min_size=1, max_size=3)))
    if what == "plain":
        return draw(of_kind(draw(KINDS)))
    if draw(st.booleans()):
        parts = draw(same(draw(KINDS)))
    else:
        item = draw(one(depth + 1))
        parts = [item] * draw(st.integers(1, 3))
    return listed(parts) if what == "list" else fixed(parts)


def same(kind: str) -> st.SearchStrategy[list[Written]]:
    return st.lists(of_kind(kind), min_size=1, max_size=3)


arguments = st.lists(one(), min_size=1, max_size=4)


def read(parts: list[Written], data: bytes) -> list[object]:
    return decode(types_of(f"f({','.join(part.type for part in parts)})"), data)


@given(arguments)
def test_what_was_written_is_read(parts: list[Written]) -> None:
    assert read(parts, sequence(parts)) == [part.value for part in parts]


@given(arguments, st.data())
def test_cut_off_data_is_refused(parts: list[Written], data: st.DataObject) -> None:
    """Of the last bytes only padding may be missing: what is read from less is what was written."""
    whole = sequence(parts)
    cut = data.draw(st.integers(0, len(whole) - 1))
    try:
        assert read(parts, whole[:cut]) == [part.value for part in parts]
    except AbiError:
        return
    assert len(whole) - cut < 32
    assert not any(whole[cut:])


@given(arguments, st.sampled_from([2**255, 2**256 - 1, 2**64, 2**63 - 1]), st.data())
def test_a_huge_number_anywhere_is_refused_or_a_value(parts: list[Written], huge: int, data: st.DataObject) -> None:
    """As an offset or a length it leads out of the data; elsewhere it is read as the word it is, and all else stays."""
    whole = sequence(parts)
    at = 32 * data.draw(st.integers(0, len(whole) // 32 - 1))
    try:
        got = read(parts, whole[:at] + word(huge) + whole[at + 32 :])
    except AbiError:
        return
    assert shape(got) == shape([part.value for part in parts])


def shape(value: object) -> object:
    """What stays of a value if one of its words has become another: the lengths of its arrays and bytes."""
    if isinstance(value, list):
        return [shape(item) for item in value]
    return len(value) if isinstance(value, bytes) else None


@pytest.mark.parametrize("words", [[2**256 - 32], [32, 2**255], [32, 4097, *[0] * 5000], [32, 3, 1, 2]])
def test_lists_that_do_not_fit(words: list[int]) -> None:
    with pytest.raises(AbiError):
        decode(types_of("f(uint256[])"), b"".join(map(word, words)))
