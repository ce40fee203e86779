"""Charts of measurements: spread on a logarithmic axis, and how far each promise is met."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scorpius_lab.reporting.charts.figure import figure
from scorpius_lab.reporting.charts.rows import HALO, Rows, Spec, note_above, text_width
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import number, require_columns
from scorpius_lab.reporting.components.tables import readable
from scorpius_lab.reporting.theme import T

if TYPE_CHECKING:
    import polars as pl


def dot_range(
    name: str,
    frame: pl.DataFrame,
    *,
    title: str,
    finding: str,
    source: str,
    unit: str,
    label: str = "label",
    low: str = "low",
    mid: str = "mid",
    high: str = "high",
    target: str | None = None,
    log: bool = True,
    alt: str = "",
    sample: bool = False,
    when_empty: str = "",
) -> Block:
    """The middle as a dot and the spread as a line for each row, on a logarithmic axis.

    Columns named by `label, low, mid, high` (for instance quantiles), in the frame's order; `target` names a column
    with an upright mark. Rows without a middle, or on a logarithmic axis not above zero, stay in the table only.
    """
    if frame.height:
        require_columns(frame, (label, low, mid, high, *((target,) if target else ())), f"the chart {name!r}")
    rows = (
        [
            _range_row(r[label], r[low], r[mid], r[high], r[target] if target else None, unit)
            for r in frame.iter_rows(named=True)
            if _drawable(r[mid], log)
        ]
        if frame.height
        else []
    )
    shown = [label, low, mid, high, *((target,) if target else ())]
    return figure(
        name,
        title=title,
        finding=finding,
        alt=alt or f"Dots with spread, {unit}: " + ", ".join(f"{r['label']} {r['t']}" for r in rows[:16]) + ".",
        source=source,
        make=lambda narrow: range_spec(rows, unit, log, narrow),
        table=frame.select(shown) if rows else frame.clear(),
        sample=sample,
        when_empty=when_empty,
        columns={c: readable(c) for c in shown},
    )


def _drawable(value: float | None, log: bool) -> bool:
    return value is not None and math.isfinite(value) and (value > 0 or not log)


def _range_row(  # noqa: PLR0917 (the columns of a row)
    label: object, low: float | None, mid: float, high: float | None, target: float | None, unit: str
) -> Spec:
    first = mid if low is None or low <= 0 else low
    return {
        "label": str(label),
        "low": first,
        "mid": mid,
        "high": mid if high is None else high,
        "target": target,
        "t": f"{number(mid, 3)} {unit}",
    }


def range_spec(rows: Sequence[Spec], unit: str, log: bool, narrow: bool) -> Spec:
    """A dot for the middle and a line for the spread; `rows` are {label, low, mid, high, t, target?}."""
    end = max((text_width(str(r["t"])) for r in rows), default=0) + 14
    axis_rows = Rows([r["label"] for r in rows], narrow, right=end)
    values = [
        v
        for r in rows
        for v in (r["low"], r["mid"], r["high"], r.get("target"))
        if v is not None and (v > 0 or not log)
    ]
    scale: Spec = {"type": "log", "domain": _decades(values), "nice": False} if log else {"zero": True}
    axis: Spec = {"grid": True, "tickCount": 5, "domain": False, "ticks": False}
    if log:
        axis |= {"values": _ticks(values, 4 if narrow else 7), "format": "~g"}
    x = {
        "field": "mid",
        "type": "quantitative",
        "title": f"{unit}, logarithmic" if log else unit,
        "scale": scale,
        "axis": axis,
    }
    y, dy = axis_rows.y, axis_rows.shift
    high = {"field": "high", "type": "quantitative"}
    layers: list[Spec] = [
        {
            "mark": {
                "type": "rule",
                "strokeWidth": 3,
                "strokeCap": "round",
                "opacity": 0.45,
                "color": T["series-1"],
                "yOffset": dy,
            },
            "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}},
        },
    ]
    if any(r.get("target") is not None for r in rows):
        tick = {"type": "tick", "thickness": 2, "size": 18, "color": T["ink"], "yOffset": dy}
        at = {"y": y, "x": {"field": "target", "type": "quantitative"}}
        layers.append({"transform": [{"filter": "isValid(datum.target)"}], "mark": tick, "encoding": at})
        layers.append(note_above("upright mark: target", "right", {"expr": "width"}))
    point = {"type": "point", "size": 80, "color": T["series-1"], "yOffset": dy}
    text = {"type": "text", "align": "left", "dx": 9, "dy": dy, "fontWeight": 600}
    said = {"y": y, "x": high, "text": {"field": "t"}}
    layers += [
        {"mark": point, "encoding": {"y": y, "x": x}},
        {"mark": {**text, **HALO}, "encoding": said},
        {"mark": text, "encoding": said},
    ]
    return axis_rows.spec(rows, layers)


def _decades(values: Sequence[float]) -> list[float]:
    """A domain from a little below the least to a little above the greatest value."""
    if not values:
        return [0.1, 10]
    low, high = min(values), max(values)
    widen = max(1.6, math.sqrt(20 / (high / low)))  # at least a good decade, so that a tick or two stand on the axis
    return [low / widen, high * widen]


def _ticks(values: Sequence[float], at_most: int) -> list[float]:
    """Powers of ten across the values; between them 3 where there is room."""
    low, high = _decades(values)
    powers = [10.0**k for k in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
    fine = sorted([*powers, *(3 * p for p in powers)])
    inside = [t for t in powers if low <= t <= high]
    finer = [t for t in fine if low <= t <= high]
    if len(finer) <= at_most:
        return finer
    return inside[:: max(1, math.ceil(len(inside) / at_most))]


def ratios(
    name: str,
    frame: pl.DataFrame,
    *,
    title: str,
    finding: str,
    source: str,
    label: str = "promise",
    target: str = "target",
    measured: str = "measured",
    ratio: str = "ratio",
    alt: str = "",
    sample: bool = False,
    when_empty: str = "",
) -> Block:
    """Target, measured and ratio for every promise, the ratio drawn against the line where a promise is just met.

    Columns: `target` and `measured` are text as it shall stand (`< 100 ms`, `0.4 ms`; measured may be null), `ratio`
    says how many times better than the target (1 is just met, below 1 is missed, null is not measured yet, drawn
    hollow).
    """
    if frame.height:
        require_columns(frame, (label, target, measured, ratio), f"the chart {name!r}")
    rows = (
        [
            _ratio_row(f"{r[label]}, {r[target]}" if r[target] else r[label], r[measured], r[ratio])
            for r in frame.iter_rows(named=True)
        ]
        if frame.height
        else []
    )
    return figure(
        name,
        title=title,
        finding=finding,
        alt=alt or "Ratio of target to measured: " + ", ".join(f"{r['label']} {r['t']}" for r in rows) + ".",
        source=source,
        make=lambda narrow: ratio_spec(rows, narrow),
        table=frame.select(label, target, measured, ratio) if frame.height else frame,
        sample=sample,
        when_empty=when_empty,
        columns={label: readable(label), target: "Target", measured: "Measured", ratio: "Times better than target"},
    )


def _ratio_row(label: object, measured: object, ratio: float | None) -> Spec:
    row: Spec = {"label": f"{label}", "r": None, "met": "none", "t": "not measured yet"}
    if ratio is None or not math.isfinite(ratio) or ratio <= 0:
        return row
    met = ratio >= 1
    times = number(ratio, 2 if ratio < 100 else 3)  # noqa: PLR2004
    said = f"{measured}, {times} times better" if met else f"{measured}, missed"
    return row | {"r": ratio, "met": "met" if met else "missed", "t": said}


def ratio_spec(rows: Sequence[Spec], narrow: bool) -> Spec:
    """Bars from the line at 1 to the right where a promise is met and to the left where it is missed."""
    known = [r["r"] for r in rows if r["r"] is not None]
    low, high = min([*known, 0.8]), max([*known, 1.25])
    widest = max((text_width(r["t"]) for r in rows), default=0) + 16
    axis = Rows([r["label"] for r in rows], narrow, right=widest)
    dy = axis.shift
    x: Spec = {
        "field": "r",
        "type": "quantitative",
        "title": "times better, log" if narrow else "times better than the target, logarithmic",
        "scale": {"type": "log", "domain": [low / 1.15, high * 1.15], "nice": False},
        "axis": {
            "values": _ticks([low, high], 3 if narrow else 6),
            "format": "~g",
            "grid": True,
            "domain": False,
            "ticks": False,
        },
    }
    color = {"condition": [{"test": "datum.met=='missed'", "value": T["fail"]}], "value": T["pass"]}
    one = {"values": [{"one": 1}]}
    at_one = {"x": {**x, "field": "one"}}
    known_only = [{"filter": "isValid(datum.r)"}]
    text = {"type": "text", "align": "left", "dx": 8, "dy": dy, "fontWeight": 600}
    ends: Spec = {"calculate": "max(datum.r, 1)", "as": "end"}
    layers: list[Spec] = [
        {
            "transform": [*known_only, {"calculate": "1", "as": "one"}],
            "mark": {"type": "rule", "strokeWidth": 4, "yOffset": dy},
            "encoding": {"y": axis.y, "x": x, "x2": {"field": "one"}, "color": color},
        },
        {"data": one, "mark": {"type": "rule", "color": T["ink"], "strokeWidth": 1.5}, "encoding": at_one},
        {
            "data": one,
            "mark": {"type": "text", "align": "left", "dx": 0, "y": -9, "color": T["ink-2"]},
            "encoding": {**at_one, "text": {"value": "1: target just met"}},
        },
        {
            "transform": known_only,
            "mark": {"type": "point", "size": 90, "yOffset": dy},
            "encoding": {"y": axis.y, "x": x, "color": color},
        },
        {
            "transform": [*known_only, ends],
            "mark": text,
            "encoding": {"y": axis.y, "x": {**x, "field": "end"}, "text": {"field": "t"}},
        },
        {
            "transform": [{"filter": "!isValid(datum.r)"}, {"calculate": "1", "as": "one"}],
            "mark": {
                "type": "point",
                "filled": False,
                "size": 90,
                "color": T["not-evaluated"],
                "strokeDash": [2, 2],
                "strokeWidth": 1.8,
                "xOffset": 16,
                "yOffset": dy,
            },
            "encoding": {"y": axis.y, **at_one},
        },
        {
            "transform": [{"filter": "!isValid(datum.r)"}, {"calculate": "1", "as": "one"}],
            "mark": {**text, "dx": 28, "fontWeight": 400, "color": T["ink-2"]},
            "encoding": {"y": axis.y, **at_one, "text": {"field": "t"}},
        },
    ]
    return axis.spec(rows, layers)
