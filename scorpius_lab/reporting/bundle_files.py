"""Read a bundle that may be hostile: no link is followed, no name leaves the folder, large files are streamed."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scorpius_lab.reporting.bundle import CHUNK, OUTSIDE_SUMS
from scorpius_lab.reporting.manifest import SAFE_NAME, SUMS, FileEntry, shown

LARGEST_READ: Final = 256 * 1024 * 1024
MOST_FILES: Final = 1_000_000
_LINE: Final = re.compile(rb"([0-9a-f]{64})  ([^\n]+)\Z")


@dataclass(slots=True)
class Problems:
    """The sentences collected while checking, each of which names a file."""

    sentences: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        """Keep a sentence once."""
        if sentence not in self.sentences:
            self.sentences.append(sentence)


@dataclass(frozen=True, slots=True)
class BundleFolder:
    """A folder to check: its regular files by name; whatever else lies there is a problem."""

    root: Path
    files: frozenset[str]

    @classmethod
    def open(cls, root: Path, problems: Problems) -> BundleFolder:
        """Walk the folder without following links."""
        found: set[str] = set()
        for name, kind in _walk(root, problems):
            if kind is not None:
                problems.add(f"{shown(name)} is {kind}, and a bundle holds regular files only")
            elif not SAFE_NAME.match(name):
                problems.add(f"{shown(name)} is not a name a bundle can hold")
            else:
                found.add(name)
        return cls(root, frozenset(found))

    def read(self, name: str, problems: Problems, limit: int | None = None) -> bytes | None:
        """The bytes of one file, or None with a problem: missing, unreadable, or larger than `limit` (256 MiB)."""
        if name not in self.files:
            problems.add(f"{name} is missing")
            return None
        most = LARGEST_READ if limit is None else limit
        try:
            with os.fdopen(_open(self.root / name), "rb") as file:
                content = file.read(most + 1)
        except OSError as error:
            problems.add(f"{name} cannot be read: {error.strerror}")
            return None
        if len(content) > most:
            problems.add(f"{name} is larger than such a file can be")
            return None
        return content

    def hash(self, name: str, problems: Problems) -> FileEntry | None:
        """Size and SHA-256 of one file in flat memory, or None with a problem."""
        digest, size = hashlib.sha256(), 0
        try:
            with os.fdopen(_open(self.root / name), "rb") as file:
                while chunk := file.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
        except OSError as error:
            problems.add(f"{name} cannot be read: {error.strerror}")
            return None
        return FileEntry(name=name, size=size, sha256=digest.hexdigest())


def parse_sums(content: bytes, problems: Problems) -> dict[str, str]:
    """Hash by name from SHA256SUMS; every line that is not exactly in its form is a problem and is left out."""
    sums: dict[str, str] = {}
    last = ""
    if not content.endswith(b"\n"):
        problems.add(f"{SUMS} does not end with a line feed; it was cut off")
    for number, line in enumerate(content.removesuffix(b"\n").split(b"\n"), start=1):
        match = _LINE.match(line)
        name = match.group(2).decode("utf-8", "backslashreplace") if match else ""
        if match is None or not SAFE_NAME.match(name):
            what = f"names {shown(name)}, which no bundle may hold" if match else "is not a hash, two spaces and a name"
            problems.add(f"{SUMS} line {number} {what}")
            continue
        if name in OUTSIDE_SUMS:
            problems.add(f"{SUMS} line {number} lists {name}, which lies outside the sums")
        if name in sums:
            problems.add(f"{SUMS} line {number} lists {name} twice")
        elif name < last:
            problems.add(f"{SUMS} line {number} is not in order: {name}")
        sums.setdefault(name, match.group(1).decode())
        last = max(last, name)
    return sums


def _open(path: Path) -> int:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "it is not a regular file")
    return descriptor


def _walk(root: Path, problems: Problems) -> Iterator[tuple[str, str | None]]:
    """Every entry under `root` that is not a plain folder, and what it is if it is not a regular file."""
    waiting, count = [""], 0
    while waiting:
        folder = waiting.pop()
        try:
            entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
        except OSError as error:
            problems.add(f"the folder {shown(folder) if folder else root} cannot be read: {error.strerror}")
            continue
        for entry in entries:
            count += 1
            if count > MOST_FILES:
                problems.add("the folder holds more files than a bundle can")
                return
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                waiting.append(name)
                if not os.listdir(entry.path):  # noqa: PTH208 (names only)
                    yield name, "an empty folder"
            else:
                yield name, _oddity(entry)


def _oddity(entry: os.DirEntry[str]) -> str | None:
    if entry.is_symlink():
        return "a symbolic link"
    return None if entry.is_file(follow_symlinks=False) else "neither a file nor a folder"
