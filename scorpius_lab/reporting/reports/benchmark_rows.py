"""What the benchmark report's figures are made of: its queries, and their rows with the parts that are shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.analytics.benchmark.promises import FEWEST_SAMPLES
from scorpius_lab.reporting.components.markup import moment, number

if TYPE_CHECKING:
    import polars as pl

    from scorpius_lab.reporting.report import Report

DASH = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"
SMALLEST = 1e-12
NO_RUN = "No benchmark has been run in this lab; run `scorpius benchmark run` or `lab.call('benchmark.run')`."
FIRST_RUN = "This is the first benchmark run of this lab, so there is nothing to compare with."

RUNS = """runs_as_of($as_of) WHERE function = 'benchmark.run' AND outcome = 'succeeded'"""
LATEST = f"SELECT id FROM {RUNS} ORDER BY started_at DESC, id LIMIT 1"  # noqa: S608 (our own constant)
OBSERVED = f"""
SELECT run_id, rule_id, state, reason, value, unit, detail FROM observations
WHERE run_id IN ({LATEST}) AND {{where}} ORDER BY (detail->>'order')::INTEGER, rule_id
"""  # noqa: S608 (our own constants)
HISTORY = f"""
SELECT o.run_id, r.started_at, o.rule_id, o.value, o.unit, o.detail->>'better' AS better,
       (o.detail->>'p5')::DOUBLE AS p5, (o.detail->>'p95')::DOUBLE AS p95,
       CASE WHEN o.detail->>'ratio' IS NULL THEN NULL
            WHEN o.detail->>'better' = 'lower'
            THEN (o.detail->>'target')::DOUBLE / greatest((o.detail->>'p95')::DOUBLE, {SMALLEST})
            ELSE (o.detail->>'p5')::DOUBLE / (o.detail->>'target')::DOUBLE END AS ratio,
       o.detail->>'title' AS title
FROM observations o JOIN (SELECT id, started_at FROM {RUNS}) r ON o.run_id = r.id
WHERE o.value IS NOT NULL ORDER BY r.started_at, o.run_id, o.rule_id
"""  # noqa: S608 (our own constants)


def promise_rows(report: Report) -> list[dict[str, Any]]:
    """The verdicts of the latest run, in the order of the promises."""
    rows = (_row(row, "target", "basis", "beside", "slowest") for row in report.table("promises").iter_rows(named=True))
    return [row | {"ratio": _ratio(row)} for row in rows]


def _ratio(row: Mapping[str, Any]) -> float | None:
    """How many times better than its target the slow end is, which is what decides the state; None if not measured."""
    slow, target = row["slow_end"], row["target"]
    if slow is None or not target:
        return None
    return float(target / max(slow, SMALLEST) if row["better"] == "lower" else slow / target)


def measurement_rows(report: Report) -> list[dict[str, Any]]:
    """The figures of the latest run, in the order of the measurements."""
    extra = ("group", "subject", "operation", "sizes", "standard", "library", "family", "level", "cpu_ms")
    return [_row(row, *extra) for row in report.table("measurements").iter_rows(named=True)]


def not_taken(report: Report) -> list[dict[str, Any]]:
    """The figures of the latest run without a value; one row for a subject of which none was taken for one reason."""
    missing: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    taken: set[str] = set()
    for one in measurement_rows(report):
        if one["value"] is not None:
            taken.add(one["subject"])
        else:
            missing.setdefault((one["subject"], one["state"], one["reason"]), []).append(one)
    rows: list[dict[str, Any]] = []
    for (subject, _, _), found in missing.items():
        whole = subject not in taken and len(found) > 1
        rows += [found[0] | {"title": subject}] if whole else found
    return rows


def _row(row: Mapping[str, Any], *extra: str) -> dict[str, Any]:
    """A row of observations with the parts of its detail that are shown."""
    detail: dict[str, Any] = json.loads(row["detail"] or "{}")
    parts = {name: detail.get(name) for name in ("title", "better", "p5", "p95", "n", *extra)}
    slow = parts["p95"] if parts["better"] == "lower" else parts["p5"]
    return {**{name: row[name] for name in ("rule_id", "state", "reason", "value", "unit")}, **parts, "slow_end": slow}


def conditions_of(report: Report) -> dict[str, Any]:
    """The detail of the conditions observation, with its value as `share`; empty before the first run."""
    found = report.table("conditions")
    if found.is_empty():
        return {}
    detail: dict[str, Any] = json.loads(found["detail"][0])
    return detail | {"share": found["value"][0]}


def state_counts(report: Report) -> dict[str, int]:
    """How many promises are in each state."""
    states = [one["state"] for one in promise_rows(report)]
    return {state: states.count(state) for state in dict.fromkeys(states)}


def measured_at(report: Report) -> str:
    """When the latest run began."""
    run = report.table("run")
    return "never" if run.is_empty() else moment(run["started_at"][0])


def frame_of(rows: Any) -> pl.DataFrame:
    """Rows as a frame, its types looked for in all of them."""
    import polars as pl

    return pl.DataFrame(list(rows), infer_schema_length=None)


def typed(frame: pl.DataFrame, **numbers: bool) -> pl.DataFrame:
    """The columns named are numbers, even where no row has a value."""
    import polars as pl

    return frame.with_columns(pl.col(name).cast(pl.Float64) for name in numbers) if frame.height else frame


def duration_text(milliseconds: float) -> str:
    """`79 µs`, `4.1 ms` or `1.68 s`: the unit in which the number is short."""
    if milliseconds < 1:
        return f"{number(1000 * milliseconds, 3)} µs"
    if milliseconds < 1000:  # noqa: PLR2004
        return f"{number(milliseconds, 3)} ms"
    return f"{number(milliseconds / 1000, 3)} s"


def target_text(one: Mapping[str, Any]) -> str:
    """`< 100 ms` or `≥ 1 GB/min`."""
    return f"{'<' if one['better'] == 'lower' else '≥'} {number(float(one['target']), 5)} {one['unit']}"


def measured_text(one: Mapping[str, Any]) -> str | None:
    """The median with its unit, or None."""
    return None if one["value"] is None else f"{number(one['value'], 3)} {one['unit']}"


def slow_text(one: Mapping[str, Any]) -> str | None:
    """The slow end with its unit and, where they are few, the number of samples; None if not measured."""
    if one["slow_end"] is None:
        return None
    few = (one["n"] or 0) < FEWEST_SAMPLES
    samples = f" ({one['n']} {'sample' if one['n'] == 1 else 'samples'})" if few else ""
    return f"{number(one['slow_end'], 3)} {one['unit']}{samples}"
