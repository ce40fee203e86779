"""Tables: records that become a list on a telephone, the heat table of states, what was not looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import (
    DASH,
    breakable,
    cell,
    esc,
    glyph,
    inline,
    is_number,
    link,
    percent,
    require_columns,
    severity,
    slug,
    state,
)
from scorpius_lab.reporting.theme import JUDGED, STATE_LABEL, STATES

if TYPE_CHECKING:
    import polars as pl

SAMPLE_MARK = '<span class="sample">Sample data</span>'
_LONG = 25


def caption_html(caption: str, sub: str = "", *, sample: bool = False) -> str:
    """A table's caption; the assembler writes its number into the empty `tab-n`."""
    mark = f" {SAMPLE_MARK}" if sample else ""
    return f'<caption><b><span class="tab-n"></span>{esc(caption)}{mark}</b>{inline(sub)}</caption>'


def empty(sentence: str) -> str:
    """The hollow place that says why there is nothing: never a blank."""
    text = sentence or "Nothing is stored for this, so nothing can be said about it."
    sign = f'<span data-state="not_evaluated">{glyph("not_evaluated")}</span>'
    return f'<p class="empty">{sign}<span>{inline(text)}</span></p>'


@dataclass(frozen=True, slots=True)
class Columns:
    """How the columns of a table are shown: which hold states, severities, code, author's text, links, second lines."""

    labels: Mapping[str, str]
    state: str | None = None
    severity: str | None = None
    code: Sequence[str] = ()
    rich: Sequence[str] = ()
    links: Mapping[str, str] | None = None
    formats: Mapping[str, Callable[[Any], str]] | None = None
    notes: Mapping[str, str] | None = None

    def cell(self, column: str, row: Mapping[str, Any]) -> str:
        """The HTML of one cell, with its second line if it has one."""
        second = row[self.notes[column]] if self.notes and column in self.notes else None
        return self._first_line(column, row) + (f"<small>{esc(second)}</small>" if second else "")

    def _first_line(self, column: str, row: Mapping[str, Any]) -> str:  # noqa: PLR0911 (one for each kind of column)
        value = row[column]
        if column == self.state:
            return state(value)
        if column == self.severity:
            return severity(value)
        if value is None:
            return f'<span class="muted">{DASH}</span>'
        if self.formats and column in self.formats:
            return esc(self.formats[column](value))
        if self.links and column in self.links:
            return link(str(value), row[self.links[column]])
        if column in self.code:
            return f"<code>{breakable(value)}</code>"
        return inline(str(value)) if column in self.rich else cell(value)


def table_html(
    frame: pl.DataFrame,
    columns: Columns,
    head: str = "",
    *,
    region: str,
    css_class: str = "records",
    group: str | None = None,
) -> str:
    """A table in its scrolling region; on a narrow screen each row becomes a record whose cells name themselves.

    Rows that follow each other with the same value of the column `group` stand under that value as their heading.
    """
    shown = [c for c in columns.labels if c in frame.columns]
    numeric = {c for c in shown if is_number(frame.schema[c]) and c not in (columns.state, columns.severity)}
    ths = "".join(f'<th scope="col"{_num(c in numeric)}>{esc(columns.labels[c])}</th>' for c in shown)
    body = "".join(
        f"<tbody>{_heading(title, len(shown)) if group else ''}"
        f"{''.join(_row(row, shown, columns, numeric) for row in rows)}</tbody>"
        for title, rows in groupby(frame.iter_rows(named=True), key=lambda row: row[group] if group else None)
    )
    long = " long" if frame.height > _LONG else ""
    return (
        f'<div class="table{long}" role="region" tabindex="0" aria-label="{esc(region)}"><table class="{css_class}">'
        f"{head}<thead><tr>{ths}</tr></thead>{body}</table></div>"
    )


def _heading(title: object, width: int) -> str:
    return f'<tr class="group"><th scope="rowgroup" colspan="{width}">{cell(title)}</th></tr>'


def _num(numeric: bool) -> str:
    return ' class="num"' if numeric else ""


