"""Lines of a log file, plain or gzip, in flat memory whatever the file holds.

A line that is too long, a compressed file that is damaged or grows past its limit: each is handed over as a line with a
`problem`, so that a caller can count it, and never costs the good lines around it.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20
SHOWN = 200  # bytes of a refused line that are kept


@dataclass(frozen=True, slots=True)
class LineLimits:
    """How much is read: bytes in one line, bytes of one file once unpacked."""

    line: int = 1 << 20
    total: int = 8 << 30


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number from 1, its bytes without the end, and what is wrong with it, if anything.

    A line with a `problem` holds only the first bytes. `stops` is True if nothing can be read behind it.
    """

    number: int
    data: bytes
    problem: str | None = None
    stops: bool = False

    @property
    def text(self) -> str:
        r"""The line as text; bytes that are not UTF-8 appear as `\\xNN`, NUL as U+FFFD."""
        return decode(self.data)


def decode(data: bytes) -> str:
    r"""Bytes as text without loss and without failing: what is not UTF-8 appears as `\\xNN`, NUL as U+FFFD."""
    return data.decode("utf-8", "backslashreplace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def open_binary(path: Path) -> IO[bytes]:
    """The file's content, unpacked if it is gzip (by its first bytes, not its name). Raises OSError."""
    handle = path.open("rb")
    head = handle.read(2)
    handle.seek(0)
    if head == GZIP_MAGIC:
        return cast("IO[bytes]", gzip.GzipFile(fileobj=handle))
    return handle


def read_head(path: Path, size: int = 4096) -> bytes:
    """The first bytes of the content, unpacked; empty if they cannot be unpacked. Raises OSError."""
    with open_binary(path) as handle:
        try:
            return handle.read(size)
        except (gzip.BadGzipFile, zlib.error, EOFError):
            return b""


def read_chunks(path: Path, limit: int) -> Iterator[bytes | str]:
    """The unpacked content in pieces; a final `str` says why reading stopped early. Raises OSError."""
    seen = 0
    with open_binary(path) as handle:
        while True:
            try:
                chunk = handle.read(CHUNK)
            except (gzip.BadGzipFile, zlib.error, EOFError) as error:
                yield f"the compressed data is damaged after {seen:,} bytes ({error}); the rest cannot be read"
                return
            if not chunk:
                return
            seen += len(chunk)
            if seen > limit:
                yield f"the content is larger than the limit of {limit:,} bytes; the rest was not read"
                return
            yield chunk


def read_lines(path: Path, limits: LineLimits | None = None) -> Iterator[Line]:
    """Every line of a file that is not blank. Raises OSError if the file cannot be opened."""
    limits = limits or LineLimits()
    number, rest, oversize = 0, b"", 0
    for chunk in read_chunks(path, limits.total):
        if isinstance(chunk, str):
            yield Line(number + 1, rest[:SHOWN], chunk, stops=True)
            return
        parts = chunk.split(b"\n")
        if len(parts) == 1:
            rest, oversize = _hold(rest, chunk, oversize, limits.line)
            continue
        parts[0] = rest + parts[0]
        for part in parts[:-1]:
            number += 1
            line = _line(number, part, oversize, limits.line)
            oversize = 0
            if line is not None:
                yield line
        rest, oversize = _hold(b"", parts[-1], 0, limits.line)
    line = _line(number + 1, rest, oversize, limits.line)
    if line is not None:
        yield line


def _hold(rest: bytes, chunk: bytes, oversize: int, limit: int) -> tuple[bytes, int]:
    """Keep an unfinished line, but no more of it than its limit; `oversize` counts the bytes let go."""
    if len(rest) + len(chunk) <= limit and not oversize:
        return rest + chunk, 0
    return rest[:SHOWN] or chunk[:SHOWN], oversize + len(rest) + len(chunk)


def _line(number: int, data: bytes, oversize: int, limit: int) -> Line | None:
    if oversize or len(data) > limit:
        size = max(oversize, len(data))
        return Line(number, data[:SHOWN], f"the line has more than {limit:,} bytes (about {size:,})")
    data = data.rstrip(b"\r")
    return Line(number, data) if data.strip(b" \t\0") else None
