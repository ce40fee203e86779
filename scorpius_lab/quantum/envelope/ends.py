"""Where an envelope's bytes come from and go to: memory or streams behind two small interfaces.

Memory to memory moves no byte twice: chunks are slices of the input and are written into place in the result. Streams
pass through one reused buffer on each side, whatever their length.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Protocol, Self

from scorpius_lab.errors import UsageError


class Source(Protocol):
    """Bytes to read, in blocks of one size after an optional header. Leaving a `with` block closes what was opened."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...

    def take(self, count: int) -> bytes:
        """The next `count` bytes, fewer only at the end. Not to be called after `block`."""

    def block(self, size: int) -> tuple[memoryview, bool]:
        """Up to `size` bytes, fewer only at the end, and whether the end is reached; valid until the next call."""

    def remaining(self) -> int | None:
        """How many bytes are left; None for a stream, which does not know."""


class Sink(Protocol):
    """Bytes to write."""

    def write(self, data: bytes | memoryview) -> None:
        """Append bytes."""

    def room(self, size: int) -> memoryview:
        """A place for exactly `size` bytes, handed out by the next `keep`."""

    def keep(self) -> None:
        """Append what lies in the room last asked for."""


class MemorySource:
    """A bytes-like object, read without copying."""

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        """Start at the first byte."""
        self._view = memoryview(data).cast("B")
        self._position = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing was opened."""

    def take(self, count: int) -> bytes:
        """See Source."""
        piece = bytes(self._view[self._position : self._position + count])
        self._position += len(piece)
        return piece

    def block(self, size: int) -> tuple[memoryview, bool]:
        """See Source."""
        start = self._position
        self._position = end = min(start + size, len(self._view))
        return self._view[start:end], end == len(self._view)

    def remaining(self) -> int:
        """See Source."""
        return len(self._view) - self._position


class StreamSource:
    """A blocking binary stream. It looks one byte ahead, so that it knows the last block when it hands it out."""

    def __init__(self, stream: Any, close: Callable[[], None] | None = None) -> None:
        """Read from where the stream stands; `close` is called at the end, if given.

        Raises UsageError if it is not a readable binary stream.
        """
        self._fill = _filler(stream)
        self._close = close
        self._buffer: memoryview | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._close is not None:
            self._close()

    def take(self, count: int) -> bytes:
        """See Source."""
        room = memoryview(bytearray(count))
        return bytes(room[: self._read(room)])

    def block(self, size: int) -> tuple[memoryview, bool]:
        """See Source. Every call of one source must ask for the same size."""
        buffer = self._buffer
        if buffer is None:
            buffer = self._buffer = memoryview(bytearray(size + 1))
            held = self._read(buffer)
        else:
            buffer[0] = buffer[size]
            held = 1 + self._read(buffer[1:])
        return buffer[: min(held, size)], held <= size

    def remaining(self) -> None:
        """See Source."""

    def _read(self, room: memoryview) -> int:
        done = 0
        while done < len(room):
            count = self._fill(room[done:] if done else room)
            if count is None:
                raise UsageError("the input stream does not block and has no data yet; give a blocking one")
            if not 0 <= count <= len(room) - done:
                raise UsageError("the input stream's readinto says it read more bytes than it was given room for")
            if count == 0:
                break
            done += count
        return done


class MemorySink:
    """A bytes object of a size known beforehand, written in place."""

    def __init__(self, size: int) -> None:
        """Room for `size` bytes."""
        self._file = io.BytesIO(bytes(size))
        self._view = self._file.getbuffer()
        self._start = self._end = 0

    def write(self, data: bytes | memoryview) -> None:
        """See Sink."""
        self.room(len(data))[:] = data
        self.keep()

    def room(self, size: int) -> memoryview:
        """See Sink."""
        self._end = self._start + size
        return self._view[self._start : self._end]

    def keep(self) -> None:
        """See Sink."""
        self._start = self._end

    def result(self) -> bytes:
        """What was written, which fills the room there was; the sink takes nothing more."""
        self._view.release()
        return self._file.getvalue()


class StreamSink:
    """A blocking binary stream, written from one reused buffer."""

    def __init__(self, stream: Any) -> None:
        """Write to where the stream stands. Raises UsageError if it has no write method."""
        if not callable(getattr(stream, "write", None)) or isinstance(stream, io.TextIOBase):
            raise UsageError("the output must be a Path or a binary stream with a write method")
        self._write = stream.write
        self._buffer = memoryview(bytearray())
        self._room = self._buffer
        self.written = 0

    def write(self, data: bytes | memoryview) -> None:
        """See Sink. A raw stream may take less than it is given; the rest is written again."""
        rest = memoryview(data)
        while rest:
            count = self._write(rest)
            if count is None or count == len(rest):
                break
            if not 0 < count < len(rest):
                raise UsageError("the output stream's write says it wrote nothing, or more than it was given")
            rest = rest[count:]
        self.written += len(data)

    def room(self, size: int) -> memoryview:
        """See Sink."""
        if size > len(self._buffer):
            self._buffer = memoryview(bytearray(size))
        self._room = self._buffer[:size]
        return self._room

    def keep(self) -> None:
        """See Sink."""
        self.write(self._room)


def _filler(stream: Any) -> Callable[[memoryview], int | None]:
    """What reads into a buffer: the stream's own `readinto`, or its `read` and a copy."""
    if isinstance(stream, io.TextIOBase):
        raise UsageError("the input stream is a text stream; open it in binary mode")
    readinto = getattr(stream, "readinto", None)
    if callable(readinto):
        fill: Callable[[memoryview], int | None] = readinto
        return fill
    read = getattr(stream, "read", None)
    if not callable(read):
        raise UsageError("the input must be bytes, a Path or a binary stream with a readinto or read method")

    def copy(room: memoryview) -> int | None:
        data = read(len(room))
        if data is None:
            return None
        if not isinstance(data, bytes | bytearray | memoryview) or len(data) > len(room):
            raise UsageError("the input stream's read must return bytes, and no more than it was asked for")
        room[: len(data)] = data
        return len(data)

    return copy
