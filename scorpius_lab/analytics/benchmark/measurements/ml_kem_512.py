"""ML-KEM-512 as implemented by `pqcrypto`; `cryptography` has no 512 set."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.families import KemParts, kem


def parts() -> KemParts:
    """One key pair and what can be done with it. pqcrypto returns (ciphertext, secret), the other way round."""
    from pqcrypto.kem import ml_kem_512

    public, secret = ml_kem_512.keygen()

    def encapsulate() -> tuple[bytes, bytes]:
        ciphertext, shared = ml_kem_512.encaps(public)
        return shared, ciphertext

    return KemParts(
        generate=ml_kem_512.keygen,
        encapsulate=encapsulate,
        decapsulate=lambda ciphertext: ml_kem_512.decaps(secret, ciphertext),
        public_bytes=len(public),
    )


MEASUREMENT = kem("ml-kem-512", "ML-KEM-512", library="pqcrypto", standard="FIPS 203", parts=parts)
