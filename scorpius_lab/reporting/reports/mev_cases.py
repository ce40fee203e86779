"""Sandwiches in full: each step with its price, drawn, and with its reserves as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import charts, components
from scorpius_lab.reporting.charts.rows import Spec
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.cards import Card, CardTable
from scorpius_lab.reporting.reports.mev_rows import (
    NO_ATTACK,
    NO_BLOCKS,
    attacks,
    coins,
    count_of,
    gained,
    rows,
    short,
    typed,
    was_searched,
)
from scorpius_lab.reporting.theme import T

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report

ROLES = {"front": "series-2", "victim": "critical", "back": "series-1", "other": "ink-3"}
_STEP_COLUMNS = {
    "step": "Step", "role": "Role", "transaction": "Transaction", "paid": "Paid, raw units", "got": "Got, raw units",
    "price": "Price, first = 1", "reserve0": "Reserve 0 after", "reserve1": "Reserve 1 after",
}  # fmt: skip


def shown_cases(report: Report) -> list[dict[str, Any]]:
    """The sandwiches that are shown in full, those with most victims first."""
    found = [row for row in attacks(report) if row["kind"] == "sandwich"]
    found.sort(key=lambda row: (-len(row["victims"]), -int(row["net"] or 0), row["block_number"], row["transactions"]))
    return found[: int(report.parameters.get("cases", 12))]


def steps_of(report: Report, case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The swaps of a case's first pool from its front to its back, in order, with role and price.

    The price is what was paid for one unit of what the front bought, over that of the front itself.
    """
    pool = case["pools"][0]
    swaps = [row for row in rows(report, "steps") if row["case_id"] == case["transactions"][0] and row["pool"] == pool]
    fronts, backs = set(case["detail"].get("fronts", ())), set(case["detail"].get("backs", ()))
    first = next((row for row in swaps if row["transaction_hash"] in fronts), None)
    if first is None:
        return []
    base = first["token_in"]
    start = float(first["amount_in"]) / float(first["amount_out"])
    roles = dict.fromkeys(case["victims"], "victim") | dict.fromkeys(fronts, "front") | dict.fromkeys(backs, "back")
    last = max((row["transaction_index"] for row in swaps if row["transaction_hash"] in backs), default=2**62)
    made: list[dict[str, Any]] = []
    for row in swaps:
        if not first["transaction_index"] <= row["transaction_index"] <= last:
            continue
        paid, got = float(row["amount_in"]), float(row["amount_out"])
        price = (paid / got if row["token_in"] == base else got / paid) / start if paid and got else None
        made.append(
            {
                "step": len(made) + 1,
                "role": roles.get(row["transaction_hash"], "other"),
                "transaction": short(row["transaction_hash"]),
                "paid": f"{int(row['amount_in']):,}",
                "got": f"{int(row['amount_out']):,}",
                "price": price,
                "reserve0": row["reserve0"],
                "reserve1": row["reserve1"],
                "tokens": (row["token_in"], row["token_out"]),
                "amounts": (int(row["amount_in"]), int(row["amount_out"])),
            }
        )
    return made


def drawn(report: Report) -> Block:
    """Each case's price through front, victims and back, one small plot for each."""
    import polars as pl

    values = [
        {"case": case_name(number, case), **{name: step[name] for name in ("step", "price", "role")}}
        for number, case in enumerate(shown_cases(report), 1)
        for step in steps_of(report, case)
        if step["price"] is not None
    ]
    schema = {"case": pl.String, "step": pl.Int64, "role": pl.String, "price": pl.Float64}
    return charts.figure(
        "drawn",
        title="Price through each sandwich, front = 1",
        finding="The actor buys at 1, the victims pay what he has made of it, and he sells into the price they made.",
        alt=_alt(values),
        source="Swaps of the first pool of each case, in order of execution.",
        make=lambda narrow: _plots(values, narrow=narrow),
        table=typed(values, schema),
        when_empty=NO_ATTACK if was_searched(report) else NO_BLOCKS,
        columns={"case": "Case", "step": "Step", "role": "Role", "price": "Price, front = 1"},
    )


