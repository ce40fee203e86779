"""The notebooks to explore with: they run by themselves, say what they are, and show what they promise."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import papermill
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks" / "explore"
QKD = FOLDER / "qkd.ipynb"
FIGURE = "application/vnd.scorpius.figure+json"
RESULT = "application/vnd.scorpius.result+json"

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """The notebook run by papermill in a folder without a lab, with fewer points."""
    out = tmp_path_factory.mktemp("qkd") / "out.ipynb"
    quick = {"longest_km": 60, "block_sizes": [1e6], "pulses": 10**9, "length_km": 22.0}
    return papermill.execute_notebook(
        str(QKD), str(out), quick, kernel_name="python3", cwd=str(out.parent), progress_bar=False
    )


def shown(ran: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    outputs = [output for cell in ran.cells for output in cell.get("outputs", [])]
    return {o.data[RESULT]["name"]: o.data for o in outputs if RESULT in o.get("data", {})}


def test_it_begins_by_saying_that_it_is_a_simulation() -> None:
    first = nbformat.read(QKD, as_version=4).cells[0]
    assert first.cell_type == "markdown"
    assert "This is a simulation" in first.source
    assert "never protect anything" in first.source
    assert "What can be concluded" in first.source


def test_it_has_parameters_and_its_logic_is_in_the_library() -> None:
    cells = nbformat.read(QKD, as_version=4).cells
    assert sum("parameters" in cell.metadata.get("tags", []) for cell in cells) == 1
    source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    assert not re.search(r"^\s*(def|class|for|while|if|try)\b", source, re.MULTILINE)


def test_every_chart_and_table_is_shown(ran: nbformat.NotebookNode) -> None:
    assert set(shown(ran)) == {
        "rate_against_distance",
        "cut_offs",
        "qber_under_interception",
        "photon_number_splitting",
        "splitting_yields",
        "sessions",
        "entangled_pairs",
    }


def test_charts_are_drawn_in_place_without_a_request(ran: nbformat.NotebookNode) -> None:
    charts = {name: data for name, data in shown(ran).items() if FIGURE in data}
    assert set(charts) == {
        "rate_against_distance",
        "qber_under_interception",
        "photon_number_splitting",
        "entangled_pairs",
    }
    for data in charts.values():
        html = data["text/html"]
        assert html.count("<svg") >= 2
        assert not re.search(r"""(src|href)=["']https?:""", html)


def test_the_parameters_are_used_and_the_published_reach_is_shown(ran: nbformat.NotebookNode) -> None:
    assert "1e6 bits" in shown(ran)["rate_against_distance"]["text/html"]
    reach = shown(ran)["cut_offs"]["text/html"]
    assert "140.55" in reach
    assert "140.62" in reach
    assert "only in a simulation" in shown(ran)["splitting_yields"]["text/html"]
