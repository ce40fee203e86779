"""AES-256-GCM over 1 KiB."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.measurement import Bench, Call, Measurement, Operation, Prepared, expect

SIZE = 1024


def prepare(bench: Bench) -> Prepared:
    """One key, one nonce: nothing encrypted here is ever kept, and a fixed nonce leaves only the cipher to time."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(AESGCM.generate_key(256))
    nonce, plain = bytes(12), bench.random.randbytes(SIZE)
    sealed = cipher.encrypt(nonce, plain, None)
    expect(cipher.decrypt(nonce, sealed, None) == plain, "AES-256-GCM decryption")
    work = {"MB/s": SIZE / 1e6}
    return Prepared(
        calls={
            "encrypt": Call(lambda: cipher.encrypt(nonce, plain, None), work=work),
            "decrypt": Call(lambda: cipher.decrypt(nonce, sealed, None), work=work),
        },
        sizes={"added": len(sealed) - SIZE},
    )


MEASUREMENT = Measurement(
    group="encryption",
    name="aes-256-gcm-1k",
    title="AES-256-GCM, 1 KiB",
    library="cryptography",
    operations=(Operation("encrypt", "encrypt", ("MB/s",)), Operation("decrypt", "decrypt", ("MB/s",))),
    prepare=prepare,
    standard="SP 800-38D",
)
