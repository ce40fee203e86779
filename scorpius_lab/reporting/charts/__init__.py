"""Figures: ready-made charts over frames, and `figure` for a spec of one's own.

Each has a title (what is measured, with its unit), a finding (what it shows, in one sentence), direct labels, a source
line and its table. An empty frame shows the sentence `when_empty` in a hollow place, never a blank.
"""

from scorpius_lab.reporting.charts.counts import bars, severity_bars, state_bars
from scorpius_lab.reporting.charts.figure import figure
from scorpius_lab.reporting.charts.lines import Level, Line, Scales, lines
from scorpius_lab.reporting.charts.measured import dot_range, ratios
from scorpius_lab.reporting.charts.timed import timeline, trend
from scorpius_lab.reporting.theme import STATE_FILL, T

__all__ = [
    "STATE_FILL",
    "Level",
    "Line",
    "Scales",
    "T",
    "bars",
    "dot_range",
    "figure",
    "lines",
    "ratios",
    "severity_bars",
    "state_bars",
    "timeline",
    "trend",
]