def _row(row: Mapping[str, Any], shown: Sequence[str], columns: Columns, numeric: set[str]) -> str:
    first, *rest = shown
    cells = [f'<th scope="row"{_num(first in numeric)}>{columns.cell(first, row)}</th>']
    for column in rest:
        wide = column in columns.rich or (isinstance(row[column], str) and len(row[column]) > 18)  # noqa: PLR2004
        wraps = ' data-w=""' if wide else ""
        label = f' data-l="{esc(columns.labels[column])}"'
        cells.append(f"<td{_num(column in numeric)}{label}{wraps}>{columns.cell(column, row)}</td>")
    return "<tr>" + "".join(cells) + "</tr>"


def records(
    name: str,
    frame: pl.DataFrame,
    caption: str,
    sub: str = "",
    *,
    columns: Mapping[str, str] | None = None,
    state_column: str | None = None,
    severity_column: str | None = None,
    code_columns: Sequence[str] = (),
    rich_columns: Sequence[str] = (),
    links: Mapping[str, str] | None = None,
    formats: Mapping[str, Callable[[Any], str]] | None = None,
    notes: Mapping[str, str] | None = None,
    group_column: str | None = None,
    when_empty: str = "",
    limit: int = 200,
    sample: bool = False,
    kind: str = "records",
) -> Block:
    """A table of records. The order of rows is the caller's: what is worst should come first.

    `columns` maps the columns to show to their heads (default: all, names made readable). `links` maps a column to
    the column that holds its target (`#id`, a path inside the bundle, or an https address). `rich_columns` hold the
    author's own sentences, in which `` `code` `` and `**bold**` are understood. `notes` maps a column to the column
    with the small second line of its cells; rows of one value of `group_column` stand under it as their heading.
    Beyond `limit` rows the table says how
    many more there are. Raises UsageError if a named column is missing.
    """
    labels = dict(columns) if columns else {c: readable(c) for c in frame.columns}
    named = [*labels, *(c for c in (state_column, severity_column, group_column) if c)]
    named += [*(links or {}).values(), *(notes or {}).values()]
    if frame.width:
        require_columns(frame, named, f"the table {name!r}")
    shown = Columns(labels, state_column, severity_column, code_columns, rich_columns, links, formats, notes)
    if not frame.height:
        head = f'<p class="table-title"><b><span class="tab-n"></span>{esc(caption)}</b></p>'
        body = head + empty(when_empty)
    else:
        if frame.height > limit:
            sub = f"{sub} The first {limit:,} of {frame.height:,} rows are shown; all are in `data.duckdb`.".strip()
        head = caption_html(caption, sub, sample=sample)
        body = table_html(frame.head(limit), shown, head, region=caption, group=group_column)
    return Block(name, kind, f'<div class="tab" id="tab-{slug(name)}">{body}</div>', frame, None, caption)


def readable(column: str) -> str:
    """A column's name as a head: `ends_at` is `Ends at`."""
    if column == "sha256":
        return "SHA-256"
    return column.replace("_", " ").strip().capitalize()


def not_looked_at(
    name: str,
    frame: pl.DataFrame,
    caption: str = "What was not looked at, and why",
    sub: str = "",
    *,
    columns: Mapping[str, str] | None = None,
    when_empty: str = "Everything in scope was looked at and judged.",
    sample: bool = False,
) -> Block:
    """The section every report has. Columns `state`, `reason`; also, if there, `what`, `count` and `remedy`."""
    labels = {
        "state": "State",
        "what": "What",
        "count": "Number",
        "reason": "Why it was not judged",
        "remedy": "What would change it",
    }
    if frame.width:
        require_columns(frame, ("state", "reason"), f"the table {name!r}")
    shown = columns or {c: label for c, label in labels.items() if c in frame.columns}
    return records(
        name,
        frame,
        caption,
        sub,
        columns=shown,
        state_column="state",
        rich_columns=("remedy",),
        when_empty=when_empty,
        sample=sample,
        kind="not_looked_at",
    )


