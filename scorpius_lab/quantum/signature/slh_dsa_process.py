"""The process that signs with SLH-DSA. Started by path in a fresh interpreter, so it imports nothing of this package.

It reads requests from standard input and answers on standard output until the input ends, which is also how it learns
that its parent is gone. Both are frames: a count of fields as one byte, then for each its length (8 bytes,
big-endian) and its bytes. The first frame holds the folder that pqcrypto is imported from; its answer is GREETING.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import IO, Final

GREETING: Final = b"scorpius SLH-DSA worker 1"
DONE: Final = b"done"
REFUSED: Final = b"refused"
_LENGTH_BYTES: Final = 8


def write_frame(stream: IO[bytes], fields: Sequence[bytes | bytearray | memoryview]) -> None:
    """Send one frame. Raises OSError if the other side is gone."""
    _write(stream, bytes([len(fields)]))
    for field in fields:
        view = memoryview(field).cast("B")
        _write(stream, view.nbytes.to_bytes(_LENGTH_BYTES, "big"))
        _write(stream, view)
    stream.flush()


def read_frame(stream: IO[bytes]) -> list[bytes]:
    """Receive one frame. Raises EOFError if the other side is gone."""
    count = _exactly(stream, 1)[0]
    return [_exactly(stream, int.from_bytes(_exactly(stream, _LENGTH_BYTES), "big")) for _ in range(count)]


def keygen(library: ModuleType) -> tuple[bytes, bytes]:
    """A fresh pair: (public key, private key)."""
    public, private = library.keygen()
    return public, private


def sign(library: ModuleType, private: bytes, message: bytes, context: bytes) -> bytes:
    """A signature that was verified once. Raises ValueError if it does not hold.

    A fault while signing can give away enough to forge, and a private key whose public half does not belong to it
    makes signatures nobody can verify; a signature costs a hundred times its verification, so both are caught here.
    """
    signature: bytes = library.sign(private, message, context)
    library.verify(private[len(private) // 2 :], message, signature, context)
    return signature


def _write(stream: IO[bytes], data: bytes | memoryview) -> None:
    """Write all: the parent's side is unbuffered, where a signal can cut a write short."""
    left = memoryview(data)
    while left:
        left = left[stream.write(left) :]


def _exactly(stream: IO[bytes], length: int) -> bytes:
    parts = []
    while length:
        part = stream.read(length)
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _answer(request: list[bytes]) -> list[bytes]:
    import pqcrypto.sign

    task, name, *arguments = request
    library = getattr(pqcrypto.sign, name.decode("ascii"))
    if task == b"keygen":
        return [DONE, *keygen(library)]
    try:
        return [DONE, sign(library, arguments[0], arguments[1], arguments[2])]
    except ValueError:
        return [REFUSED]


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    try:
        sys.path.append(os.fsdecode(read_frame(requests)[0]))
        write_frame(answers, [GREETING])
        while True:
            write_frame(answers, _answer(read_frame(requests)))
    except (EOFError, OSError):
        return


if __name__ == "__main__":
    main()
