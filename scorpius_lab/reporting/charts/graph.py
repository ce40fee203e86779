"""Graphs in columns, read from left to right: who calls whom, what flows where.

The layout is our own: the drawing library places nothing. On a narrow screen each column and what it leads to is drawn
by itself, one below the other, since boxes that small could not be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from scorpius_lab.reporting.charts.figure import figure
from scorpius_lab.reporting.charts.rows import NARROW, WIDE, Spec, text_width
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.theme import T

if TYPE_CHECKING:
    import polars as pl

BOX, ROW, THREAD = 22, 30, 12  # px: height of a box, its row, the row of a line that passes a column
GAP, WIDEST = 56, 176
HEAD, BELOW, KEY_ROW = 22, 34, 20
SWEEPS = 6
WIDE_CHAR = 7.1  # px at 12 px: names hold more capitals and digits than sentences do


@dataclass(frozen=True, slots=True)
class BoxLook:
    """What boxes of a kind look like: `color` is a token; a `solid` one is filled; `dash` in px."""

    words: str
    color: str = "ink-3"
    solid: bool = False
    dash: tuple[int, ...] = (1, 0)


@dataclass(frozen=True, slots=True)
class ArcLook:
    """What lines of a kind look like; `width` in px."""

    words: str
    color: str = "ink-3"
    dash: tuple[int, ...] = (1, 0)
    width: float = 1.2


@dataclass(frozen=True, slots=True)
class Box:
    """A thing with its name; `look` is a key of the looks given."""

    id: str
    text: str
    look: str


@dataclass(frozen=True, slots=True)
class Arc:
    """A line from one box to another."""

    source: str
    target: str
    look: str


@dataclass(frozen=True, slots=True)
class Column:
    """Boxes under a heading. The first column keeps the order given, in others lines cross as little as they can."""

    heading: str
    boxes: Sequence[Box]


@dataclass(frozen=True, slots=True)
class Looks:
    """How boxes and lines of each kind are drawn; the key below the drawing names those that occur."""

    boxes: Mapping[str, BoxLook]
    arcs: Mapping[str, ArcLook]


def columns_graph(
    name: str,
    columns: Sequence[Column],
    arcs: Sequence[Arc],
    *,
    title: str,
    finding: str,
    source: str,
    looks: Looks,
    table: pl.DataFrame,
    heads: Mapping[str, str],
    alt: str,
    when_empty: str = "",
) -> Block:
    """A graph whose boxes stand in columns. `table` says the same in rows; `heads` maps its columns to heads.

    Lines to boxes that are in no column are left out: who leaves boxes out says so in the `finding`.
    """
    known = {box.id for column in columns for box in column.boxes}
    drawn = list(dict.fromkeys(a for a in arcs if a.source in known and a.target in known))
    filled = [column for column in columns if column.boxes]
    return figure(
        name,
        title=title,
        finding=finding,
        alt=alt,
        source=source,
        make=lambda narrow: _spec(filled, drawn, looks, narrow),
        table=table,
        when_empty=when_empty,
        columns=heads,
    )


@dataclass(slots=True)
class _Item:
    """What takes a place in a column: a box, or the line of an arc that passes it."""

    box: Box | None
    y: float = 0.0
    left: list[_Item] = field(default_factory=list)
    right: list[_Item] = field(default_factory=list)

    @property
    def height(self) -> float:
        return ROW if self.box else THREAD


@dataclass(slots=True)
class _Panel:
    """One drawing of columns: headings, boxes with their places, lines with their points."""

    width: float
    top: float
    box_width: float = 0.0
    height: float = 0.0
    headings: list[tuple[float, str]] = field(default_factory=list)
    boxes: list[tuple[float, float, Box]] = field(default_factory=list)
    arcs: list[tuple[Arc, list[tuple[float, float]], bool]] = field(default_factory=list)


def _spec(columns: Sequence[Column], arcs: Sequence[Arc], looks: Looks, narrow: bool) -> Spec:
    width = NARROW if narrow else WIDE
    panels = _stacked(columns, arcs) if narrow else [_panel(columns, arcs, WIDE, 0)]
    bottom = panels[-1].top + panels[-1].height if panels else 0.0
    key, height = _key(panels, looks, bottom + BELOW, width)
    layers = [layer for panel in panels for layer in _drawn(panel, looks)]
    return (
        {"width": width, "height": height, "layer": [*layers, *key]}
        if layers
        else {"mark": "point", "data": {"values": []}}
    )


def _stacked(columns: Sequence[Column], arcs: Sequence[Arc]) -> list[_Panel]:
    """One panel for each column that leads somewhere, or that holds boxes no line touches."""
    heading = {box.id: column.heading for column in columns for box in column.boxes}
    boxes = {box.id: box for column in columns for box in column.boxes}
    touched = {end for arc in arcs for end in (arc.source, arc.target)}
    panels: list[_Panel] = []
    top = 0.0
    for column in columns:
        own = {box.id for box in column.boxes}
        mine = [arc for arc in arcs if arc.source in own]
        starts = {arc.source for arc in mine}
        left = [box for box in column.boxes if box.id in starts or box.id not in touched]
        # The same box may stand on both sides, so what is led to goes by another name.
        ends = [boxes[end] for end in dict.fromkeys(arc.target for arc in mine)]
        right = [Box(f"to {box.id}", box.text, box.look) for box in ends]
        if not left:
            continue
        words = ", ".join(dict.fromkeys(heading[box.id] for box in ends))
        turned = [Arc(arc.source, f"to {arc.target}", arc.look) for arc in mine]
        panel = _panel([Column(column.heading, left), Column(words, right)], turned, NARROW, top)
        panels.append(panel)
        top += panel.height + BELOW
    return panels


def _panel(columns: Sequence[Column], arcs: Sequence[Arc], width: float, top: float) -> _Panel:
    count = max(len(columns), 1)
    box = min(WIDEST, (width - GAP * (count - 1)) / count)
    gap = (width - box * count) / (count - 1) if count > 1 else 0.0
    at = [number * (box + gap) for number in range(count)]
    place = {b.id: number for number, column in enumerate(columns) for b in column.boxes}
    layers: list[list[_Item]] = [[_Item(b) for b in column.boxes] for column in columns]
    items = {item.box.id: item for layer in layers for item in layer if item.box}
    chains = [_chain(arc, items, layers, place) for arc in arcs]
    _order(layers)
    height = _place(layers)
    panel = _Panel(width, top, box, HEAD + height)
    panel.headings = [(x, column.heading) for x, column in zip(at, columns, strict=False)]
    panel.boxes = [
        (x, top + HEAD + item.y, item.box) for x, layer in zip(at, layers, strict=False) for item in layer if item.box
    ]
    for arc, chain in zip(arcs, chains, strict=True):
        start = place[arc.source]
        ahead = place[arc.target] > start
        points = _curve(chain, at[start], box, gap) if ahead else _turned(chain, at, place, arc, box)
        panel.arcs.append((arc, [(x, top + HEAD + y) for x, y in points], ahead))
    return panel


def _chain(arc: Arc, items: dict[str, _Item], layers: list[list[_Item]], place: dict[str, int]) -> list[_Item]:
    """The items a line goes through, with places for it in the columns it passes."""
    source, target = items[arc.source], items[arc.target]
    first, last = place[arc.source], place[arc.target]
    between = [_Item(None) for _ in range(first + 1, last)]
    for number, item in enumerate(between, first + 1):
        layers[number].append(item)
    chain = [source, *between, target]
    if last > first:
        for left, right in pairwise(chain):
            left.right.append(right)
            right.left.append(left)
    return chain


def _order(layers: list[list[_Item]]) -> None:
    """Sort each column but the first by where its neighbors stand, back and forth, so that fewer lines cross."""
    for layer in layers:
        _number(layer)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        numbers = range(1, len(layers)) if forward else range(len(layers) - 2, 0, -1)
        for number in numbers:
            layers[number].sort(key=lambda item: _mean(item.left if forward else item.right, item.y))
            _number(layers[number])


def _number(layer: Iterable[_Item]) -> None:
    for position, item in enumerate(layer):
        item.y = float(position)


def _mean(items: Sequence[_Item], otherwise: float) -> float:
    return sum(item.y for item in items) / len(items) if items else otherwise


def _place(layers: list[list[_Item]]) -> float:
    """Give each item its height on the page, near its neighbors; returns the height of all."""
    height = max((sum(item.height for item in layer) for layer in layers), default=0.0)
    for number, layer in enumerate(layers):
        total = 0.0
        for item in layer:
            wanted = _mean(item.left, total + item.height / 2) if number else total + item.height / 2
            item.y = max(wanted, total + item.height / 2)
            total = item.y + item.height / 2
        limit = height
        for item in reversed(layer):
            item.y = min(item.y, limit - item.height / 2)
            limit = item.y - item.height / 2
    return height


def _curve(chain: Sequence[_Item], left: float, box: float, gap: float) -> list[tuple[float, float]]:
    """From the right edge of one box to the left edge of another, level where it passes a column."""
    points: list[tuple[float, float]] = []
    x = left
    for here, there in pairwise(chain):
        end, bend = x + box, gap / 2
        points += [(end, here.y), (end + bend, here.y), (end + bend, there.y), (end + gap, there.y)]
        x += box + gap
    return points


def _turned(
    chain: Sequence[_Item], at: Sequence[float], place: Mapping[str, int], arc: Arc, box: float
) -> list[tuple[float, float]]:
    """To the same column or back: out at the right of one box, in at the right of the other."""
    first, last = chain[0], chain[-1]
    start, end = at[place[arc.source]] + box, at[place[arc.target]] + box
    below = last.y + (6 if first is last else 0)
    out = max(start, end) + 20
    return [(start, first.y), (out, first.y), (out, below), (end, below)]


def _drawn(panel: _Panel, looks: Looks) -> list[Spec]:
    """Lines below, boxes over them, words on top."""
    x, y = _at("x"), _at("y")
    layers: list[Spec] = []
    for kind, look in looks.arcs.items():
        mine = [(points, ahead) for arc, points, ahead in panel.arcs if arc.look == kind]
        if mine:
            layers += _lines(mine, look, x, y)
    for kind, box_look in looks.boxes.items():
        boxes = [(left, middle, box) for left, middle, box in panel.boxes if box.look == kind]
        if boxes:
            layers += _boxes(boxes, panel.box_width, box_look, x, y)
    names = [
        {"x": left, "y": panel.top + 6, "t": _fitting(words, panel.box_width + GAP / 2)}
        for left, words in panel.headings
    ]
    heading = {"type": "text", "align": "left", "baseline": "middle", "color": T["ink-2"]}
    layers.append({"data": {"values": names}, "mark": heading, "encoding": {"x": x, "y": y, "text": {"field": "t"}}})
    return layers


def _at(axis: str) -> Spec:
    """A place in px of the drawing."""
    return {"field": axis, "type": "quantitative", "scale": None, "axis": None}


def _lines(mine: Sequence[tuple[list[tuple[float, float]], bool]], look: ArcLook, x: Spec, y: Spec) -> list[Spec]:
    points = [
        {"a": number, "k": k, "x": round(px, 1), "y": round(py, 1)}
        for number, (way, _) in enumerate(mine)
        for k, (px, py) in enumerate(way)
    ]
    color = T[look.color]
    line = {"type": "line", "interpolate": "basis", "strokeWidth": look.width, "strokeDash": list(look.dash)}
    layers: list[Spec] = [
        {
            "data": {"values": points},
            "mark": {**line, "color": color, "strokeCap": "butt"},
            "encoding": {
                "x": x,
                "y": y,
                "detail": {"field": "a", "type": "nominal"},
                "order": {"field": "k", "type": "quantitative"},
            },
        }
    ]
    for ahead in (True, False):
        ends = [
            {"x": round(w[-1][0] + (-4 if ahead else 4), 1), "y": round(w[-1][1], 1)} for w, a in mine if a is ahead
        ]
        if ends:
            shape = {"type": "point", "shape": "triangle-right" if ahead else "triangle-left", "size": 34}
            mark = {**shape, "filled": True, "color": color, "opacity": 1}
            layers.append({"data": {"values": ends}, "mark": mark, "encoding": {"x": x, "y": y}})
    return layers


def _boxes(boxes: Sequence[tuple[float, float, Box]], width: float, look: BoxLook, x: Spec, y: Spec) -> list[Spec]:
    rows = [
        {
            "x": round(left, 1),
            "r": round(left + width, 1),
            "y": round(middle - BOX / 2, 1),
            "b": round(middle + BOX / 2, 1),
            "m": round(middle, 1),
            "tx": round(left + 8, 1),
            "t": _fitting(box.text, width - 14),
        }
        for left, middle, box in boxes
    ]
    rect = {"type": "rect", "cornerRadius": 3, **_outline(look)}
    text = {"type": "text", "align": "left", "baseline": "middle", "color": T["page" if look.solid else "ink"]}
    return [
        {
            "data": {"values": rows},
            "mark": rect,
            "encoding": {"x": x, "x2": {"field": "r"}, "y": y, "y2": {"field": "b"}},
        },
        {
            "data": {"values": rows},
            "mark": text,
            "encoding": {"x": {**x, "field": "tx"}, "y": {**y, "field": "m"}, "text": {"field": "t"}},
        },
    ]


def _outline(look: BoxLook) -> Spec:
    fill = T[look.color] if look.solid else T["surface"]
    return {"fill": fill, "stroke": T[look.color], "strokeWidth": 1.2, "strokeDash": list(look.dash), "opacity": 1}


def _fitting(text: str, width: float) -> str:
    most = max(3, int(width / WIDE_CHAR))
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _key(panels: Sequence[_Panel], looks: Looks, top: float, width: float) -> tuple[list[Spec], float]:
    """What each look that occurs means, in as many rows as it takes; and where the drawing ends."""
    boxes = {box.look for panel in panels for _, _, box in panel.boxes}
    arcs = {arc.look for panel in panels for arc, _, _ in panel.arcs}
    x, y = _at("x"), _at("y")
    layers: list[Spec] = []
    across, down = 0.0, top
    shown: list[tuple[str, BoxLook | ArcLook]] = [
        (look.words, look) for kind, look in looks.boxes.items() if kind in boxes
    ]
    shown += [(look.words, look) for kind, look in looks.arcs.items() if kind in arcs]
    for words, look in shown:
        size = 26 + text_width(words) + 10
        if across and across + size > width:
            across, down = 0.0, down + KEY_ROW
        values = {"x": across, "r": across + 20, "y": down - 5, "b": down + 5, "m": down, "tx": across + 26, "t": words}
        layers += _key_entry(look, values, x, y)
        across += size
    return layers, down + KEY_ROW / 2


def _key_entry(look: BoxLook | ArcLook, values: Spec, x: Spec, y: Spec) -> list[Spec]:
    data = {"values": [values]}
    middle = {**y, "field": "m"}
    sign: Spec
    if isinstance(look, BoxLook):
        mark: Spec = {"type": "rect", "cornerRadius": 2, **_outline(look)}
        sign = {"data": data, "mark": mark, "encoding": {"x": x, "x2": {"field": "r"}, "y": y, "y2": {"field": "b"}}}
    else:
        mark = {"type": "rule", "color": T[look.color], "strokeWidth": look.width, "strokeDash": list(look.dash)}
        sign = {"data": data, "mark": mark, "encoding": {"x": x, "x2": {"field": "r"}, "y": middle}}
    text = {"type": "text", "align": "left", "baseline": "middle", "color": T["ink-2"]}
    where = {"x": {**x, "field": "tx"}, "y": middle, "text": {"field": "t"}}
    return [sign, {"data": data, "mark": text, "encoding": where}]