@dataclass(frozen=True, slots=True)
class StateRow:
    """Counts of states for one framework, host or other group, in the order of `theme.STATES`."""

    label: str
    note: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All counted, judged or not."""
        return sum(self.counts)

    @property
    def judged(self) -> int:
        """Pass, partial and fail."""
        return sum(self.counts[: len(JUDGED)])

    @property
    def coverage(self) -> float:
        """The judged share of all."""
        return self.judged / self.total if self.total else 0.0


def state_rows(frame: pl.DataFrame, row: str, note: str | None = None) -> list[StateRow]:
    """Counts of states by group from a long frame (`row`, `state`, `count`) or a wide one (`row`, a column per state).

    Groups keep the order of their first appearance. Raises UsageError if the columns fit neither form.
    """
    if not frame.width:
        return []
    require_columns(frame, (row, *((note,) if note else ())), "a table of states")
    groups: dict[str, tuple[str, dict[str, int]]] = {}
    for record in frame.iter_rows(named=True):
        text = str(record[note] or "") if note else ""
        counts = groups.setdefault(str(record[row]), (text, {}))[1]
        if "state" in record:
            found = {str(record["state"]): record.get("count", 1)}
        else:
            found = {s: record[s] for s in STATES if s in record}
        for word, n in found.items():
            counts[word] = counts.get(word, 0) + int(n or 0)
    return [StateRow(k, text, tuple(c.get(s, 0) for s in STATES)) for k, (text, c) in groups.items()]


def heat(
    name: str,
    frame: pl.DataFrame,
    caption: str = "Frameworks by state",
    sub: str = "Number of controls; the shade grows with the share of the row.",
    *,
    row: str = "framework",
    note: str | None = None,
    total: bool = True,
    when_empty: str = "",
    sample: bool = False,
) -> Block:
    """Groups by state as a table whose shade is the share of the row; the number is always printed.

    `frame` is long (`row`, `state`, `count`) or wide (`row`, a column per state); `note` names a column with a small
    second line (an edition). Coverage stands at the end of each row. Raises UsageError for missing columns.
    """
    rows = state_rows(frame, row, note)
    if not rows:
        body = f'<p class="table-title"><b><span class="tab-n"></span>{esc(caption)}</b></p>' + empty(when_empty)
        return Block(name, "heat", f'<div class="tab" id="tab-{slug(name)}">{body}</div>', frame, None, caption)
    head = "".join(
        f'<th scope="col"{_split(i)} data-state="{s}">{glyph(s)}<span class="w">{STATE_LABEL[s]}</span></th>'
        for i, s in enumerate(STATES)
    )
    body = "".join(_heat_row(r) for r in rows)
    foot = _heat_foot(rows) if total and len(rows) > 1 else ""
    html = (
        f'<div class="tab" id="tab-{slug(name)}"><div class="table" role="region" tabindex="0" '
        f'aria-label="{esc(caption)}"><table class="heat">{caption_html(caption, sub, sample=sample)}'
        f'<colgroup><col class="name">{"<col>" * len(STATES)}<col class="cov"></colgroup>'
        f'<thead><tr><th scope="col">{esc(readable(row))}</th>{head}'
        '<th scope="col" class="cov">Coverage</th></tr></thead>'
        f"<tbody>{body}</tbody>{foot}</table></div></div>"
    )
    return Block(name, "heat", html, frame, None, caption)


def _split(index: int, css_class: str = "") -> str:
    """The gap between what was judged and what was not."""
    words = " ".join(w for w in (css_class, "split" if index == len(JUDGED) else "") if w)
    return f' class="{words}"' if words else ""


def _meter(coverage: float) -> str:
    text = esc(percent(coverage))
    return f'<td class="cov"><span class="meter" style="--p:{100 * coverage:.0f}">{text}<i></i></span></td>'


def _heat_row(row: StateRow) -> str:
    cells = []
    for i, (word, n) in enumerate(zip(STATES, row.counts, strict=True)):
        shade = round(62 * (n / row.total) ** 0.5) if n else 0
        cells.append(f'<td data-state="{word}"{_split(i, "" if n else "zero")} style="--v:{shade}">{n:,}</td>')
    note = f"<small>{esc(row.note)}</small>" if row.note else ""
    return f'<tr><th scope="row">{esc(row.label)}{note}</th>{"".join(cells)}{_meter(row.coverage)}</tr>'


def _heat_foot(rows: Sequence[StateRow]) -> str:
    sums = [sum(r.counts[i] for r in rows) for i in range(len(STATES))]
    cells = "".join(f"<td{_split(i)}>{n:,}</td>" for i, n in enumerate(sums))
    judged, total = sum(sums[: len(JUDGED)]), sum(sums)
    return f'<tfoot><tr><th scope="row">All</th>{cells}{_meter(judged / total if total else 0.0)}</tr></tfoot>'
