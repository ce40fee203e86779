"""A figure: title, finding, drawing, source line and table, in the theme's markup."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting.components.block import Block, slot
from scorpius_lab.reporting.components.markup import esc, inline, slug
from scorpius_lab.reporting.components.tables import SAMPLE_MARK, Columns, empty, readable, table_html

if TYPE_CHECKING:
    import polars as pl

Make = Callable[[bool], Mapping[str, Any]]
_TABLE_ROWS = 200


def figure(
    name: str,
    *,
    title: str,
    finding: str,
    alt: str,
    source: str,
    make: Make,
    table: pl.DataFrame,
    sample: bool = False,
    when_empty: str = "",
    columns: Mapping[str, str] | None = None,
) -> Block:
    """A figure from a spec of one's own. `make(narrow)` returns the Vega-Lite spec for each width.

    `alt` says the shape and the figures in words. `table` is the data behind the drawing; it is folded below and is
    what the recorded hash is over; with no rows nothing is drawn. `columns` maps its columns to heads.
    """
    if not table.height:
        return Block(
            name, "figure", _frame_html(name, title, "", source, empty(when_empty), "", sample), table, None, title
        )
    labels = columns or {c: readable(c) for c in table.columns}
    rows = table_html(table.head(_TABLE_ROWS), Columns(labels), region=f"Table of {title}", css_class="plain")
    if table.height > _TABLE_ROWS:
        rows += f'<p class="small">The first {_TABLE_ROWS:,} of {table.height:,} rows; all are in <code>data.duckdb</code>.</p>'
    fold = f'<details class="fig-data"><summary>Table of figure<span class="fig-n"></span></summary>{rows}</details>'
    html = _frame_html(name, title, finding, source, slot(name, esc(alt)), fold, sample)
    return Block(name, "figure", html, table, {"wide": make(False), "narrow": make(True)}, title)


def _frame_html(name: str, title: str, finding: str, source: str, body: str, fold: str, sample: bool) -> str:
    mark = f" {SAMPLE_MARK}" if sample else ""
    said = f'<span class="fig-sub">{inline(finding)}</span>' if finding else ""
    src = f'<p class="fig-src">{inline(source)}</p>' if source else ""
    return (
        f'<figure class="fig" id="fig-{slug(name)}"><figcaption><span class="fig-title"><span class="fig-n"></span>'
        f"{esc(title)}{mark}</span>{said}</figcaption>{body}{src}{fold}</figure>"
    )
