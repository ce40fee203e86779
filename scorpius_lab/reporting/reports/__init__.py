"""The supplied reports, one module each: its `SPEC`, and the functions that turn a `report` into blocks.

To add one, copy a neighbor and its notebook, and add its name here.
"""

from __future__ import annotations

import difflib
import importlib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from scorpius_lab.errors import UsageError

if TYPE_CHECKING:
    from scorpius_lab.reporting.spec import ReportSpec

REPORTS: tuple[str, ...] = ("compliance", "threat", "contracts", "mev", "benchmark")


def load_spec(name: str) -> ReportSpec:
    """The specification of a supplied report. Raises UsageError with the nearest name for an unknown one."""
    if name not in REPORTS:
        near = difflib.get_close_matches(name, REPORTS, n=1)
        hint = f"did you mean {near[0]}?" if near else "give the path of an .ipynb file for a report of your own"
        raise UsageError(f"there is no supplied report {name} (there are {', '.join(REPORTS)}); {hint}")
    spec: ReportSpec = importlib.import_module(f"{__name__}.{name}").SPEC
    return spec


def notebook_folder() -> Path:
    """Where the supplied notebooks lie: `notebooks/reports` of a source checkout, else inside the installed package."""
    package = Path(str(files("scorpius_lab")))
    checkout = package.parent / "notebooks" / "reports"
    return checkout if (package.parent / "pyproject.toml").is_file() else package / "supplied" / "notebooks" / "reports"


def notebook_path(spec: ReportSpec) -> Path:
    """The notebook of a supplied report. Raises UsageError if the installation lacks it."""
    path = notebook_folder() / spec.notebook
    if not path.is_file():
        raise UsageError(
            f"the notebook {spec.notebook} of report {spec.name} is not installed; install the package again"
        )
    return path
