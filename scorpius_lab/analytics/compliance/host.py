"""The small interface through which a check sees a host, and the real one.

A check never touches the operating system itself: it reads through `Host`, so that the very same code judges this
machine, a mounted image, a fixture and the planted violation of a canary.
"""

from __future__ import annotations

import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Protocol

READ_LIMIT = 16 * 1024 * 1024
PROGRAM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin"
_LINKS_AT_MOST = 40


@dataclass(frozen=True, slots=True)
class FileStatus:
    """What `stat` says about a file: permission bits with SUID, SGID and sticky, kind, owner, size, last change."""

    mode: int
    kind: str
    uid: int
    gid: int
    size: int
    modified: datetime

    @property
    def octal(self) -> str:
        """The permission bits as people write them: `0640`."""
        return f"{self.mode:04o}"


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a program printed.

    `code` is None when it was stopped at its time limit; `cut` when it printed more than is read. Either way the
    output is partial.
    """

    argv: tuple[str, ...]
    code: int | None
    stdout: str
    stderr: str = ""
    cut: bool = False

    @property
    def timed_out(self) -> bool:
        """True if the program was stopped before it ended."""
        return self.code is None


@dataclass(frozen=True, slots=True)
class WalkEntry:
    """A file or folder that the walk singled out: SUID, SGID or writable by everybody."""

    path: str
    status: FileStatus


@dataclass(frozen=True, slots=True)
class Walk:
    """What one pass over the root filesystem found. `unread` counts folders that could not be entered."""

    entries: tuple[WalkEntry, ...]
    unread: int = 0
    timed_out: bool = False

    @property
    def complete(self) -> bool:
        """True if every folder of the filesystem was entered."""
        return not self.unread and not self.timed_out


class Host(Protocol):
    """A host as a check may see it. Absent is None or empty; what may not be read raises PermissionError."""

    @property
    def system(self) -> str:
        """`Linux`, `Darwin` …, as `platform.system()` says."""

    @property
    def name(self) -> str:
        """The host's name."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Facts a check may need from outside the filesystem: `python_path`, `certifi`, `repository`."""

    def now(self) -> datetime:
        """The moment of the run, aware, in UTC."""

    def geteuid(self) -> int:
        """Effective user; 0 sees everything."""

    def read_bytes(self, path: str) -> bytes | None:
        """The content of a regular file, None if there is none."""

    def stat(self, path: str, *, follow: bool = True) -> FileStatus | None:
        """The status of a file, None if there is none."""

    def list(self, path: str) -> tuple[str, ...] | None:
        """The sorted names in a folder, None if there is none."""

    def run(self, argv: Sequence[str], timeout: float) -> CommandResult | None:
        """What a program prints, None if it is not installed."""

    def walk(self, timeout: float) -> Walk | None:
        """SUID, SGID and world-writable files of the root filesystem, None if it cannot be walked here."""


def status_of(raw: os.stat_result) -> FileStatus:
    """The part of a stat result that checks use."""
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link", stat.S_IFSOCK: "socket"}
    return FileStatus(
        mode=stat.S_IMODE(raw.st_mode),
        kind=kinds.get(stat.S_IFMT(raw.st_mode), "other"),
        uid=raw.st_uid,
        gid=raw.st_gid,
        size=raw.st_size,
        modified=datetime.fromtimestamp(int(raw.st_mtime), UTC),
    )


@dataclass(slots=True)
class RealHost:
    """This machine, or the filesystem of another one mounted at `root` (then no program is run)."""

    root: Path = Path("/")
    moment: datetime = field(default_factory=lambda: datetime.now(UTC))
    extra: Mapping[str, str] = field(default_factory=dict)
    _walking: _Walking | None = None
    _starting: threading.Lock = field(default_factory=threading.Lock)

    @property
    def live(self) -> bool:
        """True for the running system, False for a mounted image."""
        return self.root == Path("/")

    @property
    def system(self) -> str:
        """An image is taken for a Linux one: that is what people mount."""
        return platform.system() if self.live else "Linux"

    @property
    def name(self) -> str:
        """The node name; of an image, what its /etc/hostname says and where it is mounted."""
        if self.live:
            return platform.node() or "localhost"
        written = self.read_bytes("/etc/hostname") or b""
        return f"{written.decode(errors='replace').strip() or 'image'} at {self.root}"

    @property
    def environment(self) -> Mapping[str, str]:
        """Facts from outside the filesystem."""
        return self.extra

    def now(self) -> datetime:
        """The moment of the run."""
        return self.moment

    def geteuid(self) -> int:
        """Effective user of this process."""
        return os.geteuid()

    def read_bytes(self, path: str) -> bytes | None:
        """See `Host`. Raises PermissionError, and OSError for a file over 16 MiB."""
        place = self._place(path)
        try:
            # Without O_NONBLOCK a pipe put in the place of a configuration file would hold the run for ever.
            handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None
            content = _all_of(handle)
        finally:
            os.close(handle)
        if len(content) > READ_LIMIT:
            raise OSError(f"{path} is larger than {READ_LIMIT // 1024 // 1024} MiB and was not read")
        return content

    def stat(self, path: str, *, follow: bool = True) -> FileStatus | None:
        """See `Host`."""
        place = self._place(path, follow=follow)
        try:
            return status_of(place.stat() if follow else place.lstat())
        except (FileNotFoundError, NotADirectoryError):
            return None

    def list(self, path: str) -> tuple[str, ...] | None:
        """See `Host`."""
        try:
            return tuple(sorted(entry.name for entry in self._place(path).iterdir()))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def run(self, argv: Sequence[str], timeout: float) -> CommandResult | None:
        """See `Host`; with a fixed search path, English messages, no input and no pager."""
        program = shutil.which(argv[0], path=PROGRAM_PATH) if self.live else None
        if program is None:
            return None
        # Output goes through files, so that a program that prints without end fills no memory.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            code = _finished([program, *argv[1:]], out, err, timeout)
            stdout, cut = _beginning(out)
            stderr, _ = _beginning(err)
        return CommandResult(tuple(argv), code, stdout, stderr, cut)

    def start_walk(self) -> None:
        """Begin the walk in its own process, so that it runs while other checks are evaluated."""
        find = shutil.which("find", path=PROGRAM_PATH)
        with self._starting:
            if self._walking is None and find is not None:
                self._walking = _Walking(find, self.root)

    def walk(self, timeout: float) -> Walk | None:
        """See `Host`; the walk is made once and its result shared."""
        self.start_walk()
        return None if self._walking is None else self._walking.result(self, timeout)

    def close(self) -> None:
        """Stop what still runs."""
        if self._walking is not None:
            self._walking.stop()

    def _place(self, path: str, *, follow: bool = True) -> Path:
        if self.live:
            return Path(path)
        return _inside(self.root, path, follow=follow)


