"""Where work is fanned out: in this thread, over processes of this machine, or over a Dask cluster.

Library code takes a `concurrent.futures.Executor | None` and never asks which one it got.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, Literal

from scorpius_lab.errors import MissingExtra, UsageError

ExecutorKind = Literal["inline", "processes", "dask"]


@contextmanager
def open_executor(
    kind: ExecutorKind = "inline", workers: int | None = None, address: str | None = None
) -> Iterator[Executor | None]:
    """The executor to hand to a `RunContext`, or None for "in this thread"; it is shut down at the end of the block.

    `workers` defaults to the cores this process may use. `address` is a Dask scheduler's; without one, `dask` starts
    a cluster on this machine. Work still waiting when the block ends with an error is cancelled. Raises UsageError
    for an unknown kind or a number below 1, MissingExtra when Dask is not installed.
    """
    if workers is not None and workers < 1:
        raise UsageError(f"workers is {workers}; give at least 1")
    if kind == "inline":
        yield None
    elif kind == "processes":
        yield from _closing(_processes(workers))
    elif kind == "dask":
        yield from _dask(workers, address)
    else:
        raise UsageError(f"there is no executor {kind!r}; choose inline, processes or dask")


def usable_cores() -> int:
    """Cores this process may run on, which in a container is fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processes(workers: int | None) -> Executor:
    # Spawned, not forked: polars, DuckDB and scikit-learn hold threads and locks that a fork would copy half-way.
    return ProcessPoolExecutor(workers or usable_cores(), mp_context=multiprocessing.get_context("spawn"))


def _closing(executor: Executor) -> Iterator[Executor]:
    try:
        yield executor
    except BaseException:
        executor.shutdown(wait=True, cancel_futures=True)
        raise
    executor.shutdown(wait=True)


def _dask(workers: int | None, address: str | None) -> Iterator[Executor]:
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError as error:
        raise MissingExtra(
            "the dask executor needs the package distributed; install it with `pip install 'scorpius-lab[scale]'`"
        ) from error
    if address is None:
        cluster = distributed.LocalCluster(
            n_workers=workers or usable_cores(), threads_per_worker=1, dashboard_address=None
        )
        with cluster, distributed.Client(cluster) as client:
            yield from _closing(client.get_executor())
        return
    try:
        client = distributed.Client(address, timeout="10s")
    except OSError as error:
        raise UsageError(f"no Dask scheduler answers at {address}; start it or correct the address") from error
    with client:
        yield from _closing(client.get_executor())
