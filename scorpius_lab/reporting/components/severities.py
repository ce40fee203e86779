"""The heat table of severities: groups of findings by how bad they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import DASH, esc, glyph, inline, require_columns, slug, state
from scorpius_lab.reporting.components.tables import caption_html, empty, readable
from scorpius_lab.reporting.theme import SEVERITIES, SEVERITY_LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

_DEEPEST = 62  # per cent of the color; more and the number could not be read


def severity_heat(
    name: str,
    frame: pl.DataFrame,
    caption: str,
    sub: str = "",
    *,
    row: str,
    note: str,
    looked: str,
    when_empty: str = "",
) -> Block:
    """Findings by group and severity; the shade is the share of the largest number, which is always printed.

    The frame has the group's name in `row`, a small second line in `note`, whether anything looked for such findings
    in `looked`, and a column of numbers for each severity. A group nobody looked for shows no zeros. Raises UsageError
    for missing columns.
    """
    if not frame.height:
        head = f'<p class="table-title"><b><span class="tab-n"></span>{esc(caption)}</b></p>'
        return Block(name, "heat", _around(name, head + empty(when_empty)), frame, None, caption)
    require_columns(frame, (row, note, looked, *SEVERITIES), f"the table {name!r}")
    rows = list(frame.iter_rows(named=True))
    most = max((one[severity] for one in rows for severity in SEVERITIES), default=0) or 1
    head = "".join(
        f'<th scope="col" data-severity="{s}">{glyph(s)}<span class="w">{SEVERITY_LABEL[s]}</span></th>'
        for s in SEVERITIES
    )
    body = "".join(_row(one, one[row], one[note], bool(one[looked]), most) for one in rows)
    html = (
        f'<div class="table" role="region" tabindex="0" aria-label="{esc(caption)}"><table class="heat severities">'
        f'{caption_html(caption, sub)}<colgroup><col class="name">{"<col>" * len(SEVERITIES)}<col class="cov">'
        "</colgroup>"
        f'<thead><tr><th scope="col">{esc(readable(row))}</th>{head}<th scope="col" class="cov">All</th></tr></thead>'
        f"<tbody>{body}</tbody>{_foot(rows)}</table></div>"
    )
    return Block(name, "heat", _around(name, html), frame, None, caption)


def _around(name: str, html: str) -> str:
    return f'<div class="tab" id="tab-{slug(name)}">{html}</div>'


def _row(one: Mapping[str, Any], title: object, note: str, looked: bool, most: int) -> str:
    small = f"<small>{inline(note)}</small>" if note else ""
    total = sum(one[severity] for severity in SEVERITIES)
    if looked or total:
        cells = "".join(_cell(severity, one[severity], most) for severity in SEVERITIES)
        last = f"{total:,}"
    else:
        cells = f'<td class="zero">{DASH}</td>' * len(SEVERITIES)
        last = state("not_evaluated", "Not looked for")
    return f'<tr><th scope="row">{esc(title)}{small}</th>{cells}<td class="cov">{last}</td></tr>'


def _cell(severity: str, count: int, most: int) -> str:
    shade = round(_DEEPEST * (count / most) ** 0.5) if count else 0
    zero = "" if count else ' class="zero"'
    return f'<td data-severity="{severity}"{zero} style="--v:{shade}">{count:,}</td>'


def _foot(rows: Sequence[Mapping[str, Any]]) -> str:
    sums = [sum(one[severity] for one in rows) for severity in SEVERITIES]
    cells = "".join(f"<td>{count:,}</td>" for count in sums)
    return f'<tfoot><tr><th scope="row">All</th>{cells}<td class="cov">{sum(sums):,}</td></tr></tfoot>'
