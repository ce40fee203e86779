"""The parts of a page that speak about the whole report: title block, headline, notes, provenance, sign-off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from scorpius_lab.core.identity import canonical_json, content_id
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import (
    cell,
    digest,
    esc,
    glyph,
    inline,
    moment,
    paragraphs,
    percent,
    plain,
    state,
)
from scorpius_lab.reporting.theme import JUDGED, STATE_LABEL, STATES

if TYPE_CHECKING:
    from datetime import datetime

    import polars as pl

SAMPLE = '<span class="sample">Sample data</span>'
_OF = re.compile(r"(\S+) (of .+|in .+)")


_CHECK = (
    "Verify: `scorpius verify` and the folder of this bundle. Compute again from the snapshot: `scorpius replay` and "
    "the folder. The hashes of all files stand in `SHA256SUMS` and `manifest.json`."
)


class ReportLike(Protocol):
    """What `provenance` reads of a report."""

    @property
    def meta(self) -> Mapping[str, Any]:
        """Lab, code version, signer, run ids."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The recorded parameters."""

    @property
    def as_of(self) -> datetime:
        """The moment the report speaks of."""


def masthead(
    title: str,
    lead: str,
    facts: Sequence[tuple[str, object]],
    kind: str,
    *,
    sample: bool = False,
    signer: str = "",
    ledger: str = "",
    commands: Sequence[str] = (),
) -> Block:
    """The title block. `title` is a sentence with the result; `kind` names the report (`Compliance report`).

    `facts` are (label, value) pairs: organisation, scope, period, as of, lab, code, rules. `signer` names the signing
    key and says nothing about its being valid; `commands` verify the bundle without this software. A page cannot vouch
    for itself, so nothing here says "verified".
    """
    mark = SAMPLE if sample else ""
    fact_list = "".join(f"<div><dt>{esc(k)}</dt><dd>{esc(plain(v))}</dd></div>" for k, v in facts)
    html = (
        '<header class="page masthead"><div class="brand"><svg aria-hidden="true" focusable="false">'
        f'<use href="#g-scorpius"/></svg><span><b>scorpius_lab</b> {esc(kind)}</span><span class="push"></span>{mark}'
        '<button class="theme no-print" type="button" hidden>Dark</button></div>'
        f'<h1>{esc(title)}</h1><p class="lead">{inline(lead)}</p><dl class="facts">{fact_list}</dl>'
        f"{_verify_strip(signer, ledger)}{_commands(commands)}</header>"
    )
    data = _frame([("title", title), ("lead", lead), *((k, plain(v)) for k, v in facts)])
    return Block("masthead", "masthead", html, data, None, title)


def log_entry(meta: Mapping[str, object]) -> str:
    """What the cover says of the audit log entry of the report's inputs; empty if there is none."""
    entry, runs = str(meta.get("log_entry") or ""), meta.get("run_ids")
    if not entry:
        return ""
    read = len(runs) if isinstance(runs, list) else 0
    return f"Entry {entry} of the lab's audit log names what was read: {read} {'run' if read == 1 else 'runs'}."


def _entry(text: str) -> str:
    """Escaped, with a full hash that the page shortens on screen."""
    return re.sub(r"\b([0-9a-f]{64})\b", r'<code class="hash">\1</code>', esc(text))


def _verify_strip(signer: str, ledger: str) -> str:
    """What this page claims, and how to check it without trusting the page."""
    if signer:
        signed = (
            "Signed bundle",
            f'Signer <b class="in">{cell(signer)}</b>, with Ed25519 and ML-DSA-65 over all files; both must hold.',
        )
    else:
        signed = ("Signatures beside this file", "Ed25519 and ML-DSA-65 over all files of the bundle; both must hold.")
    third = "A page cannot vouch for itself. Run <code>scorpius&nbsp;verify</code> on the bundle, offline."
    inputs = (
        "Inputs in the bundle",
        "The data read, the evidence cited and the environment, each by SHA-256 in <code>manifest.json</code>.",
    )
    if ledger:
        inputs = ("Inputs in the ledger", _entry(ledger))
    parts = (("key", *signed), ("chain", *inputs), ("ok", "Check it yourself", third))
    body = "".join(f"<div><b>{glyph(g)} {head}</b><p>{text}</p></div>" for g, head, text in parts)
    return f'<div class="verify" role="group" aria-label="How this report can be verified">{body}</div>'


def _commands(commands: Sequence[str]) -> str:
    if not commands:
        return ""
    lines = "\n".join(esc(c) for c in commands)
    return (
        '<details class="commands"><summary>Commands that verify it without this software</summary>'
        f'<pre tabindex="0" role="region" aria-label="Commands"><code>{lines}</code></pre></details>'
    )


