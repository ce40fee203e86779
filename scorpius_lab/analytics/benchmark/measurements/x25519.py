"""X25519 used as a key encapsulation: an ephemeral key and one exchange, for comparison."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.families import KemParts, Scheme, kem


def parts() -> KemParts:
    """One key pair and what can be done with it; the ciphertext is the ephemeral public key."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    private = X25519PrivateKey.generate()
    public = private.public_key()

    def encapsulate() -> tuple[bytes, bytes]:
        once = X25519PrivateKey.generate()
        return once.exchange(public), once.public_key().public_bytes_raw()

    return KemParts(
        generate=X25519PrivateKey.generate,
        encapsulate=encapsulate,
        decapsulate=lambda ciphertext: private.exchange(X25519PublicKey.from_public_bytes(ciphertext)),
        public_bytes=len(public.public_bytes_raw()),
    )


MEASUREMENT = kem(
    Scheme(
        "x25519",
        "X25519",
        "classical",
        None,
        "cryptography",
        "RFC 7748",
        32,
        32,
        note="Broken by a quantum computer.",
    ),
    parts,
)