def _all_of(handle: int) -> bytes:
    """Up to one byte over the limit, in small steps: the files of /proc/sys refuse a large buffer."""
    pieces, size = [], 0
    while size <= READ_LIMIT:
        piece = os.read(handle, 65536)
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


@dataclass(slots=True)
class _Walking:
    """One `find` over the root filesystem; the same expression is understood by GNU, BSD and BusyBox find."""

    find: str
    root: Path
    _process: subprocess.Popen[bytes] | None = None
    _out: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    _err: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    _result: Walk | None = None
    _collecting: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        kinds = ["(", "-type", "f", "-o", "-type", "d", ")"]
        modes = ["(", "-perm", "-4000", "-o", "-perm", "-2000", "-o", "-perm", "-0002", ")"]
        argv = [self.find, str(self.root), "-xdev", *kinds, *modes, "-print0"]
        self._process = subprocess.Popen(
            argv, stdout=self._out, stderr=self._err, stdin=subprocess.DEVNULL, env=_command_environment()
        )

    def result(self, host: RealHost, timeout: float) -> Walk:
        """What was found; after `timeout` seconds the walk is stopped and what it had is returned."""
        # Two checks ask at once, and the output can be read only once.
        with self._collecting:
            if self._result is None:
                self._result = self._collect(host, timeout)
            return self._result

    def stop(self) -> None:
        """End the process if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _collect(self, host: RealHost, timeout: float) -> Walk:
        timed_out = False
        try:
            if self._process is not None:
                self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            timed_out = True
            self.stop()
        if not timed_out and self._process is not None and self._process.returncode not in (0, 1):
            raise OSError(f"find ended with {self._process.returncode} while walking {self.root}")
        self._out.seek(0)
        self._err.seek(0)
        names = self._out.read().split(b"\0")[:-1]
        entries = [entry for name in names if (entry := self._entry(host, os.fsdecode(name)))]
        unread = sum(b"ermission denied" in line for line in self._err)
        return Walk(tuple(sorted(entries, key=lambda entry: entry.path)), unread, timed_out)

    def _entry(self, host: RealHost, name: str) -> WalkEntry | None:
        inside = name if host.live else "/" + os.path.relpath(name, self.root)
        try:
            status = host.stat(inside, follow=False)
        except PermissionError:
            return None
        return None if status is None else WalkEntry(inside, status)


def _inside(root: Path, path: str, *, follow: bool = True) -> Path:
    """Resolve links as the image itself would: an absolute link starts at `root`, and `..` never leaves it."""
    todo = [part for part in reversed(Path(path).parts) if part != "/"]
    reached: list[str] = []
    links = 0
    while todo:
        part = todo.pop()
        if part == "..":
            del reached[-1:]
            continue
        here = root.joinpath(*reached, part)
        if (todo or follow) and here.is_symlink():
            links += 1
            if links > _LINKS_AT_MOST:
                raise OSError(f"{path} in {root} runs through more than {_LINKS_AT_MOST} links")
            target = here.readlink()
            if target.is_absolute():
                reached = []
            todo.extend(step for step in reversed(target.parts) if step != "/")
            continue
        reached.append(part)
    return root.joinpath(*reached)


def _command_environment() -> dict[str, str]:
    return {
        "PATH": PROGRAM_PATH,
        "LC_ALL": "C",
        "HOME": "/nonexistent",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_PAGER": "cat",
        "TZ": "UTC",
    }


def _finished(argv: list[str], out: IO[bytes], err: IO[bytes], timeout: float) -> int | None:
    """The exit code, or None after the program had to be stopped."""
    try:
        done = subprocess.run(
            argv,
            stdout=out,
            stderr=err,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            env=_command_environment(),
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return done.returncode


def _beginning(file: IO[bytes]) -> tuple[str, bool]:
    """The text of a file up to the limit, and whether there was more."""
    file.seek(0)
    content = file.read(READ_LIMIT + 1)
    return content[:READ_LIMIT].decode(errors="replace"), len(content) > READ_LIMIT


def python_path() -> str:
    """Folders of this interpreter that hold installed packages, joined by the path separator."""
    folders = [entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]
    return os.pathsep.join(dict.fromkeys(folders))


def monotonic() -> float:
    """Seconds of the clock that deadlines are written in."""
    return time.monotonic()
