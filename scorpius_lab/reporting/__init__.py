"""Reports: a notebook, a snapshot of the store and parameters in; a signed bundle out."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scorpius_lab.reporting.execute import execute_notebook
    from scorpius_lab.reporting.report import Report, open_report
    from scorpius_lab.reporting.runner import ReportRequest, make_reports

_WHERE = {
    "Report": "report",
    "ReportRequest": "runner",
    "execute_notebook": "execute",
    "make_reports": "runner",
    "open_report": "report",
}
__all__ = ["Report", "ReportRequest", "execute_notebook", "make_reports", "open_report"]


def __getattr__(name: str) -> object:
    """Load the public names where they are first used, so that importing the package stays quick."""
    if name in _WHERE:
        return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
