"""ML-KEM-768 as implemented by `cryptography`."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.families import KemParts, kem


def parts() -> KemParts:
    """One key pair and what can be done with it."""
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey

    private = MLKEM768PrivateKey.generate()
    public = private.public_key()
    return KemParts(
        generate=MLKEM768PrivateKey.generate,
        encapsulate=public.encapsulate,
        decapsulate=private.decapsulate,
        public_bytes=len(public.public_bytes_raw()),
    )


MEASUREMENT = kem("ml-kem-768", "ML-KEM-768", library="cryptography", standard="FIPS 203", parts=parts)