def headline(
    name: str,
    score: float | str | None,
    coverage: float | str | None,
    counts: Mapping[str, int],
    figures: Sequence[tuple[str, object, str]] = (),
    *,
    texts: str | Iterable[str] = (),
    paragraphs: str | Iterable[str] = (),
    score_label: str = "Score of what was judged",
    coverage_label: str = "Coverage",
    judged_words: tuple[str, str] = ("looked at and judged", "not judged"),
    severities: Mapping[str, int] | None = None,
    small_print: str = "",
    state_words: Mapping[str, str] | None = None,
) -> Block:
    """The first figures: a score beside its coverage and the bar of all states, so that neither can be read alone.

    `score` and `coverage` are fractions from 0 to 1, or text as it shall stand (`7 of 11`); None shows a dash.
    `counts` are numbers by state. `figures` are (label, value, note) for the three figures below. `paragraphs` (or
    `texts`) are sentences of the author's with `**bold**` and `` `code` ``. `severities` adds a row of counts.
    `state_words` says what a state means of the things that were counted (`Log read`), instead of its label.
    """
    numbers = {s: int(counts.get(s, 0)) for s in STATES}
    judged, total = sum(numbers[s] for s in JUDGED), sum(numbers.values())
    words = {**STATE_LABEL, **(state_words or {})}
    wide = (
        f'<div class="wide"><div><span class="label">{esc(score_label)}</span>{_value(score)}</div>'
        f'<div><span class="label">{esc(coverage_label)}</span>{_value(coverage, "value second")}</div>'
        f"<div>{cover(numbers, words)}"
        f'<p class="cover-key"><span><b>{judged:,}</b> {esc(judged_words[0])}</span>'
        f"<span><b>{total - judged:,}</b> {esc(judged_words[1])}</span></p></div></div>"
    )
    below = "".join(
        f'<div><span class="label">{esc(label)}</span>{_value(value)}<p class="note">{inline(note)}</p></div>'
        for label, value, note in figures
    )
    sentences = [*_listed(paragraphs), *_listed(texts)]
    body = "".join(f"<p>{inline(t)}</p>" for t in sentences)
    if small_print:
        body += f'<p class="small">{inline(small_print)}</p>'
    html = f'<div class="headline">{wide}{below}</div>{_legends(numbers, severities, words)}{body}'
    shown = [
        (score_label, _shown(score)),
        (coverage_label, _shown(coverage)),
        *((s, str(n)) for s, n in numbers.items()),
    ]
    shown += [(label, f"{_shown(value)} {note}".strip()) for label, value, note in figures]
    shown += [(s, str(n)) for s, n in (severities or {}).items()]
    return Block(name, "headline", html, _frame([*shown, *(("text", t) for t in sentences)]), None, score_label)


def cover(counts: Mapping[str, int], labels: Mapping[str, str] = STATE_LABEL) -> str:
    """The bar of all states: solid was judged, hatched was not."""
    there = [(s, counts[s]) for s in STATES if counts.get(s)]
    words = ", ".join(f"{labels[s]} {n:,}" for s, n in there) or "nothing counted"
    bars = (
        "".join(f'<i data-state="{s}" style="--n:{n}"></i>' for s, n in there)
        or '<i data-state="not_applicable" style="--n:1"></i>'
    )
    return f'<div class="cover" role="img" aria-label="All by state: {esc(words)}.">{bars}</div>'


def _legends(numbers: Mapping[str, int], severities: Mapping[str, int] | None, labels: Mapping[str, str]) -> str:
    from scorpius_lab.reporting.components.markup import severity
    from scorpius_lab.reporting.theme import SEVERITIES, SEVERITY_LABEL

    items = "".join(f"<li>{state(s, f'{labels[s]} {n:,}')}</li>" for s, n in numbers.items() if n)
    text = ""
    if items:
        text = f'<ul class="legend" aria-label="States. Solid: looked at and judged. Hollow: not judged.">{items}</ul>'
    if severities is not None:
        marks = "".join(
            f"<li>{severity(s, f'{SEVERITY_LABEL[s]} {int(severities.get(s, 0)):,}')}</li>"
            for s in SEVERITIES
            if s in severities
        )
        text += f'<ul class="legend" aria-label="Findings by severity">{marks}</ul>'
    return text


def _shown(value: object) -> str:
    if isinstance(value, float):
        return percent(value)
    return plain(value)


def _value(value: object, css_class: str = "value") -> str:
    """A large figure; `41 of 1,284` and `9 in 3 days` set their second part small."""
    text = _shown(value)
    parts = _OF.fullmatch(text)
    inner = f"{esc(parts[1])} <small>{esc(parts[2])}</small>" if parts else esc(text)
    return f'<div class="{css_class}">{inner}</div>'


