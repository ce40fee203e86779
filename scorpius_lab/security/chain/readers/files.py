"""Files as readers want them: opened whatever they are packed with, and JSON in pieces that fit into memory."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
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
_OPEN, _CLOSE = (b"[", b"{"), (b"]", b"}")
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
    """The records of a JSON file, piece by piece, in memory that does not grow with the file."""
    start = file.read(size).removeprefix(_BOM)
    if _is_lines(start):
        yield from _line_pieces(start, file, size)
    elif len(start) < size:
        yield from _whole(start)
    else:
        yield from _array_pieces(start, file, size)


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
    begun, text = 0, start + file.readline()
    while text:
        yield Piece(text, f"from byte {begun}", lines=True)
        begun += len(text)
        text = file.read(size) + file.readline()


def _whole(text: bytes) -> Iterator[Piece]:
    if not text.strip():
        yield Piece(b"", "the file", problem="is empty")
        return
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except NOT_JSON as error:
        good, _ = _split(text, _base(text))
        yield Piece(
            good, "the file", problem=f"is cut off or damaged after {len(good)} bytes of whole records: {error}"
        )
        return
    yield Piece(text, "the file")


def _array_pieces(start: bytes, file: BinaryIO, size: int) -> Iterator[Piece]:
    """A JSON array too large for one go, cut between its elements."""
    base = _base(start)
    buffer, begun, more = start, 0, start
    while more:
        good, rest = _split(buffer, base)
        if good:
            yield Piece(good, f"from byte {begun}")
            begun += len(buffer) - len(rest)
        more = file.read(size)
        # what is left begins inside the array again
        buffer = (b"[" * base + rest + more) if good else rest + more
    good, rest = _split(buffer, base)
    if good:
        yield Piece(good, f"from byte {begun}")
    if rest.strip(b" \t\r\n,") and not rest.lstrip(b" \t\r\n,").startswith(_CLOSE):
        yield Piece(b"", f"from byte {begun}", problem="is cut off or damaged in the middle of a record")


def _base(text: bytes) -> int:
    """How deep the records lie: 1 in a bare array, 2 in the `result` of an envelope."""
    return 2 if text.lstrip()[:1] == b"{" else 1


def _split(text: bytes, base: int) -> tuple[bytes, bytes]:
    """The whole elements of an array that lies `base` deep, as an array of their own, and what comes after them."""
    codes = np.frombuffer(text, np.uint8)
    outside = ~_in_string(codes)
    opens = outside & ((codes == ord("[")) | (codes == ord("{")))
    closes = outside & ((codes == ord("]")) | (codes == ord("}")))
    depth = np.cumsum(opens.astype(np.int8) - closes.astype(np.int8), dtype=np.int32)
    ends = np.flatnonzero(closes & (depth == base))
    starts = np.flatnonzero(opens & (depth == base + 1))
    if not len(ends) or not len(starts):
        return b"", text
    cut = int(ends[-1]) + 1
    return b"[" + text[int(starts[0]) : cut] + b"]", text[cut:].lstrip(b" \t\r\n,")


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