def case_name(number: int, case: Mapping[str, Any]) -> str:
    """How a case is called in figures and cards."""
    return f"{number}. block {case['block_number']}"


def _alt(values: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(row["case"] for row in values))
    peaks = [max(row["price"] for row in values if row["case"] == name) for name in names]
    said = "; ".join(f"{name}: up to {peak:.4f}" for name, peak in zip(names, peaks, strict=True))
    return f"Price by step for {count_of(len(names), 'case')}, the front at 1. {said}."


def _plots(values: Sequence[Mapping[str, Any]], *, narrow: bool) -> Spec:
    x: Spec = {
        "field": "step", "type": "ordinal", "title": None, "axis": {"labelAngle": 0, "labelOverlap": True},
    }  # fmt: skip
    y: Spec = {"field": "price", "type": "quantitative", "title": None, "scale": {"zero": False}}
    size = (260 if narrow else 175, 110)
    return plot_for_each_case(values, path_marks({"x": x, "y": y}, ROLES), size, narrow=narrow)


def path_marks(place: Spec, colors: Mapping[str, str], line: Spec | None = None) -> list[Spec]:
    """A grey line through points that are coloured by role; `line` is what only the line's encoding has."""
    color: Spec = {
        "field": "role",
        "type": "nominal",
        "scale": {"domain": list(colors), "range": [T[token] for token in colors.values()]},
        "legend": {"orient": "top", "title": None},
    }
    return [
        {"mark": {"type": "line", "strokeWidth": 1.5, "color": T["ink-3"]}, "encoding": {**place, **(line or {})}},
        {"mark": {"type": "point", "filled": True, "size": 70}, "encoding": {**place, "color": color}},
    ]


def plot_for_each_case(
    values: Sequence[Mapping[str, Any]], layer: Sequence[Spec], size: tuple[int, int], *, narrow: bool
) -> Spec:
    """One small plot for each case, in their order, each with its own axes."""
    return {
        "data": {"values": list(values)},
        "facet": {
            "field": "case",
            "type": "nominal",
            "title": None,
            "sort": list(dict.fromkeys(row["case"] for row in values)),
        },
        "columns": 1 if narrow else 3,
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
        "spec": {"width": size[0], "height": size[1], "layer": list(layer)},
    }


def cards(report: Report) -> Block:
    """Each case as a card: who, what it brought, step by step."""
    made = [_card(report, number, case) for number, case in enumerate(shown_cases(report), 1)]
    return components.cards(
        "cases", made, "Sandwiches, step by step", when_empty=NO_ATTACK if was_searched(report) else NO_BLOCKS
    )


def _card(report: Report, number: int, case: Mapping[str, Any]) -> Card:
    import polars as pl

    steps = steps_of(report, case)
    schema = {
        name: pl.Int64 if name == "step" else pl.Float64 if name == "price" else pl.String for name in _STEP_COLUMNS
    }
    victims = count_of(len(case["victims"]), "victim")
    columns = {
        name: title
        for name, title in _STEP_COLUMNS.items()
        if not name.startswith("reserve") or any(step[name] is not None for step in steps)
    }
    said = (
        [f"The front pays with {short(steps[0]['tokens'][0])} and buys {short(steps[0]['tokens'][1])}."]
        if steps
        else []
    )
    if case["completeness"] != "full":
        said.append(f"Not known: {case['completeness']}.")
    return Card(
        id=f"case-{case['transactions'][0][2:18]}",
        title=f"{case_name(number, case)}: {victims}, {count_of(len(case['pools']), 'pool')}",
        kicker=f"by {short(case['actor'])}",
        because=f"Gained {gained(case)}; after gas {coins(None if case['net'] is None else int(case['net']))}.",
        paragraphs=said,
        tables=(CardTable("Steps in the first pool", typed(steps, schema), columns),) if steps else (),
        tags=tuple(short(pool) for pool in case["pools"]),
    )
