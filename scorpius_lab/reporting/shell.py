"""The shell of every page: one file, a security policy that lets nothing load, the theme, scripts allowed by hash."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from scorpius_lab.reporting import theme
from scorpius_lab.reporting.components.markup import esc

if TYPE_CHECKING:
    import jinja2


def page(*, title: str, masthead: str, main: str, toc: str = "", footer: str = "", scripts: Sequence[str] = ()) -> str:
    """A whole page. `title` and `footer` are text; `masthead`, `main` and `toc` are markup whose text is escaped."""
    from markupsafe import Markup

    every = [theme.asset("page.js"), *scripts]
    return _template().render(
        title=title,
        css=Markup(theme.css() + footer_css(footer)),  # noqa: S704 (our own style; the footer is escaped for CSS)
        glyphs=Markup(theme.glyphs()),  # noqa: S704 (our own sprite)
        masthead=Markup(masthead),  # noqa: S704 (escaped by its maker)
        toc=Markup(toc),  # noqa: S704 (escaped by its maker)
        main=Markup(main),  # noqa: S704 (escaped by its maker)
        scripts=[Markup(s) for s in every],  # noqa: S704 (our own scripts)
        script_hashes=Markup(" ".join(script_hash(s) for s in every)),  # noqa: S704 (base64)
    )


def brand_header(kind: str, title: str, lead: str = "") -> str:
    """The title block of a page that brings none of its own."""
    below = f'<p class="lead">{esc(lead)}</p>' if lead else ""
    return (
        '<header class="page masthead"><div class="brand"><svg aria-hidden="true" focusable="false">'
        f'<use href="#g-scorpius"/></svg><span><b>scorpius_lab</b> {esc(kind)}</span><span class="push"></span>'
        '<button class="theme no-print" type="button" hidden>Dark</button></div>'
        f"<h1>{esc(title)}</h1>{below}</header>"
    )


def script_hash(script: str) -> str:
    """The hash by which the page's security policy allows exactly this script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def footer_css(text: str) -> str:
    """The rule that prints a line at the foot of each page; the text cannot leave its string or the style element."""
    if not text:
        return ""
    safe = re.sub(r"[^\w .,:;·()/%+-]", lambda m: f"\\{ord(m[0]):x} ", text)
    return f'@page{{@bottom-left{{content:"{safe}"}}}}'


@cache
def _template() -> jinja2.Template:
    import jinja2

    return jinja2.Environment(autoescape=True).from_string(theme.asset("shell.html.j2"))
