"""Lines over a quantity: several curves on one plain or logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scorpius_lab.reporting.charts.figure import figure
from scorpius_lab.reporting.charts.rows import HALO, Spec
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import number, require_columns
from scorpius_lab.reporting.theme import T

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Line:
    """How the curve `name` looks: a color token of the theme, dashes in px, its shade; `dots` draws points instead."""

    name: str
    color: str = "series-1"
    dash: tuple[int, ...] = (1, 0)
    shade: float = 1.0
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """A line across the chart at a value of the vertical axis, with its words."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Scales:
    """Titles with units of both axes; `log` and the lowest value drawn, or `percent` for fractions shown times 100."""

    x_title: str
    y_title: str
    log: bool = False
    floor: float | None = None
    percent: bool = False


def lines(
    name: str,
    frame: pl.DataFrame,
    *,
    title: str,
    finding: str,
    source: str,
    looks: Sequence[Line],
    scales: Scales,
    x: str = "x",
    y: str = "y",
    series: str = "series",
    level: Level | None = None,
    alt: str = "",
    sample: bool = False,
    when_empty: str = "",
) -> Block:
    """The curves named by `looks`, in their order, over the columns `x`, `y` and `series` of a long frame.

    On a logarithmic axis values of 0 and below the floor are left out: a curve ends where it ends. The table below has
    one row for each x and one column for each curve.
    """
    table, rows = frame, list[Spec]()
    if frame.height:
        require_columns(frame, (x, y, series), f"the chart {name!r}")
        frame = frame.filter(frame[series].is_in([look.name for look in looks]))
        rows = [_row(r[x], r[y], r[series]) for r in frame.iter_rows(named=True) if _drawn(r[y], scales)]
        table = frame.pivot(on=series, index=x, values=y, aggregate_function="first")
    return figure(
        name,
        title=title,
        finding=finding,
        alt=alt or _words(rows, looks, scales),
        source=source,
        make=lambda narrow: lines_spec(rows, looks, scales, level, narrow),
        table=table,
        sample=sample,
        when_empty=when_empty,
        columns={c: scales.x_title if c == x else c for c in table.columns},
    )


def _row(x: float, y: float, series: str) -> Spec:
    return {"x": float(x), "y": float(y), "s": series}


def _drawn(value: float | None, scales: Scales) -> bool:
    if value is None or not math.isfinite(value):
        return False
    return not scales.log or value > 0


def _words(rows: Sequence[Spec], looks: Sequence[Line], scales: Scales) -> str:
    """Where each curve begins and ends, for those who do not see it."""
    said = []
    for look in looks:
        there = sorted((r["x"], r["y"]) for r in rows if r["s"] == look.name)
        if there:
            (first, start), (last, end) = there[0], there[-1]
            said.append(f"{look.name} from {number(start, 3)} at {first:g} to {number(end, 3)} at {last:g}")
    return f"Curves of {scales.y_title} over {scales.x_title}: {'; '.join(said)}."


def lines_spec(rows: Sequence[Spec], looks: Sequence[Line], scales: Scales, level: Level | None, narrow: bool) -> Spec:
    """The chart over rows of {x, y, s: name of the curve}, each curve in its look, with a legend above."""
    present = [look for look in looks if any(r["s"] == look.name for r in rows)]
    where: Spec = {"x": _x(rows, scales, narrow), "y": _y(rows, scales, level, narrow), **_look(present, narrow)}
    dotted = [look.name for look in present if look.dots]
    layers: list[Spec] = [
        {
            "transform": [{"filter": {"not": {"field": "s", "oneOf": dotted}}}],
            "mark": {"type": "line", "strokeWidth": 2.5, "clip": True, "strokeCap": "butt"},
            "encoding": where,
        }
    ]
    if dotted:
        seen = {key: value for key, value in where.items() if key != "strokeDash"}
        mark = {"type": "point", "size": 70, "filled": True}
        layers.append({"transform": [{"filter": {"field": "s", "oneOf": dotted}}], "mark": mark, "encoding": seen})
    if level:
        layers += _level_layers(level, scales)
    return {
        "width": 280 if narrow else 640,
        "height": 240 if narrow else 320,
        "data": {"values": [{**r, "y": r["y"] * (100 if scales.percent else 1)} for r in rows]},
        "layer": layers,
    }


