"""Run a notebook with papermill in a kernel from the pool, and keep what it had done if it fails.

`WarmEngine` is also papermill's engine `scorpius` (`papermill --engine scorpius in.ipynb out.ipynb`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scorpius_lab.core.runs import Progress, silent
from scorpius_lab.core.secrets import is_reference, without_secrets
from scorpius_lab.errors import FormatError, NotebookFailed, UsageError
from scorpius_lab.reporting.kernels import modules_for, open_kernels
from scorpius_lab.reporting.quick_import import defer_iri_grammar

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from scorpius_lab.reporting.cold_kernels import ColdKernels
    from scorpius_lab.reporting.kernel_pool import KernelPool

ENGINE = "scorpius"
DEFER_DRAWING = "SCORPIUS_DEFER_DRAWING"
START_SECONDS = 120
_OUTPUT_SECONDS = 30
_DAMAGED = (UnicodeDecodeError, AttributeError, KeyError, TypeError, ValueError)  # what nbformat stumbles over


class WarmEngine:
    """Papermill's engine interface. It does not inherit, because papermill loads it while still importing itself."""

    @classmethod
    def execute_notebook(cls, nb: NotebookNode, kernel_name: str, **options: Any) -> NotebookNode:
        """Run every cell of `nb` in place and return it; a raising cell is recorded in the notebook, not raised.

        Options: `pool` (default: one of its own), `progress`, `environment`, `cwd`, `execution_timeout` seconds a
        cell, `autosave_cell_every`, `output_path`, `progress_bar`, `log_output`, `start_timeout` as papermill's.
        Raises CellTimeoutError and DeadKernelError (nbclient) and KernelGone.
        """
        pool = options.pop("pool", None)
        if pool is not None:
            return cls._execute(nb, kernel_name, pool, options)
        with open_kernels(preload=modules_for([nb]), spare=1, limit=1) as own:
            return cls._execute(nb, kernel_name, own, options)

    @classmethod
    def _execute(
        cls, nb: NotebookNode, kernel_name: str, pool: KernelPool | ColdKernels, options: dict[str, Any]
    ) -> NotebookNode:
        from scorpius_lab.reporting.client import ProgressManager, WarmClient

        manager = ProgressManager(
            nb,
            output_path=options.get("output_path"),
            progress_bar=options.get("progress_bar", False),
            log_output=options.get("log_output", False),
            autosave_cell_every=options.get("autosave_cell_every", 0),
            progress=options.get("progress", silent),
        )
        manager.notebook_start()
        try:
            client = WarmClient(
                manager,
                kernel_name=kernel_name,
                kernel_manager_class=pool.manager_class,
                timeout=options.get("execution_timeout"),
                startup_timeout=options.get("start_timeout") or START_SECONDS,
                iopub_timeout=_OUTPUT_SECONDS,
                shutdown_kernel="immediate",
                log_output=options.get("log_output", False),
                stdout_file=options.get("stdout_file"),
                stderr_file=options.get("stderr_file"),
            )
            client.execute(env=options.get("environment", dict(os.environ)), cwd=str(options.get("cwd") or Path.cwd()))
        finally:
            manager.cleanup_pbar()
            manager.notebook_complete()
        finished: NotebookNode = manager.nb
        return finished

    @classmethod
    def nb_kernel_name(cls, nb: NotebookNode, name: str | None = None) -> str:
        """The kernel's name; a notebook saved without one is Python."""
        return str(name or nb.metadata.get("kernelspec", {}).get("name") or "python3")

    @classmethod
    def nb_language(cls, nb: NotebookNode, language: str | None = None) -> str:
        """The notebook's language; a notebook saved without one is Python."""
        said = nb.metadata.get("language_info", {}).get("name") or nb.metadata.get("kernelspec", {}).get("language")
        return str(language or said or "python")


