"""The notebook about one contract shows its pictures, of the sample and of a file that is given."""

from __future__ import annotations

from pathlib import Path

import papermill
import pytest

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "explore" / "contract.ipynb"
RESULT = "application/vnd.scorpius.result+json"

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_a_file_that_is_given_is_shown(tmp_path: Path) -> None:
    (tmp_path / "purse.sol").write_text("contract Purse { uint held; function put() public payable { held = 1; } }")
    made = papermill.execute_notebook(
        str(NOTEBOOK), str(tmp_path / "out.ipynb"), {"path": "purse.sol"}, kernel_name="python3", cwd=str(tmp_path),
        progress_bar=False,
    )  # fmt: skip
    outputs = [o for cell in made.cells for o in cell.get("outputs", [])]
    shown = {o.data[RESULT]["name"]: o.data["text/html"] for o in outputs if RESULT in o.get("data", {})}
    assert set(shown) == {"functions", "calls", "flow", "leaving", "gaps"}
    assert "1 of 1 state variables can be written by functions open to anyone" in shown["flow"]
    assert "Nothing leaves it" in shown["leaving"]
