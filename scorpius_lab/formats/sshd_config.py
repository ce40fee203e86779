"""sshd_config as sshd reads it: first value wins, Include in place, Match blocks apart."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from scorpius_lab.errors import FormatError

# sshd gathers all values of these; of every other keyword the first one counts.
CUMULATIVE = frozenset({"acceptenv", "allowgroups", "allowusers", "denygroups", "denyusers", "hostkey", "listenaddress",
                        "port", "setenv", "subsystem", "permitopen", "permitlisten"})  # fmt: skip
_DEPTH = 16


@dataclass(frozen=True, slots=True)
class Setting:
    """One line: lower-case keyword, its arguments as written, and where it stands."""

    keyword: str
    value: str
    path: str
    line: int

    @property
    def place(self) -> str:
        """`file:line`."""
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class MatchBlock:
    """The settings under one `Match` line; `criteria` is what stands after the word."""

    criteria: str
    settings: Mapping[str, Setting]
    place: str


@dataclass(frozen=True, slots=True)
class SshdConfig:
    """Global settings and the Match blocks. `unread` lists Include patterns whose folder could not be looked at."""

    settings: Mapping[str, Setting]
    blocks: tuple[MatchBlock, ...] = ()
    repeated: Mapping[str, tuple[Setting, ...]] = field(default_factory=dict)

    def value(self, keyword: str, default: str) -> str:
        """The global value of a keyword, or sshd's default as given by the caller."""
        setting = self.settings.get(keyword.lower())
        return setting.value if setting else default

    def values(self, keyword: str, default: str) -> tuple[tuple[str, str], ...]:
        """Every value a connection may meet, with its place: the global one and those of Match blocks."""
        setting = self.settings.get(keyword.lower())
        found = [(setting.value, setting.place)] if setting else [(default, "default")]
        for block in self.blocks:
            if keyword.lower() in block.settings:
                own = block.settings[keyword.lower()]
                found.append((own.value, f"{own.place} (Match {block.criteria})"))
        return tuple(found)


Read = Callable[[str], str | None]
Names = Callable[[str], tuple[str, ...]]


def parse_sshd_config(read: Read, names: Names, path: str = "/etc/ssh/sshd_config") -> SshdConfig | None:
    """The configuration that starts at `path`; `read` gives a file's text, `names` a folder's entries.

    None if the file is absent. Raises FormatError naming file and line.
    """
    text = read(path)
    if text is None:
        return None
    reader = _Reader(read, names)
    reader.take(text, path, 0)
    return reader.config()


class _Reader:
    def __init__(self, read: Read, names: Names) -> None:
        self._read = read
        self._names = names
        self._settings: dict[str, Setting] = {}
        self._repeated: dict[str, list[Setting]] = {}
        self._blocks: list[tuple[str, dict[str, Setting], str]] = []
        self._current: dict[str, Setting] | None = None

    def config(self) -> SshdConfig:
        blocks = tuple(MatchBlock(criteria, settings, place) for criteria, settings, place in self._blocks)
        return SshdConfig(self._settings, blocks, {name: tuple(found) for name, found in self._repeated.items()})

    def take(self, text: str, path: str, depth: int) -> None:
        if depth > _DEPTH:
            raise FormatError(f"{path} is included more than {_DEPTH} levels deep; look for an Include of itself")
        outer = self._current
        for number, raw in enumerate(text.splitlines(), 1):
            keyword, value = split_line(raw)
            if not keyword:
                continue
            if keyword == "include":
                self._include(value, path, depth)
            elif keyword == "match":
                self._open_block(value, f"{path}:{number}")
            else:
                self._set(Setting(keyword, value, path, number))
        # A Match block in an included file ends with that file.
        if depth:
            self._current = outer

    def _set(self, setting: Setting) -> None:
        if not setting.value:
            raise FormatError(f"{setting.place}: {setting.keyword} has no value; sshd would refuse this file")
        if setting.keyword in CUMULATIVE and self._current is None:
            self._repeated.setdefault(setting.keyword, []).append(setting)
        target = self._settings if self._current is None else self._current
        target.setdefault(setting.keyword, setting)

    def _open_block(self, criteria: str, place: str) -> None:
        if not criteria:
            raise FormatError(f"{place}: Match has no criteria; sshd would refuse this file")
        if criteria.lower() == "all" and self._current is not None:
            self._current = None
            return
        self._current = {}
        self._blocks.append((criteria, self._current, place))

    def _include(self, value: str, path: str, depth: int) -> None:
        for pattern in value.split():
            wanted = pattern.strip('"')
            whole = wanted if wanted.startswith("/") else f"/etc/ssh/{wanted}"
            for name in self._matching(whole):
                text = self._read(name)
                if text is not None:
                    self.take(text, name, depth + 1)
        del path

    def _matching(self, pattern: str) -> list[str]:
        folder, _, last = pattern.rpartition("/")
        if not any(sign in last for sign in "*?["):
            return [pattern]
        found = [name for name in self._names(folder or "/") if fnmatch.fnmatchcase(name, last)]
        return [f"{folder}/{name}" for name in sorted(found) if not name.startswith(".") or last.startswith(".")]


def split_line(raw: str) -> tuple[str, str]:
    """Keyword in lower case and the rest of a line; both empty for a comment. `Keyword=value` is allowed too."""
    line = raw.strip()
    if not line or line.startswith("#"):
        return "", ""
    end = next((i for i, sign in enumerate(line) if sign in " \t="), len(line))
    value = line[end:].lstrip(" \t")
    if value.startswith("="):
        value = value[1:].lstrip(" \t")
    comment = value.find(" #")
    if comment >= 0:
        value = value[:comment].rstrip()
    return line[:end].lower(), value.strip('"') if value.count('"') == 2 else value  # noqa: PLR2004 (a pair)