def _look(present: Sequence[Line], narrow: bool) -> Spec:
    """Color, dashes and shade by curve; the legend merges them."""
    names = [look.name for look in present]
    legend: Spec = {
        "orient": "top",
        "direction": "horizontal",
        "columns": 1 if narrow else 3,
        "symbolType": "stroke",
        "symbolSize": 400,
        "symbolStrokeWidth": 2.5,
        "offset": 28,  # room for the title of the vertical axis
        "labelLimit": 300,
        "title": None,
    }

    def by_name(values: Sequence[object]) -> Spec:
        return {"field": "s", "type": "nominal", "scale": {"domain": names, "range": list(values)}, "legend": legend}

    return {
        "color": by_name([T[look.color] for look in present]),
        "strokeDash": by_name([list(look.dash) for look in present]),
        "opacity": by_name([look.shade for look in present]),
    }


def _x(rows: Sequence[Spec], scales: Scales, narrow: bool) -> Spec:
    values = [r["x"] for r in rows] or [0, 1]
    return {
        "field": "x",
        "type": "quantitative",
        "title": scales.x_title,
        "scale": {"domain": [min(values), max(values)], "nice": False},
        "axis": {"tickCount": 5 if narrow else 9, "format": ".6~g"},
    }


def _y(rows: Sequence[Spec], scales: Scales, level: Level | None, narrow: bool) -> Spec:
    """The title stands above the axis, level, so that it is read without turning the head."""
    values = [r["y"] for r in rows] + ([level.at] if level else [])
    title: Spec = {
        "title": scales.y_title,
        "titleAngle": 0,
        "titleAlign": "left",
        "titleAnchor": "end",
        "titleX": -34 if narrow else -40,
        "titleY": -14,
        "titleBaseline": "bottom",
    }
    if not scales.log:
        top = max(values, default=1.0) * (100 if scales.percent else 1)
        scale: Spec = {"domain": [0, top * 1.05], "nice": False, "zero": True}
        axis: Spec = {**title, "tickCount": 6, "format": ".6~g"}
        return {"field": "y", "type": "quantitative", "scale": scale, "axis": axis}
    low = scales.floor if scales.floor is not None else min(values, default=0.1)
    high = max(values, default=10.0) * 1.5
    powers = [10.0**k for k in range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high)) + 1)]
    axis = {**title, "values": powers, "labelExpr": "'10' + " + _SUPERSCRIPT}
    scale = {"type": "log", "domain": [low, high], "nice": False}
    return {"field": "y", "type": "quantitative", "scale": scale, "axis": axis}


# Vega has no superscript: the exponent is written with the characters for it.
_EXPONENT = "format(round(log(datum.value)/LN10), 'd')"
_SUPERSCRIPT = _EXPONENT
for _digit, _raised in zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True):
    _SUPERSCRIPT = f"replace({_SUPERSCRIPT}, /{_digit}/g, '{_raised}')"
_SUPERSCRIPT = f"replace({_SUPERSCRIPT}, /[-\\u2212]/, '⁻')"


def _level_layers(level: Level, scales: Scales) -> list[Spec]:
    """A dashed line across the chart and its words under its right end."""
    data = {"values": [{"y": level.at * (100 if scales.percent else 1), "t": level.words}]}
    y: Spec = {"field": "y", "type": "quantitative"}
    text: Spec = {"type": "text", "align": "right", "x": {"expr": "width - 6"}, "dy": 11, "color": T["ink-2"]}
    said = {"y": y, "text": {"field": "t"}}
    return [
        {
            "data": data,
            "mark": {"type": "rule", "strokeDash": [4, 3], "color": T["ink-2"], "strokeWidth": 1.2},
            "encoding": {"y": y},
        },
        {"data": data, "mark": {**text, **HALO}, "encoding": said},
        {"data": data, "mark": text, "encoding": said},
    ]
