"""Figures: drawn at both widths, following the theme, the same every time, and faithful to the data's own text."""

import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import gallery
import markup_checks as see
import polars as pl
import pytest

from scorpius_lab.errors import ReportError, UsageError
from scorpius_lab.reporting import charts, theme
from scorpius_lab.reporting.drawing import draw, inline_svg

SAY = {"title": "Title", "finding": "What it shows.", "source": "Source: a test."}
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


@cache
def all_charts(sample=False):
    return {b.name: b for b in gallery.singles()} | {
        "states": charts.state_bars("states", gallery.FRAMEWORKS, sample=sample, **SAY),
        "time": charts.timeline("time", gallery.daily(), sample=sample, **SAY),
        "trend": charts.trend("trend", gallery.TREND, sample=sample, **SAY),
        "range": charts.dot_range("range", gallery.BENCH, unit="ms", target="target", sample=sample, **SAY),
        "ratios": charts.ratios("ratios", gallery.PROMISES, sample=sample, **SAY),
    }


@pytest.mark.parametrize("name", list(all_charts()))
def test_both_widths_are_drawn_for_the_page(name):
    html = all_charts()[name].drawn()
    wide, narrow = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    sizes = [[float(x) for x in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups()] for svg in (wide, narrow)]
    assert 620 <= sizes[0][0] <= 800, "text would be scaled on a desk"
    assert 290 <= sizes[1][0] <= 400, "text would be scaled on a telephone"
    assert "NaN" not in html
    assert "undefined" not in html
    assert see.fetched(html) == []
    assert "http" not in html
    assert not re.search(r"#[0-9a-f]{6}\b", re.sub(r"<[^>]*>", "", "") + wide), "a color that does not follow the theme"


@pytest.mark.parametrize("name", list(all_charts()))
def test_a_figure_has_title_finding_source_table_and_words_for_its_shape(name):
    block = all_charts()[name]
    html = block.html
    assert see.elements(html, "figcaption")
    assert see.elements(html, "table")
    assert "Source:" in see.text_of(html)
    assert next(e.attrib["aria-label"] for e in see.elements(html, "div") if e.attrib.get("class") == "chart")
    assert block.data.height


def test_sample_data_is_marked_on_the_figure():
    for block in all_charts(sample=True).values():
        assert "Sample data" in see.text_of(block.html)
    assert "Sample data" not in see.text_of(charts.state_bars("s", gallery.FRAMEWORKS, **SAY).html)


def empty_charts():
    say = SAY | {"when_empty": "No source was read."}
    times = pl.DataFrame(schema={"time": pl.Datetime("us", "UTC"), "severity": pl.String})
    return [
        charts.state_bars("a", gallery.FRAMEWORKS.clear(), **say),
        charts.severity_bars("b", pl.DataFrame(schema={"severity": pl.String, "count": pl.Int64}), **say),
        charts.bars("c", pl.DataFrame(schema={"x": pl.String, "n": pl.Int64}), label="x", value="n", **say),
        charts.timeline("d", times, **say),
        charts.timeline("d2", times, every="auto", **say),
        charts.trend("e", gallery.TREND.clear(), **say),
        charts.dot_range("f", gallery.BENCH.clear(), unit="ms", **say),
        charts.ratios("g", gallery.PROMISES.clear(), **say),
    ]


@pytest.mark.parametrize("block", empty_charts(), ids=lambda b: b.name)
def test_nothing_to_show_is_said_and_hollow(block):
    assert block.figure is None
    assert "No source was read." in see.text_of(block.html)
    assert "What it shows." not in see.text_of(block.html), "a finding about nothing"
    assert "empty" in [e.attrib.get("class") for e in see.elements(block.html, "p")]


def test_fifty_rows_are_drawn_with_every_name():
    html = charts.state_bars("s", gallery.many_states(50), row="host", unit="checks", **SAY).drawn()
    assert all(html.count(f">host-{i:02d}.example.internal<") >= 2 for i in range(50))
    assert len(html) < 400_000


def test_numbers_in_the_drawing_are_those_of_the_data():
    """Coordinates are shortened; the data's own text never is."""
    frame = pl.DataFrame({"label": ["rgb #1c2026 clip7 1.23456"], "low": [0.0211], "mid": [0.0243], "high": [0.0612]})
    html = charts.dot_range("r", frame, unit="ms", **SAY).drawn()
    assert ">0.0243 ms<" in html
    assert ">rgb #1c2026 clip7 1.23456<" in html


def test_hostile_labels_are_drawn_as_text():
    counts = pl.DataFrame({"rule": [EVIL, "b"], "n": [1, 2]})
    states = gallery.FRAMEWORKS.with_columns(framework=pl.lit(EVIL)).head(1)
    for block in (
        charts.bars("b", counts, label="rule", value="n", title=EVIL, finding=EVIL, source=EVIL, alt=EVIL, unit=EVIL),
        charts.state_bars("s", states, title=EVIL, finding=EVIL, source=EVIL, unit=EVIL),
    ):
        html = block.drawn()
        assert see.elements(html, "script") == see.elements(html, "img") == see.handlers(html) == []
        assert "alert(1)" in see.text_of(html)


