"""The owner's side of warm kernels: start the parent process, lease kernels from it, end it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from scorpius_lab.core.secrets import without_secrets
from scorpius_lab.errors import ReportError

OPTIONAL_MODULES = ("numpy", "pandas", "altair", "sklearn", "sklearn.ensemble")
REPORT_MODULES = (
    "duckdb",
    "polars",
    "scorpius_lab.reporting",
    "scorpius_lab.reporting.report",
    "scorpius_lab.reporting.components",
    "scorpius_lab.reporting.charts",
    "scorpius_lab.reporting.results",
)
SOCKET = "s"
PRELOAD = (*OPTIONAL_MODULES, *REPORT_MODULES)
START_SECONDS = 90.0
_LONGEST_FOLDER = 60  # a Unix socket's path has room for 104 bytes, of which a kernel's needs about 20


class KernelGone(ReportError):
    """The kernel, or the process it came from, is no longer there."""


@dataclass(eq=False)
class Lease:
    """One kernel of one's own, for as long as this object is open. Closing it kills the kernel."""

    channel: socket.socket
    pid: int = 0
    connection: Mapping[str, Any] | None = None
    exit_code: int | None = None
    _unread: bytes = b""

    def request(self, *, cwd: Path, environment: Mapping[str, str], timeout: float) -> None:
        """Ask for a kernel and wait until it is there. Raises KernelGone."""
        launch = {"cwd": str(cwd), "env": dict(environment)}
        self.channel.settimeout(timeout)
        try:
            self.channel.sendall(json.dumps({"launch": launch}).encode() + b"\n")
            reply = self._line()
        except OSError as error:
            raise KernelGone(f"no kernel could be had from the pool: {error}") from error
        self.pid, self.connection = reply["pid"], reply["connection"]

    def poll(self, timeout: float = 0.0) -> int | None:
        """None while the kernel runs, else its exit status; waits up to `timeout` seconds for its end."""
        if self.exit_code is None and select.select([self.channel], [], [], timeout)[0]:
            try:
                self.exit_code = self._line()["exit"]
            except (OSError, KernelGone):
                self.exit_code = -signal.SIGKILL
        return self.exit_code

    def send_signal(self, signum: int) -> None:
        """Signal the kernel and what it started; nothing happens if it has ended."""
        with contextlib.suppress(OSError):
            self.channel.sendall(json.dumps({"signal": int(signum)}).encode() + b"\n")

    def close(self) -> None:
        """End the lease, and with it the kernel."""
        self.channel.close()
        if self.exit_code is None:
            self.exit_code = -signal.SIGKILL

    def _line(self) -> dict[str, Any]:
        while b"\n" not in self._unread:
            part = self.channel.recv(1 << 16)
            if not part:
                raise KernelGone("the process that kernels are forked from has ended")
            self._unread += part
        line, self._unread = self._unread.split(b"\n", 1)
        message: dict[str, Any] = json.loads(line)
        return message


