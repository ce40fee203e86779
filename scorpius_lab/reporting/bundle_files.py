"""Read a bundle that may be hostile: no link is followed, no name leaves the folder, large files are streamed."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from scorpius_lab.reporting.bundle import CHUNK, OUTSIDE_SUMS
from scorpius_lab.reporting.manifest import SAFE_NAME, SUMS, FileEntry, shown

LARGEST_READ: Final = 256 * 1024 * 1024
MOST_FILES: Final = 1_000_000
SPARE_ENTRIES: Final = 1_000  # more entries than that beside those in the sums need not be looked at
MOST_NAMED: Final = 20
_LINE: Final = re.compile(rb"([0-9a-f]{64})  ([^\n]+)\Z")


@dataclass(slots=True)
class Problems:
    """The sentences collected while checking, each of which names a file."""

    sentences: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        """Keep a sentence once."""
        if sentence not in self.sentences:
            self.sentences.append(sentence)

    def add_some(self, sentences: Sequence[str]) -> None:
        """Keep the first 20, and how many more there are."""
        for sentence in sentences[:MOST_NAMED]:
            self.add(sentence)
        if len(sentences) > MOST_NAMED:
            self.add(f"and {len(sentences) - MOST_NAMED} more like {sentences[MOST_NAMED - 1]}")


@dataclass(frozen=True, slots=True)
class BundleFolder:
    """A folder to check: its regular files by name; whatever else lies there is a problem."""

    root: Path
    files: frozenset[str]

    @classmethod
    def open(cls, root: Path, problems: Problems, *, most: int = MOST_FILES) -> BundleFolder:
        """Walk the folder without following links; after `most` entries the walk ends with a problem."""
        found: set[str] = set()
        odd: list[str] = []
        for name, kind in _walk(root, problems, most):
            if kind is not None:
                odd.append(f"{shown(name)} is {kind}, and a bundle holds regular files only")
            elif not SAFE_NAME.match(name):
                odd.append(f"{shown(name)} is not a name a bundle can hold")
            else:
                found.add(name)
        problems.add_some(odd)
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


def most_entries(root: Path) -> int:
    """How many entries of a folder are looked at: as many as its sums have lines, and a thousand more."""
    lines = 0
    try:
        with os.fdopen(_open(root / SUMS), "rb") as file:
            lines = file.read(LARGEST_READ).count(b"\n")
    except OSError:
        lines = 0  # missing or no file: told when it is read
    return min(MOST_FILES, lines + SPARE_ENTRIES)


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


def _walk(root: Path, problems: Problems, most: int) -> Iterator[tuple[str, str | None]]:
    """Every entry under `root` that is not a plain folder, and what it is if it is not a regular file."""
    waiting, count = [""], 0
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(root / folder) as found:
                entries = sorted(islice(found, most + 1 - count), key=lambda entry: entry.name)
        except OSError as error:
            problems.add(f"the folder {shown(folder) if folder else root} cannot be read: {error.strerror}")
            continue
        if folder and not entries:
            yield folder, "an empty folder"
        for entry in entries:
            count += 1
            if count > most:
                problems.add(f"the folder holds far more than its {SUMS} names; not all of it was looked at")
                return
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                waiting.append(name)
            else:
                yield name, _oddity(entry)


def _oddity(entry: os.DirEntry[str]) -> str | None:
    if entry.is_symlink():
        return "a symbolic link"
    return None if entry.is_file(follow_symlinks=False) else "neither a file nor a folder"
