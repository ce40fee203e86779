"""The list of all reports in a folder, newest first: state, headline, picture, time, signer and verification.

This page may say that a bundle holds, because it is written by the program that checked it; a report itself never may.
"""

from __future__ import annotations

import base64
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from scorpius_lab.errors import ReportError
from scorpius_lab.reporting import shell
from scorpius_lab.reporting.components.markup import esc, inline, moment, state
from scorpius_lab.reporting.theme import tokens

INDEX = "index.html"
Status = Literal["good", "unknown_signer", "broken"]

_WORDS: dict[str, tuple[str, str]] = {
    "good": ("pass", "Verified"),
    "unknown_signer": ("manual", "Intact, signer unknown"),
    "broken": ("fail", "Broken"),
}
_FAILED_WORDS: dict[str, tuple[str, str]] = {
    "good": ("error", "Report failed; bundle intact"),
    "unknown_signer": ("error", "Report failed; bundle intact, signer unknown"),
    "broken": _WORDS["broken"],
}
_WIDE = re.compile(r'<svg class="wide".*?</svg>', re.DOTALL)
_VARIABLE = re.compile(r"var\(--([\w-]+)\)")
_SIZE = re.compile(r'viewBox="0 0 (\d+(?:\.\d+)?) (\d+(?:\.\d+)?)"')


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One bundle as the list shows it.

    `folder` is its path below the listed folder; `made` a time as text, `signer` a statement about who signed,
    `status` what verification found and `problems` its sentences. `picture` is an SVG or "".
    """

    folder: str
    report: str
    headline: str
    made: str
    signer: str
    status: Status
    problems: tuple[str, ...] = ()
    failed: bool = False
    error: str = ""
    sample: bool = False
    results: int = 0
    picture: str = ""
    page: str = "report.html"


def write_index(folder: Path, entries: Iterable[IndexEntry] | None = None, *, trusted: Path | None = None) -> Path:
    """Write `index.html` into a folder of bundles and return its path.

    Without `entries` every bundle in the folder is verified against the `trusted` signers file. The page is written
    whole or not at all. Raises ReportError if the folder cannot be written.
    """
    if entries is None:
        from scorpius_lab.reporting.listing import index_entries

        entries = index_entries(folder, trusted)
    text = render_index(list(entries))
    target = folder / INDEX
    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix=".index-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except OSError as problem:
        raise ReportError(
            f"{target} cannot be written: {problem.strerror}; check the folder's permissions"
        ) from problem
    return target


def render_index(entries: list[IndexEntry]) -> str:
    """The page over these entries, in the order given."""
    if not entries:
        title, lead = "No report has been made yet.", "Run scorpius quickstart, or scorpius report with a name."
        return shell.page(title="Reports", masthead=shell.brand_header("Reports", title, lead), main="")
    items = "\n".join(_item(entry) for entry in entries)
    main = f'<ol class="reports">{items}</ol><p class="small">{inline(_SMALL_PRINT)}</p>'
    masthead = shell.brand_header("Reports", _sentence(entries))
    return shell.page(title="Reports", masthead=masthead, main=main, footer="scorpius_lab reports")


_SMALL_PRINT = (
    "Each bundle was checked when this page was written: every byte, both signatures, and that manifest, notebook and "
    "evidence agree. A good bundle proves the bytes and the arithmetic; it does not prove that a source told the truth "
    "or that an unwitnessed clock was right. `scorpius verify` checks it again, `scorpius replay` computes it again."
)


def _sentence(entries: list[IndexEntry]) -> str:
    """The result of the whole list in one sentence; what is wrong comes first."""
    total = len(entries)
    broken = sum(e.status == "broken" for e in entries)
    unknown = sum(e.status == "unknown_signer" for e in entries)
    failed = sum(e.failed for e in entries)
    said = [f"{broken} of {total} bundles do not hold"] if broken else []
    said += [f"{failed} could not be completed"] if failed else []
    said += [f"{unknown} {'is' if unknown == 1 else 'are'} signed by somebody unknown"] if unknown else []
    reports = "1 report" if total == 1 else f"{total} reports"
    if not said:
        return f"{reports}, complete and unaltered."
    return (", ".join(said) if broken else f"{reports}, of which " + ", ".join(said)) + "."


def _item(entry: IndexEntry) -> str:
    target = esc(quote(f"{entry.folder}/{entry.page}"))
    word, label = (_FAILED_WORDS if entry.failed else _WORDS)[entry.status]
    problems = "".join(f"<li>{esc(p)}</li>" for p in entry.problems[:5])
    more = f"<li>and {len(entry.problems) - 5} more</li>" if len(entry.problems) > 5 else ""  # noqa: PLR2004
    kind = entry.report.replace("-", " ").replace("_", " ").capitalize()
    sample = ' <span class="sample">Sample data</span>' if entry.sample else ""
    run = state("error", f"Not complete: {entry.error or 'a cell failed'}") if entry.failed else ""
    shown = f"{entry.results} tables and charts" if entry.results != 1 else "1 table or chart"
    return (
        f'<li><a class="picture-link" href="{target}" tabindex="-1" aria-hidden="true">{_picture(entry)}</a>'
        f'<div><p class="small">{esc(kind)} · as of {esc(_time(entry.made))}{sample}</p>'
        f'<h2><a href="{target}">{esc(entry.headline or entry.folder)}</a></h2>{f"<p>{run}</p>" if run else ""}'
        f'<p class="small">{esc(entry.folder)} · {shown}</p></div>'
        f'<div class="status" data-state="{word}">{state(word, label)}<br>{esc(entry.signer)}'
        f"{f'<ul>{problems}{more}</ul>' if problems else ''}</div></li>"
    )


def _time(text: str) -> str:
    """ISO text as people read it, to the minute; other text as it is."""
    try:
        return moment(datetime.fromisoformat(text), seconds=False)
    except ValueError:
        return text or "an unknown time"


def _picture(entry: IndexEntry) -> str:
    if not entry.picture:
        return '<span class="picture none">no picture</span>'
    source = base64.b64encode(entry.picture.encode()).decode()
    return f'<span class="picture"><img src="data:image/svg+xml;base64,{source}" alt=""></span>'


def first_drawing(html: str) -> str:
    """The first figure of a page as an SVG of its own with the light theme's colors, or "".

    It is only ever shown as an image, where it can neither run a script nor load anything.
    """
    match = _WIDE.search(html)
    if not match:
        return ""
    light = {name: pair[0] for name, pair in tokens().items()}
    svg = _VARIABLE.sub(lambda m: light.get(m[1], "currentColor"), match[0])
    size = _SIZE.search(svg)
    if size and float(size[2]) > float(size[1]) * 0.6:  # a tall figure shows its top
        svg = svg.replace(size[0], f'viewBox="0 0 {size[1]} {float(size[1]) * 0.6:g}"', 1)
        svg = re.sub(r'(<svg [^>]*?)height="[^"]*"', rf'\g<1>height="{float(size[1]) * 0.6:g}"', svg, count=1)
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" ', 1)
