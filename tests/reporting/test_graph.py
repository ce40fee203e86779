"""Graphs in columns: every box and line is placed once, inside the drawing, in both widths."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from scorpius_lab.reporting.charts.graph import Arc, ArcLook, Box, BoxLook, Column, Looks, columns_graph
from scorpius_lab.reporting.components import Block

LOOKS = Looks(
    {"open": BoxLook("open to all", "series-1", solid=True), "shut": BoxLook("shut", "ink-3", dash=(4, 3))},
    {"calls": ArcLook("calls"), "pays": ArcLook("pays", "series-4", width=3)},
)
EVIL = "</svg><script>alert(1)</script>"


def graph(columns: list[list[str]], arcs: list[tuple[str, str]], look: str = "calls") -> Block:
    return columns_graph(
        "g",
        [Column(f"column {n}", [Box(name, name, "open") for name in names]) for n, names in enumerate(columns)],
        [Arc(a, b, look) for a, b in arcs],
        title="T",
        finding="F",
        source="S",
        looks=LOOKS,
        table=pl.DataFrame({"from": [a for a, _ in arcs], "to": [b for _, b in arcs]}),
        heads={"from": "From", "to": "To"},
        alt="A",
        when_empty="Nothing calls.",
    )


def values(block: Block, width: str) -> list[list[dict[str, Any]]]:
    assert block.figure is not None
    return [layer["data"]["values"] for layer in block.figure[width]["layer"]]


def texts(block: Block, width: str) -> list[str]:
    return list(dict.fromkeys(row["t"] for rows in values(block, width) for row in rows if "t" in row))


def test_each_thing_that_occurs_is_drawn_and_explained() -> None:
    block = graph([["a", "b"], ["c"]], [("a", "c")])
    assert texts(block, "wide") == ["a", "b", "c", "column 0", "column 1", "open to all", "calls"]
    html = block.drawn()
    assert html.count("<svg") == 2
    assert "var(--series-1)" in html
    assert "#33479a" not in html


def test_a_line_over_columns_has_room_in_between() -> None:
    block = graph([["a"], ["b"], ["c"]], [("a", "b"), ("b", "c"), ("a", "c")])
    lines = next(rows for rows in values(block, "wide") if "k" in rows[0])
    long = [row for row in lines if row["a"] == 2]
    assert len(long) == 8
    box = next(row for rows in values(block, "wide") for row in rows if row.get("t") == "b")
    level = {row["y"] for row in long if box["x"] <= row["x"] <= box["r"]}
    assert all(not box["y"] <= y <= box["b"] for y in level), "the line runs behind the box"


@pytest.mark.parametrize("seed", range(8))
def test_boxes_never_overlap_and_stay_inside(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 (boxes, not keys)
    columns = [[f"{n}.{i}" for i in range(dice.randint(0, 12))] for n in range(4)]
    names = [name for column in columns for name in column]
    arcs = [(dice.choice(names), dice.choice(names)) for _ in range(20)]
    block = graph(columns, arcs)
    for width in ("wide", "narrow"):
        assert block.figure is not None
        boxes = [
            row for rows in values(block, width) for row in rows if "r" in row and "t" in row and row["t"] in names
        ]
        assert {row["t"] for row in boxes} == set(names)
        drawing = block.figure[width]
        for row in boxes:
            assert 0 <= row["x"] < row["r"] <= drawing["width"] + 1
            assert 0 <= row["y"] < row["b"] <= drawing["height"]
        for left in {row["x"] for row in boxes}:
            column = sorted({(row["y"], row["b"]) for row in boxes if row["x"] == left})
            assert all(above[1] <= below[0] for above, below in pairwise(column))


def test_lines_back_and_to_itself_are_drawn_in_both_widths() -> None:
    block = graph([["a"], ["b"]], [("a", "b"), ("b", "a"), ("b", "b")])
    for width in ("wide", "narrow"):
        ends = [rows for rows in values(block, width) if set(rows[0]) == {"x", "y"}]
        assert sum(len(rows) for rows in ends) == 3


def test_nothing_is_said_and_names_are_text() -> None:
    empty = graph([[], []], [])
    assert empty.figure is None
    assert "Nothing calls." in empty.html
    assert "<script" not in graph([[EVIL], ["c"]], [(EVIL, "c")]).drawn()


def test_lines_to_boxes_left_out_are_left_out() -> None:
    block = graph([["a"], ["b"]], [("a", "b"), ("a", "gone")])
    lines = next(rows for rows in values(block, "wide") if "k" in rows[0])
    assert {row["a"] for row in lines} == {0}
