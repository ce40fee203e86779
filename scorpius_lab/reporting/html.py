"""From an executed notebook to one self-contained page that makes no request.

Markdown cells that begin with `## ` open sections; the outputs of code cells stand in them; code is folded away.
Drawings that the kernel left out are made here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scorpius_lab.errors import ReportError
from scorpius_lab.reporting import foreign, shell
from scorpius_lab.reporting.components.block import fill
from scorpius_lab.reporting.components.markup import esc, slug
from scorpius_lab.reporting.results import FIGURE_MIME, RESULT_MIME

_HIDDEN = frozenset({"remove-cell", "remove_cell", "papermill-error-cell-tag"})
_NO_INPUT = frozenset({"remove-input", "remove_input", "hide-input"})
_HEADING = re.compile(r"(?m)^(#{1,2})[ \t]+(.+?)[ \t]*#*[ \t]*$")
_FENCE = re.compile(r"(?ms)^(```|~~~).*?^\1[^\n]*$")
_STANDALONE = re.compile(
    r'<div class="scorpius-block"><style>.*?</style><svg class="defs".*?</svg>(.*)</div>', re.DOTALL
)
_ACTIVE = re.compile(
    r"<\s*/?(?:script|iframe|frame|object|embed|link|meta|base|form|input|img|video|audio|style)\b", re.IGNORECASE
)
_COUNTED = frozenset({"records", "cards", "not_looked_at"})


@dataclass
class _Section:
    """A part of the page while it is being built."""

    title: str = ""
    anchor: str = ""
    parts: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def html(self) -> str:
        """The section as markup; a provenance table alone becomes the quiet foot of the page."""
        body = "\n".join(self.parts) + _code_fold(self.code, "Code of this section")
        if not self.title:
            return f"<section>{body}</section>" if body.strip() else ""
        quiet = ' class="prov"' if self.kinds == ["provenance"] else ""
        return (
            f'<section id="{self.anchor}"{quiet} aria-labelledby="{self.anchor}-h">'
            f'<h2 id="{self.anchor}-h">{esc(self.title)}</h2>\n{body}</section>'
        )


@dataclass
class _Page:
    """The whole page while it is being built."""

    language: str = "python"
    heading: str = ""
    masthead: str = ""
    document_title: str = ""
    sections: list[_Section] = field(default_factory=lambda: [_Section()])
    figures: int = 0
    tables: int = 0
    failed: int = 0
    specs: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    @property
    def now(self) -> _Section:
        """The section that is open."""
        return self.sections[-1]

    def open_section(self, title: str) -> None:
        """Begin a section with an anchor of its own."""
        taken = {s.anchor for s in self.sections}
        anchor = base = slug(title)
        n = 2
        while anchor in taken or anchor == "main":
            anchor, n = f"{base}-{n}", n + 1
        self.sections.append(_Section(title, anchor))


def render(notebook: Any, *, title: str | None = None, running_footer: str = "", live_charts: bool = False) -> str:
    """The page of an executed notebook (an nbformat node).

    `title` names the document (default: the masthead's sentence, or the first heading). `running_footer` stands at the
    foot of each printed page. `live_charts` adds the interactive drawing (about 0.9 MB; the static one remains for
    print and for readers without script). A chart that cannot be drawn is shown as an error in its place.
    """
    page = _Page(language=_language(notebook))
    for cell in notebook.cells:
        tags = set(cell.get("metadata", {}).get("tags", []))
        if tags & _HIDDEN:
            continue
        if cell.cell_type == "markdown":
            _markdown_cell(page, cell)
        elif cell.cell_type == "code":
            _code_cell(page, cell, show_code=not tags & _NO_INPUT)
    before, *after = page.sections
    if after and not before.parts:  # parameters and imports are folded with the code of the first section
        after[0].code[:0] = before.code
        before.code.clear()
    return _assemble(page, title, running_footer, live_charts)


def _language(notebook: Any) -> str:
    metadata = notebook.get("metadata", {})
    name = metadata.get("kernelspec", {}).get("language") or metadata.get("language_info", {}).get("name")
    return str(name or "python")


# -- cells


def _markdown_cell(page: _Page, cell: Any) -> None:
    """Headings of the first two levels open sections (the first `# ` names the page); the rest is text."""
    source = cell.source
    fences = [m.span() for m in _FENCE.finditer(source)]
    at = 0
    for match in _HEADING.finditer(source):
        if any(a <= match.start() < b for a, b in fences):
            continue
        _prose(page, source[at : match.start()], cell)
        if match[1] == "#" and not page.heading:
            page.heading = _bare(match[2])
        else:
            page.open_section(_bare(match[2]))
        at = match.end()
    _prose(page, source[at:], cell)


def _bare(text: str) -> str:
    """A heading without its marks."""
    return re.sub(r"[*_`]+|<[^>]*>", "", text).strip()


def _prose(page: _Page, source: str, cell: Any) -> None:
    if source.strip():
        page.now.parts.append(foreign.markdown(source, cell.get("attachments")))


def _code_cell(page: _Page, cell: Any, *, show_code: bool) -> None:
    """Outputs in order. The code of cells that show only blocks gathers at the section's end; other code stays near."""
    others = [o for o in cell.get("outputs", []) if RESULT_MIME not in o.get("data", {})]
    source = _highlighted(cell.source, page.language) if show_code and cell.source.strip() else ""
    if others and source:
        page.now.parts.append(_code_fold([source], "Code"))
    elif source:
        page.now.code.append(source)
    for output in cell.get("outputs", []):
        html = _block(page, output["data"]) if RESULT_MIME in output.get("data", {}) else _other(page, output)
        if html:
            page.now.parts.append(html)


def _other(page: _Page, output: Mapping[str, Any]) -> str:
    kind = output.get("output_type")
    if kind == "stream":
        return foreign.plain_text("".join(output.get("text", "")), f"output_stream {slug(str(output.get('name', '')))}")
    if kind == "error":
        page.failed += 1
        return f'<div id="failed-{page.failed}">{foreign.error_block(output)}</div>'
    return foreign.display(output.get("data", {}))


def _block(page: _Page, data: Mapping[str, Any]) -> str:
    """One of our own blocks: numbered, drawn, put into its place."""
    result = data[RESULT_MIME]
    html = "".join(data.get("text/html", ""))
    alone = _STANDALONE.fullmatch(html)
    html = alone[1] if alone else html
    if _ACTIVE.search(html):  # not made by our components, whatever it says it is
        return foreign.display({k: v for k, v in data.items() if k != FIGURE_MIME})
    kind = str(result.get("kind", ""))
    if kind == "masthead" and not page.masthead:
        page.masthead, page.document_title = html, str(result.get("title", ""))
        return ""
    page.now.kinds.append(kind)
    if kind in _COUNTED:
        page.now.counts.append(int(result.get("rows", 0)))
    html = _numbered(page, html)
    return _drawn(page, html, data[FIGURE_MIME]) if FIGURE_MIME in data else html


def _numbered(page: _Page, html: str) -> str:
    """Figures and tables are numbered in the order they stand on the page."""
    if '<span class="fig-n"></span>' in html:
        page.figures += 1
        html = html.replace('figure<span class="fig-n"></span>', f"figure {page.figures}")
        html = html.replace('<span class="fig-n"></span>', f'<span class="fig-n">Figure {page.figures}</span>')
    if '<span class="tab-n"></span>' in html:
        page.tables += 1
        html = html.replace('<span class="tab-n"></span>', f'<span class="tab-n">Table {page.tables}</span>')
    return html


def _drawn(page: _Page, html: str, figure: Mapping[str, Any]) -> str:
    from scorpius_lab.reporting.drawing import draw

    name = str(figure.get("name", ""))
    if f'data-figure="{name}"></div>' not in html:
        return html
    page.specs.append((name, figure))
    try:
        return fill(html, name, draw(figure))
    except ReportError as problem:
        page.failed += 1
        return fill(html, name, f'<p class="output_error" id="failed-{page.failed}" role="alert">{esc(problem)}</p>')


# -- code


def _code_fold(code: Iterable[str], summary: str) -> str:
    text = "\n\n".join(code)
    if not text:
        return ""
    return (
        f'<details class="code"><summary>{summary}</summary><div class="highlight">'
        f'<pre tabindex="0" role="region" aria-label="Code">{text}</pre></div></details>'
    )


def _highlighted(source: str, language: str) -> str:
    if language != "python":
        return esc(source)
    from pygments import highlight  # type: ignore[import-untyped]
    from pygments.formatters.html import HtmlFormatter  # type: ignore[import-untyped]
    from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]

    return str(highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))).rstrip("\n")


