"""The join between jupyter_client and the kernel pool: a provisioner that leases, a manager that uses it."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import default

from scorpius_lab.reporting.kernel_pool import KernelPool, Lease

PROVISIONER = "scorpius-warm"
_KILL_SECONDS = 5.0
_POLL_SECONDS = 0.01


class WarmProvisioner(KernelProvisionerBase):
    """Gets its kernel from the manager's pool instead of starting a program.

    The kernel is not our child: its exit status and our signals travel over the lease.
    """

    lease: Lease | None = None

    @property
    def has_process(self) -> bool:
        """True from launch to the end of the kernel."""
        return self.lease is not None

    @property
    def pid(self) -> int | None:
        """Process id of the kernel."""
        return self.lease.pid if self.lease is not None else None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """There is no command line."""
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:  # noqa: ARG002 (interface)
        """Lease a kernel; returns its connection data. Raises KernelGone."""
        manager: Any = self.parent
        self.lease = manager.pool.lease(
            cwd=Path(kwargs.get("cwd") or Path.cwd()),
            environment=kwargs.get("env", os.environ),
        )
        connection: Any = dict(self.lease.connection or {})
        connection["key"] = connection["key"].encode()
        self.connection_info = connection
        return connection

    async def poll(self) -> int | None:
        """None while the kernel runs, else its exit status."""
        return self.lease.poll() if self.lease is not None else 0

    async def wait(self) -> int | None:
        """Wait for the kernel's end."""
        if self.lease is None:
            return 0
        while (code := self.lease.poll()) is None:  # noqa: ASYNC110 (the kernel is another process)
            await asyncio.sleep(_POLL_SECONDS)
        self._release()
        return code

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel; nothing happens if it has ended."""
        if self.lease is not None:
            self.lease.send_signal(signum)

    async def kill(self, restart: bool = False) -> None:  # noqa: ARG002 (interface)
        """Kill, and see it dead before returning, so that nobody has to poll for it."""
        if self.lease is not None:
            self.lease.send_signal(signal.SIGKILL)
            self.lease.poll(_KILL_SECONDS)

    async def terminate(self, restart: bool = False) -> None:  # noqa: ARG002 (interface)
        """Ask the kernel to end."""
        await self.send_signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:  # noqa: ARG002 (interface)
        """End the lease."""
        self._release()

    def _release(self) -> None:
        if self.lease is not None:
            self.lease.close()
            self.lease = None


class WarmKernelManager(AsyncKernelManager):
    """A kernel manager whose kernels come from `pool`, over Unix sockets in the pool's folder."""

    pool: ClassVar[KernelPool]

    @default("transport")
    def _default_transport(self) -> str:
        return "ipc"

    @default("connection_file")
    def _default_connection_file(self) -> str:
        return str(self.pool.folder / f"m{uuid.uuid4().hex[:8]}.json")

    @property
    def kernel_spec(self) -> KernelSpec:
        """Always this Python, whatever kernel name the notebook was saved with."""
        return KernelSpec(
            argv=[],
            display_name="Python 3 (warm)",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": PROVISIONER}},
        )


def warm_manager_class(pool: KernelPool) -> type[WarmKernelManager]:
    """The manager class bound to a pool; pass it as `kernel_manager_class=` (an instance passed as `km=` leaks)."""
    entry = EntryPoint(PROVISIONER, f"{__name__}:{WarmProvisioner.__name__}", KernelProvisionerFactory.GROUP_NAME)
    KernelProvisionerFactory.provisioners[PROVISIONER] = entry
    return type("PooledKernelManager", (WarmKernelManager,), {"pool": pool})
