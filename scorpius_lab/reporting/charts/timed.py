"""Charts over time: findings by severity, score and coverage."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from scorpius_lab.core.identity import utc_text
from scorpius_lab.reporting.charts.figure import figure
from scorpius_lab.reporting.charts.rows import Spec
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import known_severity, percent, require_columns
from scorpius_lab.reporting.theme import SEVERITIES, SEVERITY_LABEL, T

if TYPE_CHECKING:
    import polars as pl


def timeline(
    name: str,
    frame: pl.DataFrame,
    *,
    title: str,
    finding: str,
    source: str,
    time: str = "time",
    every: str = "1d",
    note: str | None = None,
    alt: str = "",
    sample: bool = False,
    when_empty: str = "",
) -> Block:
    """Findings or events over time by severity, stacked. Columns `time` (date or aware time), `severity`, `count`.

    Times are put into steps of `every` (`1h`, `1d`, `1w`, `1mo`, or `auto` for about sixty steps) in UTC. The highest
    column is labelled with its time and number; `note` adds words to that label.
    """
    import polars as pl

    if frame.height:
        require_columns(frame, (time, "severity"), f"the chart {name!r}")
    every = _fitting(frame, time) if every == "auto" else every
    sums: dict[tuple[str, str], int] = {}
    for record in frame.drop_nulls(time).iter_rows(named=True) if frame.height else ():
        key = (_step(record[time], every), known_severity(record["severity"]))
        sums[key] = sums.get(key, 0) + int(record.get("count", 1) or 0)
    steps = sorted({d for d, _ in sums})
    table = pl.DataFrame(
        [(d.replace("T00:00:00Z", "").replace(":00Z", ""), *(sums.get((d, s), 0) for s in SEVERITIES)) for d in steps],
        schema={"time": pl.String, **dict.fromkeys(SEVERITIES, pl.Int64)},
        orient="row",
    )
    rows = [{"d": d, "s": s, "n": n} for (d, s), n in sorted(sums.items())]
    peak = _peak(sums, steps, every, note)
    return figure(
        name,
        title=title,
        finding=finding,
        alt=alt
        or f"Stacked columns by time and severity, {len(steps)} steps"
        + (f"; the highest: {peak['t']}." if peak else "."),
        source=source,
        make=lambda narrow: columns_spec(rows, every, peak, narrow),
        table=table,
        sample=sample,
        when_empty=when_empty,
        columns={"time": "Time, UTC", **SEVERITY_LABEL},
    )


def _step(value: object, every: str) -> str:
    """The start of the step a time falls into, as ISO text in UTC."""
    if isinstance(value, datetime):
        at = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    elif isinstance(value, date):
        at = datetime(value.year, value.month, value.day, tzinfo=UTC)
    else:
        at = datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    at = at.replace(minute=0, second=0, microsecond=0)
    if every != "1h":
        at = at.replace(hour=0)
    if every == "1w":
        at -= timedelta(days=at.weekday())
    if every == "1mo":
        at = at.replace(day=1)
    return utc_text(at).replace(".000000", "")


def _fitting(frame: pl.DataFrame, time: str) -> str:
    """The step that cuts the span of a column of times into at most about sixty."""
    days = sorted(_step(v, "1h") for v in frame[time].drop_nulls().to_list()) if frame.height else []
    if not days:
        return "1d"
    length = datetime.fromisoformat(days[-1]) - datetime.fromisoformat(days[0])
    limits = (("1h", timedelta(hours=60)), ("1d", timedelta(days=62)), ("1w", timedelta(weeks=62)))
    return next((step for step, most in limits if length <= most), "1mo")


def _peak(sums: Mapping[tuple[str, str], int], steps: list[str], every: str, note: str | None) -> dict[str, Any] | None:
    """The highest column with its label, on the side where there is room."""
    if not steps:
        return None
    totals = {d: sum(n for (at, _), n in sums.items() if at == d) for d in steps}
    best = max(steps, key=lambda d: totals[d])
    when = datetime.fromisoformat(best)
    shown = when.strftime({"1h": "%-d %b %H:%M", "1mo": "%b %Y"}.get(every, "%-d %b"))
    left = steps.index(best) < len(steps) / 2
    words = f"{shown}: {totals[best]:,}" + (f", {note}" if note else "")
    return {"d": best, "n": totals[best], "t": words, "align": "left" if left else "right"}


_LEAST_STEPS = 14  # fewer columns than this keep the width they would have among so many


def columns_spec(rows: Sequence[Spec], every: str, peak: Spec | None, narrow: bool) -> Spec:
    """Stacked columns over time; `rows` are {d: start of the step as ISO text, s: severity, n: number}."""
    present = [s for s in SEVERITIES if any(r["s"] == s and r["n"] for r in rows)] or [SEVERITIES[-1]]
    data: list[Spec] = []
    tops: dict[str, int] = {}
    for r in sorted(rows, key=lambda r: (r["d"], SEVERITIES.index(r["s"]))):
        left, right = _edges(r["d"], every)
        below = tops.get(r["d"], 0)
        tops[r["d"]] = below + r["n"]
        data.append({"a": left, "b": right, "y0": below, "y1": tops[r["d"]], "s": SEVERITY_LABEL[r["s"]], "n": r["n"]})
    ticks = _count_ticks(max(tops.values(), default=1))
    x: Spec = {
        "field": "a",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc", "nice": False},
        "axis": _time_axis(sorted(tops), every, 4 if narrow else 8),
    }
    y: Spec = {
        "field": "y0",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, max(ticks[-1], *tops.values())], "nice": False},
        "axis": {"values": ticks, "format": ",d"},
    }
    color = {
        "field": "s",
        "type": "nominal",
        "scale": {"domain": [SEVERITY_LABEL[s] for s in present], "range": [T[s] for s in present]},
        "legend": {"orient": "top", "direction": "horizontal"},
    }
    mark = {"type": "rect", "stroke": T["page"], "strokeWidth": 0.5}
    where = {"x": x, "x2": {"field": "b"}, "y": y, "y2": {"field": "y1"}, "color": color}
    ends = {"values": [{"a": at} for at in _span(sorted(tops), every)]}  # widens the axis without fixing its domain
    unseen: Spec = {"data": ends, "mark": {"type": "point", "opacity": 0}, "encoding": {"x": x, "y": {"value": 0}}}
    layers: list[Spec] = [{"mark": mark, "encoding": where}, unseen]
    if peak:
        at_left = peak["align"] == "left"
        words = {"type": "text", "align": peak["align"], "dx": 7 if at_left else -7, "dy": 8, "fontWeight": 600}
        place = {"d": _edges(peak["d"], every)[1 if at_left else 0], "n": peak["n"], "t": peak["t"]}
        at = {
            "x": {"field": "d", "type": "temporal"},
            "y": {"field": "n", "type": "quantitative"},
            "text": {"field": "t"},
        }
        layers.append({"data": {"values": [place]}, "mark": words, "encoding": at})
    return {
        "width": 300 if narrow else 680,
        "height": 180 if narrow else 200,
        "data": {"values": data},
        "layer": layers,
    }


def _end(start: datetime, every: str) -> datetime:
    """When the step that begins at `start` ends."""
    if every == "1mo":
        return (start + timedelta(days=32)).replace(day=1)
    return start + {"1h": timedelta(hours=1), "1d": timedelta(days=1), "1w": timedelta(weeks=1)}[every]


def _edges(step: str, every: str) -> tuple[str, str]:
    """Left and right edge of a column: the step with a little air on both sides."""
    start = datetime.fromisoformat(step)
    end = _end(start, every)
    air = (end - start) * 0.11
    return utc_text(start + air), utc_text(end - air)


def _span(steps: Sequence[str], every: str) -> list[str]:
    """The axis from the first to the last step widened if they are few."""
    first, last = datetime.fromisoformat(steps[0]), _end(datetime.fromisoformat(steps[-1]), every)
    one = _end(first, every) - first
    missing = max(timedelta(), one * _LEAST_STEPS - (last - first)) / 2
    return [utc_text(first - missing), utc_text(last + missing)]


def _time_axis(steps: Sequence[str], every: str, at_most: int) -> Spec:
    """Labels under the middle of some columns, evenly chosen from all steps between the first and the last."""
    first, last = datetime.fromisoformat(steps[0]), datetime.fromisoformat(steps[-1])
    starts = [first]
    while starts[-1] < last and len(starts) < 5000:  # noqa: PLR2004
        starts.append(_end(starts[-1], every))
    chosen = starts[:: max(1, math.ceil(len(starts) / at_most))]
    middles = [s if every == "1h" else s + (_end(s, every) - s) / 2 for s in chosen]
    form = {"1h": "%-d %b %H:%M", "1mo": "%b %Y"}.get(
        every, "%-d %b" if last - first < timedelta(days=300) else "%-d %b %Y"
    )
    return {"format": form, "values": [utc_text(m) for m in middles], "grid": False, "labelOverlap": True}


def _count_ticks(top: int) -> list[int]:
    """Whole numbers from zero to at least the top, at most five."""
    step = next(m * 10**k for k in range(18) for m in (1, 2, 5) if m * 10**k * 4 >= top)
    return list(range(0, top + step, step))


def trend(
    name: str,
    frame: pl.DataFrame,
    *,
    title: str,
    finding: str,
    source: str,
    time: str = "time",
    score: str = "score",
    coverage: str = "coverage",
    labels: tuple[str, str] = ("Score of what was judged", "Coverage"),
    note: tuple[object, str] | None = None,
    alt: str = "",
    sample: bool = False,
    when_empty: str = "",
) -> Block:
    """Score and coverage over time, both as fractions from 0 to 1 (None where nothing was judged), on one scale.

    `note` is (time, words): an upright line that says what happened then.
    """
    if frame.height:
        require_columns(frame, (time, score, coverage), f"the chart {name!r}")
    points = [(_point(r[time]), r[score], r[coverage]) for r in frame.iter_rows(named=True)] if frame.height else []
    points.sort(key=lambda p: p[0])
    marked = (_point(note[0]), note[1]) if note else None
    ends = f"from {percent(points[0][1])} to {percent(points[-1][1])}" if points else ""
    seen = f"from {percent(points[0][2])} to {percent(points[-1][2])}" if points else ""
    return figure(
        name,
        title=title,
        finding=finding,
        alt=alt or f"Two lines over {len(points)} points: {labels[0]} {ends}, {labels[1]} {seen}.",
        source=source,
        make=lambda narrow: trend_spec(points, labels, marked, narrow),
        table=frame.select(time, score, coverage) if frame.height else frame,
        sample=sample,
        when_empty=when_empty,
    )


def _point(value: object) -> str:
    """A time as ISO text in UTC, to the second."""
    if isinstance(value, datetime):
        at = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")
    text = value.isoformat() if isinstance(value, date) else str(value)
    return datetime.fromisoformat(text).replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def trend_spec(
    points: Sequence[tuple[str, float | None, float | None]],
    labels: tuple[str, str],
    note: tuple[str, str] | None,
    narrow: bool,
) -> Spec:
    """Two lines on 0 to 100 %, named at their ends; `points` are (ISO time, score, coverage)."""
    inks = (T["ink-2"], T["series-1"])
    rows = [
        {"d": d, "what": labels[i], "v": round(100 * v, 3)}
        for d, *both in points
        for i, v in enumerate(both)
        if v is not None
    ]
    single = len({d for d, _, _ in points}) == 1
    x: Spec = {
        "field": "d",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc"},
        "axis": {"format": _date_format(points), "tickCount": 4 if narrow else 8, "labelOverlap": True},
    }
    if single:
        x = {"field": "d", "type": "ordinal", "title": None, "timeUnit": "utcyearmonthdatehoursminutes"}
        x["axis"] = {"format": "%Y-%m-%d %H:%M", "labelAngle": 0}
    y = {
        "field": "v",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, 105], "nice": False},
        "axis": {"values": [0, 25, 50, 75, 100], "format": ".0f"},
    }
    color = {"field": "what", "type": "nominal", "scale": {"domain": list(labels), "range": list(inks)}, "legend": None}
    layers: list[Spec] = [*_note_layers(note, x)] if note and not single else []
    layers.append({"mark": {"type": "line", "strokeWidth": 2.5}, "encoding": {"x": x, "y": y, "color": color}})
    layers += _end_layers(points, labels, x, y, color, narrow)
    return {
        "width": 300 if narrow else 690 if single else 526,
        "height": 210 if narrow else 240,
        "data": {"values": rows},
        "layer": layers,
    }


def _end_layers(  # noqa: PLR0917 (what the lines share)
    points: Sequence[Any], labels: tuple[str, str], x: Spec, y: Spec, color: Spec, narrow: bool
) -> list[Spec]:
    """Points and values at both ends of each line; its name at the last, or above the first where narrow."""
    out: list[Spec] = []
    last = [next((p[i + 1] for p in reversed(points) if p[i + 1] is not None), None) for i in (0, 1)]
    for i, label in enumerate(labels):
        there = [p for p in points if p[i + 1] is not None]
        if not there:
            continue
        other = last[1 - i]
        ends = [
            {"d": p[0], "what": label, "v": round(100 * p[i + 1], 3), "t": percent(p[i + 1])}
            for p in (there[0], there[-1])
        ]
        mine = last[i]
        upper = other is None or mine is None or (mine, i == 0) >= (other, i == 1)
        close = other is not None and mine is not None and abs(mine - other) < 0.09  # noqa: PLR2004
        shift = (-7 if upper else 9) if close else 0
        base = {"x": x, "y": y, "color": color}
        out.append(
            {
                "data": {"values": ends if len(there) > 1 else ends[:1]},
                "mark": {"type": "point", "size": 55},
                "encoding": base,
            }
        )
        words = ends[1]["t"] if narrow else f"{ends[1]['t']}  {label}"
        text: Spec = {"type": "text", "align": "left", "dx": 9, "dy": shift, "fontWeight": 600, "fontSize": 13}
        out.append(
            {"data": {"values": [{**ends[1], "t": words}]}, "mark": text, "encoding": {**base, "text": {"field": "t"}}}
        )
        if narrow:
            above: Spec = {"type": "text", "align": "left", "dx": 2, "dy": -13 if upper else 18, "fontWeight": 600}
            out.append(
                {
                    "data": {"values": [{**ends[0], "t": label}]},
                    "mark": above,
                    "encoding": {**base, "text": {"field": "t"}},
                }
            )
        elif len(there) > 1:
            above = {"type": "text", "align": "left", "dx": 0, "dy": -14 if upper else 17}
            out.append({"data": {"values": ends[:1]}, "mark": above, "encoding": {**base, "text": {"field": "t"}}})
    return out


def _note_layers(note: tuple[str, str], x: Spec) -> list[Spec]:
    """An upright line at a moment with its words."""
    data = {"values": [{"d": note[0], "t": note[1]}]}
    rule = {"type": "rule", "strokeDash": [3, 3], "color": T["ink-3"]}
    words = {"type": "text", "align": "left", "dx": 6, "y": {"expr": "height-12"}, "color": T["ink-2"]}
    return [
        {"data": data, "mark": rule, "encoding": {"x": x}},
        {"data": data, "mark": words, "encoding": {"x": x, "text": {"field": "t"}}},
    ]


def _date_format(points: Sequence[Any]) -> str:
    """Hours, days or months on the axis, by how long the points span."""
    times = [datetime.fromisoformat(p[0]) for p in points]
    length = (max(times) - min(times)) if times else timedelta()
    if length < timedelta(days=2):
        return "%-d %b %H:%M"
    return "%-d %b" if length < timedelta(days=120) else "%b %Y"
