"""A block: one thing a report displays, with the data behind it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting.components.markup import checked_name
from scorpius_lab.reporting.results import FIGURE_MIME, RESULT_MIME, result_hash

if TYPE_CHECKING:
    import polars as pl

DEFER = "SCORPIUS_DEFER_DRAWING"


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """What a cell of a report returns: a fragment in the theme's markup, the frame it shows, the specs of its drawing.

    `html` holds an empty `<div class="chart" data-figure="NAME" …></div>` where the drawing goes. In a report's kernel
    (`SCORPIUS_DEFER_DRAWING=1`) it stays empty and the page's assembler draws; elsewhere the block draws itself.
    """

    name: str
    kind: str
    html: str
    data: pl.DataFrame | None = None
    figure: Mapping[str, Any] | None = None
    title: str = ""

    def __post_init__(self) -> None:
        checked_name(self.name)

    @property
    def result(self) -> dict[str, Any]:
        """Name, kind, hash, number of rows and columns of what is displayed: this is what replay compares."""
        import polars as pl

        data = self.data if self.data is not None else pl.DataFrame({"html": [self.html]})
        return {
            "name": self.name,
            "kind": self.kind,
            "title": self.title,
            "sha256": result_hash(data),
            "rows": data.height,
            "columns": data.columns,
        }

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """What Jupyter displays: HTML, plain text, the result and, for a chart, its specs."""
        del include, exclude
        result = self.result
        bundle: dict[str, Any] = {"text/plain": self._text(result), RESULT_MIME: result}
        if self.figure is not None:
            bundle[FIGURE_MIME] = {"name": self.name, "title": self.title, **self.figure}
        bundle["text/html"] = self.html if os.environ.get(DEFER) == "1" else self._standalone()
        return bundle

    def _text(self, result: Mapping[str, Any]) -> str:
        return f"{self.kind} {self.name}: {self.title or 'untitled'} ({result['rows']} rows, {result['sha256'][:12]})"

    def drawn(self) -> str:
        """The fragment with its drawing in place. Raises ReportError if the spec does not draw."""
        if self.figure is None:
            return self.html
        from scorpius_lab.reporting.drawing import draw

        return fill(self.html, self.name, draw(self.figure))

    def _standalone(self) -> str:
        """The fragment with style and glyphs, for JupyterLab."""
        from scorpius_lab.reporting.theme import glyphs, scoped_css

        return f'<div class="scorpius-block"><style>{scoped_css()}</style>{glyphs()}{self.drawn()}</div>'


def slot(name: str, alt: str) -> str:
    """The empty place of a drawing; `alt` is escaped already."""
    return f'<div class="chart" role="img" aria-label="{alt}" data-figure="{checked_name(name)}"></div>'


def fill(html: str, name: str, svg: str) -> str:
    """The fragment with the drawing put into its place."""
    return html.replace(f'data-figure="{name}"></div>', f'data-figure="{name}">{svg}</div>', 1)
