"""Running one notebook: what it did is kept, whatever happened to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from reporting_lab import NOTEBOOKS

from scorpius_lab.errors import FormatError, NotebookFailed, UsageError
from scorpius_lab.reporting.execute import execute_notebook, read_notebook
from scorpius_lab.reporting.kernels import KernelPool, open_kernels

MISBEHAVING = NOTEBOOKS / "misbehaving.ipynb"


@pytest.fixture(scope="module")
def pool() -> Iterator[KernelPool]:
    with open_kernels(preload=()) as opened:
        yield opened  # type: ignore[misc]


def outputs(node: NotebookNode) -> str:
    return json.dumps([cell.get("outputs", []) for cell in node.cells])


def statuses(node: NotebookNode) -> list[str]:
    return [cell.metadata.papermill.status for cell in node.cells if cell.cell_type == "code"]


def fail(pool: KernelPool, tmp_path: Path, mode: str, **options: int) -> tuple[str, NotebookNode]:
    """The error of a failing run, and the notebook that was kept."""
    out = tmp_path / "out.ipynb"
    with pytest.raises(NotebookFailed) as error:
        execute_notebook(MISBEHAVING, {"mode": mode}, out, pool=pool, **options)
    assert error.value.partial == out
    return str(error.value), read_notebook(out)


def test_parameters_are_injected_and_everything_runs(pool: KernelPool, tmp_path: Path) -> None:
    out = tmp_path / "out.ipynb"
    node = execute_notebook(MISBEHAVING, {"mode": "quiet", "snapshot": "data.duckdb"}, out, pool=pool)
    injected = next(cell for cell in node.cells if "injected-parameters" in cell.metadata.tags)
    assert 'mode = "quiet"' in injected.source
    assert statuses(node) == ["completed"] * 5
    assert read_notebook(out).cells == node.cells


def test_the_source_notebook_is_not_touched(pool: KernelPool, tmp_path: Path) -> None:
    before = MISBEHAVING.read_bytes()
    execute_notebook(MISBEHAVING, {"mode": "quiet"}, tmp_path / "out.ipynb", pool=pool)
    assert MISBEHAVING.read_bytes() == before


def test_an_executed_notebook_can_be_executed_again_with_other_parameters(pool: KernelPool, tmp_path: Path) -> None:
    execute_notebook(MISBEHAVING, {"mode": "quiet"}, tmp_path / "first.ipynb", pool=pool)
    node = execute_notebook(tmp_path / "first.ipynb", {"mode": "other"}, tmp_path / "second.ipynb", pool=pool)
    injected = [cell.source for cell in node.cells if "injected-parameters" in cell.metadata.tags]
    assert len(injected) == 1
    assert "other" in injected[0]


def test_a_raising_cell_keeps_what_came_before_and_leaves_the_rest_pending(pool: KernelPool, tmp_path: Path) -> None:
    message, node = fail(pool, tmp_path, "raise")
    assert message == "cell 6 of misbehaving.ipynb failed: ValueError: planted failure"
    assert "before" in outputs(node)
    assert "after" not in outputs(node)
    assert statuses(node) == ["completed", "completed", "completed", "failed", "pending"]


def test_a_cell_over_its_time_is_stopped_and_says_so(pool: KernelPool, tmp_path: Path) -> None:
    message, node = fail(pool, tmp_path, "sleep", timeout=1)
    assert "ran longer than 1 s" in message
    assert statuses(node)[-2:] == ["failed", "pending"]
    assert "before" in outputs(node)


def test_a_dying_kernel_is_noticed_and_named(pool: KernelPool, tmp_path: Path) -> None:
    message, node = fail(pool, tmp_path, "die")
    assert "the kernel died while the cell ran" in message
    assert statuses(node)[-2:] == ["failed", "pending"]


def test_the_pool_goes_on_after_failures(pool: KernelPool, tmp_path: Path) -> None:
    fail(pool, tmp_path, "die")
    execute_notebook(MISBEHAVING, {"mode": "quiet"}, tmp_path / "out.ipynb", pool=pool)


def test_progress_names_the_section_and_ends_complete(pool: KernelPool, tmp_path: Path) -> None:
    told: list[tuple[int, int | None, str]] = []
    execute_notebook(
        MISBEHAVING, {"mode": "quiet"}, tmp_path / "out.ipynb", pool=pool, progress=lambda *now: told.append(now)
    )
    assert [text for _, _, text in told if text] == ["First", "Second", "Third"]
    assert told[-1][0] == told[-1][1] == 8
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_a_secret_is_had_by_name_inside_and_written_nowhere(
    pool: KernelPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTED_TOKEN", "hunter2-planted")
    monkeypatch.setenv("OTHER_TOKEN", "never-for-the-kernel")
    out = tmp_path / "out.ipynb"
    node = execute_notebook(MISBEHAVING, {"mode": "secret", "secret": "secret:PLANTED_TOKEN"}, out, pool=pool)
    assert "15 **********" in outputs(node)
    assert "hunter2" not in out.read_text()
    node = execute_notebook(MISBEHAVING, {"mode": "environment", "secret": "secret:PLANTED_TOKEN"}, out, pool=pool)
    assert "PLANTED_TOKEN" in outputs(node)
    assert "OTHER_TOKEN" not in outputs(node)


def test_two_notebooks_run_at_once_in_threads(pool: KernelPool, tmp_path: Path) -> None:
    done: list[NotebookNode] = []

    def work(name: str) -> None:
        done.append(execute_notebook(MISBEHAVING, {"mode": name}, tmp_path / f"{name}.ipynb", pool=pool))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 3


def test_without_a_pool_one_is_opened_and_closed(tmp_path: Path) -> None:
    execute_notebook(MISBEHAVING, {"mode": "quiet"}, tmp_path / "out.ipynb")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"cells": 3, "nbformat": 4, "nbformat_minor": 5}', "\x00\xff"]
)
def test_a_file_that_is_no_notebook_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(FormatError, match=r"broken\.ipynb is not a notebook"):
        read_notebook(path)


def test_a_missing_notebook_and_another_language_are_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no notebook"):
        read_notebook(tmp_path / "gone.ipynb")
    node = new_notebook(metadata={"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}})
    nbformat.write(node, tmp_path / "r.ipynb")
    with pytest.raises(UsageError, match="written in R"):
        read_notebook(tmp_path / "r.ipynb")


def test_output_in_a_folder_that_does_not_exist_is_reported(pool: KernelPool, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        execute_notebook(MISBEHAVING, {}, tmp_path / "nowhere" / "out.ipynb", pool=pool, cwd=tmp_path)


def test_a_notebook_that_defines_a_path_with_braces_runs(pool: KernelPool, tmp_path: Path) -> None:
    path = tmp_path / "a{b}c.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("# {x}"), new_code_cell("1")]), path)
    execute_notebook(path, {}, tmp_path / "o{u}t.ipynb", pool=pool)
    assert (tmp_path / "o{u}t.ipynb").exists()


def test_papermill_runs_the_engine_by_name(tmp_path: Path) -> None:
    """The entry point and papermill's own loading order: in a fresh process, papermill first."""
    script = (
        "import papermill, sys\n"
        f"papermill.execute_notebook({str(MISBEHAVING)!r}, {str(tmp_path / 'out.ipynb')!r}, "
        "parameters={'mode': 'quiet'}, engine_name='scorpius', progress_bar=False)\n"
        "try:\n"
        f"    papermill.execute_notebook({str(MISBEHAVING)!r}, {str(tmp_path / 'bad.ipynb')!r}, engine_name='scorpius', progress_bar=False)\n"
        "except papermill.exceptions.PapermillExecutionError as error:\n"
        "    print(error.evalue)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=100, check=True)
    assert done.stdout.strip() == "planted failure"
    assert "before" in (tmp_path / "bad.ipynb").read_text()


def test_an_interrupt_leaves_nothing_running(tmp_path: Path) -> None:
    """Ctrl-C in the owner while a cell sleeps."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from scorpius_lab.reporting.execute import execute_notebook\n"
        "from scorpius_lab.reporting.kernels import open_kernels\n"
        "with open_kernels(preload=()) as pool:\n"
        "    def tell(done, total, text):\n"
        "        if text == 'Second':\n"
        "            print(pool.folder, pool.pid, *[lease.pid for lease in pool._leases], flush=True)\n"
        f"    execute_notebook(Path({str(MISBEHAVING)!r}), {{'mode': 'sleep'}}, Path({str(tmp_path / 'out.ipynb')!r}), pool=pool, progress=tell)\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    folder, *pids = owner.stdout.readline().split()
    owner.send_signal(signal.SIGINT)
    _, errors = owner.communicate(timeout=30)
    assert owner.returncode != 0
    assert "KeyboardInterrupt" in errors
    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)
    assert not Path(folder).exists()
    assert "before" in (tmp_path / "out.ipynb").read_text()
