"""From a Vega-Lite spec to an inline SVG that follows the page's theme. Needs no browser and no network.

One conversion costs 10 to 40 ms; the first in a process costs about half a second more, because the drawing
library starts its engine. `warm_up` pays that beforehand. Equal specs are drawn once per process.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from scorpius_lab.core.identity import canonical_json
from scorpius_lab.errors import ReportError
from scorpius_lab.reporting import theme

_HATCHED = re.compile(
    r'<path\s+d="M([\d.-]+),([\d.-]+)h([\d.]+)v([\d.]+)h-[\d.]+Z"[^>]*?fill="url\(#h-(\w+)\)[^"]*"[^>]*/>'
)
_HEX = re.compile(r"#[0-9a-f]{6}\b")
_TAG = re.compile(r"<[^>]*>")
_ID = re.compile(r"\b(clip|gradient_)(\d+)")

# Applied in this order to what the library draws: away with addresses, roles and attributes that say nothing.
_CLEAN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r' (?:xmlns(?::xlink)?|version|role|aria-[a-z]+|font-family|pointer-events)="[^"]*"'), ""),
    (re.compile(r'<path class="(?:background|foreground)"[^>]*d="(?:M0,0h0v0h0Z)?"[^>]*/>'), ""),
    (re.compile(r'<(\w+)[^>]*display="none"[^>]*/>'), ""),
    (re.compile(r"(\d+\.\d{2})\d+"), r"\1"),
    (re.compile(r' stroke-miterlimit="10"| opacity="1"'), ""),
    (re.compile(r'(?<=\d)px"'), '"'),
    (re.compile(r' *class="(?!marks)[^"]*"'), ""),
    (re.compile(r'<path\s+d="M[^"]*h0v[^"]*"[^>]*/>'), ""),
)


def warm_up() -> None:
    """Start the drawing engine of this process; call it in a thread while something else is waited for."""
    inline_svg({"data": {"values": [{}]}, "mark": "point", "width": 1, "height": 1})


def inline_svg(spec: Mapping[str, Any], css_class: str = "wide") -> str:
    """The drawing of a spec as an `<svg>` element without addresses, colored by the page's tokens.

    The same spec gives the same text, whatever was drawn before. Raises ReportError if the spec does not draw.
    """
    return _drawn(canonical_json(spec), css_class)


@lru_cache(maxsize=512)
def _drawn(text: str, css_class: str) -> str:
    mark = hashlib.sha256(f"{css_class} {text}".encode()).hexdigest()[:8]
    parsed = json.loads(text)
    raw = _convert({**parsed, "config": {**theme.vega_config(), **parsed.get("config", {})}})
    # Only tags are touched: a number or a word of the data that stands as text is never shortened or renamed.
    svg = _TAG.sub(lambda match: _clean(match[0], mark), raw)
    return svg.replace('<svg class="marks"', f'<svg class="{css_class}" aria-hidden="true" focusable="false"', 1)


def draw(figure: Mapping[str, Any]) -> str:
    """Both widths of a figure, side by side; the page's style shows the one that fits."""
    return inline_svg(figure["wide"], "wide") + inline_svg(figure["narrow"], "narrow")


def _clean(tag: str, mark: str) -> str:
    """One tag without what the page does not need, its ids made unique, its colors made tokens, its hatches lines."""
    tag = _ID.sub(rf"v{mark}\1\2", tag)
    for pattern, replacement in _CLEAN:
        tag = pattern.sub(replacement, tag)
    return _HATCHED.sub(_hatch, _HEX.sub(_token, tag))


def plain_svg(spec: Mapping[str, Any]) -> str:
    """The drawing of a user's own spec, untouched. Data at an address is not fetched. Raises ReportError."""
    return _convert(dict(spec))


def _convert(spec: dict[str, Any]) -> str:
    import vl_convert

    try:
        svg: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    except ValueError as problem:
        reason = " ".join(str(problem).splitlines()[:2])
        raise ReportError(f"a chart could not be drawn: {reason}; check the Vega-Lite spec of the figure") from problem
    return svg


def _token(match: re.Match[str]) -> str:
    name = theme.TOKEN_OF.get(match[0])
    return f"var(--{name})" if name else match[0]


def _hatch(match: re.Match[str]) -> str:
    """A hatched bar as plain lines. A browser turns every SVG pattern into a bitmap when it prints."""
    x, y, width, height = (float(v) for v in match.groups()[:4])
    state = match[5]
    if state == "not_applicable":
        return f'<path d="M{x:g},{y:g}h{width:g}v{height:g}h-{width:g}Z" fill="var(--sunken)"/>'
    color = f'stroke="var(--{state.replace("_", "-")})"'
    if state == "manual":  # one thick dashed line is a row of upright strokes
        return (
            f'<path d="M{x + 1:g},{y + height / 2:g}h{max(width - 1.5, 1):g}" {color} stroke-width="{height:g}"'
            ' stroke-dasharray="1.5 3.5"/>'
        )
    if state == "not_evaluated":  # dashes without length and with round caps are dots
        rows = "".join(
            f"M{x + 2:g},{y + 2.5 + j * 5:g}h{max(width - 3, 0.1):g}" for j in range(max(int(height / 5), 1))
        )
        return f'<path d="{rows}" {color} stroke-width="2" stroke-linecap="round" stroke-dasharray="0 5"/>'
    wide_apart = state != "error"
    path = _diagonals(x, y, width, height, 6 if wide_apart else 4, rising=wide_apart)
    line_width = 1.5 if wide_apart else 2
    return f'<path d="{path}" {color} stroke-width="{line_width}"/>'


def _diagonals(x: float, y: float, width: float, height: float, step: int, *, rising: bool) -> str:
    """Parallel lines at 45 degrees, each cut to the bar."""
    lines = []
    for k in range(1, int((width + height) / step) + 1):
        left, right = max(0.0, k * step - height), min(width, k * step)
        top, bottom = k * step - left, k * step - right
        if rising:
            top, bottom = height - top, height - bottom
        lines.append(f"M{x + left:g},{y + top:g}L{x + right:g},{y + bottom:g}")
    return re.sub(r"(\.\d)\d+", r"\1", "".join(lines))