def test_the_same_spec_gives_the_same_drawing_whatever_was_drawn_before():
    figure = charts.state_bars("s", gallery.FRAMEWORKS, **SAY).figure
    first = draw(figure)
    draw(charts.severity_bars("o", pl.DataFrame({"severity": ["high"]}), **SAY).figure)
    assert draw(figure) == first


def test_drawings_do_not_depend_on_the_machine_s_time_zone():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import gallery, hashlib\nfrom scorpius_lab.reporting import charts\n"
        "b = charts.timeline('t', gallery.daily(), title='t', finding='f', source='s')\n"
        "print(hashlib.sha256(b.drawn().encode()).hexdigest())"
    )
    command = [sys.executable, "-c", code, str(Path(gallery.__file__).parent)]
    far = subprocess.run(
        command, env={**os.environ, "TZ": "Pacific/Auckland"}, capture_output=True, text=True, check=True
    )
    here = charts.timeline("t", gallery.daily(), title="t", finding="f", source="s").drawn()
    assert far.stdout.strip() == hashlib.sha256(here.encode()).hexdigest()


def test_times_are_put_into_steps_in_utc():
    late = datetime(2026, 10, 1, 23, 30, tzinfo=UTC).astimezone()
    frame = pl.DataFrame({"time": [late, late + timedelta(hours=1)], "severity": ["high", "low"]})
    block = charts.timeline("t", frame, **SAY)
    assert block.data["time"].to_list() == ["2026-10-01", "2026-10-02"]
    assert charts.timeline("t", frame, every="1mo", **SAY).data.row(0)[:3] == ("2026-10-01", 0, 1)


@pytest.mark.parametrize(("days", "steps"), [(1, 24), (40, 41), (300, 44), (1500, 50)])
def test_auto_chooses_steps_that_can_be_seen(days, steps):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    frame = pl.DataFrame({"time": [start + timedelta(hours=i) for i in range(days * 24)]}).with_columns(
        severity=pl.lit("low")
    )
    assert charts.timeline("t", frame, every="auto", **SAY).data.height <= steps


def test_not_judged_is_hatched_and_judged_is_solid():
    html = charts.state_bars("s", gallery.FRAMEWORKS, **SAY).drawn()
    for state in ("pass", "partial", "fail"):
        assert f'fill="var(--{state})"' in html
    for state in ("error", "manual", "stale", "not-evaluated"):
        assert f'fill="var(--{state})"' not in html
        assert f'stroke="var(--{state})"' in html
    assert "url(#h-" not in html, "patterns print as bitmaps"


def test_promises_not_measured_are_hollow_and_missed_ones_say_so():
    html = charts.ratios("r", gallery.PROMISES, **SAY).drawn()
    assert html.count("not measured yet") >= 4
    assert "missed" in html
    assert 'stroke="var(--not-evaluated)"' in html


def test_rows_that_a_logarithm_cannot_show_stay_in_the_table():
    frame = pl.DataFrame(
        {"label": ["a", "b", "c"], "low": [0.0, 1.0, None], "mid": [0.0, 2.0, None], "high": [0.0, 3.0, None]}
    )
    block = charts.dot_range("r", frame, unit="ms", **SAY)
    assert block.data.height == 3
    assert len(block.figure["wide"]["data"]["values"]) == 1


def test_a_spec_that_does_not_draw_is_a_clear_error():
    with pytest.raises(ReportError, match="could not be drawn"):
        inline_svg({"mark": "nonsense"})


def test_a_missing_column_is_named():
    with pytest.raises(UsageError, match="mid"):
        charts.dot_range("r", pl.DataFrame({"label": ["a"], "low": [1.0], "high": [2.0]}), unit="ms", **SAY)


def test_data_at_an_address_is_not_fetched():
    with pytest.raises(ReportError):
        inline_svg(
            {
                "data": {"url": "http://127.0.0.1:9/x.csv"},
                "mark": "bar",
                "encoding": {"x": {"field": "a", "type": "nominal"}},
            }
        )


def test_colors_are_written_in_the_theme_only():
    folder = theme.ASSETS.parent
    color = re.compile(r"#[0-9a-fA-F]{6}\b|rgba?\(")
    files = [
        *folder.glob("charts/*.py"),
        *folder.glob("components/*.py"),
        folder / "theme.py",
        folder / "html.py",
        *theme.ASSETS.glob("*.svg"),
    ]
    assert [f.name for f in files if color.search(f.read_text())] == []


def test_every_token_has_two_values_and_the_configuration_uses_them():
    light, dark = theme.vega_config("light"), theme.vega_config("dark")
    assert len(theme.tokens()) >= 30
    assert len(theme.TOKEN_OF) == len(theme.T), "two tokens with one light value cannot be told apart in a drawing"
    assert light["text"]["color"] == theme.tokens()["ink"][0]
    assert dark["text"]["color"] == theme.tokens()["ink"][1]
    json.dumps(light)
