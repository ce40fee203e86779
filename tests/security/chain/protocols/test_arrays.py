"""Logs whose data holds arrays, against a decoder in plain Python that follows each offset and counts each word."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.security.chain.frames import NATIVE
from scorpius_lab.security.chain.protocols import erc1155, seaport
from tests.security.chain.ledger import address, topic

MOST = 2**256 - 1
USER, BOT, VAULT, COIN = address("user"), address("bot"), address("vault"), "0x" + "0" * 40

numbers = st.one_of(st.integers(0, 300), st.integers(0, MOST), st.sampled_from([2**63, 2**127, 2**128, 2**255, MOST]))


class Misfit(ValueError):
    """Data that does not hold what it says."""


def array(words: list[int], at: int, width: int) -> list[list[int]]:
    """The items of an array, each so many words, whose offset is the word at a place."""
    offset = words[at]
    if offset % 32 or offset // 32 >= len(words):
        raise Misfit
    start = offset // 32 + 1
    count = words[start - 1]
    if start + count * width > len(words):
        raise Misfit
    return [words[start + n * width : start + (n + 1) * width] for n in range(count)]


def batch(words: list[int]) -> list[tuple[str, str]]:
    """Ids and amounts; none if the data holds no two arrays of one length."""
    try:
        ids, amounts = array(words, 0, 1), array(words, 1, 1)
    except (Misfit, IndexError):
        return []
    return [(str(i), str(a)) for (i,), (a,) in zip(ids, amounts, strict=True)] if len(ids) == len(amounts) else []


def sale(words: list[int]) -> tuple[str, str, int, int] | None:
    """Collection, id, currency and price, if one NFT goes for one currency."""
    try:
        offered, payments = array(words, 2, 4), array(words, 3, 5)
    except (Misfit, IndexError):
        return None
    if len(offered) != 1 or offered[0][0] not in {2, 3, 4, 5} or not payments:
        return None
    if {kind for kind, *_ in payments} - {0, 1} or len({token for _, token, *_ in payments}) > 1:
        return None
    return f"0x{offered[0][1]:040x}", str(offered[0][2]), payments[0][1], sum(amount for _, _, _, amount, _ in payments)


def changed(draw: st.DrawFn, words: list[int], structure: list[int]) -> tuple[list[int], bool]:
    """Now and then another number at a place that says where things are, or data too long or too short."""
    words = list(words)
    what = draw(st.sampled_from(["as it is", "as it is", "number", "cut", "more", "swapped"]))
    place = draw(st.sampled_from(structure))
    if what == "number":
        words[place] = draw(numbers | st.sampled_from([32 * n for n in range(12)]))
    elif what == "cut":
        words = words[: draw(st.integers(0, len(words) - 1))]
    elif what == "more":
        words += draw(st.lists(numbers, min_size=1, max_size=3))
    elif what == "swapped":
        words[structure[0]], words[structure[1]] = words[structure[1]], words[structure[0]]
    return words, what == "as it is"


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[int], bool]:
    count = draw(st.integers(1, 4))
    ids, amounts = (draw(st.lists(numbers, min_size=count, max_size=count)) for _ in range(2))
    words = [64, 96 + 32 * count, count, *ids, count, *amounts]
    return changed(draw, words, [0, 1, 2, 3 + count])


@st.composite
def sales(draw: st.DrawFn) -> tuple[list[int], bool]:
    count = draw(st.integers(1, 5))
    token = draw(st.sampled_from([0, int(VAULT, 16)]))
    words = [draw(numbers), int(BOT, 16), 128, 288, 1, draw(st.integers(1, 5)), int(VAULT, 16), draw(numbers), 1, count]
    for _ in range(count):
        words += [0 if not token else draw(st.integers(0, 2)), token, 0, draw(numbers), int(USER, 16)]
    return changed(draw, words, [2, 3, 4, 9])


def logs(given: list[tuple[list[int], bool]], *topics: str) -> pl.DataFrame:
    data = ["0x" + "".join(f"{word:064x}" for word in words) for words, _ in given]
    named = {f"topic{n + 1}": pl.lit(value) for n, value in enumerate(topics)}
    return pl.DataFrame({"data": data}, schema={"data": pl.String}).with_columns(**named).with_row_index("row")


def rows(protocol: object, frame: pl.DataFrame) -> pl.DataFrame:
    (rule,) = protocol.PROTOCOL.events  # type: ignore[attr-defined]
    return rule.rows(frame, rule.layout)


@given(st.lists(batches(), min_size=1, max_size=10))
def test_batches_are_as_they_say_or_left_out(given: list[tuple[list[int], bool]]) -> None:
    found = rows(erc1155, logs(given, topic(BOT), topic(USER), topic(BOT)))
    for number, (words, as_it_is) in enumerate(given):
        got = list(found.filter(pl.col("row") == number).select("id", "value").iter_rows())
        assert got == batch(words) or (not as_it_is and not got)


@given(st.lists(sales(), min_size=1, max_size=10))
def test_sales_are_as_they_say_or_left_out(given: list[tuple[list[int], bool]]) -> None:
    found = rows(seaport, logs(given, topic(USER), topic(COIN)))
    by_row = {row["row"]: row for row in found.iter_rows(named=True)}
    for number, (words, as_it_is) in enumerate(given):
        wanted, row = sale(words), by_row.get(number)
        if row is None:
            assert wanted is None or not as_it_is
            continue
        assert wanted is not None
        collection, token_id, currency, price = wanted
        assert (row["collection"], row["token_id"]) == (collection, token_id)
        assert row["currency"] == (f"0x{currency:040x}" if currency else NATIVE)
        assert row["price"] == str(price) or (row["price"] is None and price >= 10**36)
