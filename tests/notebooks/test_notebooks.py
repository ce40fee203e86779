"""The supplied notebooks are thin, hold no outputs, declare their parameters, and run, even over an empty lab."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from scorpius_lab.lab import Lab, init_lab
from scorpius_lab.reporting.reports import REPORTS, load_spec, notebook_path

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.rglob("*.ipynb"))
SUPPLIED = sorted((FOLDER / "reports").glob("*.ipynb"))
MOST_LINES = 25
SQL = re.compile(r"\b(select|insert|update|delete|with)\b.+\b(from|into|set|as)\b", re.IGNORECASE | re.DOTALL)
LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try, ast.Lambda)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:jupyter_client")


def notebook(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code(path: Path) -> Iterator[tuple[nbformat.NotebookNode, ast.Module]]:
    for cell in notebook(path).cells:
        if cell.cell_type == "code":
            yield cell, ast.parse(cell.source)


def parameters(path: Path) -> dict[str, object]:
    """Names and defaults of the parameters cell."""
    tagged = [tree for cell, tree in code(path) if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1, "a notebook has one cell tagged `parameters`"
    return {
        (one.target if isinstance(one, ast.AnnAssign) else one.targets[0]).id: ast.literal_eval(one.value)
        for one in tagged[0].body
    }


each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
each_supplied = pytest.mark.parametrize("path", SUPPLIED, ids=lambda path: path.stem)


def test_every_supplied_report_has_its_notebook_and_every_notebook_its_report() -> None:
    assert [notebook_path(load_spec(name)).stem for name in REPORTS] == list(REPORTS)
    assert {path.stem for path in SUPPLIED} == set(REPORTS)


@each
def test_it_is_valid_and_holds_no_outputs(path: Path) -> None:
    read = notebook(path)
    nbformat.validate(read)
    for cell in read.cells:
        assert not cell.get("outputs"), f"{path.name}: strip the outputs"
        assert cell.get("execution_count") is None, f"{path.name}: strip the execution counts"
        assert not cell.get("attachments")
    assert "papermill" not in read.metadata


@each
def test_its_cells_are_short(path: Path) -> None:
    for cell in notebook(path).cells:
        assert len(cell.source.splitlines()) <= MOST_LINES


@each
def test_no_sql_is_longer_than_a_line(path: Path) -> None:
    for _, tree in code(path):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
                assert "\n" not in node.value.strip()


@each
def test_it_names_no_path_of_a_machine_and_draws_no_secret(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(home|root|Users|work|tmp)/", text)


@each_supplied
def test_its_logic_is_in_the_library(path: Path) -> None:
    for cell, tree in code(path):
        found = [type(node).__name__ for node in ast.walk(tree) if isinstance(node, LOGIC)]
        assert not found, f"{path.name} holds logic that nobody tests: {cell.source}"


@each_supplied
def test_its_parameters_are_those_of_the_report(path: Path) -> None:
    given, model = parameters(path), load_spec(path.stem).parameters
    assert given.pop("snapshot") == ""
    assert set(given) <= set(model.model_fields)
    model(**given)


@each_supplied
def test_the_first_code_cell_holds_the_parameters(path: Path) -> None:
    first, _ = next(code(path))
    assert "parameters" in first.metadata.tags


@each_supplied
def test_it_begins_with_the_title_block_and_ends_with_where_it_comes_from(path: Path) -> None:
    sources = [cell.source for cell, _ in code(path)]
    assert any("masthead" in source for source in sources[:3])
    assert "provenance" in sources[-1]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return init_lab(tmp_path_factory.mktemp("notebooks") / "lab")


def test_all_run_over_an_empty_lab_and_show_what_they_declare(lab: Lab, tmp_path: Path) -> None:
    """Also the run that finds a report claiming something where nothing was looked at."""
    made = lab.report(list(REPORTS), out=tmp_path)
    assert dict(made.select("name", "state").iter_rows()) == dict.fromkeys(REPORTS, "complete")
    for row in made.iter_rows(named=True):
        shown = _results(Path(row["path"]) / "report.ipynb")
        assert shown == set(load_spec(row["name"]).results), f"{row['name']} declares other results than it shows"


def _results(path: Path) -> set[str]:
    mime = "application/vnd.scorpius.result+json"
    outputs = [output for cell in notebook(path).cells for output in cell.get("outputs", [])]
    return {output.data[mime]["name"] for output in outputs if mime in output.get("data", {})}
