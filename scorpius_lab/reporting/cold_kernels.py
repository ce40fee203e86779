"""Ordinary kernel processes behind the same interface as the pool, where a warm process cannot be forked."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import default

from scorpius_lab.reporting.kernel_pool import KernelGone, private_folder


class ColdKernels:
    """Starts one `ipykernel_launcher` per notebook; on leaving, all of them and the private folder are gone."""

    def __init__(self) -> None:
        """No process is started yet."""
        self._folder: Path | None = None
        self.started: list[int] = []

    @property
    def folder(self) -> Path:
        """The private folder of sockets and connection files."""
        if self._folder is None:
            raise KernelGone("kernels are not open; open them with `with open_kernels() as pool:`")
        return self._folder

    @property
    def manager_class(self) -> type:
        """The jupyter_client manager class for these kernels."""
        return type("OwnedKernelManager", (ColdKernelManager,), {"pool": self})

    def start(self) -> Self:
        """Make the folder; again does nothing."""
        if self._folder is None:
            self._folder = private_folder()
        return self

    def close(self) -> None:
        """Kill what still runs and remove the folder; again does nothing."""
        folder, self._folder = self._folder, None
        self.kill_all()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def kill_all(self) -> None:
        """Kill every kernel that runs a notebook now."""
        while self.started:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.started.pop(), signal.SIGKILL)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ColdKernelManager(AsyncKernelManager):
    """Starts ordinary kernels of this Python and remembers their process groups."""

    pool: ClassVar[ColdKernels]

    @default("transport")
    def _default_transport(self) -> str:
        return "ipc"

    @default("connection_file")
    def _default_connection_file(self) -> str:
        return str(self.pool.folder / f"m{uuid.uuid4().hex[:8]}.json")

    @property
    def kernel_spec(self) -> KernelSpec:
        """Always this Python, whatever kernel name the notebook was saved with."""
        arguments = ["-f", "{connection_file}", "--HistoryManager.enabled=False"]
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", *arguments], display_name="Python 3", language="python"
        )

    async def _async_post_start_kernel(self, **kwargs: Any) -> None:
        await super()._async_post_start_kernel(**kwargs)
        provisioner: Any = self.provisioner
        self._group = int(provisioner.pid)
        self.pool.started.append(self._group)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        if getattr(self, "_group", None) in self.pool.started:
            self.pool.started.remove(self._group)