def note(name: str, text: str | Iterable[str], title: str = "") -> Block:
    """A statement set apart, such as how samples were drawn. `text` is one paragraph or several."""
    texts = _listed(text)
    head = f"<h3>{esc(title)}</h3>" if title else ""
    return Block(
        name,
        "note",
        f'<div class="note">{head}{paragraphs(texts)}</div>',
        _frame([("text", t) for t in texts]),
        None,
        title,
    )


def text(name: str, *sentences: str, small: bool = False) -> Block:
    """Running text whose sentences come from data: `**bold**` and `` `code` `` are understood."""
    return Block(
        name, "text", paragraphs(sentences, "small" if small else ""), _frame([("text", t) for t in sentences])
    )


def stats(name: str, figures: Sequence[tuple[str, object]], title: str = "") -> Block:
    """A row of small figures, each with its label."""
    html = stats_html(figures)
    return Block(name, "stats", html, _frame([(k, plain(v)) for k, v in figures]), None, title)


def stats_html(figures: Sequence[tuple[str, object]], strong: Sequence[str] = ()) -> str:
    """A row of small figures as markup; labels in `strong` stand out."""
    bold = ' class="strong"'
    cells = "".join(
        f"<div{bold if label in strong else ''}><dt>{esc(label)}</dt><dd>{esc(_shown(value))}</dd></div>"
        for label, value in figures
    )
    return f'<dl class="stats">{cells}</dl>' if figures else ""


_META = {
    "lab": "Lab",
    "lab_name": "Lab",
    "code_version": "Code",
    "signer": "Signer",
    "signer_id": "Signer",
    "run_ids": "Runs",
    "runs": "Runs",
    "notebook": "Notebook",
    "python": "Python",
    "host": "Host",
}


def provenance(name: str, report: ReportLike, files: Mapping[str, str] | None = None) -> Block:
    """Everything the report was made from, by hash, and the two commands that check it.

    Reads `report.meta`, `report.parameters` and `report.as_of`; `files` adds (name, SHA-256) of further inputs.
    """
    meta = dict(report.meta)
    parameters = dict(report.parameters)
    rows: list[tuple[str, object]] = [("As of", moment(report.as_of, seconds=True))]
    rows += [(_META.get(k, k.replace("_", " ").capitalize()), v) for k, v in meta.items() if _worth_showing(k, v)]
    settings = ", ".join(f"{k}={plain(v)}" for k, v in parameters.items()) or "none"
    rows += [("Parameters", settings), ("Parameters, SHA-256", content_id(canonical_json(parameters)))]
    rows += list((files or {}).items())
    body = "".join(f'<tr><th scope="row">{esc(k)}</th><td>{_prov_cell(v)}</td></tr>' for k, v in rows)
    html = (
        '<div class="prov-table"><table><caption class="sr-only">What this report was made from</caption>'
        f"<tbody>{body}</tbody></table>"
        f"<p>{inline(_CHECK)}</p></div>"
    )
    return Block(name, "provenance", html, _frame([(k, _plain_prov(v)) for k, v in rows]), None, "Provenance")


def _worth_showing(key: str, value: object) -> bool:
    return key not in {
        "sample",
        "queries",
        "commands",
        "verify_commands",
        "signer_short",
        "title",
        "organisation",
    } and value not in (None, "", [], {}, ())


def _prov_cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return "<br>".join(_prov_cell(v) for v in value)
    text = plain(value)
    return digest(text) if re.fullmatch(r"[0-9a-f]{16,128}", text) else esc(text)


def _plain_prov(value: object) -> str:
    return plain(list(value) if isinstance(value, tuple) else value)


def signoff(name: str, people: Sequence[tuple[str, str, str, str]]) -> Block:
    """Places to sign: (role, who, what stands on the line or nothing, what stands below)."""
    boxes = "".join(
        f'<div><h3>{esc(role)}</h3><p>{esc(who)}</p><p class="line">{esc(line)}</p><p>{esc(below)}</p></div>'
        for role, who, line, below in people
    )
    data = _frame([(role, f"{who} {line} {below}".strip()) for role, who, line, below in people])
    return Block(name, "signoff", f'<div class="signoff">{boxes}</div>', data, None, "Sign-off")


def _listed(texts: str | Iterable[str]) -> list[str]:
    return [t for t in ([texts] if isinstance(texts, str) else texts) if t]


def _frame(rows: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """What a block without a table of its own shows, as a frame that can be hashed and compared."""
    import polars as pl

    return pl.DataFrame(
        {"what": [str(k) for k, _ in rows], "text": [str(v) for _, v in rows]},
        schema={"what": pl.String, "text": pl.String},
    )
