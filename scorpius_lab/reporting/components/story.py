"""The technique strip and the timeline of a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import (
    esc,
    glyph,
    inline,
    known_severity,
    moment,
    plain,
    require_columns,
    severity,
    slug,
    state,
)
from scorpius_lab.reporting.components.tables import SAMPLE_MARK, empty

if TYPE_CHECKING:
    import polars as pl

_SEEN = ("hit", "weak", "watched", "blind")


def attack(
    name: str,
    frame: pl.DataFrame,
    title: str = "Techniques by tactic",
    sub: str = "",
    source: str = "",
    *,
    when_empty: str = "",
    sample: bool = False,
) -> Block:
    """The ATT&CK strip. Columns `tactic, technique, name, seen`, `count`, `severity`, `watched` if there are `weak`.

    `seen` is `hit` (seen, with its worst severity and count), `weak` (not seen, but so many failed checks are a
    weakness it could use; `watched` tells then whether a rule looked for it), `watched` (a rule ran on real data and
    found nothing) or `blind` (there was no data or no rule, so nothing can be said). Order is the frame's.
    """
    if not frame.height:
        return Block(name, "attack", empty(when_empty), frame, None, title)
    require_columns(frame, ("tactic", "technique", "name", "seen"), f"the technique strip {name!r}")
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        groups.setdefault(str(row["tactic"]), []).append(row)
    columns = "".join(_tactic(tactic, rows) for tactic, rows in groups.items())
    mark = f" {SAMPLE_MARK}" if sample else ""
    head = f'<p class="table-title"><b>{esc(title)}{mark}</b>{inline(sub)}</p>'
    legend = "".join(
        f"<li>{sign}</li>"
        for sign in (
            severity("high", "Seen, with its severity"),
            *([state("partial", "Not seen, a weakness enables it")] if "weak" in frame["seen"] else []),
            state("pass", "Watched, nothing found"),
            state("not_evaluated", "No data or no rule"),
        )
    )
    src = f'<p class="fig-src">{inline(source)}</p>' if source else ""
    strip = f'<ul class="attack">{columns}</ul><ul class="legend">{legend}</ul>'
    html = f'<div class="tab" id="tab-{slug(name)}">{head}{strip}{src}</div>'
    return Block(name, "attack", html, frame, None, title)


def _tactic(tactic: str, rows: list[dict[str, Any]]) -> str:
    watched = sum(bool(row.get("watched", row["seen"] in ("hit", "watched"))) for row in rows)
    items = "".join(_technique(row) for row in rows)
    said = f'<span>{watched} of {len(rows)}<span class="sr-only"> watched</span></span>'
    return f"<li><h3>{esc(tactic)} {said}</h3><ul>{items}</ul></li>"


def _technique(row: Mapping[str, Any]) -> str:
    seen = row["seen"] if row["seen"] in _SEEN else "blind"
    word = known_severity(row.get("severity") or "info")
    count = int(row.get("count") or 0)
    sign = {
        "hit": glyph(word),
        "weak": f'<span data-state="partial">{glyph("partial")}</span>',
        "watched": f'<span data-state="pass">{glyph("pass")}</span>',
        "blind": f'<span data-state="not_evaluated">{glyph("not_evaluated")}</span>',
    }[seen]
    said = {
        "hit": f'{count:,}<span class="sr-only"> findings, {word}</span>',
        "weak": f'{count:,}<span class="sr-only"> weaknesses that enable it, not seen</span>',
        "watched": '<span class="sr-only">watched, nothing found</span>',
        "blind": '<span class="sr-only">no data or no rule</span>',
    }[seen]
    attribute = f' data-severity="{word}"' if seen == "hit" else ""
    return (
        f'<li class="tech" data-seen="{seen}"{attribute}>{sign}<span>{esc(row["name"])}'
        f'<span class="id">{esc(row["technique"])}</span></span><span class="num">{said}</span></li>'
    )


def timeline(
    name: str, frame: pl.DataFrame, title: str = "", sub: str = "", *, when_empty: str = "", sample: bool = False
) -> Block:
    """The story of a case, one line an event. Columns `time`, `text`; if there, `mark` (set bold before) and `tag`.

    Text comes from logs and is shown as it is, character for character.
    """
    mark = f" {SAMPLE_MARK}" if sample else ""
    head = f'<p class="table-title"><b>{esc(title)}{mark}</b>{inline(sub)}</p>' if title else ""
    if not frame.height:
        return Block(name, "timeline", head + empty(when_empty), frame, None, title)
    require_columns(frame, ("time", "text"), f"the timeline {name!r}")
    events = "".join(_event(row) for row in frame.iter_rows(named=True))
    return Block(name, "timeline", f'{head}<ol class="timeline">{events}</ol>', frame, None, title)


def _event(row: Mapping[str, Any]) -> str:
    at = row["time"]
    stamp = f' datetime="{esc(at.isoformat())}"' if isinstance(at, datetime) else ""
    when = moment(at, seconds=True) if isinstance(at, datetime) else plain(at)
    strong = f"<b>{esc(row['mark'])}</b> " if row.get("mark") else ""
    tags = row.get("tag") or []
    tags = [tags] if isinstance(tags, str) else tags
    marks = "".join(f' <span class="tag">{esc(t)}</span>' for t in tags)
    return f"<li><time{stamp}>{esc(when)}</time><span>{strong}{esc(row['text'])}{marks}</span></li>"
