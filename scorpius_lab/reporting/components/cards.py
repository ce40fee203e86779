"""Cards: a control sheet or a finding with its evidence, code, path and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from scorpius_lab.errors import UsageError
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import esc, inline, link, paragraphs, plain, severity, slug, state
from scorpius_lab.reporting.components.page import stats_html
from scorpius_lab.reporting.components.tables import Columns, empty, readable, table_html

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a source or a log, from line `first`; lines in `hits` (their numbers) are the guilty ones."""

    lines: Sequence[str]
    first: int = 1
    hits: Sequence[int] = ()


@dataclass(frozen=True, slots=True, eq=False)
class CardTable:
    """A small table inside a card. `columns` maps columns to heads (default: all)."""

    title: str
    frame: pl.DataFrame
    columns: Mapping[str, str] | None = None
    links: Mapping[str, str] | None = None
    state_column: str | None = None
    severity_column: str | None = None
    code_columns: Sequence[str] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """One control sheet (`sheet=True` prints on its own page) or one finding.

    `id` becomes the anchor `card-<id>`. `kicker` is the small line above the title; `because` the sentence that gives
    the reason of the state; `where` a location in plain text; `path` steps as (word, text); `signs` places to sign.
    """

    id: str
    title: str
    kicker: str = ""
    state: str | None = None
    severity: str | None = None
    because: str = ""
    where: str = ""
    excerpt: Excerpt | None = None
    path: Sequence[tuple[str, str]] = ()
    stats: Sequence[tuple[str, object]] = ()
    strong: Sequence[str] = ()
    paragraphs: Sequence[str] = ()
    remedy: str = ""
    tables: Sequence[CardTable] = ()
    references: Sequence[tuple[str, str]] = ()
    tags: Sequence[str] = ()
    signs: Sequence[tuple[str, str]] = ()
    sheet: bool = False

    @property
    def anchor(self) -> str:
        """The id of the card on the page, for `links` of tables: `#card-…`."""
        return anchor(self.id)


def anchor(card_id: str) -> str:
    """The id on the page of the card with this id."""
    return f"card-{slug(card_id)}"


def cards(name: str, items: Sequence[Card | Mapping[str, Any]], title: str = "", *, when_empty: str = "") -> Block:
    """Control sheets or findings, worst first (the caller's order). A mapping is taken as the fields of `Card`."""
    import polars as pl

    whole = [item if isinstance(item, Card) else _card(item, name) for item in items]
    body = "".join(_card_html(card) for card in whole) or empty(when_empty)
    if whole and all(card.sheet for card in whole):
        body = f'<div class="sheets">{body}</div>'
    rows = [(c.id, c.title, c.state or c.severity or "", _digestible(c)) for c in whole]
    data = pl.DataFrame(
        rows, schema={"id": pl.String, "title": pl.String, "state": pl.String, "text": pl.String}, orient="row"
    )
    return Block(name, "cards", body, data, None, title)


def _card(item: Mapping[str, Any], name: str) -> Card:
    known = {f.name for f in fields(Card)}
    wrong = sorted(set(item) - known)
    if wrong:
        raise UsageError(f"a card of {name!r} has no field {wrong[0]!r}; the fields are {', '.join(sorted(known))}")
    return Card(**item)


def _digestible(card: Card) -> str:
    """All text of a card in one line, so that its hash covers what is shown."""
    from scorpius_lab.reporting.results import result_hash

    parts: list[object] = [card.kicker, card.because, card.where, card.remedy, *card.paragraphs, *card.tags]
    parts += [f"{k}: {plain(v)}" for k, v in (*card.stats, *card.path, *card.references)]
    if card.excerpt:
        parts += [*card.excerpt.lines, card.excerpt.first, *card.excerpt.hits]
    parts += [f"{t.title} {result_hash(t.frame)}" for t in card.tables]
    return "\n".join(str(p) for p in parts if p not in ("", None))


def _card_html(card: Card) -> str:
    mark = ""
    attribute = ""
    if card.state is not None:
        mark, attribute = state(card.state, badge=True), f' data-state="{esc(card.state)}"'
    elif card.severity is not None:
        mark, attribute = severity(card.severity, badge=True), f' data-severity="{esc(card.severity)}"'
    kicker = f'<span class="id">{esc(card.kicker)}</span>' if card.kicker else ""
    parts = (
        f'<article class="card{" sheet" if card.sheet else ""}" id="{card.anchor}"{attribute} '
        f'aria-labelledby="{card.anchor}-h">',
        f'<header>{kicker}<h3 id="{card.anchor}-h">{esc(card.title)}</h3>{mark}</header>',
        f'<p class="because">{inline(card.because)}</p>' if card.because else "",
        f'<p class="where">{esc(card.where)}</p>' if card.where else "",
        _excerpt_html(card.excerpt),
        stats_html(card.stats, card.strong),
        _path_html(card.path),
        paragraphs(card.paragraphs),
        f"<p><b>Remedy.</b> {inline(card.remedy)}</p>" if card.remedy else "",
        "".join(_table_html(t, card) for t in card.tables),
        _references(card.references),
        _tags(card.tags),
        _signs(card.signs),
        "</article>",
    )
    return "".join(parts)


def _excerpt_html(excerpt: Excerpt | None) -> str:
    if excerpt is None or not excerpt.lines:
        return ""
    hits = set(excerpt.hits)
    guilty = ' class="hit"'
    lines = "".join(
        f'<span data-n="{n}"{guilty if n in hits else ""}>{esc(line)}</span>'
        for n, line in enumerate(excerpt.lines, excerpt.first)
    )
    found = ", ".join(str(n) for n in sorted(hits))
    label = f"Excerpt, line {found} is the finding" if found else "Excerpt"
    return f'<pre class="excerpt" tabindex="0" role="region" aria-label="{label}"><code>{lines}</code></pre>'


def _path_html(path: Sequence[tuple[str, str]]) -> str:
    steps = "".join(f"<li><b>{esc(word)}</b> {inline(text)}</li>" for word, text in path)
    return f'<h4>Path</h4><ol class="path">{steps}</ol>' if path else ""


def _table_html(table: CardTable, card: Card) -> str:
    labels = table.columns or {c: readable(c) for c in table.frame.columns}
    columns = Columns(labels, table.state_column, table.severity_column, table.code_columns, (), table.links)
    head = f"<h4>{esc(table.title)}</h4>"
    if not table.frame.height:
        return head + empty("None is recorded.")
    return head + table_html(table.frame, columns, region=f"{table.title} of {card.id}")


def _references(references: Sequence[tuple[str, str]]) -> str:
    if not references:
        return ""
    return '<p class="small">References: ' + ", ".join(link(text, target) for text, target in references) + "</p>"


def _tags(tags: Sequence[str]) -> str:
    return '<p class="tags">' + "".join(f'<span class="tag">{esc(t)}</span>' for t in tags) + "</p>" if tags else ""


def _signs(signs: Sequence[tuple[str, str]]) -> str:
    boxes = "".join(f'<div><h3>{esc(role)}</h3><p class="line"></p><p>{esc(below)}</p></div>' for role, below in signs)
    return f'<div class="signoff">{boxes}</div>' if signs else ""
