"""Where notebooks run: warm kernels forked from a pre-imported process, or ordinary ones where that is not possible."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from scorpius_lab.reporting.kernel_pool import OPTIONAL_MODULES, PRELOAD, REPORT_MODULES, KernelGone, KernelPool

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from scorpius_lab.reporting.cold_kernels import ColdKernels

__all__ = ["PRELOAD", "KernelGone", "KernelPool", "modules_for", "open_kernels", "warm_kernels_possible"]


def warm_kernels_possible() -> bool:
    """True where a process that has imported the libraries can be forked safely: Linux."""
    return sys.platform == "linux" and hasattr(os, "fork")


def open_kernels(
    *, preload: Iterable[str] = PRELOAD, spare: int = 2, limit: int | None = None, warm: bool = True
) -> KernelPool | ColdKernels:
    """Started kernels, to be used as a context manager and passed to `execute_notebook(pool=…)`.

    `warm=False` asks for ordinary kernels also where warm ones are possible.
    """
    if warm and warm_kernels_possible():
        return KernelPool(preload=preload, spare=spare, limit=limit).start()
    from scorpius_lab.reporting.cold_kernels import ColdKernels

    return ColdKernels().start()


def modules_for(notebooks: Iterable[NotebookNode], also: Iterable[str] = ()) -> tuple[str, ...]:
    """What to pre-import for these notebooks: what every report needs, and the slow libraries they name.

    A pool that lives long holds everything; for one report in a fresh process, importing scikit-learn that nobody
    uses would cost more than it saves.
    """
    named = set[str]().union(*map(imported_names, notebooks))
    optional = tuple(name for name in OPTIONAL_MODULES if name.partition(".")[0] in named)
    return (*optional, *REPORT_MODULES, *also)


def imported_names(notebook: NotebookNode) -> set[str]:
    """Top-level names of the modules that the notebook's code cells import; cells with magics are passed over."""
    names: set[str] = set()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names
