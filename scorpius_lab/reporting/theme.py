"""The look in code: tokens read from theme.css, the Vega-Lite configuration made from them, the glyph sprite.

theme.css is the only place where a color is written. Chart specs use the light value of a token (`T["pass"]`); the
drawing turns that value back into `var(--pass)`, so one drawing serves the light page, the dark page and paper.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).parent / "assets"

STATES = ("pass", "partial", "fail", "error", "manual", "stale", "not_evaluated", "not_applicable")
JUDGED = STATES[:3]
BLOCK = ".scorpius-block"
STATE_LABEL = dict(
    zip(
        STATES,
        ("Pass", "Partial", "Fail", "Error", "Manual", "Stale", "Not evaluated", "Not applicable"),
        strict=True,
    )
)
SEVERITIES = ("critical", "high", "medium", "low", "info")
SEVERITY_LABEL = {s: s.capitalize() for s in SEVERITIES}

# Charts are only measured with this stack; on the page the theme's own stack is used.
MEASURED_FONT = "Segoe UI, Roboto, Liberation Sans, Helvetica, Arial, sans-serif"

_TOKEN = re.compile(r"--([\w-]+):\s*light-dark\((#\w{6}),\s*(#\w{6})\)")


def asset(name: str) -> str:
    """The text of a file of the look: `theme.css`, `glyphs.svg`, `page.js`, `shell.html.j2`."""
    return (ASSETS / name).read_text(encoding="utf-8")


@cache
def css() -> str:
    """The theme without comments and indentation, as it is put into pages."""
    text = re.sub(r"/\*.*?\*/", "", asset("theme.css"), flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", text).strip()


@cache
def glyphs() -> str:
    """The sprite of glyphs and hatch patterns; it stands once in every page."""
    return asset("glyphs.svg").replace("\n", "")


@cache
def tokens() -> dict[str, tuple[str, str]]:
    """Every color token with its light and its dark value."""
    head = asset("theme.css").split("/* ── 2 ", maxsplit=1)[0]
    return {name: (light, dark) for name, light, dark in _TOKEN.findall(head)}


T: dict[str, str] = {name: light for name, (light, _) in tokens().items()}
TOKEN_OF: dict[str, str] = {light: name for name, light in T.items()}


def _state_fill(state: str, colors: dict[str, str]) -> str:
    """Solid for a judged state; for the others the page's hatch, with a plain color where there is no page."""
    color = colors[state.replace("_", "-")]
    return color if state in JUDGED else f"url(#h-{state}) {color}"


STATE_FILL: tuple[str, ...] = tuple(_state_fill(s, T) for s in STATES)
SEVERITY_FILL: tuple[str, ...] = tuple(T[s] for s in SEVERITIES)


@cache
def vega_config(mode: str = "light") -> dict[str, Any]:
    """The Vega-Lite configuration for `light` or `dark`, derived from the tokens."""
    at = ("light", "dark").index(mode)
    c = {name: pair[at] for name, pair in tokens().items()}
    return {
        "background": "transparent",
        "font": MEASURED_FONT,
        "padding": 0,
        "aria": False,
        "view": {"stroke": None, "continuousWidth": 720, "continuousHeight": 260},
        **_guides(c),
        "line": {"color": c["series-1"], "strokeWidth": 2, "strokeJoin": "round", "strokeCap": "round"},
        "bar": {"color": c["series-1"]},
        "rect": {"color": c["series-1"]},
        "area": {"color": c["series-1"], "opacity": 0.18},
        "point": {"color": c["series-1"], "filled": True, "size": 60, "opacity": 1},
        "tick": {"color": c["ink-2"], "opacity": 1},
        "rule": {"color": c["ink-2"]},
        "text": {"color": c["ink"], "fontSize": 12},
        "mark": {"tooltip": True},
        "range": {
            "category": [c[f"series-{i}"] for i in range(1, 6)],
            "ordinal": [c["series-2"], c["series-1"]],
            "ramp": [c["sunken"], c["series-1"]],
            "heatmap": [c["sunken"], c["series-1"]],
            "diverging": [c["fail"], c["sunken"], c["series-1"]],
        },
        "style": {"guide-label": {"font": MEASURED_FONT}, "guide-title": {"font": MEASURED_FONT}},
    }


def _guides(c: dict[str, str]) -> dict[str, Any]:
    """Axes, legends and headers: hairlines and quiet labels."""
    return {
        "axis": {
            "domain": False,
            "ticks": False,
            "gridColor": c["rule"],
            "gridWidth": 1,
            "labelColor": c["ink-2"],
            "labelFontSize": 12,
            "labelPadding": 6,
            "titleColor": c["ink-2"],
            "titleFontSize": 12,
            "titleFontWeight": 400,
            "titlePadding": 10,
            "domainColor": c["ink-3"],
            "tickColor": c["ink-3"],
        },
        "axisX": {
            "labelFlush": False,
            "grid": False,
            "domain": True,
            "ticks": True,
            "tickSize": 4,
            "titleAnchor": "end",
        },
        "axisBand": {"grid": False},
        "legend": {
            "orient": "top",
            "labelColor": c["ink-2"],
            "labelFontSize": 12,
            "title": None,
            "symbolType": "square",
            "symbolSize": 110,
            "columnPadding": 16,
            "offset": 8,
        },
        "header": {
            "labelColor": c["ink"],
            "labelFontSize": 12,
            "labelFontWeight": 600,
            "title": None,
            "labelAnchor": "start",
        },
    }


@cache
def scoped_css() -> str:
    """The theme confined to `.scorpius-block`, for blocks shown in JupyterLab beside the notebook's own style.

    JupyterLab styles every table and list of an output (to the right, striped, floated). That is undone first, with a
    selector stronger than any of its own; then the theme applies, nested under one stronger still.
    """
    text = css().split("@page {", maxsplit=1)[0]
    text = re.sub(r"(?m)^(:root|html|body) \{", "& {", text)
    text = text.replace("max-width: calc(var(--side) + var(--main) + 3.5rem + 5rem)", "max-width: var(--main)")
    undone = f"{BLOCK * 4} :not(svg, svg *) {{ all: revert; }}\n{BLOCK * 4} [hidden] {{ display: none; }}"
    return f"{undone}\n{BLOCK * 5} {{{text}}}"
