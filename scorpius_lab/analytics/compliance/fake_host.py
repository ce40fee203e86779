"""A host made of data: what fixtures and canaries are written in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from scorpius_lab.analytics.compliance.host import CommandResult, FileStatus, Walk, WalkEntry

MOMENT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ROOT_ONLY = 0o600
_SUID_SGID_OR_WORLD_WRITABLE = 0o6002


@dataclass(frozen=True, slots=True)
class FakeFile:
    """A file of a fake host; folders that lead to it are made up with mode 0755."""

    content: str | bytes = ""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    kind: str = "file"
    modified: datetime = MOMENT

    @property
    def data(self) -> bytes:
        """The content as bytes."""
        return self.content if isinstance(self.content, bytes) else self.content.encode()

    @property
    def status(self) -> FileStatus:
        """What `stat` would say."""
        return FileStatus(self.mode, self.kind, self.uid, self.gid, len(self.data), self.modified)


FOLDER = FakeFile(mode=0o755, kind="folder")


@dataclass(frozen=True, slots=True)
class FakeHost:
    """A host whose whole content is given.

    `files` maps absolute paths to text or `FakeFile`; `commands` maps a command line (words joined by blanks; the
    longest that starts the asked one is taken) to what it prints or a `CommandResult`; `denied` lists paths (and
    what lies below them) that may not be read; a path in `broken` raises OSError, as a failing disk does.
    """

    files: Mapping[str, str | FakeFile] = field(default_factory=dict)
    commands: Mapping[str, str | CommandResult] = field(default_factory=dict)
    denied: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    euid: int = 0
    system: str = "Linux"
    name: str = "fixture"
    environment: Mapping[str, str] = field(default_factory=dict)
    moment: datetime = MOMENT
    walk_timed_out: bool = False

    def now(self) -> datetime:
        """The fixed moment of the fixture."""
        return self.moment

    def geteuid(self) -> int:
        """The user the fixture plays."""
        return self.euid

    def read_bytes(self, path: str) -> bytes | None:
        """The content given for the path."""
        self._guard(path)
        file = self._file(path)
        return file.data if file and file.kind == "file" else None

    def stat(self, path: str, *, follow: bool = True) -> FileStatus | None:
        """The status given for the path; `follow` makes no difference, as there are no links here."""
        del follow
        self._guard_folder(path)
        file = self._file(path)
        return file.status if file else None

    def list(self, path: str) -> tuple[str, ...] | None:
        """The names one level below the path."""
        self._guard(path)
        start = path.rstrip("/") + "/"
        names = {name[len(start) :].split("/")[0] for name in self.files if name.startswith(start)}
        names.discard("")
        if not names and self._file(path) is None:
            return None
        return tuple(sorted(names))

    def run(self, argv: Sequence[str], timeout: float) -> CommandResult | None:
        """What the fixture says the program prints."""
        del timeout
        line = " ".join(argv)
        known = [command for command in self.commands if line == command or line.startswith(command + " ")]
        if not known:
            return None
        answer = self.commands[max(known, key=len)]
        return answer if isinstance(answer, CommandResult) else CommandResult(tuple(argv), 0, answer)

    def walk(self, timeout: float) -> Walk | None:
        """Every given file or folder that is SUID, SGID or writable by everybody."""
        del timeout
        made = {path: self._file(path) for path in self.files}
        found = [
            WalkEntry(path, file.status)
            for path, file in sorted(made.items())
            if file and file.kind in ("file", "folder") and file.mode & _SUID_SGID_OR_WORLD_WRITABLE
        ]
        return Walk(tuple(found), unread=len(self.denied), timed_out=self.walk_timed_out)

    def _file(self, path: str) -> FakeFile | None:
        given = self.files.get(path.rstrip("/") or "/")
        if given is None:
            return FOLDER if any(name.startswith(path.rstrip("/") + "/") for name in self.files) else None
        return FakeFile(given) if isinstance(given, str) else given

    def _guard(self, path: str) -> None:
        if path in self.broken:
            raise OSError(5, "Input/output error", path)
        if any(path == denied or path.startswith(denied.rstrip("/") + "/") for denied in self.denied):
            raise PermissionError(13, "Permission denied", path)

    def _guard_folder(self, path: str) -> None:
        """`stat` needs the folder, not the file."""
        if path in self.broken:
            raise OSError(5, "Input/output error", path)
        if any(path.startswith(denied.rstrip("/") + "/") for denied in self.denied):
            raise PermissionError(13, "Permission denied", path)
