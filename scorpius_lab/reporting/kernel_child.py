"""What a forked process does to become a kernel, and what its parent imports beforehand to make that quick."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import random
import signal
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scorpius_lab.reporting.quick_import import defer_iri_grammar

KERNEL_MODULES = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.compiler",
    "ipykernel.subshell_manager",
    "ipykernel.comm.manager",
    "IPython.core.completerlib",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "IPython.terminal.debugger",
    "tornado.platform.asyncio",
    "zmq.eventloop.zmqstream",
)
_PR_SET_PDEATHSIG = 1


def preload(modules: Iterable[str]) -> None:
    """Import, and only import. A library that is not installed or broken is the notebook's affair, not ours."""
    defer_iri_grammar()
    without_debugger()
    for name in (*KERNEL_MODULES, *modules):
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 (a broken library must fail in the notebook that uses it, not here)
            sys.stderr.write(f"not preloaded: {name}: {type(error).__name__}: {error}\n")


def without_debugger() -> None:
    """Let ipykernel believe that debugpy is not there: nobody debugs these kernels, and each would load it."""
    if "debugpy" in sys.modules:
        return
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    importlib.import_module("ipykernel.debugger")
    del sys.modules["debugpy"]


def run_kernel(pipe: socket.socket, connection_file: Path, parent_pid: int) -> None:
    """Initialize an IPython kernel, wait for its assignment (folder and environment), and run it to its end."""
    from ipykernel.kernelapp import IPKernelApp

    reseed()
    application: Any = IPKernelApp.instance()
    application.initialize(
        [
            "-f",
            str(connection_file),
            "--HistoryManager.enabled=False",
            f"--IPKernelApp.parent_handle={parent_pid}",
            "--log-level=ERROR",
        ]
    )
    pipe.sendall(b"r")
    assigned = read_line(pipe)
    pipe.close()
    os.environ.clear()
    os.environ.update(assigned["env"])
    os.chdir(assigned["cwd"])
    wanted = assigned["env"].get("PYTHONPATH", "").split(os.pathsep)
    sys.path.extend(entry for entry in wanted if entry and entry not in sys.path)
    application.start()
    application.close()


def reseed() -> None:
    """Give this fork randomness of its own (`random` and numpy's legacy generator would repeat the parent's)."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def read_line(pipe: socket.socket) -> dict[str, Any]:
    """One JSON line. Raises SystemExit when the parent is gone."""
    data = b""
    while not data.endswith(b"\n"):
        part = pipe.recv(1 << 16)
        if not part:
            raise SystemExit(0)
        data += part
    message: dict[str, Any] = json.loads(data)
    return message


def die_with(parent_pid: int) -> None:
    """Ask Linux to kill this process when its parent dies; elsewhere ipykernel's own poller does it a second later."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)
