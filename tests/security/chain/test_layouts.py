"""Columns of logs by their layouts, against a decoder that goes word by word in plain Python."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.security.chain.layouts import Layout, decode_inputs, decode_logs, layout

EVENT = layout(
    "Event(address indexed who, int256 indexed change, uint256 amount, address to, int128 delta, bytes32 id)"
)
TOPICS, WORDS = 2, 4
MOST = 2**256 - 1

words = st.one_of(
    st.integers(0, MOST),
    st.integers(0, 2**160 - 1),
    st.sampled_from([0, 1, 2**128 - 1, 2**128, 2**255 - 1, 2**255, MOST - 2**128, MOST - 2**128 + 1, MOST]),
)


def by_hand(kind: str, word: str) -> str | None:
    """One word; None where it is no value of this type."""
    number = int(word, 16)
    if kind == "address":
        return "0x" + word[24:].lower() if number < 2**160 else None
    if kind == "bytes32":
        return "0x" + word.lower()
    return str(number - 2**256 if kind.startswith("int") and number >= 2**255 else number)


def log(topics: list[int], data: str) -> dict[str, Any]:
    names = ["0x" + f"{topic:064x}" for topic in topics]
    return {"topic0": EVENT.topic, **{f"topic{n + 1}": names[n] if n < len(names) else None for n in range(3)}, "data": data}  # fmt: skip


def frame(logs: list[dict[str, Any]]) -> pl.DataFrame:
    schema = dict.fromkeys(("topic0", "topic1", "topic2", "topic3", "data"), pl.String)
    return pl.DataFrame(logs, schema=schema).with_row_index("row")


def expected(logs: list[dict[str, Any]], form: Layout) -> dict[int, list[str]]:
    """The values of the logs that are of this layout and hold nothing that is no value, by number of the log."""
    found = {}
    for number, one in enumerate(logs):
        topics = [one[f"topic{n}"] for n in (1, 2, 3)]
        if [topic is not None for topic in topics] != [n < len(form.topics) for n in range(3)]:
            continue
        if len(one["data"]) != 2 + 64 * len(form.words):
            continue
        data = one["data"][2:]
        text = [topic[2:] for topic in topics if topic] + [data[n : n + 64] for n in range(0, len(data), 64)]
        values = [by_hand(p.type, word) for p, word in zip((*form.topics, *form.words), text, strict=True)]
        if None not in values:
            found[number] = [value for value in values if value is not None]
    return found


@st.composite
def any_log(draw: st.DrawFn) -> dict[str, Any]:
    """Mostly of the layout, now and then with a topic or some data too many or too few."""
    topics = draw(st.lists(words, min_size=TOPICS, max_size=TOPICS) | st.lists(words, max_size=3))
    held = draw(st.lists(words, min_size=WORDS, max_size=WORDS) | st.lists(words, max_size=6))
    data = "".join(f"{word:064x}" for word in held)
    cut = draw(st.sampled_from([0, 0, 0, 1, 2, 63]))
    text = data[: len(data) - cut]
    return log(topics, "0x" + (text.upper() if draw(st.booleans()) else text))


@given(st.lists(any_log(), max_size=12))
def test_agrees_with_a_decoder_by_hand(logs: list[dict[str, Any]]) -> None:
    found = decode_logs(frame(logs), EVENT)
    names = [parameter.name for parameter in (*EVENT.topics, *EVENT.words)]
    got = {row["row"]: [row[name] for name in names] for row in found.iter_rows(named=True)}
    assert got == expected(logs, EVENT)


@given(st.text("0123456789abcdefxyzG ", max_size=64 * WORDS))
def test_data_that_is_no_hex_gives_no_number(text: str) -> None:
    """Never an exception; what is no hex is null or left out, never another number."""
    padded = text.ljust(64 * WORDS, "0")
    found = decode_logs(frame([log([1, 2], "0x" + padded)]), EVENT)
    for row in found.iter_rows(named=True):
        word = padded[:64]
        hexadecimal = all(digit in "0123456789abcdef" for digit in word)
        assert row["amount"] == (str(int(word, 16)) if hexadecimal else None)


@given(st.lists(words, min_size=2, max_size=5), st.integers(0, 64))
def test_calls_may_be_longer_and_never_shorter(held: list[int], cut: int) -> None:
    form = layout("act(uint256 amount, address to)")
    data = "".join(f"{word:064x}" for word in held)
    text = form.selector + data[: len(data) - cut]
    found = decode_inputs(pl.DataFrame({"input": [text]}), form)
    if len(text) < 10 + 128:
        assert found.is_empty()
        return
    (row,) = found.iter_rows(named=True)
    assert (row["amount"], row["to"]) == (str(int(data[:64], 16)), "0x" + data[88:128])


@pytest.mark.parametrize("text", ["", "Event", "Event(", "Event(uint256", "Event(a b c d)", "Event((uint256))", "(uint256)"])  # fmt: skip
def test_signatures_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        layout(text)
