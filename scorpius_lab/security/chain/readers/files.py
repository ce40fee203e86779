"""Files as readers want them: opened whatever they are packed with, and JSON in pieces that fit into memory."""

from __future__ import annotations

import gzip
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import msgspec
import numpy as np

PIECE = 2 * 2**20
"""Bytes of JSON that are looked at in one go."""

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises for text that is no JSON, or nested deeper than anything of a chain is."""

_GZIP = b"\x1f\x8b"
_ARRAY = re.compile(
    rb'\s*(\[|\{\s*(?:"\w+"\s*:\s*(?:"[^"\\]*"|-?\d+|null|true|false)\s*,\s*)*"result"\s*:\s*\[)', re.ASCII
)
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some records: JSON lines, or one JSON value. `problem` says what is wrong with what comes after them."""

    text: bytes
    place: str
    lines: bool = False
    problem: str = ""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked if it is a gzip file. Raises OSError, also for a damaged archive (EOFError too)."""
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
        file.seek(0)
        if not packed:
            yield file
            return
        with gzip.open(file) as unpacked:
            yield cast("BinaryIO", unpacked)


def json_pieces(file: BinaryIO, size: int = PIECE) -> Iterator[Piece]:
    """The records of a JSON file, piece by piece, in memory that does not grow with the file.

    It does grow with the largest line or record.
    """
    size = max(size, len(_BOM))
    read = file.read(size)
    start, ended = read.removeprefix(_BOM), len(read) < size
    while True:
        if _is_lines(start):
            yield from _line_pieces(start, file, size)
            return
        if ended:
            yield from _whole(start)
            return
        base = _base(start)
        if not base:
            yield from _large_values(start, file, size)
            return
        left = yield from _array_pieces(start, file, size, base)
        if left is None:
            return
        start, ended = _begun_again(left, file, size)
        if not start:
            return


def _begun_again(left: bytes, file: BinaryIO, size: int) -> tuple[bytes, bool]:
    """What comes after a value, and whether it is all; empty where only space comes."""
    start, ended = left.lstrip(), False
    while not ended:
        more = file.read(size)
        start, ended = (start + more).lstrip(), len(more) < size
        if start:
            break
    return start, ended


def _is_lines(start: bytes) -> bool:
    """True if the first line is a value of its own and another follows."""
    first, separator, rest = start.lstrip().partition(b"\n")
    if not separator or rest.lstrip()[:1] not in {b"{", b"["}:
        return False
    try:
        msgspec.json.decode(first, type=msgspec.Raw)
    except NOT_JSON:
        return False
    return True


def _line_pieces(start: bytes, file: BinaryIO, size: int) -> Iterator[Piece]:
    begun = file.tell() - len(start)
    text = start + file.readline()
    while text:
        yield Piece(text, f"from byte {begun}", lines=True)
        begun += len(text)
        text = file.read(size) + file.readline()


def _large_values(start: bytes, file: BinaryIO, size: int) -> Iterator[Piece]:
    """Values that are no arrays, the first of them larger than a piece: lines, or one that has to be taken whole."""
    line = start + file.readline()
    text = line + file.read(size)
    if _is_lines(text):
        yield from _line_pieces(text, file, size)
    else:
        yield from _whole(text + file.read())


def _whole(text: bytes) -> Iterator[Piece]:
    if not text.strip():
        yield Piece(b"", "the file", problem="is empty")
        return
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except NOT_JSON as error:
        base = _base(text)
        good = _split(text, base, 0).good if base else b""
        yield Piece(
            good, "the file", problem=f"is cut off or damaged after {len(good)} bytes of whole records: {error}"
        )
        return
    yield Piece(text, "the file")


def _array_pieces(start: bytes, file: BinaryIO, size: int, base: int) -> Generator[Piece, None, bytes | None]:
    """A JSON array too large for one go, cut between its elements; returns what comes after it, None if it is cut."""
    buffer, depth = start, 0
    while True:
        part = _split(buffer, base, depth)
        if part.good:
            yield Piece(part.good, f"from byte {file.tell() - len(buffer)}")
            depth = base
        if part.ended:
            break
        more = file.read(size)
        if not more:
            place = f"from byte {file.tell() - len(part.rest)}"
            yield Piece(b"", place, problem="is cut off or damaged in the middle of a record")
            return None
        buffer = part.rest + more
    rest = part.rest
    while base > 1 and (end := _end_of_envelope(rest)) is None:
        more = file.read(size)
        if not more:
            yield Piece(b"", f"from byte {file.tell() - len(rest)}", problem="is cut off after its records")
            return None
        rest += more
    return rest[end:] if base > 1 else rest


def _base(text: bytes) -> int:
    """How deep the records lie: 1 in a bare array, 2 in the `result` of an envelope, 0 where they are in no array."""
    found = _ARRAY.match(text)
    if not found:
        return 0
    return 1 if found[1] == b"[" else 2


@dataclass(frozen=True, slots=True)
class _Part:
    """The whole elements of an array, as an array of their own; what comes after them, or after the array."""

    good: bytes
    rest: bytes
    ended: bool


def _split(text: bytes, base: int, depth: int) -> _Part:
    """The elements of an array that lies `base` deep; `depth` is how deep the text begins."""
    opens, closes, depths = _brackets(text, depth)
    ended = np.flatnonzero(closes & (depths == base - 1))
    limit = int(ended[0]) if len(ended) else len(text)
    ends = np.flatnonzero(closes[:limit] & (depths[:limit] == base))
    starts = np.flatnonzero(opens[:limit] & (depths[:limit] == base + 1))
    good, rest = b"", text
    if len(ends) and len(starts):
        cut = int(ends[-1]) + 1
        good, rest = b"[" + text[int(starts[0]) : cut] + b"]", text[cut:].lstrip(b" \t\r\n,")
    return _Part(good, text[limit + 1 :] if len(ended) else rest, bool(len(ended)))


def _end_of_envelope(text: bytes) -> int | None:
    """Where the object ends whose inside the text begins in."""
    _, closes, depths = _brackets(text, 1)
    ends = np.flatnonzero(closes & (depths == 0))
    return int(ends[0]) + 1 if len(ends) else None


def _brackets(text: bytes, depth: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where arrays and objects open and close, and how deep each character lies."""
    codes = np.frombuffer(text, np.uint8)
    outside = ~_in_string(codes)
    opens = outside & ((codes == ord("[")) | (codes == ord("{")))
    closes = outside & ((codes == ord("]")) | (codes == ord("}")))
    return opens, closes, depth + np.cumsum(opens.astype(np.int8) - closes.astype(np.int8), dtype=np.int32)


def _in_string(codes: np.ndarray) -> np.ndarray:
    quotes = codes == ord('"')
    slashes = codes == ord("\\")
    if slashes.any():
        quotes &= ~_escaped(slashes)
    return (np.cumsum(quotes, dtype=np.int32) & 1).astype(bool)


def _escaped(slashes: np.ndarray) -> np.ndarray:
    """True for the characters after an odd number of backslashes."""
    numbers = np.arange(len(slashes))
    last_other = np.maximum.accumulate(np.where(slashes, -1, numbers))
    run = numbers - last_other
    return np.concatenate(([False], (run[:-1] & 1).astype(bool)))
