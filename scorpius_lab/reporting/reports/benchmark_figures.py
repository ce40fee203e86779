"""The benchmark report's charts: spread by family of algorithms, sizes, and how it went over the runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import charts, components
from scorpius_lab.reporting.charts.rows import Spec
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import number
from scorpius_lab.reporting.reports.benchmark_rows import (
    FIRST_RUN,
    TIMES,
    frame_of,
    measurement_rows,
    promise_rows,
)
from scorpius_lab.reporting.theme import T

if TYPE_CHECKING:
    import polars as pl

    from scorpius_lab.reporting.report import Report

SOURCE = "Wall time on this machine; dot: median, line: 5th to 95th percentile of all samples. Left is faster."
TREND_HEIGHT, LABEL_HEIGHT = 260, 16
LEAST_CHANGE = 1.1
RATE_SOURCE = "Work by wall time; dot: median, line: 5th to 95th percentile of all samples. Right is faster."


# -- figures by family


def keygen(report: Report) -> Block:
    """Key generation of everything that has keys."""
    return _range(report, "keygen", "Key generation", ("kem", "signature"), ("keygen",), target="key-generation")


def sign(report: Report) -> Block:
    """Signing 1 KiB."""
    return _range(report, "sign", "Signing 1 KiB", ("signature",), ("sign",), target="signature")


def verify(report: Report) -> Block:
    """Verifying 1 KiB."""
    return _range(report, "verify", "Verifying 1 KiB", ("signature",), ("verify",), target="verification")


def kem(report: Report) -> Block:
    """Encapsulating and decapsulating a key."""
    return _range(report, "kem", "Key encapsulation", ("kem",), ("encaps", "decaps"), full=True)


def encryption(report: Report) -> Block:
    """Throughput of symmetric encryption."""
    return _range(report, "encryption", "Symmetric encryption", ("encryption",), unit="MB/s", full=True)


def store(report: Report) -> Block:
    """Rows a second into and out of the store."""
    return _range(report, "store", "Store", ("store",), unit="rows/s", full=True, alike=False)


def store_section(report: Report) -> Block:
    """What a section costs before anything is done in it."""
    return _range(report, "store-section", "Store, one section", ("store",), ("read",), full=True, alike=False)


def _range(
    report: Report,
    name: str,
    title: str,
    groups: Sequence[str],
    operations: Sequence[str] = (),
    *,
    unit: str = "ms",
    target: str = "",
    full: bool = False,
    alike: bool = True,
) -> Block:
    """Median and spread of the figures of some groups and operations, fastest first.

    `full` names each row with its operation; `alike` compares the fastest with the slowest.
    """
    limit = next(
        (one["target"] for one in promise_rows(report) if one["rule_id"] == f"benchmark.promise.{target}"), None
    )
    chosen = [
        one
        for one in measurement_rows(report)
        if one["group"] in groups
        and one["unit"] == unit
        and one["value"] is not None
        and (not operations or one["operation"] in operations)
    ]
    chosen.sort(key=lambda one: one["value"], reverse=unit != "ms")
    rows = [
        {
            "label": one["title"] if full else one["subject"],
            "low": one["p5"], "mid": one["value"], "high": one["p95"], "samples": one["n"], "target": limit,
        }
        for one in chosen
    ]  # fmt: skip
    frame = frame_of(rows)
    return charts.dot_range(
        name,
        frame if limit is not None or not rows else frame.drop("target"),
        title=f"{title}, {unit}",
        finding=_compared(rows) if alike else _told(rows, unit),
        source=SOURCE if unit == "ms" else RATE_SOURCE,
        unit=unit,
        target="target" if limit is not None and rows else None,
        when_empty=report.when_empty("measurements"),
    )


def _compared(rows: Sequence[Mapping[str, Any]]) -> str:
    if len(rows) < 2:  # noqa: PLR2004 (two make a comparison)
        return ""
    first, last = rows[0], rows[-1]
    factor = max(first["mid"], last["mid"]) / min(first["mid"], last["mid"])
    return f"{first['label']} is the fastest, {last['label']} the slowest, {number(factor, 3)} times apart."


def _told(rows: Sequence[Mapping[str, Any]], unit: str) -> str:
    slow, word = ("high", "more") if unit == "ms" else ("low", "less")
    said = [
        f"{row['label']}: {number(row['mid'], 3)} {unit}, in one case of twenty {number(row[slow], 3)} or {word}."
        for row in rows
    ]
    return " ".join(said)


def sizes(report: Report) -> Block:
    """Bytes of a public key and what is sent with it: the other price of an algorithm, known also where untimed."""
    found = {
        one["subject"]: sum(one["sizes"].values())
        for one in measurement_rows(report)
        if one["group"] in ("kem", "signature") and len(one["sizes"] or ()) > 1
    }
    rows = sorted(({"algorithm": name, "bytes": total} for name, total in found.items()), key=lambda row: row["bytes"])
    finding = ""
    if rows:
        least, most = rows[0], rows[-1]
        finding = (
            f"From {least['bytes']:,} bytes for {least['algorithm']} to {most['bytes']:,} for {most['algorithm']}."
        )
    return charts.bars(
        "sizes",
        frame_of(rows),
        title="Public key and one ciphertext or signature, bytes",
        finding=finding,
        source="What a handshake or a certificate carries. Each of the two is in the tables of parameter sets.",
        label="algorithm",
        value="bytes",
        when_empty=report.when_empty("measurements"),
    )


# -- over time


def trend(report: Report) -> Block:
    """Every measured promise over the runs so far."""
    history = report.table("history")
    rows = [
        {"run": row["started_at"], "promise": row["title"], "ratio": row["ratio"]}
        for row in history.iter_rows(named=True)
        if row["ratio"] is not None
    ]
    runs = len({row["run"] for row in rows})
    frame = frame_of(rows if runs > 1 else [])
    return charts.figure(
        "trend",
        title="Promises over the runs of this lab, times better than the target",
        finding=f"{runs} runs; below the line at 1 a promise is not kept.",
        alt=f"Lines of the ratio of target and slow end for each promise over {runs} runs.",
        source="Slow end of each run; the machine may have been busier in one run than in another.",
        make=lambda narrow: trend_spec(rows, narrow),
        table=frame,
        when_empty=FIRST_RUN,
        columns={"run": "Run", "promise": "Promise", "ratio": "Times better than target"},
    )


def trend_spec(rows: Sequence[Mapping[str, Any]], narrow: bool) -> Spec:
    """Lines over the runs on a logarithmic axis, each named at its end."""
    values = [{"d": row["run"].strftime("%m-%d %H:%M:%S"), "p": row["promise"], "r": row["ratio"]} for row in rows]
    powers = _powers([row["r"] for row in values])
    ends = _apart([row for row in values if row["d"] == values[-1]["d"]], powers[-1] / powers[0])
    x: Spec = {"field": "d", "type": "ordinal", "title": None, "sort": None, "scale": {"type": "point", "padding": 0.1}}
    x["axis"] = {"labelAngle": 0, "labelOverlap": True, "labelColor": T["ink-2"]}
    y: Spec = {"field": "r", "type": "quantitative", "title": None}
    y["scale"] = {"type": "log", "domain": [powers[0], powers[-1]], "nice": False}
    y["axis"] = {"values": powers, "format": "~g"}
    line = {"type": "line", "strokeWidth": 2, "color": T["series-1"], "opacity": 0.7}
    just = {"type": "rule", "color": T["ink"], "strokeWidth": 1.5}
    text = {"type": "text", "align": "left", "dx": 8, "fontSize": 12}
    named = {"x": x, "y": {**y, "field": "at"}, "text": {"field": "p"}}
    return {
        "width": 190 if narrow else 530,
        "height": TREND_HEIGHT,
        "data": {"values": values},
        "layer": [
            {"data": {"values": [{"one": 1}]}, "mark": just, "encoding": {"y": {**y, "field": "one"}}},
            {"mark": line, "encoding": {"x": x, "y": y, "detail": {"field": "p", "type": "nominal"}}},
            {"mark": {"type": "point", "size": 45, "color": T["series-1"]}, "encoding": {"x": x, "y": y}},
            {"data": {"values": ends}, "mark": text, "encoding": named},
        ],
    }


def _powers(values: Sequence[float]) -> list[float]:
    """Powers of ten around all values and the line at 1."""
    low, high = min(0, math.floor(math.log10(min(values)))), max(1, math.ceil(math.log10(max(values))))
    return [10.0**power for power in range(low, high + 1)]


def _apart(ends: Sequence[Mapping[str, Any]], across: float) -> list[dict[str, Any]]:
    """The names at the ends of lines, moved up until none covers another; `across` is the factor the axis spans."""
    least = across ** (LABEL_HEIGHT / TREND_HEIGHT)
    placed: list[dict[str, Any]] = []
    for end in sorted(ends, key=lambda row: row["r"]):
        lowest = placed[-1]["at"] * least if placed else end["r"]
        placed.append({**end, "at": max(end["r"], lowest)})
    return placed


def changes(report: Report) -> Block:
    """Figures whose spread no longer touches that of the run before."""
    return components.records(
        "changes",
        changed(report.table("history")),
        "What changed since the run before",
        "Only where the spreads of the two runs do not overlap and the medians differ by a tenth; above 1 is faster.",
        columns={"what": "Figure", "before": "Before", "now": "Now", "faster": "Times as fast"},
        when_empty="No figure has left the spread of the run before, or there is no run before.",
    )


def changed(history: pl.DataFrame) -> pl.DataFrame:
    """Figures of the last two runs that do not overlap, slowed down first."""
    runs = history["run_id"].unique(maintain_order=True).to_list() if history.height else []
    if len(runs) < 2:  # noqa: PLR2004 (two runs make a change)
        return frame_of([])
    before = {row["rule_id"]: row for row in history.iter_rows(named=True) if row["run_id"] == runs[-2]}
    rows: list[dict[str, Any]] = []
    for row in history.iter_rows(named=True):
        old = before.get(row["rule_id"])
        if row["run_id"] != runs[-1] or old is None or row["p5"] is None or old["p5"] is None or row["ratio"]:
            continue
        if row["p5"] <= old["p95"] and old["p5"] <= row["p95"]:
            continue
        faster = old["value"] / row["value"] if row["better"] == "lower" else row["value"] / old["value"]
        if abs(math.log(faster)) < math.log(LEAST_CHANGE):
            continue
        rows.append({"what": row["title"], "before": _with_unit(old), "now": _with_unit(row), "faster": faster})
    rows.sort(key=lambda one: one["faster"])
    return frame_of(one | {"faster": f"{number(one['faster'], 3)} {TIMES}"} for one in rows)


def _with_unit(row: Mapping[str, Any]) -> str:
    return f"{number(row['value'], 3)} {row['unit']}"
