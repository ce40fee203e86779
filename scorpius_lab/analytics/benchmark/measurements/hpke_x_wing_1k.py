"""Encryption of 1 KiB to a public key: HPKE with X-Wing (ML-KEM-768 and X25519) and AES-256-GCM."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.measurement import Bench, Call, Measurement, Operation, Prepared, expect

SIZE = 1024


def prepare(bench: Bench) -> Prepared:
    """One recipient; every call encapsulates anew."""
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite

    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    private = MLKEM768X25519PrivateKey(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())
    public, plain = private.public_key(), bench.random.randbytes(SIZE)
    sealed = suite.encrypt(plain, public)
    expect(suite.decrypt(sealed, private) == plain, "HPKE decryption")
    return Prepared(
        calls={
            "encrypt": Call(lambda: suite.encrypt(plain, public)),
            "decrypt": Call(lambda: suite.decrypt(sealed, private)),
        },
        sizes={"added": len(sealed) - SIZE},
    )


MEASUREMENT = Measurement(
    group="encryption",
    name="hpke-x-wing-1k",
    title="HPKE X-Wing, 1 KiB",
    library="cryptography",
    operations=(Operation("encrypt", "encrypt"), Operation("decrypt", "decrypt")),
    prepare=prepare,
    standard="RFC 9180",
)
