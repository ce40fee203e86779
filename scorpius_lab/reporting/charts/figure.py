"""A figure: title, finding, drawing, source line and table, in the theme's markup."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
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
    frame = _Frame(name, title, finding, source, sample)
    if not table.height:
        return Block(name, "figure", replace(frame, finding="").html(empty(when_empty)), table, None, title)
    labels = columns or {c: readable(c) for c in table.columns}
    rows = table_html(table.head(_TABLE_ROWS), Columns(labels), region=f"Table of {title}", css_class="plain")
    if table.height > _TABLE_ROWS:
        rest = f"The first {_TABLE_ROWS:,} of {table.height:,} rows; all are in `data.duckdb`."
        rows += f'<p class="small">{inline(rest)}</p>'
    fold = f'<details class="fig-data"><summary>Table of figure<span class="fig-n"></span></summary>{rows}</details>'
    html = frame.html(slot(name, esc(alt)), fold)
    return Block(name, "figure", html, table, {"wide": make(False), "narrow": make(True)}, title)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stands around a drawing."""

    name: str
    title: str
    finding: str
    source: str
    sample: bool

    def html(self, body: str, fold: str = "") -> str:
        """The figure with `body` in the place of the drawing and the folded table below."""
        mark = f" {SAMPLE_MARK}" if self.sample else ""
        said = f'<span class="fig-sub">{inline(self.finding)}</span>' if self.finding else ""
        src = f'<p class="fig-src">{inline(self.source)}</p>' if self.source else ""
        head = f'<span class="fig-title"><span class="fig-n"></span>{esc(self.title)}{mark}</span>{said}'
        figure_id = f"fig-{slug(self.name)}"
        return f'<figure class="fig" id="{figure_id}"><figcaption>{head}</figcaption>{body}{src}{fold}</figure>'
