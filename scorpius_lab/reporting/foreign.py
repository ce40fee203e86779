"""Outputs that are not ours: what users' own notebooks display, made harmless.

Scripts, frames, forms and everything a browser would fetch are removed; what is left is text, tables, and images that
are inside the page. The page's security policy would block the rest, but a report should not even try.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from scorpius_lab.errors import ReportError
from scorpius_lab.reporting.components.markup import esc
from scorpius_lab.reporting.displayed import chart_spec

if TYPE_CHECKING:
    from bleach.sanitizer import Cleaner  # type: ignore[import-untyped]

_LONGEST = 40_000
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_IMAGE_SOURCE = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]+")
_LINK = re.compile(r"(?:https?://|mailto:|#)[^\s]*|(?![a-z]+:|//|/)[\w./#-]+", re.IGNORECASE)
_NO_SOURCE = re.compile(r'<img(?![^>]* src=)[^>]*?(?: alt="([^"]*)")?[^>]*>')
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")

# Elements whose content goes with them.
_DROPPED = frozenset(
    """
    script style iframe frame object embed applet template noscript svg math link meta base form input
    button select textarea video audio source track canvas dialog title head
    """.split()  # noqa: SIM905
)
_KEPT = frozenset(
    """
    a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2
    h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody
    td tfoot th thead tr u ul var
    """.split()  # noqa: SIM905
)
_STYLES = tuple(
    """
    color background-color text-align font-weight font-style text-decoration white-space vertical-align
    width min-width max-width border border-top border-bottom border-left border-right border-color
    border-style border-width padding padding-left padding-right padding-top padding-bottom
    """.split()  # noqa: SIM905
)


def _attribute(tag: str, name: str, value: str) -> bool:
    """True for the attributes that are kept."""
    if name == "src":
        return tag == "img" and _IMAGE_SOURCE.fullmatch(value) is not None
    if name == "href":
        return tag == "a" and _LINK.fullmatch(value) is not None
    return name in {"class", "colspan", "rowspan", "scope", "align", "title", "alt", "style", "span", "start", "open"}


@cache
def _cleaner() -> Cleaner:
    from bleach.css_sanitizer import CSSSanitizer  # type: ignore[import-untyped]
    from bleach.html5lib_shim import Filter  # type: ignore[import-untyped]
    from bleach.sanitizer import Cleaner

    class DropWithContent(Filter):  # type: ignore[misc]
        """Leaves out the elements of `_DROPPED` with all that is inside them."""

        def __iter__(self) -> Iterator[dict[str, Any]]:
            depth = 0
            for token in super().__iter__():
                dropped = token.get("name") in _DROPPED
                if dropped and token["type"] == "StartTag":
                    depth += 1
                elif dropped and token["type"] == "EndTag":
                    depth = max(0, depth - 1)
                elif not depth and not dropped:
                    yield token

    return Cleaner(
        tags=_KEPT | _DROPPED,
        attributes=_attribute,
        protocols={"http", "https", "mailto", "data"},
        strip=True,
        strip_comments=True,
        filters=[DropWithContent],
        css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES),
    )


def sanitize(markup: str) -> str:
    """The markup without scripts, forms, styles of its own, and anything a browser would fetch."""
    clean: str = _cleaner().clean(markup)
    return _NO_SOURCE.sub(lambda match: f"[{match[1]}]" if match[1] else "", clean)


def plain_text(text: str, css_class: str = "output_text") -> str:
    """Text as it was printed, without terminal colors; very long text keeps its end."""
    bare = _ANSI.sub("", text)
    if len(bare) > _LONGEST:
        bare = f"… {len(bare) - _LONGEST:,} characters are left out here; they are in report.ipynb\n" + bare[-_LONGEST:]
    return f'<div class="output_area {css_class}"><pre>{esc(bare)}</pre></div>'


def error_block(output: Mapping[str, Any]) -> str:
    """A cell that raised: what, why, and the traceback folded below."""
    trace = _ANSI.sub("", "\n".join(output.get("traceback", [])))
    name, value = output.get("ename", "Error"), _ANSI.sub("", str(output.get("evalue", "")))
    return (
        f'<div class="output_area output_error" role="alert"><h3>This cell failed: {esc(name)}</h3><p>{esc(value)}</p>'
        f"<details><summary>Traceback</summary><pre>{esc(trace)}</pre></details></div>"
    )


def markdown(source: str, attachments: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """Markdown as HTML; raw HTML in it is made harmless and attached images come into the page."""
    import mistune

    for name, data in (attachments or {}).items():
        kind = next((k for k in _IMAGES if k in data), None)
        if kind:
            source = source.replace(f"attachment:{name}", f"data:{kind};base64,{_joined(data[kind])}")
    risky = "<" in source or "![" in source
    render = mistune.create_markdown(escape=not risky, plugins=["table", "strikethrough", "url"])
    rendered = str(render(source))
    return sanitize(rendered) if risky else rendered


def display(data: Mapping[str, Any]) -> str:  # noqa: PLR0911 (one for each form)
    """The richest harmless form of what a cell displayed."""
    spec = chart_spec(data)
    if spec is not None:
        return _chart(spec)
    if "text/html" in data:
        return _html(_joined(data["text/html"]), data)
    for kind in _IMAGES:
        if kind in data:
            return _image(_source(kind, data[kind]), data)
    if "image/svg+xml" in data:
        return _image(_svg_source(_joined(data["image/svg+xml"])), data)
    if "text/markdown" in data:
        return f'<div class="output_area rendered_html">{markdown(_joined(data["text/markdown"]))}</div>'
    if "text/latex" in data:
        return plain_text(_joined(data["text/latex"]))
    return plain_text(_joined(data.get("text/plain", "This output has no form that a page can show.")))


def _html(markup: str, data: Mapping[str, Any]) -> str:
    clean = sanitize(markup)
    if not re.search(r"<img|<t[dh]\b", clean) and not re.sub(r"<[^>]*>|&nbsp;|\s", "", clean):
        text = plain_text(_joined(data.get("text/plain", "")))
        return f'{text}<p class="small">This output needs a script to be shown, and scripts do not run in reports.</p>'
    if "<table" in clean:
        clean = f'<div class="table" role="region" tabindex="0" aria-label="Table">{clean}</div>'
    return f'<div class="output_area rendered_html">{clean}</div>'


def _chart(spec: Mapping[str, Any]) -> str:
    from scorpius_lab.reporting.drawing import plain_svg

    try:
        svg = plain_svg(spec)
    except ReportError as problem:
        return f'<div class="output_area output_error" role="alert"><p>{esc(problem)}</p></div>'
    return f'<div class="output_area own-chart">{_image_tag(_svg_source(svg), "Chart")}</div>'


def _image(source: str, data: Mapping[str, Any]) -> str:
    return f'<div class="output_area">{_image_tag(source, _joined(data.get("text/plain", "Image")))}</div>'


def _image_tag(source: str, alt: str) -> str:
    return f'<img src="{esc(source)}" alt="{esc(alt[:200])}">'


def _source(kind: str, value: object) -> str:
    return f"data:{kind};base64," + re.sub(r"[^A-Za-z0-9+/=]", "", _joined(value))


def _svg_source(svg: str) -> str:
    """An SVG as the source of an image: there it can neither run a script nor load anything."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _joined(value: object) -> str:
    return "".join(value) if isinstance(value, list) else str(value)
