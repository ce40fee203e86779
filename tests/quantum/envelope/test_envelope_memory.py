"""Memory does not grow with the data, and a hostile header cannot make it."""

from __future__ import annotations

import io
import subprocess
import sys
import tracemalloc

import pytest

from scorpius_lab import quantum
from scorpius_lab.errors import EnvelopeError, NotARecipient

MIB = 1024 * 1024


class Zeros:
    """So many zero bytes, then the end."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readinto(self, room) -> int:
        count = min(self.left, len(room))
        self.left -= count
        return count


class Pipe:
    """Counts what it is given and keeps nothing."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data) -> int:
        self.size += len(data)
        return len(data)


class Endless:
    """A beginning, then a pattern for ever; counts how much was asked for."""

    def __init__(self, beginning: bytes, pattern) -> None:
        self.file, self.pattern, self.given = io.BytesIO(beginning), pattern, 0

    def readinto(self, room) -> int:
        count = self.file.readinto(room)
        if not count:
            piece = next(self.pattern)[: len(room)]
            room[: len(piece)] = piece
            count = len(piece)
        self.given += count
        return count


def peak(work) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_encryption_of_more_takes_no_more(pair):
    keys = [pair.public]
    quantum.encrypt(Zeros(10), keys, output=Pipe())
    small = peak(lambda: quantum.encrypt(Zeros(MIB), keys, output=Pipe()))
    large = peak(lambda: quantum.encrypt(Zeros(256 * MIB), keys, output=Pipe()))
    assert large < small + 100_000
    assert large < 2 * MIB


PROGRAM = """
import sys, threading, os
from pathlib import Path
from scorpius_lab import quantum

size, pair = int(sys.argv[1]), quantum.generate_keypair()

class Zeros:
    left = size
    def readinto(self, room):
        count = min(self.left, len(room))
        self.left -= count
        return count

class Null:
    size = 0
    def write(self, data):
        self.size += len(data)
        return len(data)

read, write = os.pipe()
sealed, opened = os.fdopen(read, "rb", 0), Null()
output = os.fdopen(write, "wb", 0)

def encrypt():
    with output:
        quantum.encrypt(Zeros(), [pair.public], output=output)

thread = threading.Thread(target=encrypt)
thread.start()
quantum.decrypt(sealed, pair, output=opened)
thread.join()
assert opened.size == size
status = Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""


def _resident(size: int) -> int:
    """Peak resident bytes of a process that encrypts and decrypts so much through a pipe."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(size)], check=True, capture_output=True, text=True)
    return int(done.stdout) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_a_process_stays_as_small_as_it_was():
    assert _resident(256 * MIB) < _resident(MIB) + 4 * MIB


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_a_process_stays_as_small_with_a_gibibyte():
    assert _resident(1024 * MIB) < _resident(MIB) + 4 * MIB


@pytest.mark.full
def test_a_gibibyte_takes_no_more_than_a_mebibyte(pair):
    keys = [pair.public]
    small = peak(lambda: quantum.encrypt(Zeros(MIB), keys, output=Pipe()))
    assert peak(lambda: quantum.encrypt(Zeros(1024 * MIB), keys, output=Pipe())) < small + 100_000


def _entries(kem_code: int, body: int):
    number = 0
    while True:
        yield bytes([kem_code]) + number.to_bytes(16, "big")
        yield bytes(body)
        number += 1


@pytest.mark.parametrize("count", [0, 1001, 65535])
def test_a_count_out_of_range_is_refused_before_any_entry_is_read(pair, count):
    start = b"scorpenv\x01\x01\x12" + bytes(96) + count.to_bytes(2, "big")
    source = Endless(start, _entries(1, 768 + 48))
    with pytest.raises(EnvelopeError, match="recipients"):
        quantum.decrypt(source, pair, output=Pipe())
    assert source.given == len(start)


def test_the_longest_header_there_can_be_takes_little_memory(pair):
    start = b"scorpenv\x01\x01\x12" + bytes(96) + (1000).to_bytes(2, "big")
    source = Endless(start, _entries(5, 1665 + 48))

    def work():
        with pytest.raises(NotARecipient):
            quantum.decrypt(source, pair, output=Pipe())

    assert peak(work) < 8 * MIB
    assert source.given == 109 + 1000 * (17 + 1665 + 48) + 64


def test_a_claim_of_much_with_little_behind_it_takes_little_memory(pair):
    start = b"scorpenv\x01\x01\x14" + bytes(96) + (1000).to_bytes(2, "big") + b"\x05" + bytes(16)

    def work():
        with pytest.raises(EnvelopeError, match="ends inside its header"):
            quantum.decrypt(start, pair)

    assert peak(work) < 100_000


def test_an_endless_stream_that_is_no_envelope_is_left_at_once(pair):
    source = Endless(b"", iter(lambda: b"x" * 4096, None))
    with pytest.raises(EnvelopeError, match="not an envelope"):
        quantum.inspect_envelope(source)
    assert source.given == 8
