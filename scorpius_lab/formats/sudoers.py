"""sudoers: who may run what as whom, with includes, aliases and line continuations."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from scorpius_lab.errors import FormatError

_ALIAS = re.compile(r"^(User|Runas|Host|Cmnd|Cmd)_Alias\s+(.*)$")
_INCLUDE = re.compile(r"^[@#]include(dir)?\s+(\S.*)$")
_TAGS = re.compile(r"\b(NO)?(PASSWD|EXEC|SETENV|LOG_INPUT|LOG_OUTPUT|MAIL|FOLLOW|INTERCEPT):")
# `#1000 ALL=…` grants something to a user id and is no comment.
_COMMENT = re.compile(r"^#(?!\d+\s+[^=]+=)")
_DEPTH = 16

Read = Callable[[str], str | None]
Names = Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Grant:
    """One user specification: who, as whom, which commands, whether without a password, and where it is written."""

    who: str
    runas: str
    commands: str
    without_password: bool
    place: str

    @property
    def everything(self) -> bool:
        """True if any command may be run."""
        return "ALL" in re.split(r"[\s,]+", self.commands)


@dataclass(frozen=True, slots=True)
class Sudoers:
    """All grants and `Defaults` lines, in reading order."""

    grants: tuple[Grant, ...]
    defaults: tuple[str, ...]


def parse_sudoers(read: Read, names: Names, path: str = "/etc/sudoers") -> Sudoers | None:
    """The policy that starts at `path`. None if the file is absent. Raises FormatError naming file and line."""
    text = read(path)
    if text is None:
        return None
    reader = _Reader(read, names)
    reader.take(text, path, 0)
    return Sudoers(tuple(reader.grants), tuple(reader.defaults))


@dataclass(slots=True)
class _Reader:
    read: Read
    names: Names
    grants: list[Grant] = field(default_factory=list)
    defaults: list[str] = field(default_factory=list)

    def take(self, text: str, path: str, depth: int) -> None:
        if depth > _DEPTH:
            raise FormatError(f"{path} is included more than {_DEPTH} levels deep; look for an include of itself")
        for number, line in _logical_lines(text):
            include = _INCLUDE.match(line)
            if include:
                self._include(include, path, depth)
            elif line.startswith("Defaults"):
                self.defaults.append(line)
            elif not _COMMENT.match(line) and not _ALIAS.match(line):
                self.grants.extend(_grants(line, f"{path}:{number}"))

    def _include(self, include: re.Match[str], path: str, depth: int) -> None:
        for name in _included(include, path, self.names):
            text = self.read(name)
            if text is not None:
                self.take(text, name, depth + 1)


def _included(include: re.Match[str], path: str, names: Names) -> list[str]:
    target = include.group(2).strip().strip('"')
    if not target.startswith("/"):
        target = f"{path.rpartition('/')[0]}/{target}"
    if include.group(1) is None:
        return [target]
    # sudo itself skips names that end in ~ or hold a dot.
    kept = [name for name in names(target) if "." not in name and not name.endswith("~")]
    return [f"{target.rstrip('/')}/{name}" for name in sorted(kept)]


def _logical_lines(text: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    pending, start = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        start = start or number
        if raw.endswith("\\"):
            pending += raw[:-1] + " "
            continue
        line = (pending + raw).strip()
        if line:
            found.append((start, _without_comment(line)))
        pending, start = "", 0
    if pending.strip():
        found.append((start, pending.strip()))
    return [(number, line) for number, line in found if line]


def _without_comment(line: str) -> str:
    if _INCLUDE.match(line):
        return line
    # `#1000` is a user id and `%#1000` a group id, not comments.
    return re.split(r"(?:^|(?<=\s))#(?!\d)", line, maxsplit=1)[0].strip()


def _grants(line: str, place: str) -> list[Grant]:
    who, separator, rest = line.partition("=")
    words = who.split()
    if not separator or not words:
        raise FormatError(f"{place} is not a sudoers rule (`who hosts = commands`); check it with visudo -c")
    runas_match = re.match(r"\s*\(([^)]*)\)", rest)
    runas = (runas_match.group(1).strip() or "root") if runas_match else "root"
    body = rest[runas_match.end() :] if runas_match else rest
    return [Grant(words[0], runas, ", ".join(found), free, place) for free, found in _by_tag(body).items() if found]


def _by_tag(body: str) -> dict[bool, list[str]]:
    """Commands by whether they need no password: a tag holds until its opposite, as in sudo."""
    free = False
    commands: dict[bool, list[str]] = {True: [], False: []}
    for part in body.split(","):
        for tag in _TAGS.finditer(part):
            if tag.group(2) == "PASSWD":
                free = tag.group(1) == "NO"
        command = re.sub(r"\([^)]*\)", " ", _TAGS.sub(" ", part)).strip()
        if command:
            commands[free].append(command)
    return commands
