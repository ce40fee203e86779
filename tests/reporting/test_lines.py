"""Line charts: what they draw, leave out and say."""

from __future__ import annotations

import re

import markup_checks as see
import polars as pl
import pytest

from scorpius_lab.errors import UsageError
from scorpius_lab.reporting import charts
from scorpius_lab.reporting.charts.lines import lines_spec

FRAME = pl.DataFrame(
    {
        "x": [0.0, 1.0, 2.0] * 2,
        "y": [1e-2, 1e-4, 0.0, 3e-3, 2e-3, 1e-3],
        "series": ["falls"] * 3 + ["stays"] * 3,
    }
)
LOOKS = [charts.Line("falls"), charts.Line("stays", "fail", dash=(4, 2)), charts.Line("absent", "ink")]
SCALES = charts.Scales("Length, km", "Rate, logarithmic", log=True, floor=1e-6)
SAY = {"title": "Title", "finding": "What it shows.", "source": "Source: a test."}


def chart(frame: pl.DataFrame = FRAME, **options: object) -> charts.lines:
    given = {"looks": LOOKS, "scales": SCALES} | options
    return charts.lines("lines", frame, **SAY, **given)


def names(spec: dict[str, object]) -> list[str]:
    return spec["layer"][0]["encoding"]["color"]["scale"]["domain"]


@pytest.mark.parametrize("options", [{}, {"level": charts.Level(1e-3, "bound")}], ids=["plain", "level"])
@pytest.mark.parametrize("log", [True, False], ids=["log", "linear"])
def test_both_widths_are_drawn_for_the_page(log: bool, options: dict[str, object]) -> None:
    scales = charts.Scales("Length, km", "Rate", log=log, floor=1e-6 if log else None, percent=not log)
    html = chart(scales=scales, **options).drawn()
    svgs = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    wide, narrow = (float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1]) for svg in svgs)
    assert 620 <= wide <= 800, "text would be scaled on a desk"
    assert 290 <= narrow <= 400, "text would be scaled on a telephone"
    assert see.fetched(html) == []
    assert "NaN" not in html
    assert "undefined" not in html
    assert not re.search(r"#[0-9a-f]{6}\b", html), "a color that does not follow the theme"
    assert ("bound" in html) == bool(options)


def test_axis_titles_with_units_and_powers_of_ten_are_drawn() -> None:
    html = chart().drawn()
    assert "Length, km" in html
    assert "Rate, logarithmic" in html
    assert "10⁻⁴" in html


def test_a_curve_ends_where_it_is_zero_and_absent_ones_have_no_legend() -> None:
    rows = chart().figure["wide"]["data"]["values"]
    assert [r["x"] for r in rows if r["s"] == "falls"] == [0.0, 1.0]
    assert names(chart().figure["wide"]) == ["falls", "stays"]


def test_percent_is_drawn_times_a_hundred_and_tabled_as_it_is() -> None:
    block = chart(scales=charts.Scales("x", "%", percent=True))
    assert max(r["y"] for r in block.figure["wide"]["data"]["values"]) == pytest.approx(1.0)
    assert block.data["falls"].to_list() == [1e-2, 1e-4, 0.0]


def test_the_table_has_a_column_for_each_curve() -> None:
    assert chart().data.columns == ["x", "falls", "stays"]
    assert chart().data.height == 3


def test_dots_are_points_in_their_own_layer() -> None:
    spec = chart(looks=[charts.Line("falls", dots=True), charts.Line("stays")]).figure["wide"]
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["line", "point"]


def test_words_say_where_each_curve_begins_and_ends() -> None:
    label = next(e.attrib["aria-label"] for e in see.elements(chart().html, "div") if e.attrib.get("class") == "chart")
    assert "falls from 0.01 at 0 to 0.0001 at 1" in label


def test_an_empty_frame_says_so() -> None:
    html = chart(FRAME.clear(), when_empty="Nothing was simulated.").drawn()
    assert "Nothing was simulated." in html
    assert "viewBox" not in html


def test_a_frame_without_its_columns_is_refused() -> None:
    with pytest.raises(UsageError, match="chart 'lines'"):
        chart(FRAME.rename({"y": "z"}))


def test_nothing_above_zero_still_draws() -> None:
    assert lines_spec([], LOOKS, SCALES, None, narrow=True)["data"]["values"] == []
    assert "viewBox" in chart(FRAME.with_columns(y=pl.lit(0.0))).drawn()
