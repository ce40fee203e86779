"""A bar: what was asked of the product's speed, what was measured, and whether it was met."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bar:
    """`peer` is the same work done by something else in the same run, `note` says what that is and how it was done.

    `better` is `lower` or `higher`; a bar without a target is shown and judged by nobody.
    """

    name: str
    value: float
    unit: str
    target: float | None = None
    better: str = "lower"
    peer: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """None if there is no target."""
        if self.target is None:
            return None
        return self.value < self.target if self.better == "lower" else self.value >= self.target

    @property
    def ratio(self) -> float | None:
        """How many times better than asked; below 1 is missed; none where nothing is left to be better than."""
        if self.target is None or (self.better == "lower" and not self.value):
            return None
        return self.target / self.value if self.better == "lower" else self.value / self.target


def timed(work: Callable[[], object]) -> float:
    """Seconds of wall time."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_of(work: Callable[[], object], times: int) -> float:
    """The median seconds of several runs."""
    return statistics.median(timed(work) for _ in range(times))


def show(bars: Sequence[Bar]) -> str:
    """The table people read."""
    rows = [("bar", "figure", "target", "ratio", "peer", "met")]
    rows += [
        (
            bar.name,
            f"{bar.value:,.4g} {bar.unit}" if bar.value < 1e5 else f"{bar.value:,.0f} {bar.unit}",
            "" if bar.target is None else f"{'<' if bar.better == 'lower' else '≥'} {bar.target:,g}",
            "" if bar.ratio is None else f"{bar.ratio:.2f} x",
            "" if bar.peer is None else f"{bar.peer:,.4g}" if bar.peer < 1e5 else f"{bar.peer:,.0f}",
            {True: "yes", False: "NO", None: "-"}[bar.met],
        )
        for bar in bars
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    notes = [f"  {bar.name}: {bar.note}" for bar in bars if bar.note]
    return "\n".join([*lines, *(["", *notes] if notes else [])])


def finish(bars: Iterable[Bar], json_path: Path | None = None) -> int:
    """Print the table, write JSON if asked; the exit code: 1 if a bar was missed."""
    found = list(bars)
    sys.stdout.write(show(found) + "\n")
    if json_path is not None:
        rows = [asdict(bar) | {"ratio": bar.ratio, "met": bar.met} for bar in found]
        json_path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 1 if any(bar.met is False for bar in found) else 0
