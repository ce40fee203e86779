"""The notebooks to explore with: each runs from top to bottom by itself, shows something, and shows no secret."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import papermill
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks" / "explore"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
TIMEOUT = 120  # seconds for one cell, so that a hung kernel ends the test
RAW_BYTES = re.compile(r"\\x[0-9a-f]{2}(.{0,8}\\x[0-9a-f]{2}){7}")
SECRET = re.compile(r"(private_key|shared_secret|seed|passphrase)\s*[=:]\s*b?['\"]")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:jupyter_client"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:papermill"),
]
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@each
def test_it_is_explained_and_defines_nothing(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    for cell in cells:
        if cell.cell_type == "code":
            found = [type(node).__name__ for node in ast.walk(ast.parse(cell.source)) if isinstance(node, DEFINITIONS)]
            assert not found, f"{path.name} defines what the library should: {cell.source}"


@each
def test_it_runs_by_itself_and_shows_no_secret(path: Path, tmp_path: Path) -> None:
    made = tmp_path / path.name
    shown = run(path, made)
    assert shown
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name], "it leaves files behind"
    assert not RAW_BYTES.search(shown)
    assert not SECRET.search(shown)


def test_the_tour_of_encryption_says_what_it_refused_and_what_came_back(tmp_path: Path) -> None:
    given = {"algorithm": "ML-KEM-768", "signature_algorithm": "SLH-DSA-SHA2-128f"}
    shown = run(FOLDER / "encryption.ipynb", tmp_path / "tour.ipynb", given)
    assert "both have the same 32 secret bytes: True" in shown
    assert "the signature of 17,088 bytes holds" in shown
    assert "OPENED" not in shown
    assert shown.count("the envelope does not open") == 3
    assert "Carol reads: The vault opens at noon." in shown
    assert "what came back is the same: True" in shown
    assert "after the first key was destroyed: none of the keys given" in shown


def run(path: Path, made: Path, given: dict[str, object] | None = None) -> str:
    """All text of all outputs of a run in an empty folder. Raises PapermillExecutionError where a cell does."""
    papermill.execute_notebook(
        str(path), str(made), given, cwd=str(made.parent), kernel_name="python3", progress_bar=False,
        execution_timeout=TIMEOUT,
    )  # fmt: skip
    outputs = [output for cell in nbformat.read(made, as_version=4).cells for output in cell.get("outputs", ())]
    assert all(output.get("name") != "stderr" for output in outputs), "it warns"
    texts = [output.get("text", "") for output in outputs]
    texts += [str(value) for output in outputs for value in output.get("data", {}).values()]
    return "\n".join(texts)