class KernelPool:
    """Pre-imported kernels. `start()` returns at once; the first lease waits until the parent has imported.

    `preload` are the modules the parent imports, `spare` how many kernels are kept waiting, `limit` how many will be
    asked for in all (no kernel is made ahead beyond it), None for no end. Use as a context manager: on leaving, every
    kernel, the parent and the private folder are gone.
    """

    def __init__(self, *, preload: Iterable[str] = PRELOAD, spare: int = 2, limit: int | None = None) -> None:
        """Say what the pool will hold; no process is started yet."""
        self.preload = tuple(preload)
        self.spare = spare
        self.limit = limit
        self._parent: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._leases: weakref.WeakSet[Lease] = weakref.WeakSet()

    @property
    def manager_class(self) -> type:
        """The jupyter_client manager class whose kernels come from this pool."""
        from scorpius_lab.reporting.provisioner import warm_manager_class

        return warm_manager_class(self)

    @property
    def pid(self) -> int:
        """Process id of the parent, 0 before the start and after the end."""
        return self._parent.pid if self._parent is not None else 0

    @property
    def folder(self) -> Path:
        """The private folder of sockets and connection files."""
        if self._folder is None:
            raise KernelGone("the kernel pool is not running; open it with `with KernelPool() as pool:`")
        return self._folder

    def start(self) -> Self:
        """Start the parent process; again does nothing."""
        if self._parent is not None:
            return self
        self._folder = private_folder()
        settings = {
            "folder": str(self._folder),
            "modules": self.preload,
            "owner": os.getpid(),
            "spare": self.spare,
            "limit": self.limit,
        }
        with (self._folder / "log").open("wb") as log:
            self._parent = _popen_parent(settings, log)
        return self

    def lease(self, *, cwd: Path, environment: Mapping[str, str], timeout: float = START_SECONDS) -> Lease:
        """A kernel that works in `cwd` with this environment. Raises KernelGone."""
        end = time.monotonic() + timeout
        lease = Lease(self._connect(end))
        try:
            lease.request(cwd=cwd, environment=environment, timeout=max(0.1, end - time.monotonic()))
        except BaseException:
            lease.close()
            raise
        self._leases.add(lease)
        return lease

    def kill_all(self) -> None:
        """Kill every kernel that runs a notebook now; the pool itself goes on."""
        for lease in list(self._leases):
            lease.send_signal(signal.SIGKILL)

    def state(self) -> dict[str, Any]:
        """What the parent has imported and which kernels wait: `modules`, `spares`. For tests and diagnosis."""
        with contextlib.closing(self._connect(time.monotonic() + START_SECONDS)) as channel:
            channel.sendall(b'{"state": true}\n')
            return Lease(channel)._line()  # noqa: SLF001 (same module)

    def close(self) -> None:
        """End the parent and every kernel, and remove the folder. Again does nothing."""
        parent, folder = self._parent, self._folder
        self._parent = self._folder = None
        if folder is None:
            return
        if parent is not None:
            if not (folder / SOCKET).exists():
                parent.kill()  # it still imports, has forked nothing, and would not listen
            _end_parent(parent)
        shutil.rmtree(folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def _connect(self, end: float) -> socket.socket:
        """Connect to the parent's socket, which appears when it has imported everything."""
        address = str(self.folder / SOCKET)
        channel = socket.socket(socket.AF_UNIX)
        while True:
            try:
                channel.connect(address)
            except (FileNotFoundError, ConnectionRefusedError):
                self._check_parent(end)
                time.sleep(0.005)
            except BaseException:
                channel.close()
                raise
            else:
                return channel

    def _check_parent(self, end: float) -> None:
        if self._parent is None or self._parent.poll() is not None:
            raise KernelGone(f"the process that kernels are forked from did not start{self._last_words()}")
        if time.monotonic() > end:
            raise KernelGone("the process that kernels are forked from did not start in time: the machine is busy")

    def _last_words(self) -> str:
        try:
            text = (self.folder / "log").read_text(encoding="utf-8", errors="replace").strip()
        except (OSError, KernelGone):
            return ""
        return ": " + text.splitlines()[-1] if text else ""


def private_folder() -> Path:
    """A new folder only we can enter, with a path short enough for Unix sockets."""
    base = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="scorpius-", dir=base if len(base) < _LONGEST_FOLDER else "/tmp"))  # noqa: S108 (mkdtemp makes it ours, 0700)
    folder.chmod(0o700)
    return folder


def _popen_parent(settings: Mapping[str, Any], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """The parent in a session of its own (Ctrl-C is for the owner), without secrets, with fixed string hashing."""
    environment = without_secrets(os.environ) | {"PYTHONHASHSEED": "0"}
    return subprocess.Popen(
        [sys.executable, "-m", "scorpius_lab.reporting.kernel_parent", json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        env=environment,
        start_new_session=True,
    )


def _end_parent(parent: subprocess.Popen[bytes]) -> None:
    """Close its standard input, which ends it and every kernel; kill it if that does not help."""
    if parent.stdin is not None:
        parent.stdin.close()
    try:
        parent.wait(timeout=2.0)
    except subprocess.TimeoutExpired:
        parent.kill()
        parent.wait()
