"""Charts of counts: states by group, findings by severity, plain bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scorpius_lab.reporting.charts.figure import figure
from scorpius_lab.reporting.charts.rows import Rows, Spec, note_above, text_width
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import DASH, known_severity, number, percent, require_columns
from scorpius_lab.reporting.components.tables import readable, state_rows
from scorpius_lab.reporting.theme import SEVERITIES, SEVERITY_LABEL, STATE_FILL, STATE_LABEL, STATES, T

if TYPE_CHECKING:
    import polars as pl


def state_bars(
    name: str,
    frame: pl.DataFrame,
    *,
    title: str,
    finding: str,
    source: str,
    row: str = "framework",
    unit: str = "controls",
    alt: str = "",
    sample: bool = False,
    when_empty: str = "",
) -> Block:
    """Stacked bars of states for each group with its coverage. Frame as for `components.heat`, long or wide."""
    import polars as pl

    groups = state_rows(frame, row)
    table = pl.DataFrame(
        [(g.label, *g.counts, round(100 * g.coverage, 2)) for g in groups],
        schema={row: pl.String, **dict.fromkeys(STATES, pl.Int64), "coverage": pl.Float64},
        orient="row",
    )
    shape = "; ".join(f"{g.label}: {g.judged} of {g.total} judged" for g in groups[:12])
    return figure(
        name,
        title=title,
        finding=finding,
        alt=alt or f"Stacked bars, solid where judged and hatched where not. {shape}.",
        source=source,
        make=lambda narrow: state_spec([(g.label, g.counts) for g in groups], unit, narrow),
        table=table,
        sample=sample,
        when_empty=when_empty,
        columns={row: readable(row), **STATE_LABEL, "coverage": "Coverage, %"},
    )


def severity_bars(
    name: str,
    frame: pl.DataFrame,
    *,
    title: str,
    finding: str,
    source: str,
    alt: str = "",
    sample: bool = False,
    when_empty: str = "",
) -> Block:
    """One bar for each severity. Columns `severity` and `count` (without `count` each row is one finding)."""
    import polars as pl

    counts = _severity_counts(frame)
    shown = [(s, counts.get(s, 0)) for s in SEVERITIES] if counts else []
    table = pl.DataFrame(shown, schema={"severity": pl.String, "count": pl.Int64}, orient="row")
    words = ", ".join(f"{SEVERITY_LABEL[s].lower()} {n:,}" for s, n in shown)
    return figure(
        name,
        title=title,
        finding=finding,
        alt=alt or f"Bars by severity: {words}.",
        source=source,
        make=lambda narrow: severity_spec(shown, narrow),
        table=table,
        sample=sample,
        when_empty=when_empty,
        columns={"severity": "Severity", "count": "Findings"},
    )


def _severity_counts(frame: pl.DataFrame) -> dict[str, int]:
    if frame.height:
        require_columns(frame, ("severity",), "a chart of severities")
    counts: dict[str, int] = {}
    for record in frame.iter_rows(named=True):
        word = known_severity(record["severity"])
        counts[word] = counts.get(word, 0) + int(record.get("count", 1) or 0)
    return counts


def bars(
    name: str,
    frame: pl.DataFrame,
    *,
    title: str,
    finding: str,
    source: str,
    label: str,
    value: str,
    unit: str = "",
    alt: str = "",
    sample: bool = False,
    when_empty: str = "",
) -> Block:
    """Horizontal bars in the frame's order; columns named by `label` and `value`."""
    if frame.height:
        require_columns(frame, (label, value), f"the chart {name!r}")
    rows = [(str(r[label]), r[value] or 0, number(r[value] or 0)) for r in frame.iter_rows(named=True)]
    return figure(
        name,
        title=title,
        finding=finding,
        alt=alt or "Bars: " + ", ".join(f"{a} {t}" for a, _, t in rows[:12]) + ".",
        source=source,
        make=lambda narrow: bars_spec(rows, unit or readable(value).lower(), narrow),
        table=frame.select(label, value) if frame.height else frame,
        sample=sample,
        when_empty=when_empty,
    )


