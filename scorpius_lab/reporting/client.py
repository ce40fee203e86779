"""The notebook client behind the engine: progress after each cell, and a failure is written into the cell it hit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting.quick_import import defer_iri_grammar

defer_iri_grammar()

from nbclient.exceptions import CellTimeoutError, DeadKernelError  # noqa: E402 (after the stand-in)
from nbformat.v4 import new_output  # noqa: E402
from papermill.clientwrap import PapermillNotebookClient  # noqa: E402
from papermill.engines import NotebookExecutionManager  # noqa: E402

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from scorpius_lab.core.runs import Progress

_LONGEST_TEXT = 80


class ProgressManager(NotebookExecutionManager):  # type: ignore[misc]
    """Papermill's bookkeeping, and a call to `progress` before each cell that runs."""

    def __init__(self, nb: NotebookNode, *, progress: Progress, **options: Any) -> None:
        """See papermill for the options."""
        super().__init__(nb, **options)
        self.progress = progress
        self.section = ""

    def cell_start(self, cell: NotebookNode, cell_index: int | None = None, **options: Any) -> None:
        """Say which section is being run."""
        super().cell_start(cell, cell_index, **options)
        if cell.cell_type == "markdown":
            self.section = heading(cell.source) or self.section
        elif cell_index is not None:
            self.progress(cell_index, len(self.nb.cells), self.section)

    def notebook_complete(self, **options: Any) -> None:
        """Say that it is done; a cell that never ran is left `pending`."""
        pending = [cell for cell in self.nb.cells if cell.metadata.papermill["status"] == self.PENDING]
        super().notebook_complete(**options)
        if self.nb.metadata.papermill["exception"]:
            for cell in pending:
                cell.metadata.papermill["status"] = self.PENDING
        self.progress(len(self.nb.cells), len(self.nb.cells), "")


class WarmClient(PapermillNotebookClient):  # type: ignore[misc]
    """Papermill's client; a dead kernel or a cell over its time becomes an error output of that cell."""

    def execute_cell(self, cell: NotebookNode, cell_index: int, **options: Any) -> NotebookNode:
        """Run one cell. Raises CellExecutionError, and CellTimeoutError and DeadKernelError after recording them."""
        try:
            done: NotebookNode = super().execute_cell(cell, cell_index, **options)
        except CellTimeoutError:
            self._record(cell, cell_index, "CellTimeout", f"the cell ran longer than {self.timeout} s and was stopped")
            raise
        except DeadKernelError:
            self._record(cell, cell_index, "KernelDied", "the kernel died while the cell ran")
            raise
        return done

    def _record(self, cell: NotebookNode, index: int, name: str, text: str) -> None:
        make_output: Any = new_output
        cell.outputs.append(make_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"]))
        self.nb_man.cell_exception(cell, cell_index=index)


def heading(markdown: str) -> str:
    """The text of the first heading, or nothing."""
    line = next((line for line in markdown.splitlines() if line.startswith("#")), "")
    return line.lstrip("#").strip()[:_LONGEST_TEXT]