# -- the page


def _assemble(page: _Page, title: str | None, running_footer: str, live_charts: bool) -> str:
    body = "\n".join(html for html in (s.html() for s in page.sections) if html)
    name = title or page.document_title or page.heading or "Report"
    scripts: list[str] = []
    if live_charts and page.specs:
        from scorpius_lab.reporting.live import embedded_specs, live_scripts

        body += embedded_specs(page.specs)
        scripts = live_scripts()
    masthead = page.masthead or shell.brand_header("Report", name)
    return shell.page(
        title=name,
        masthead=masthead + _failure_banner(page),
        toc=_contents(page),
        main=body,
        footer=running_footer or name,
        scripts=scripts,
    )


def _failure_banner(page: _Page) -> str:
    if not page.failed:
        return ""
    links = ", ".join(f'<a href="#failed-{n}">place {n}</a>' for n in range(1, page.failed + 1))
    return (
        '<div class="page"><div class="banner" role="alert"><b>This report is not complete.</b> '
        f"Something failed while it was made: {links}. What stands below the first failure may be missing.</div></div>"
    )


def _contents(page: _Page) -> str:
    """The list of sections; where a section is one list of records, their number stands beside it."""
    titled = [s for s in page.sections if s.title]
    if not titled:
        return ""
    items = []
    for s in titled:
        count = f' <span class="count">{s.counts[0]:,}</span>' if len(s.counts) == 1 and s.counts[0] else ""
        items.append(f'<li><a href="#{s.anchor}"><span>{esc(s.title)}</span>{count}</a></li>')
    return f'<nav class="toc" aria-labelledby="toc-h"><h2 id="toc-h">Contents</h2><ol>{"".join(items)}</ol></nav>'
