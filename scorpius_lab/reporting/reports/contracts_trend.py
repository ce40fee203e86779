"""The contract report over time: what was open after each scan, what came, went and came back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import charts, components
from scorpius_lab.reporting.charts.rows import NARROW, WIDE, Spec
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.reports.contracts_rows import NO_SCAN, SCANS, rows, typed
from scorpius_lab.reporting.theme import T

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report

# Series of the trend, from the axis outwards; what was fixed hangs below it.
_PARTS = {"carried": ("open before", "context"), "new": ("new", "series-1"), "reopened": ("back again", "series-4")}
_FIXED = ("fixed", "series-2")


def trend(report: Report) -> Block:
    """After each scan: what was open before, new and back again above the line, what was fixed below it."""
    import polars as pl

    scanned = rows(report, "scans")
    made = [row | {"carried": row["open"] - row["new"] - row["reopened"]} for row in scanned]
    first, last = (made[0], made[-1]) if made else ({}, {})
    said = f"From {first['open']:,} open to {last['open']:,} over {len(made):,} scans." if len(made) > 1 else ""
    schema = {
        "started_at": pl.Datetime("us", "UTC"), **dict.fromkeys((*_PARTS, "fixed", "open"), pl.Int64),
    }  # fmt: skip
    return charts.figure(
        "trend",
        title="Findings after each scan",
        finding=said,
        alt=f"Columns for each scan, open findings above the line and fixed ones below it. {said}",
        source=_trend_source(scanned),
        make=lambda narrow: _trend_spec(made, narrow),
        table=typed(made if len(made) > 1 else [], schema),
        when_empty="There was one scan; a trend needs two." if scanned else NO_SCAN,
        columns={
            "started_at": "Scan", **{name: words.capitalize() for name, (words, _) in _PARTS.items()}, "fixed": "Fixed",
            "open": "Open",
        },
    )  # fmt: skip


def _trend_source(scanned: list[dict[str, Any]]) -> str:
    some = f" The newest {SCANS} scans are shown." if len(scanned) == SCANS else ""
    return f"Source: the store. Counted over the whole lab, though a scan may cover a part of it.{some}"


def _trend_spec(made: list[dict[str, Any]], narrow: bool) -> Spec:
    """Stacked columns, one for each scan in order; scans stand side by side however long passed between them."""
    data: list[Spec] = []
    for number, row in enumerate(made):
        below = 0
        for name, (words, _) in _PARTS.items():
            data.append({"i": number, "s": words, "y0": below, "y1": below + row[name]})
            below += row[name]
        data.append({"i": number, "s": _FIXED[0], "y0": -row["fixed"], "y1": 0})
    labels = [{"i": number, "t": f"{row['open']:,}", "y": row["open"]} for number, row in enumerate(made)]
    looks = [*_PARTS.values(), _FIXED]
    days = [f"{row['started_at']:%-d %b %H:%M}" for row in made]
    step = max(1, -(-len(made) // (3 if narrow else 7)))
    x: Spec = {
        "field": "i",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [-0.6, max(len(made), 6) - 0.4], "nice": False},
        "axis": {
            "values": list(range(0, len(made), step)),
            "labelExpr": f"[{', '.join(repr(day) for day in days)}][datum.value]",
            "grid": False,
        },
    }
    color = {
        "field": "s",
        "type": "nominal",
        "scale": {"domain": [words for words, _ in looks], "range": [T[token] for _, token in looks]},
        "legend": {"orient": "top", "direction": "horizontal", "title": None, "columns": 2 if narrow else 4},
    }
    top = max((row["open"] for row in made), default=0) or 1
    y: Spec = {
        "field": "y0",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [-max((row["fixed"] for row in made), default=0), 1.14 * top], "nice": False},
        "axis": {"labelExpr": "format(abs(datum.value), ',d')", "tickMinStep": 1, "tickCount": 5},
    }
    width = (NARROW if narrow else WIDE) - 46
    bar = {"type": "bar", "size": min(44, 0.7 * width / max(len(made), 6))}
    text = {"type": "text", "baseline": "bottom", "dy": -4, "fontWeight": 600, "color": T["ink"]}
    zero = {"type": "rule", "color": T["ink-3"], "strokeWidth": 1}
    shown = labels if len(made) <= (8 if narrow else 20) else labels[-1:]
    return {
        "width": width,
        "height": 220,
        "data": {"values": data},
        "layer": [
            {"mark": bar, "encoding": {"x": x, "y": y, "y2": {"field": "y1"}, "color": color}},
            {"data": {"values": [{"y": 0}]}, "mark": zero, "encoding": {"y": {**y, "field": "y"}}},
            {
                "data": {"values": shown},
                "mark": text,
                "encoding": {"x": x, "y": {**y, "field": "y"}, "text": {"field": "t"}},
            },
        ],
    }


def scans(report: Report) -> Block:
    """Each scan, newest first, with what it changed."""
    import polars as pl

    made = [
        row | {"seen": f"{row['whole']:,} of {row['files']:,}", "outcome": _outcome(row)}
        for row in reversed(rows(report, "scans"))
    ]
    schema = {
        "started_at": pl.Datetime("us", "UTC"), "outcome": pl.String, "seen": pl.String, "new": pl.Int64,
        "reopened": pl.Int64, "fixed": pl.Int64, "open": pl.Int64,
    }  # fmt: skip
    return components.records(
        "scans",
        typed(made, schema),
        "Scans, newest first",
        "A finding is fixed when a scan that looked at its whole file no longer sees it.",
        columns={
            "started_at": "Started, UTC", "outcome": "Outcome", "seen": "Files looked at whole", "new": "New",
            "reopened": "Back again", "fixed": "Fixed", "open": "Open after it",
        },
        when_empty=NO_SCAN,
    )  # fmt: skip


def _outcome(row: dict[str, Any]) -> str:
    return f"{row['outcome']}: {row['error']}" if row["error"] else str(row["outcome"])
