"""One interface for work in this thread, in processes and on Dask."""

from __future__ import annotations

import os
import sys
import time
from math import factorial

import pytest

from scorpius_lab.core.executors import open_executor, usable_cores
from scorpius_lab.errors import MissingExtra, UsageError


def test_inline_is_none() -> None:
    with open_executor("inline") as executor:
        assert executor is None


def test_processes_compute_elsewhere_and_close() -> None:
    with open_executor("processes", workers=1) as executor:
        assert executor is not None
        assert list(executor.map(factorial, range(5))) == [1, 1, 2, 6, 24]
        assert executor.submit(os.getpid).result() != os.getpid()
    with pytest.raises(RuntimeError, match="shutdown"):
        executor.submit(os.getpid)


def test_an_error_in_the_block_cancels_what_waits() -> None:
    futures = []

    def stop_midway() -> None:
        with open_executor("processes", workers=1) as executor:
            assert executor is not None
            futures.extend(executor.submit(time.sleep, 0.05) for _ in range(200))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_midway()
    assert futures[-1].cancelled()


@pytest.mark.parametrize(("kind", "workers"), [("threads", None), ("processes", 0)])
def test_wrong_use_is_refused(kind: str, workers: int | None) -> None:
    with pytest.raises(UsageError), open_executor(kind, workers):  # type: ignore[arg-type]
        pass


def test_dask_not_installed_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtra, match=r"scorpius-lab\[scale\]"), open_executor("dask"):
        pass


def test_usable_cores_is_at_least_one() -> None:
    assert usable_cores() >= 1


@pytest.mark.full
def test_dask_computes() -> None:
    pytest.importorskip("distributed")
    with open_executor("dask", workers=1) as executor:
        assert executor is not None
        assert executor.submit(factorial, 5).result() == 120
