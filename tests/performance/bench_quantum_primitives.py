"""What the checked surface costs over the raw library call, and what SLH-DSA leaves to other threads."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem

from scorpius_lab import quantum
from scorpius_lab.quantum.signature import slh_dsa_worker
from tests.performance.bars import Bar, finish, timed

ROUNDS = 400
MESSAGE = bytes(1024)
CONTEXT = b"bench"
Calls = tuple[Callable[[], object], Callable[[], object]]


def measure() -> Iterator[Bar]:
    """Wrapper against raw call from the same bytes, interleaved, medians; then the share of time other threads keep."""
    for name, operations in (*_kem_operations(), *_signature_operations()):
        for operation, calls in operations.items():
            yield _overhead(f"quantum {name} {operation}", calls)
    yield from _other_threads("SLH-DSA-SHA2-128s")


def _overhead(name: str, calls: Calls) -> Bar:
    for call in calls:
        call()
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS):
        for which in (0, 1) if turn % 2 else (1, 0):
            times[which].append(timed(calls[which]))
    wrapper, library = (_typical(name, one) for one in times)
    return Bar(
        name,
        wrapper / library,
        "x raw",
        1.10,
        note=f"{wrapper * 1e6:.1f} µs against {library * 1e6:.1f} µs from the same bytes, {ROUNDS} rounds, interleaved",
    )


def _typical(name: str, times: list[float]) -> float:
    """The median, but of ML-DSA signing the lowest decile: the number of its attempts is random, one in a fifth."""
    return statistics.quantiles(times, n=10)[0] if name.endswith("sign") else statistics.median(times)


def _kem_operations() -> Iterator[tuple[str, dict[str, Calls]]]:
    for name, private_class, public_class in (
        ("ML-KEM-768", mlkem.MLKEM768PrivateKey, mlkem.MLKEM768PublicKey),
        ("ML-KEM-1024", mlkem.MLKEM1024PrivateKey, mlkem.MLKEM1024PublicKey),
    ):
        pair = quantum.generate_keypair(name)
        public, private = pair.public_key, pair.private_key
        ciphertext = quantum.encapsulate(name, public).ciphertext
        yield (
            name,
            {
                "keygen": (lambda n=name: quantum.generate_keypair(n), lambda c=private_class: _raw_keygen(c)),
                "encapsulate": (
                    lambda n=name, k=public: quantum.encapsulate(n, k),
                    lambda c=public_class, k=public: c.from_public_bytes(k).encapsulate(),
                ),
                "decapsulate": (
                    lambda n=name, k=private, t=ciphertext: quantum.decapsulate(n, k, t),
                    lambda c=private_class, k=private, t=ciphertext: c.from_seed_bytes(k).decapsulate(t),
                ),
            },
        )


def _signature_operations() -> Iterator[tuple[str, dict[str, Calls]]]:
    for name, private_class, public_class in (
        ("ML-DSA-44", mldsa.MLDSA44PrivateKey, mldsa.MLDSA44PublicKey),
        ("ML-DSA-65", mldsa.MLDSA65PrivateKey, mldsa.MLDSA65PublicKey),
        ("ML-DSA-87", mldsa.MLDSA87PrivateKey, mldsa.MLDSA87PublicKey),
    ):
        pair = quantum.generate_keypair(name)
        public, private = pair.public_key, pair.private_key
        signature = quantum.sign(name, private, MESSAGE, CONTEXT)
        yield (
            name,
            {
                "keygen": (lambda n=name: quantum.generate_keypair(n), lambda c=private_class: _raw_keygen(c)),
                "sign": (
                    lambda n=name, k=private: quantum.sign(n, k, MESSAGE, CONTEXT),
                    lambda c=private_class, k=private: c.from_seed_bytes(k).sign(MESSAGE, CONTEXT),
                ),
                "verify": (
                    lambda n=name, k=public, s=signature: quantum.verify(n, k, MESSAGE, s, CONTEXT),
                    lambda c=public_class, k=public, s=signature: c.from_public_bytes(k).verify(s, MESSAGE, CONTEXT),
                ),
            },
        )


def _raw_keygen(private_class: type) -> tuple[bytes, bytes]:
    key = private_class.generate()
    return key.public_key().public_bytes_raw(), key.private_bytes_raw()


def _other_threads(name: str) -> Iterator[Bar]:
    """Ticks of a thread that sleeps 1 ms at a time, per second of signing, against the same per idle second."""
    private = quantum.generate_keypair(name).private_key
    ticks, stop = [0], threading.Event()

    def tick() -> None:
        while not stop.is_set():
            time.sleep(0.001)
            ticks[0] += 1

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        quantum.sign(name, private, MESSAGE)
        start = time.perf_counter()
        before = ticks[0]
        for _ in range(5):
            quantum.sign(name, private, MESSAGE)
        signing = time.perf_counter() - start
        busy = (ticks[0] - before) / signing
        before = ticks[0]
        time.sleep(1)
        idle = float(ticks[0] - before)
    finally:
        stop.set()
        thread.join()
        slh_dsa_worker.stop()
    yield Bar(
        f"quantum {name}: another thread's pace while signing",
        busy / idle,
        "x idle",
        0.80,
        better="higher",
        note=f"{busy:.0f} wake-ups a second while signing ({signing / 5 * 1e3:.0f} ms a signature), {idle:.0f} when idle",
    )


if __name__ == "__main__":
    raise SystemExit(finish(measure()))
