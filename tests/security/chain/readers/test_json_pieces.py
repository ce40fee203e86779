"""JSON in pieces gives what the whole gives, wherever the pieces begin and end, and says what was cut off."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.security.chain.readers.files import Piece, json_pieces

Record = dict[str, Any]

texts = st.text('ab]}[{,:\\"\n é', max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
records = st.lists(st.fixed_dictionaries({"n": st.integers(0, 9), "logs": values}), min_size=1, max_size=8)
sizes = st.integers(1, 400)


def array(found: list[Record], **how: Any) -> str:
    return json.dumps(found, **how)


def envelope(found: list[Record], **how: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": found}, **how)


def envelope_that_goes_on(found: list[Record], **how: Any) -> str:
    return json.dumps({"result": found, "jsonrpc": "2.0", "more": {"text": "]}"}}, **how)


def one_object(found: list[Record], **how: Any) -> str:
    """Its lists are no lists of records."""
    return json.dumps({**found[0], "transactions": found}, **how)


def one_answer(found: list[Record], **how: Any) -> str:
    return json.dumps({"id": 1, "result": {"n": 1, "transactions": found}}, **how)


WHOLE = (array, envelope, envelope_that_goes_on, one_object, one_answer)


def lines(found: list[Record]) -> str:
    return "\n".join(map(json.dumps, found))


def lines_of_arrays(found: list[Record]) -> str:
    return "\n".join(json.dumps([one, *found]) for one in found)


def lines_of_envelopes(found: list[Record]) -> str:
    return "\r\n".join(envelope([one, *found]) for one in found) + "\n\n"


def taken_out(value: Any) -> list[Any]:
    """The records of a value, whatever is around them."""
    if isinstance(value, list):
        return [record for one in value for record in taken_out(one)]
    if isinstance(value, dict) and "result" in value:
        return taken_out(value["result"])
    return [value]


def read(text: bytes, size: int) -> tuple[list[Any], list[str]]:
    """The records of all pieces, and the problems."""
    pieces = list(json_pieces(io.BytesIO(text), size))
    return [record for piece in pieces for record in of_piece(piece)], [p.problem for p in pieces if p.problem]


def of_piece(piece: Piece) -> list[Any]:
    texts = piece.text.split(b"\n") if piece.lines else [piece.text]
    return [record for text in texts if text.strip() for record in taken_out(json.loads(text))]


@given(records, st.sampled_from(WHOLE), sizes, st.sampled_from([None, 1]), st.sampled_from(["", "\ufeff", "\n "]))
def test_any_piece_size_gives_the_records_of_the_whole(
    found: list[Record], form: Callable[..., str], size: int, indent: int | None, before: str
) -> None:
    text = form(found, indent=indent)
    assert read((before + text).encode(), size) == (taken_out(json.loads(text)), [])


@given(
    records, st.sampled_from([lines, lines_of_arrays, lines_of_envelopes]), sizes, st.sampled_from(["", "\n", " \n\n"])
)
def test_any_piece_size_gives_the_records_of_all_lines(
    found: list[Record], form: Callable[[list[Record]], str], size: int, after: str
) -> None:
    text = form(found)
    wanted = [record for line in text.splitlines() if line for record in taken_out(json.loads(line))]
    assert read((text + after).encode(), size) == (wanted, [])


@given(records, st.sampled_from([array, envelope, envelope_that_goes_on]), sizes, st.data())
def test_what_is_cut_off_keeps_its_whole_records_and_is_said(
    found: list[Record], form: Callable[..., str], size: int, data: st.DataObject
) -> None:
    text = form(found).encode()
    cut = data.draw(st.integers(1, len(text) - 1))
    got, problems = read(text[:cut], size)
    assert len(problems) == 1
    assert "cut off" in problems[0]
    assert got == found[: len(got)]
    if size >= len(b'{"jsonrpc": "2.0", "id": 1, "result": ['):
        assert len(got) == sum(end <= cut for end in ends(text, found))


def ends(text: bytes, found: list[Record]) -> list[int]:
    """Where each record ends in a text that holds them one after the other."""
    at, listed = text.index(b"["), []
    for record in found:
        part = json.dumps(record).encode()
        at = text.index(part, at) + len(part)
        listed.append(at)
    return listed


@given(st.binary(max_size=200) | st.text('[]{}",:\\ \n1a', max_size=200).map(str.encode), sizes)
def test_rubbish_is_read_to_its_end_or_said(text: bytes, size: int) -> None:
    """Never an exception; what is no JSON is not passed over in silence."""
    pieces = list(json_pieces(io.BytesIO(text), size))
    try:
        for line in text.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
            json.loads(line or b"0")
    except ValueError:
        assert any(piece.problem or piece.text for piece in pieces) or not text.strip()


@pytest.mark.parametrize("size", range(30, 60))
def test_an_array_that_ends_with_a_piece_is_whole(size: int) -> None:
    text = json.dumps([{"n": 1, "text": "x" * 20}, {"n": 2}])
    assert read(text.encode(), size) == (json.loads(text), [])
