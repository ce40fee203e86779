"""The process that warm kernels are forked from: `python -m scorpius_lab.reporting.kernel_parent '{…}'`.

It has *imported* the heavy libraries and never computes with them: a fork made after polars, scikit-learn or
vl_convert have run hangs. It keeps a few forked kernels initialized and waiting, and hands one out for each
connection on its Unix socket (a *lease*): the connection carries signals to the kernel and its exit status back, and
when the connection ends, for whatever reason, the kernel is killed. When the owner's end of standard input closes, or
the owner is gone, everything ends. So no kernel outlives the one who asked for it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import secrets
import selectors
import shutil
import signal
import socket
import sys
import time
import warnings
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scorpius_lab.reporting.kernel_child import die_with, preload, run_kernel

OWNER_CHECK_SECONDS = 1.0
MOST_STILLBORN = 3
END_SECONDS = 1.5
_PORTS = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5}


@dataclass(eq=False)
class Fork:
    """A kernel process: its connection data and the pipe that tells it where it will work."""

    pid: int
    connection: dict[str, Any]
    pipe: socket.socket
    ready: bool = False


@dataclass(eq=False)
class Lease:
    """One connection: what was asked for, and the kernel it was given."""

    channel: socket.socket
    unread: bytes = b""
    request: dict[str, Any] | None = None
    kernel: Fork | None = None


@dataclass
class KernelParent:
    """State of the serving process."""

    folder: Path
    owner: int
    spare: int
    limit: int | None
    listener: socket.socket
    wake: tuple[socket.socket, socket.socket]
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    spares: list[Fork] = field(default_factory=list)
    waiting: deque[Lease] = field(default_factory=deque)
    leases: dict[int, Lease] = field(default_factory=dict)
    forked: int = 0
    stillborn: int = 0
    serving: bool = True
    parent_pid: int = field(default_factory=os.getpid)

    def serve(self) -> None:
        """Answer until the owner is gone; then kill every kernel and remove the folder."""
        self.selector.register(0, selectors.EVENT_READ, self.on_lifeline)
        self.selector.register(self.listener, selectors.EVENT_READ, self.on_connection)
        self.selector.register(self.wake[0], selectors.EVENT_READ, self.on_child)
        try:
            while self.serving and os.getppid() == self.owner:
                self.refill()
                for key, _ in self.selector.select(OWNER_CHECK_SECONDS):
                    key.data()
        finally:
            self.end()

    def end(self) -> None:
        """Kill what was forked and leave nothing behind."""
        for fork in [*self.spares, *(lease.kernel for lease in self.leases.values() if lease.kernel)]:
            kill_group(fork.pid, signal.SIGKILL)
        wait_for_children(END_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- events

    def on_lifeline(self) -> None:
        """Standard input only ever ends."""
        if not os.read(0, 4096):
            self.serving = False

    def on_connection(self) -> None:
        """Accept one lease."""
        channel, _ = self.listener.accept()
        lease = Lease(channel)
        self.selector.register(channel, selectors.EVENT_READ, lambda: self.on_lease(lease))

    def on_lease(self, lease: Lease) -> None:
        """Read requests, one JSON object a line; the end of the connection ends the kernel."""
        try:
            data = lease.channel.recv(1 << 16)
        except ConnectionError:
            data = b""
        if not data:
            self.drop(lease)
            return
        *lines, lease.unread = (lease.unread + data).split(b"\n")
        for line in lines:
            self.answer(lease, json.loads(line))

    def answer(self, lease: Lease, message: dict[str, Any]) -> None:
        """Do what one line asks for."""
        if "signal" in message and lease.kernel is not None:
            kill_group(lease.kernel.pid, message["signal"])
        elif "launch" in message:
            lease.request = message["launch"]
            self.waiting.append(lease)
            self.match()
        elif "state" in message:
            say(lease.channel, {"modules": sorted(sys.modules), "spares": [fork.pid for fork in self.spares]})

    def on_ready(self, fork: Fork) -> None:
        """A spare has bound its sockets (or died on the way, which `on_child` deals with)."""
        self.selector.unregister(fork.pipe)
        with contextlib.suppress(ConnectionError):
            fork.ready = bool(fork.pipe.recv(1))
        self.match()

    def on_child(self) -> None:
        """Reap; tell each lease how its kernel ended."""
        with contextlib.suppress(BlockingIOError):
            self.wake[0].recv(4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.forget(pid, os.waitstatus_to_exitcode(status))

    # -- kernels

    def refill(self) -> None:
        """Fork until every waiting lease can have a kernel, and ahead of the next ones as far as the limit allows."""
        while len(self.spares) < len(self.waiting) or self.may_fork_ahead():
            self.spares.append(self.fork())

    def may_fork_ahead(self) -> bool:
        """True while fewer kernels wait than should, and not all that will ever be asked for are made."""
        return len(self.spares) < self.spare and (self.limit is None or self.forked < self.limit)

    def match(self) -> None:
        """Give waiting leases the kernels that are ready."""
        for fork in [fork for fork in self.spares if fork.ready]:
            if not self.waiting:
                return
            lease = self.waiting.popleft()
            self.spares.remove(fork)
            fork.pipe.sendall(json.dumps(lease.request).encode() + b"\n")
            fork.pipe.close()
            lease.kernel = fork
            self.leases[fork.pid] = lease
            say(lease.channel, {"pid": fork.pid, "connection": fork.connection})

    def drop(self, lease: Lease) -> None:
        """The one who asked is gone: so is the kernel."""
        self.selector.unregister(lease.channel)
        lease.channel.close()
        if lease in self.waiting:
            self.waiting.remove(lease)
        if lease.kernel is not None and self.leases.pop(lease.kernel.pid, None) is not None:
            kill_group(lease.kernel.pid, signal.SIGKILL)

    def forget(self, pid: int, code: int) -> None:
        """A process ended: a leased kernel's owner hears it, a spare is replaced (not for ever, if none ever lives)."""
        for fork in [fork for fork in self.spares if fork.pid == pid]:
            self.spares.remove(fork)
            fork.pipe.close()
            self.stillborn += not fork.ready
        if self.stillborn >= MOST_STILLBORN:
            self.serving = False
        lease = self.leases.pop(pid, None)
        if lease is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)  # what the kernel started and left running
        say(lease.channel, {"exit": code})
        lease.kernel = None

    def fork(self) -> Fork:
        """Fork one kernel; its connection file is written before it starts."""
        self.forked += 1
        stem = self.folder / f"k{self.forked}"
        connection = {
            "transport": "ipc",
            "ip": str(stem),
            "key": secrets.token_hex(32),
            "signature_scheme": "hmac-sha256",
            **_PORTS,
        }
        stem.with_suffix(".json").write_text(json.dumps(connection), encoding="utf-8")
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            self.be_kernel(theirs, stem.with_suffix(".json"))
        theirs.close()
        fork = Fork(pid, connection, ours)
        self.selector.register(ours, selectors.EVENT_READ, lambda: self.on_ready(fork))
        return fork

    # -- in the child

    def be_kernel(self, pipe: socket.socket, connection_file: Path) -> None:
        """Become a kernel; never returns."""
        code = 1
        try:
            os.setsid()
            die_with(self.parent_pid)
            self.let_go()
            run_kernel(pipe, connection_file, self.parent_pid)
            code = 0
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
        except BaseException:  # noqa: BLE001 (the child must never return into the server's frames)
            sys.__excepthook__(*sys.exc_info())
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.__stderr__.flush()  # type: ignore[union-attr]
            os._exit(code)

    def let_go(self) -> None:
        """Close what belongs to the server, so that a connection's end is seen by the other side."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for key in list(self.selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        for fork in self.spares:
            fork.pipe.close()
        self.wake[1].close()
        self.selector.close()
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.close(null)


def say(channel: socket.socket, message: dict[str, Any]) -> None:
    """Send one line; whoever hung up does not hear it."""
    with contextlib.suppress(OSError):
        channel.sendall(json.dumps(message).encode() + b"\n")


def kill_group(pid: int, signum: int) -> None:
    """Signal a kernel and what it started. `pid` is not reaped by anybody else, so it cannot be another process."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signum)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signum)


def wait_for_children(seconds: float) -> None:
    """Reap every child, so that nothing is left when we are gone; not longer than this."""
    end = time.monotonic() + seconds
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < end:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.005)


def main(arguments: str) -> None:
    """Import, announce readiness by listening, serve."""
    warnings.filterwarnings("ignore", message=".*multi-threaded, use of fork.*", category=DeprecationWarning)
    settings = json.loads(arguments)
    folder = Path(settings["folder"])
    os.environ["IPYTHONDIR"] = str(folder / "ipython")
    (folder / "ipython" / "profile_default").mkdir(parents=True, mode=0o700)
    preload(settings["modules"])
    listener = socket.socket(socket.AF_UNIX)
    wake = socket.socketpair()
    for end in wake:
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake[1].fileno())
    gc.collect()
    gc.freeze()
    parent = KernelParent(folder, settings["owner"], settings["spare"], settings["limit"], listener, wake)
    listener.bind(str(folder / "s"))
    listener.listen(64)
    parent.serve()


if __name__ == "__main__":
    main(sys.argv[1])
