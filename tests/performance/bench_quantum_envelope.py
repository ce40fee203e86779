"""What an envelope costs beside the encapsulation and AES-GCM inside it, and beside age (pyrage), in one run."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pyrage
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PublicKey, Suite

from scorpius_lab import quantum
from scorpius_lab.quantum.envelope.operations import DEFAULT_CHUNK_BYTES
from tests.performance.bars import Bar, finish, timed

KIB: Final = 1024
MIB: Final = 1024 * 1024
GIB: Final = 1024 * MIB
SMALL_ROUNDS: Final = 400
STREAM_ROUNDS: Final = 3
SOURCE: Final = memoryview(os.urandom(16 * MIB))


class Repeated:
    """So many bytes out of one reused buffer; each read is a real copy. The same source for all."""

    def __init__(self, size: int) -> None:
        self.left, self.position = size, 0

    def readinto(self, room: memoryview) -> int:
        if self.position + len(room) > len(SOURCE):
            self.position = 0
        count = min(len(room), self.left)
        room[:count] = SOURCE[self.position : self.position + count]
        self.position += count
        self.left -= count
        return count

    def read(self, size: int = -1) -> bytes:
        room = bytearray(min(size, self.left) if size >= 0 else self.left)
        return bytes(room[: self.readinto(memoryview(room))])


class Counted:
    """Counts what it is given and keeps nothing. The same sink for all."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes | memoryview) -> int:
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is kept."""


def measure() -> Iterator[Bar]:
    """Small messages, then 1 GiB as a stream, then the memory of whole processes."""
    pair = quantum.generate_keypair("X-Wing")
    yield from _small(pair)
    yield from _stream(pair)
    yield _memory()


def _small(pair: quantum.KeyPair) -> Iterator[Bar]:
    keys, public = [pair.public], pair.public_key
    small, large = os.urandom(KIB), os.urandom(MIB)
    cipher, nonce = AESGCM(os.urandom(32)), bytes(12)
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA512, AEAD.AES_256_GCM)
    age = [pyrage.x25519.Identity.generate().to_public()]
    envelope, long_envelope = quantum.encrypt(small, keys), quantum.encrypt(large, keys)
    encapsulation = quantum.encapsulate("X-Wing", public).ciphertext
    hpke_key = _hpke_key(public)
    us = _typical(
        {
            "1 KiB": lambda: quantum.encrypt(small, keys),
            "encapsulation": lambda: quantum.encapsulate("X-Wing", public),
            "HPKE": lambda: suite.encrypt(small, hpke_key, b""),
            "age 1 KiB": lambda: pyrage.encrypt(small, age),
            "open 1 KiB": lambda: quantum.decrypt(envelope, pair),
            "decapsulation": lambda: quantum.decapsulate("X-Wing", pair.private_key, encapsulation),
        }
    )
    us |= _typical(
        {
            "1 MiB": lambda: quantum.encrypt(large, keys),
            "raw 1 MiB": lambda: cipher.encrypt(nonce, large, None),
            "age 1 MiB": lambda: pyrage.encrypt(large, age),
            "open 1 MiB": lambda: quantum.decrypt(long_envelope, pair),
        }
    )
    yield Bar(
        "quantum envelope 1 KiB",
        us["1 KiB"],
        "µs",
        120,
        peer=us["HPKE"],
        note=f"peer: HPKE of cryptography with the same KEM and a loaded key; the encapsulation inside takes "
        f"{us['encapsulation']:.0f} µs, age (X25519 only) {us['age 1 KiB']:.0f} µs",
    )
    yield Bar(
        "quantum envelope 1 MiB",
        us["1 MiB"],
        "µs",
        250,
        peer=us["raw 1 MiB"],
        note=f"peer: raw AESGCM.encrypt of the same bytes; age takes {us['age 1 MiB']:.0f} µs",
    )
    yield Bar(
        "quantum envelope 1 MiB over raw AES-GCM",
        us["1 MiB"] / us["raw 1 MiB"],
        "x",
        2.5,
        note="the two bars above as a ratio: 250 µs where raw AES-GCM takes 100 µs",
    )
    yield Bar(
        "quantum envelope open 1 KiB",
        us["open 1 KiB"],
        "µs",
        peer=us["decapsulation"],
        note=f"peer: the decapsulation inside; 1 MiB opens in {us['open 1 MiB']:.0f} µs",
    )


def _hpke_key(public: bytes) -> MLKEM768X25519PublicKey:
    lattice, curve = (
        MLKEM768PublicKey.from_public_bytes(public[:1184]),
        X25519PublicKey.from_public_bytes(public[1184:]),
    )
    return MLKEM768X25519PublicKey(lattice, curve)


def _stream(pair: quantum.KeyPair) -> Iterator[Bar]:
    keys, age = [pair.public], [pyrage.x25519.Identity.generate().to_public()]
    seconds = _interleaved(
        {
            "envelope": lambda: quantum.encrypt(Repeated(GIB), keys, output=Counted()),
            "raw": lambda: _raw(GIB),
            "age": lambda: pyrage.encrypt_io(Repeated(GIB), Counted(), age),
        },
        STREAM_ROUNDS,
    )
    rate = {name: GIB / min(times) / 1e9 for name, times in seconds.items()}
    ratios = [raw / ours for raw, ours in zip(seconds["raw"], seconds["envelope"], strict=True)]
    note = f"best of {STREAM_ROUNDS} interleaved rounds, chunks of {DEFAULT_CHUNK_BYTES // KIB} KiB, a copying source"
    yield Bar("quantum envelope 1 GiB stream", rate["envelope"], "GB/s", better="higher", peer=rate["raw"], note=note)
    yield Bar(
        "quantum envelope 1 GiB over raw encrypt_into",
        statistics.median(ratios) * 100,
        "%",
        60,
        "higher",
        note="median of the rounds; raw encrypts the same chunks in place and reads and writes nothing",
    )
    yield Bar(
        "quantum envelope 1 GiB over age",
        rate["envelope"] / rate["age"],
        "x",
        4,
        "higher",
        peer=rate["age"],
        note="peer: GB/s of pyrage.encrypt_io with the same source and sink",
    )


def _raw(size: int) -> None:
    cipher, header = AESGCM(bytes(32)), bytes(107)
    room = memoryview(bytearray(DEFAULT_CHUNK_BYTES + 16))
    chunks = [SOURCE[i : i + DEFAULT_CHUNK_BYTES] for i in range(0, len(SOURCE), DEFAULT_CHUNK_BYTES)]
    for number in range(size // DEFAULT_CHUNK_BYTES):
        cipher.encrypt_into(bytes(7) + number.to_bytes(4, "big") + b"\0", chunks[number % len(chunks)], header, room)


def _memory() -> Bar:
    small, large = (_peak(size) for size in (MIB, GIB))
    return Bar(
        "quantum envelope memory, 1 GiB over 1 MiB",
        (large - small) / MIB,
        "MiB more",
        4,
        note=f"peak of whole processes that encrypt a stream: {large / MIB:.1f} and {small / MIB:.1f} MiB",
    )


def _peak(size: int) -> int:
    code = f"from tests.performance import bench_quantum_envelope as bench; bench.report_peak({size})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return int(done.stdout)


def report_peak(size: int) -> None:
    """Encrypt a stream of so much and print this process's peak resident bytes."""
    quantum.encrypt(Repeated(size), [quantum.generate_keypair().public], output=Counted())
    sys.stdout.write(str(_peak_resident_bytes()))


def _peak_resident_bytes() -> int:
    """Of this process alone: on Linux `ru_maxrss` would begin with what its parent had."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _typical(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Microseconds: the lower quartile of many interleaved calls, which other work on the machine moves least."""
    for call in calls.values():
        call()
    seconds = _interleaved(calls, SMALL_ROUNDS)
    return {name: statistics.quantiles(times, n=4)[0] * 1e6 for name, times in seconds.items()}


def _interleaved(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each call in each round; every round runs all of them, so a busy moment meets each."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            seconds[name].append(timed(call))
    return seconds


if __name__ == "__main__":
    raise SystemExit(finish(measure()))
