"""What a caller hands over (bytes, a path, a stream) connected to the sources and sinks that do the work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Final, Protocol

from scorpius_lab.errors import UsageError
from scorpius_lab.quantum.envelope.ends import MemorySink, MemorySource, Sink, Source, StreamSink, StreamSource
from scorpius_lab.quantum.envelope.files import InputFile, new_file


class ReadableStream(Protocol):
    """A blocking binary stream to read from. Its `readinto` is used where it has one."""

    def read(self, size: int, /) -> bytes | None:
        """Up to `size` bytes, none at the end."""


class WritableStream(Protocol):
    """A blocking binary stream to write to; it must not keep the memory it is given."""

    def write(self, data: memoryview, /) -> int | None:
        """Append some or all of `data`; how many bytes, None for all."""


BytesLike = bytes | bytearray | memoryview
Input = BytesLike | PathLike[str] | ReadableStream
Output = PathLike[str] | WritableStream
_COPY_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Transfer:
    """What went through: bytes of data or payload read (without the header), and all bytes written to the output."""

    bytes_read: int
    bytes_written: int


def require_output(data: object, output: object) -> None:
    """Return unless a path or stream comes in and there is nowhere to put the result. Raises UsageError."""
    if output is None and not isinstance(data, bytes | bytearray | memoryview):
        raise UsageError("only bytes can come back as bytes; a path or stream needs output=, a Path or binary stream")


def deliver(
    work: Callable[[Sink], int], *, result_bytes: int | None, output: Output | None, overwrite: bool
) -> bytes | Transfer:
    """Do the work into memory of `result_bytes` and give the bytes, or into the output and say what went through."""
    if output is not None:
        with _sink_of(output, overwrite=overwrite) as sink:
            return Transfer(work(sink), sink.written)
    memory = MemorySink(result_bytes or 0)
    work(memory)
    return memory.result()


def source_of(data: Input) -> Source:
    """The input, to be used in a `with`. Raises UsageError if it cannot be read or is of no kind that can."""
    if isinstance(data, bytes | bytearray | memoryview):
        return _memory_source(data)
    if isinstance(data, str):
        raise UsageError("text is neither bytes nor a path; write text.encode() for its bytes, Path(text) for a file")
    if isinstance(data, PathLike):
        file = InputFile(Path(data))
        return StreamSource(file, file.close)
    return StreamSource(data)


def pour(source: Source, sink: Sink) -> int:
    """Copy all that is left of `source`; how many bytes."""
    copied, last = 0, False
    while not last:
        block, last = source.block(_COPY_BYTES)
        sink.write(block)
        copied += len(block)
    return copied


@contextmanager
def _sink_of(output: Output, *, overwrite: bool) -> Iterator[StreamSink]:
    """The output, open while the block runs; a file gets its name when the block ends without an error."""
    if isinstance(output, str):
        raise UsageError("an output is a Path or a binary stream, not text; write output=Path(…)")
    if isinstance(output, PathLike):
        with new_file(Path(output), overwrite=overwrite) as file:
            yield StreamSink(file)
    else:
        yield StreamSink(output)


def _memory_source(data: BytesLike) -> MemorySource:
    try:
        return MemorySource(data)
    except (TypeError, ValueError):
        raise UsageError("the memory given is not contiguous or was released; give bytes(…) of it") from None
