"""What the charts share: the two widths, the axis of names, words above the plot.

Times are UTC. Colors are light values of tokens (`T[...]`); shade with opacity, because a color ramp cannot follow the
theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scorpius_lab.reporting.theme import T

Spec = dict[str, Any]

WIDE, NARROW = 720, 340
HALO: Spec = {"stroke": T["page"], "strokeWidth": 4, "strokeJoin": "round"}  # under text that crosses lines
_CHAR = 6.4  # mean width of a character at 12 px
_MANY = 20


def text_width(text: str) -> float:
    """The estimated width of a label at 12 px."""
    return _CHAR * len(text)


class Rows:
    """The shared vertical axis of horizontal charts: names at the left, or above their mark where space is short."""

    def __init__(self, labels: Sequence[str], narrow: bool, right: float = 46) -> None:
        """Lay out `labels`, leaving `right` units for what stands after the marks."""
        longest = max((text_width(x) for x in labels), default=0)
        self.narrow = narrow
        self.above = longest > (110 if narrow else 270)
        many = len(labels) > _MANY
        self.step = (44 if many else 48) if self.above else (22 if many else 30)
        total = NARROW if narrow else WIDE
        self.right = right
        self.plot = round(total - (0 if self.above else longest + 14) - right)
        self.shift = 8 if self.above else 0
        limit = 290
        axis: Spec | None = {"labelColor": T["ink"], "labelLimit": limit, "labelPadding": 10}
        self.y: Spec = {
            "field": "label",
            "type": "nominal",
            "sort": list(labels),
            "title": None,
            "axis": None if self.above else axis,
        }
        self.total = total

    @property
    def bar(self) -> float:
        """The height of a bar in px."""
        return 16 if self.above else round(self.step * 0.68)

    def names(self) -> list[Spec]:
        """The layer that writes names above their marks, where the axis has no room for them."""
        if not self.above:
            return []
        mark = {"type": "text", "align": "left", "x": 0, "dy": -12, "color": T["ink"], "limit": self.total}
        where = {"y": self.y, "text": {"field": "label"}}
        return [{"mark": {**mark, **HALO}, "encoding": where}, {"mark": mark, "encoding": where}]

    def spec(self, rows: Sequence[Spec], layers: Sequence[Spec], names: Sequence[Spec] | None = None) -> Spec:
        """The whole chart over rows that each have a `label`."""
        unique = [{"label": x} for x in dict.fromkeys(r["label"] for r in rows)]
        above = [{"data": {"values": unique}, **layer} for layer in (names if names is not None else self.names())]
        # A space at the right edge keeps the drawing's width, so that no chart's text is scaled up beside another's.
        edge = note_above("\N{NO-BREAK SPACE}", "right", {"expr": f"width+{self.right:g}"}, y=8)
        return {
            "width": self.plot,
            "height": {"step": self.step},
            "data": {"values": list(rows)},
            "layer": [*layers, *above, edge],
        }


def note_above(text: str, align: str, x: object, y: float = -9) -> Spec:
    """A word above the plot, in the quiet ink."""
    mark = {"type": "text", "align": align, "color": T["ink-2"], "x": x, "y": y, "text": text}
    return {"data": {"values": [{}]}, "mark": mark}
