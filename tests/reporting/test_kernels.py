"""The warm pool: kernels come quickly, are separate, and never outlive whoever asked for them."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from scorpius_lab.errors import NotebookFailed
from scorpius_lab.reporting import kernels
from scorpius_lab.reporting.cold_kernels import ColdKernels
from scorpius_lab.reporting.execute import execute_notebook
from scorpius_lab.reporting.kernels import PRELOAD, KernelGone, KernelPool, modules_for, open_kernels

pytestmark = pytest.mark.skipif(not kernels.warm_kernels_possible(), reason="warm kernels need fork on Linux")
SMALL = ("numpy",)


@pytest.fixture(scope="module")
def pool() -> Iterator[KernelPool]:
    with KernelPool(preload=SMALL) as opened:
        yield opened


@pytest.fixture(scope="module")
def full_pool() -> Iterator[KernelPool]:
    with KernelPool(preload=PRELOAD) as opened:
        yield opened


def run(tmp_path: Path, *cells: str, pool: KernelPool | ColdKernels) -> list[str]:
    """What each cell printed or returned."""
    tmp_path.mkdir(exist_ok=True)
    source = tmp_path / "in.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), source)
    node = execute_notebook(source, {}, tmp_path / "out.ipynb", pool=pool)
    return ["".join(o.get("text") or o["data"]["text/plain"] for o in cell.outputs).strip() for cell in node.cells]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def gone(pids: list[int], within: float = 5.0) -> bool:
    end = time.monotonic() + within
    while any(map(alive, pids)):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_sixty_kernels_in_a_row_each_compute(full_pool: KernelPool) -> None:
    """Forked after imports alone none hangs; the parent would hang its children had it computed anything."""
    pids = set()
    for _ in range(60):
        lease = full_pool.lease(cwd=Path.cwd(), environment=dict(os.environ))
        pids.add(lease.pid)
        assert alive(lease.pid)
        lease.close()
    assert len(pids) == 60
    assert gone(list(pids))


def test_a_kernel_can_use_every_pre_imported_library(full_pool: KernelPool, tmp_path: Path) -> None:
    printed = run(
        tmp_path,
        "import polars as pl, pandas as pd, numpy as np, duckdb, pyarrow as pa\n"
        "frame = pl.DataFrame({'a': list(range(100_000))}).with_columns(b=pl.col('a') % 7)\n"
        "frame.group_by('b').agg(pl.col('a').sum()).height",
        "duckdb.sql('SELECT sum(a) FROM frame').fetchone()[0]",
        "from sklearn.ensemble import HistGradientBoostingClassifier\n"
        "x = np.random.default_rng(1).normal(size=(400, 3))\n"
        "HistGradientBoostingClassifier(max_iter=5).fit(x, x[:, 0] > 0).score(x, x[:, 0] > 0) > 0.9",
        "import vl_convert\n"
        "'<svg' in vl_convert.vegalite_to_svg({'data': {'values': [{'a': 1}]}, 'mark': 'point', 'encoding': {}})",
        "int(pd.Series([1, 2]).sum()), pa.array([1, 2]).sum().as_py()",
        pool=full_pool,
    )
    assert [text.removeprefix("np.") for text in printed] == ["7", "4999950000", "True", "True", "(3, 3)"]


def test_the_parent_has_imported_everything_and_run_nothing_that_breaks_forks(full_pool: KernelPool) -> None:
    modules = set(full_pool.state()["modules"])
    assert {"numpy", "pandas", "polars", "duckdb", "altair", "pyarrow", "sklearn", "ipykernel.kernelapp"} <= modules
    assert "scorpius_lab.reporting.components" in modules
    assert "vl_convert" not in modules
    assert not any(name.startswith("joblib.externals.loky.backend.fork") for name in modules)


def test_the_socket_folder_is_private_and_its_paths_are_short(pool: KernelPool) -> None:
    pool.state()
    assert stat.S_IMODE(pool.folder.stat().st_mode) == 0o700
    assert len(str(pool.folder)) < 85
    for file in pool.folder.glob("k*.json"):
        assert json.loads(file.read_text())["transport"] == "ipc"


def test_kernels_share_no_state_and_no_randomness(pool: KernelPool, tmp_path: Path) -> None:
    cell = "import random, numpy, uuid\nshared = 'shared' in globals()\nprint(shared, random.random(), numpy.random.random())"
    first, second = (run(tmp_path / name, cell, pool=pool)[0].split() for name in "ab")
    assert first[0] == second[0] == "False"
    assert first[1] != second[1]
    assert first[2] != second[2]


def test_a_kernel_works_in_its_folder_with_its_environment(
    pool: KernelPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAIN_SETTING", "yes")
    monkeypatch.setenv("PLANTED_TOKEN", "hunter2-planted")
    printed = run(
        tmp_path,
        "import os\nprint(os.getcwd(), os.environ['PLAIN_SETTING'], 'PLANTED_TOKEN' in os.environ)",
        "import signal\nsignal.getsignal(signal.SIGCHLD) == signal.SIG_DFL",
        "import subprocess\nsubprocess.run(['true']).returncode",
        "get_ipython().history_manager.enabled",
        "print(open(f'/proc/{os.getppid()}/environ').read().count('hunter2'), os.getsid(0) == os.getpid())",
        pool=pool,
    )
    assert printed == [f"{tmp_path} yes False", "True", "0", "False", "0 True"]


def test_modules_beside_a_notebook_can_be_imported(pool: KernelPool, tmp_path: Path) -> None:
    (tmp_path / "beside_the_notebook.py").write_text("answer = 42\n")
    assert run(tmp_path, "import beside_the_notebook\nbeside_the_notebook.answer", pool=pool) == ["42"]


def test_closing_the_pool_leaves_no_process_and_no_folder() -> None:
    pool = KernelPool(preload=SMALL)
    with pool:
        lease = pool.lease(cwd=Path.cwd(), environment={})
        pids = [pool.pid, lease.pid, *pool.state()["spares"]]
        folder = pool.folder
        assert len(pids) == 4
    assert gone(pids)
    assert not folder.exists()
    with pytest.raises(KernelGone, match="not running"):
        pool.lease(cwd=Path.cwd(), environment={})


def test_closing_while_the_parent_still_imports_ends_it() -> None:
    with KernelPool(preload=PRELOAD) as pool:
        pid, folder = pool.pid, pool.folder
        assert alive(pid)
    assert gone([pid])
    assert not folder.exists()


def test_nothing_is_left_when_the_owner_is_killed(tmp_path: Path) -> None:
    """kill -9 of the owner: no cleanup of its own can run."""
    owner = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import json, os, sys, time\n"
            "from pathlib import Path\n"
            "from scorpius_lab.reporting.kernels import KernelPool\n"
            "pool = KernelPool(preload=()).start()\n"
            "lease = pool.lease(cwd=Path.cwd(), environment={})\n"
            "print(json.dumps([str(pool.folder), pool.pid, lease.pid, *pool.state()['spares']]), flush=True)\n"
            "time.sleep(60)\n",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    folder, *pids = json.loads(owner.stdout.readline())
    assert len(pids) == 4
    assert all(map(alive, pids))
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    assert gone(pids)
    end = time.monotonic() + 5
    while Path(folder).exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert not Path(folder).exists()


def test_kernels_die_with_a_killed_parent_and_the_notebook_fails_plainly(tmp_path: Path) -> None:
    with KernelPool(preload=()) as pool:
        lease = pool.lease(cwd=Path.cwd(), environment={})
        os.kill(pool.pid, signal.SIGKILL)
        assert gone([lease.pid])
        assert lease.poll(1.0) == -signal.SIGKILL
        nbformat.write(new_notebook(cells=[new_code_cell("1")]), tmp_path / "in.ipynb")
        with pytest.raises(KernelGone, match="did not start"):
            execute_notebook(tmp_path / "in.ipynb", {}, tmp_path / "out.ipynb", pool=pool)


def test_what_a_kernel_started_ends_with_it(pool: KernelPool, tmp_path: Path) -> None:
    (started,) = run(
        tmp_path, "import subprocess\nprint(subprocess.Popen(['sleep', '60'], start_new_session=False).pid)", pool=pool
    )
    assert gone([int(started)])


def test_a_limited_pool_still_serves_more_than_its_limit(tmp_path: Path) -> None:
    with KernelPool(preload=(), spare=1, limit=1) as pool:
        assert run(tmp_path, "1 + 1", pool=pool) == ["2"]
        assert pool.state()["spares"] == []
        assert run(tmp_path, "1 + 2", pool=pool) == ["3"]


def test_a_module_that_does_not_import_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_on_import.py").write_text("raise RuntimeError('planted')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with KernelPool(preload=("broken_on_import", "not_installed_at_all"), spare=1) as pool:
        assert run(tmp_path, "1", pool=pool) == ["1"]
        log = (pool.folder / "log").read_text()
    assert "not preloaded: broken_on_import: RuntimeError: planted" in log
    assert "not preloaded: not_installed_at_all" in log


def test_a_parent_that_cannot_fork_a_working_kernel_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "ipykernel"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('planted')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with KernelPool(preload=()) as pool, pytest.raises(KernelGone, match=r"ended|did not start"):
        pool.lease(cwd=Path.cwd(), environment={}, timeout=20)


def test_ordinary_kernels_do_where_fork_is_not_possible(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    opened = open_kernels()
    monkeypatch.undo()
    assert isinstance(opened, ColdKernels)
    with opened:
        folder = opened.folder
        (pid,) = run(tmp_path, "import os\nos.getpid()", pool=opened)
        assert gone([int(pid)])
        with pytest.raises(NotebookFailed, match="division by zero"):
            run(tmp_path, "1 / 0", pool=opened)
    assert not folder.exists()


def test_only_the_slow_libraries_a_notebook_names_are_imported_for_it() -> None:
    node = new_notebook(
        cells=[new_code_cell("%%bash\nls"), new_code_cell("import altair as alt\nfrom pandas import Series")]
    )
    chosen = modules_for([node], also=("scorpius_lab.errors",))
    assert {"altair", "pandas", "polars", "scorpius_lab.errors"} <= set(chosen)
    assert "sklearn" not in chosen
