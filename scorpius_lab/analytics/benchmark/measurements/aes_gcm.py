"""AES-256-GCM over short and long messages."""

from __future__ import annotations

from functools import partial

from scorpius_lab.analytics.benchmark.measurement import Bench, Call, Measurement, Operation, Prepared, expect

SIZES: tuple[tuple[str, str, int], ...] = (("1k", "1 KiB", 1024), ("1m", "1 MiB", 1024 * 1024))


def prepare(size: int, bench: Bench) -> Prepared:
    """One key, one nonce: nothing encrypted here is ever kept, and a fixed nonce leaves only the cipher to time."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(AESGCM.generate_key(256))
    nonce, plain = bytes(12), bench.random.randbytes(size)
    sealed = cipher.encrypt(nonce, plain, None)
    expect(cipher.decrypt(nonce, sealed, None) == plain, "AES-256-GCM decryption")
    work = {"MB/s": size / 1e6}
    return Prepared(
        calls={
            "encrypt": Call(lambda: cipher.encrypt(nonce, plain, None), work=work),
            "decrypt": Call(lambda: cipher.decrypt(nonce, sealed, None), work=work),
        },
        sizes={"added": len(sealed) - size},
    )


def _measurement(name: str, words: str, size: int) -> Measurement:
    return Measurement(
        group="encryption",
        name=f"aes-256-gcm-{name}",
        title=f"AES-256-GCM, {words}",
        library="cryptography",
        operations=(Operation("encrypt", "encrypt", ("MB/s",)), Operation("decrypt", "decrypt", ("MB/s",))),
        prepare=partial(prepare, size),
        standard="SP 800-38D",
    )


MEASUREMENTS = tuple(_measurement(*row) for row in SIZES)
