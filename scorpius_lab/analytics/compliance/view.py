"""What a check is handed: a host that notes everything seen, and stops a check that runs too long."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from scorpius_lab.analytics.compliance.host import CommandResult, FileStatus, Host, Walk, monotonic
from scorpius_lab.errors import ScorpiusError

_T = TypeVar("_T")


class CheckOverrun(ScorpiusError):
    """A check did not finish within its time limit."""


@dataclass(frozen=True, slots=True)
class Look:
    """One thing seen: how (`read`, `stat`, `list`, `run`, `walk`), what was asked for, and what came back."""

    kind: str
    subject: str
    outcome: str
    content: bytes = b""
    fact: object = None


@dataclass(slots=True)
class HostView:
    """A host seen by one check in one run.

    The plain methods raise PermissionError, which ends the check as *not evaluated*. The `try_` methods go on without
    what may not be seen, but note it in `denied`: whoever was denied anything can no longer pass.
    """

    host: Host
    deadline: float = float("inf")
    check: Callable[[], None] = lambda: None
    looks: list[Look] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    closed: bool = False
    _open_folders: dict[str, bool] = field(default_factory=dict)

    @property
    def system(self) -> str:
        """`Linux`, `Darwin` and so on."""
        return self.host.system

    @property
    def environment(self) -> Mapping[str, str]:
        """Facts from outside the filesystem."""
        return self.host.environment

    @property
    def root(self) -> bool:
        """True if everything may be seen."""
        return self.host.geteuid() == 0

    def now(self) -> datetime:
        """The moment of the run."""
        return self.host.now()

    def read_bytes(self, path: str) -> bytes | None:
        """The content of a file, None if there is none. Raises PermissionError."""
        self._go_on()
        content = self._ask("read", path, lambda: self.host.read_bytes(path))
        self._note("read", path, "absent" if content is None else "collected", content or b"")
        return content

    def read_text(self, path: str) -> str | None:
        """The text of a file, None if there is none. Raises PermissionError."""
        content = self.read_bytes(path)
        return None if content is None else content.decode(errors="replace")

    def read_unrecorded(self, path: str) -> bytes | None:
        """As `read_bytes` for one of very many public files, of which the check shows an extract of its own."""
        self._go_on()
        return self._ask("read", path, lambda: self.host.read_bytes(path))

    def stat(self, path: str, *, follow: bool = True) -> FileStatus | None:
        """The status of a file, None if there is none. Raises PermissionError."""
        self._go_on()
        status = self._ask("stat", path, lambda: self.host.stat(path, follow=follow))
        fact = status and {"mode": status.octal, "uid": status.uid, "gid": status.gid, "kind": status.kind}
        self._note("stat", path, "absent" if status is None else "collected", fact=fact)
        return status

    def list(self, path: str) -> tuple[str, ...]:
        """The names in a folder, empty if there is none. Raises PermissionError."""
        self._go_on()
        names = self._ask("list", path, lambda: self.host.list(path))
        self._note("list", path, "absent" if names is None else "collected", fact=list(names or ()))
        return names or ()

    def run(self, argv: Sequence[str], timeout: float = 10.0, *, partial: bool = False) -> CommandResult | None:
        """What a program prints, None if it is not installed.

        Raises CheckOverrun if it had to be stopped, unless a `partial` answer will do.
        """
        self._go_on()
        result = self.host.run(argv, max(0.01, min(timeout, self.deadline - monotonic())))
        line = " ".join(argv)
        if result is None:
            self._note("run", line, "absent")
            return None
        outcome = "timed_out" if result.timed_out else "collected"
        self._note("run", line, outcome, result.stdout.encode(errors="replace"), {"code": result.code})
        if result.timed_out and not partial:
            raise CheckOverrun(f"`{line}` did not end within {timeout:g} s and was stopped")
        return result

    def run_unrecorded(self, argv: Sequence[str], timeout: float) -> CommandResult | None:
        """As `run` for one of very many answers of which nothing is kept; None also if it had to be stopped."""
        self._go_on()
        result = self.host.run(argv, max(0.01, min(timeout, self.deadline - monotonic())))
        return None if result is None or result.timed_out else result

    def walk(self, timeout: float) -> Walk | None:
        """The walk of the root filesystem; folders that may not be entered are noted as denied."""
        self._go_on()
        walk = self.host.walk(max(0.01, min(timeout, self.deadline - monotonic())))
        if walk is None:
            self._note("walk", "/", "absent")
            return None
        listed = "\n".join(f"{e.status.octal} {e.status.uid} {e.status.kind} {e.path}" for e in walk.entries)
        outcome = "timed_out" if walk.timed_out else "collected"
        fact = {"entries": len(walk.entries), "unread": walk.unread}
        self._note("walk", "/", outcome, listed.encode(errors="replace"), fact)
        if walk.unread:
            self.denied.append(f"{walk.unread} folders of the root filesystem")
        return walk

    def try_read(self, path: str) -> str | None:
        """As `read_text`, but None for what may not be read, which rules out a pass."""
        try:
            return self.read_text(path)
        except PermissionError:
            return None

    def try_stat(self, path: str, *, follow: bool = True) -> FileStatus | None:
        """As `stat`, but None for what may not be seen, which rules out a pass."""
        try:
            return self.stat(path, follow=follow)
        except PermissionError:
            return None

    def try_list(self, path: str) -> tuple[str, ...]:
        """As `list`, but empty for what may not be seen, which rules out a pass."""
        try:
            return self.list(path)
        except PermissionError:
            return ()

    def reachable_by_others(self, path: str) -> bool:
        """True unless a folder above `path` is closed to everybody but its owner and group."""
        folder = path.rpartition("/")[0] or "/"
        known = self._open_folders.get(folder)
        if known is None:
            self._go_on()
            status = self.host.stat(folder)
            entered = status is None or bool(status.mode & 0o001)
            known = entered and (folder == "/" or self.reachable_by_others(folder))
            self._open_folders[folder] = known
        return known

    def installed(self, *programs: str) -> str | None:
        """The first of these programs found in the system's program folders, as a path."""
        for program in programs:
            for folder in ("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/sbin", "/bin"):
                if self.try_stat(f"{folder}/{program}") is not None:
                    return f"{folder}/{program}"
        return None

    def processes(self) -> frozenset[str]:
        """The names of running processes, from /proc/*/comm; processes that end meanwhile are left out."""
        names = set()
        entries = self.list("/proc")
        if entries and "1" not in entries and not self.root:
            # With hidepid a user sees only processes of their own; absence would prove nothing.
            self.denied.append("/proc (processes of others)")
            raise PermissionError(13, "other users' processes are hidden", "/proc")
        for entry in entries:
            if entry.isdigit():
                content = self.read_unrecorded(f"/proc/{entry}/comm")
                names.add((content or b"").decode(errors="replace").strip())
        names.discard("")
        self.looks = [look for look in self.looks if (look.kind, look.subject) != ("list", "/proc")]
        self._note("read", "/proc/*/comm", "collected", "\n".join(sorted(names)).encode())
        return frozenset(names)

    def _ask(self, kind: str, path: str, question: Callable[[], _T]) -> _T:
        try:
            return question()
        except PermissionError:
            self.denied.append(path)
            self._note(kind, path, "denied")
            raise

    def _note(self, kind: str, subject: str, outcome: str, content: bytes = b"", fact: object = None) -> None:
        self.looks.append(Look(kind, subject, outcome, content, fact))

    def _go_on(self) -> None:
        self.check()
        if self.closed or monotonic() > self.deadline:
            raise CheckOverrun("the check ran over its time limit")