def state_spec(groups: Sequence[tuple[str, Sequence[int]]], unit: str, narrow: bool) -> Spec:
    """Stacked shares of states for each group; `groups` are (label, counts in the order of STATES)."""
    rows = Rows([label for label, _ in groups], narrow, right=52)
    data: list[Spec] = []
    edges: list[Spec] = []
    for label, counts in groups:
        total, at = sum(counts) or 1, 0.0
        for word, n in zip(STATES, counts, strict=True):
            share = 100 * n / total
            if n:
                data.append(
                    {"label": label, "state": STATE_LABEL[word], "n": n, "x0": round(at, 3), "x1": round(at + share, 3)}
                )
            at += share
        judged = sum(counts[:3])
        edges.append(
            {
                "label": label,
                "x": round(100 * judged / total, 3),
                "t": percent(judged / sum(counts)) if sum(counts) else DASH,
            }
        )
    x = {
        "field": "x0",
        "type": "quantitative",
        "title": f"share of all {unit}, %",
        "scale": {"domain": [0, 100], "nice": False},
        "axis": {"tickCount": 5},
    }
    domain = [STATE_LABEL[s] for s in STATES]
    color = {
        "field": "state",
        "type": "nominal",
        "scale": {"domain": domain, "range": list(STATE_FILL)},
        "legend": None,
    }
    bar = {"type": "bar", "height": rows.bar, "stroke": T["page"], "strokeWidth": 1, "yOffset": rows.shift}
    tick = {"type": "tick", "color": T["ink"], "thickness": 2, "size": rows.bar + 7, "yOffset": rows.shift}
    number = {"type": "text", "align": "right", "fontWeight": 600, "x": {"expr": "width+44"}, "dy": rows.shift}
    at_edge = {"y": rows.y, "x": {"field": "x", "type": "quantitative"}}
    return rows.spec(
        data or edges,
        [
            {"mark": bar, "encoding": {"y": rows.y, "x": x, "x2": {"field": "x1"}, "color": color}},
            {"data": {"values": edges}, "mark": tick, "encoding": at_edge},
            {"data": {"values": edges}, "mark": number, "encoding": {"y": rows.y, "text": {"field": "t"}}},
            note_above("coverage", "right", {"expr": "width+44"}),
            note_above("judged, solid" if narrow else "looked at and judged: solid", "left", 0),
            note_above("not, hatched" if narrow else "not judged: hatched", "right", {"expr": "width-34"}),
        ],
    )


def severity_spec(counts: Sequence[tuple[str, int]], narrow: bool) -> Spec:
    """One bar for each severity with its number; `counts` are (severity, number)."""
    data = [{"label": SEVERITY_LABEL[s], "s": s, "n": n, "t": f"{n:,}"} for s, n in counts]
    return _bars(
        data,
        {"field": "s", "scale": {"domain": list(SEVERITIES), "range": [T[s] for s in SEVERITIES]}},
        "findings",
        narrow,
    )


def bars_spec(rows: Sequence[tuple[str, float, str]], unit: str, narrow: bool) -> Spec:
    """Horizontal bars; `rows` are (label, value, text at the bar's end)."""
    return _bars([{"label": label, "n": n, "t": t} for label, n, t in rows], {"value": T["series-1"]}, unit, narrow)


def _bars(data: Sequence[Spec], color: Spec, unit: str, narrow: bool) -> Spec:
    end = max((text_width(str(r["t"])) for r in data), default=0) + 14
    rows = Rows([r["label"] for r in data], narrow, right=end)
    if "field" in color:
        color = {**color, "type": "nominal", "legend": None}
    top = max((r["n"] for r in data), default=0) or 1
    x = {
        "field": "n",
        "type": "quantitative",
        "title": unit,
        "scale": {"domain": [0, top], "nice": False},
        "axis": {"tickCount": 4, "tickMinStep": 1, "grid": True, "domain": False, "ticks": False},
    }
    text = {"type": "text", "align": "left", "dx": 6, "dy": rows.shift, "fontWeight": 600, "color": T["ink"]}
    bar = {"type": "bar", "height": rows.bar, "yOffset": rows.shift}
    zero = {"type": "rule", "color": T["ink-3"], "strokeWidth": 1}
    return rows.spec(
        data,
        [
            {"mark": bar, "encoding": {"y": rows.y, "x": x, "color": color}},
            {"mark": text, "encoding": {"y": rows.y, "x": x, "text": {"field": "t"}}},
            *([] if rows.above else [{"data": {"values": [{"n": 0}]}, "mark": zero, "encoding": {"x": x}}]),
        ],
    )