def execute_notebook(
    path: Path,
    parameters: Mapping[str, object],
    out_path: Path,
    *,
    pool: KernelPool | ColdKernels | None = None,
    progress: Progress = silent,
    timeout: int | None = None,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> NotebookNode:
    """Run the notebook at `path` with `parameters` injected, write it to `out_path` and return it.

    `parameters` are JSON data (validated before: see `reporting.parameters`), injected after the cell tagged
    `parameters`. `timeout` is in seconds a cell. The kernel works in `cwd` (default: the folder of `out_path`), gets
    the environment without secrets save those named by a parameter and what `environment` adds, and draws no chart
    (the HTML renderer does).
    Raises FormatError if `path` is no notebook, NotebookFailed if a cell raised, ran too long or killed its kernel:
    what there was until then is in `out_path`, named by the error's `partial`.
    """
    node = prepare(read_notebook(path), parameters)
    work = (cwd or out_path.parent).resolve()
    options: dict[str, Any] = {
        "progress": progress,
        "execution_timeout": timeout,
        "cwd": work,
        "environment": kernel_environment(parameters, path.resolve().parent) | dict(environment or {}),
    }
    if pool is not None:
        options["pool"] = pool
    try:
        run_prepared(node, options)
    except (RuntimeError, TimeoutError) as error:
        if not any(map(failed, node.cells)):
            raise NotebookFailed(f"the kernel for {path.name} did not start: {error}", partial=out_path) from error
    finally:
        write_notebook(node, out_path)
    raise_for_failed_cell(node, path, out_path)
    return node


def run_prepared(node: NotebookNode, options: Mapping[str, Any]) -> None:
    """Run `node` in place through the engine."""
    WarmEngine.execute_notebook(node, WarmEngine.nb_kernel_name(node), **options)


def read_notebook(path: Path) -> NotebookNode:
    """The notebook at `path`, upgraded to the current format. Raises UsageError (missing) or FormatError (damaged)."""
    nbformat = _nbformat()
    try:
        node: NotebookNode = nbformat.read(path, as_version=4)
    except FileNotFoundError as error:
        raise UsageError(f"there is no notebook {path}; give a supplied report's name or an .ipynb path") from error
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, *_DAMAGED) as error:
        raise FormatError(f"{path} is not a notebook: {type(error).__name__}; save it again from Jupyter") from error
    language = WarmEngine.nb_language(node)
    if language != "python":
        raise UsageError(f"{path} is written in {language}; reports run Python notebooks only")
    return node


def write_notebook(node: NotebookNode, path: Path) -> None:
    """Write whole or not at all."""
    part = path.with_name(path.name + ".part")
    _nbformat().write(node, part)
    part.replace(path)


def _nbformat() -> Any:
    """nbformat, imported without the slow part."""
    defer_iri_grammar()
    import nbformat

    return nbformat


def prepare(node: NotebookNode, parameters: Mapping[str, object]) -> NotebookNode:
    """A copy with the parameters injected, made ready for papermill."""
    import copy

    from papermill.execute import prepare_notebook_metadata, remove_error_markers
    from papermill.parameterize import parameterize_notebook

    node = copy.deepcopy(node)
    node.metadata.setdefault("papermill", {"default_parameters": {}, "environment_variables": {}})
    node.metadata.setdefault("kernelspec", {"name": "python3", "display_name": "Python 3", "language": "python"})
    for cell in node.cells:
        cell.metadata.setdefault("tags", [])
        cell.metadata.setdefault("papermill", {})
    if parameters:
        name, language = WarmEngine.nb_kernel_name(node), WarmEngine.nb_language(node)
        node = parameterize_notebook(node, dict(parameters), kernel_name=name, language=language, engine_name=None)
    ready: NotebookNode = remove_error_markers(prepare_notebook_metadata(node, None, None))
    return ready


def kernel_environment(parameters: Mapping[str, object], import_folder: Path) -> dict[str, str]:
    """The kernel's environment: ours without secrets (but with those a parameter names), drawing deferred."""
    named = [value for value in parameters.values() if isinstance(value, str) and is_reference(value)]
    keep = frozenset(value.partition(":")[2] for value in named)
    environment = without_secrets(os.environ, keep)
    folders = [folder for folder in environment.get("PYTHONPATH", "").split(os.pathsep) if folder]
    return environment | {DEFER_DRAWING: "1", "PYTHONPATH": os.pathsep.join([*folders, str(import_folder)])}


def failed(cell: NotebookNode) -> bool:
    """True if running this cell ended in an error."""
    return cell.metadata.get("papermill", {}).get("exception") is True


def raise_for_failed_cell(node: NotebookNode, path: Path, out_path: Path) -> None:
    """Raise NotebookFailed if a cell of the executed notebook failed."""
    for index, cell in enumerate(node.cells):
        if not failed(cell):
            continue
        error = next((output for output in cell.get("outputs", []) if output.output_type == "error"), None)
        what = f"{error.ename}: {error.evalue}" if error is not None else "it failed without saying why"
        raise NotebookFailed(f"cell {index + 1} of {path.name} failed: {what}", partial=out_path)
