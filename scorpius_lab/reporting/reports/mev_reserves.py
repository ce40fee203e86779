"""Reserves of a pool through a sandwich: along its curve by the front, further by the victims, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import charts
from scorpius_lab.reporting.charts.rows import Spec
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.reports.mev_cases import (
    ROLES,
    case_name,
    path_marks,
    plot_for_each_case,
    shown_cases,
    steps_of,
)
from scorpius_lab.reporting.reports.mev_rows import NO_ATTACK, NO_BLOCKS, count_of, typed, was_searched
from scorpius_lab.reporting.theme import T

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report

BEFORE = "before"
_COLORS = {BEFORE: "ink-2", **ROLES}
_NO_RESERVES = (
    "The reserves of these pools are not known: only pairs of the Uniswap v2 kind log them, and a block whose receipts "
    "come without logs does not show them."
)


def reserve_path(steps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Both reserves after each step over those before the first one; empty where the pool does not log them.

    `paid` is the reserve of the token the front pays with, `bought` that of the other. What was there before the front
    follows from its amounts.
    """
    if not steps or any(step["reserve0"] is None or step["reserve1"] is None for step in steps):
        return []
    base, other = steps[0]["tokens"]
    names = ("reserve0", "reserve1") if base < other else ("reserve1", "reserve0")
    held = [tuple(int(step[name]) for name in names) for step in steps]
    paid, bought = held[0][0] - steps[0]["amounts"][0], held[0][1] + steps[0]["amounts"][1]
    if paid <= 0 or bought <= 0:
        return []
    path = [(BEFORE, paid, bought), *((step["role"], *both) for step, both in zip(steps, held, strict=True))]
    return [
        {"step": number, "role": role, "paid": one / paid, "bought": two / bought}
        for number, (role, one, two) in enumerate(path)
    ]


def reserves(report: Report) -> Block:
    """Each case's reserves from before the front to after the back, one small plot for each."""
    import polars as pl

    cases = shown_cases(report)
    paths = [(case_name(number, case), reserve_path(steps_of(report, case))) for number, case in enumerate(cases, 1)]
    values = [{"case": name, **point} for name, path in paths for point in path]
    left_out = sum(not path for _, path in paths)
    schema = {"case": pl.String, "step": pl.Int64, "role": pl.String, "paid": pl.Float64, "bought": pl.Float64}
    empty = _NO_RESERVES if cases else NO_ATTACK if was_searched(report) else NO_BLOCKS
    said = "Right and down: the pool holds more of what the front paid with, and less of what it bought."
    if left_out:
        said += f" Left out: {count_of(left_out, 'case')} in which the pool's reserves are not known."
    return charts.figure(
        "reserves",
        title="Reserves through each sandwich, before the front = 1",
        finding=said,
        alt=_alt(values),
        source="Reserves that the first pool of each case logged after each swap.",
        make=lambda narrow: _plots(values, narrow=narrow),
        table=typed(values, schema),
        when_empty=empty,
        columns={"case": "Case", "step": "Step", "role": "Role", "paid": "Token paid", "bought": "Token bought"},
    )


def _alt(values: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(row["case"] for row in values))
    least = [min(row["bought"] for row in values if row["case"] == name) for name in names]
    said = "; ".join(f"{name}: down to {low:.4f}" for name, low in zip(names, least, strict=True))
    return f"Reserve of the token bought against that of the token paid, for {count_of(len(names), 'case')}. {said}."


def _plots(values: Sequence[Mapping[str, Any]], *, narrow: bool) -> Spec:
    x: Spec = {
        "field": "paid", "type": "quantitative", "title": "Token paid", "scale": {"zero": False},
        "axis": {"tickCount": 3},
    }  # fmt: skip
    y: Spec = {
        "field": "bought", "type": "quantitative", "title": "Token bought", "scale": {"zero": False},
        "axis": {"tickCount": 4},
    }  # fmt: skip
    label: Spec = {
        "mark": {"type": "text", "dx": 9, "dy": -6, "fontSize": 10, "color": T["ink-2"]},
        "encoding": {"x": x, "y": y, "text": {"field": "step", "type": "nominal"}},
    }
    order: Spec = {"order": {"field": "step", "type": "quantitative"}}
    layer = [*path_marks({"x": x, "y": y}, _COLORS, order), label]
    return plot_for_each_case(values, layer, (240 if narrow else 155, 120), narrow=narrow)
