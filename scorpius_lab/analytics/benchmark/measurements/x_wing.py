"""X-Wing: ML-KEM-768 and X25519 combined with SHA3-256 (draft-connolly-cfrg-xwing-kem, sections 5.3 to 5.5)."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.families import KemParts, Scheme, kem

LABEL = b"\\.//^\\"
SPLIT = 1088  # bytes of the ciphertext that are ML-KEM-768's


def parts() -> KemParts:
    """One key pair and what can be done with it. The keys stay loaded, as those of the other schemes do."""
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.hashes import SHA3_256, Hash

    lattice, curve = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
    lattice_public, curve_public = lattice.public_key(), curve.public_key()
    curve_bytes = curve_public.public_bytes_raw()

    def combined(lattice_secret: bytes, curve_secret: bytes, ephemeral: bytes) -> bytes:
        digest = Hash(SHA3_256())
        digest.update(lattice_secret + curve_secret + ephemeral + curve_bytes + LABEL)
        return digest.finalize()

    def encapsulate() -> tuple[bytes, bytes]:
        once = X25519PrivateKey.generate()
        ephemeral = once.public_key().public_bytes_raw()
        secret, ciphertext = lattice_public.encapsulate()
        return combined(secret, once.exchange(curve_public), ephemeral), ciphertext + ephemeral

    def decapsulate(ciphertext: bytes) -> bytes:
        ephemeral = ciphertext[SPLIT:]
        exchanged = curve.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        return combined(lattice.decapsulate(ciphertext[:SPLIT]), exchanged, ephemeral)

    return KemParts(
        generate=lambda: (MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()),
        encapsulate=encapsulate,
        decapsulate=decapsulate,
        public_bytes=len(lattice_public.public_bytes_raw() + curve_bytes),
    )


MEASUREMENT = kem(
    Scheme(
        "x-wing",
        "X-Wing",
        "hybrid",
        3,
        "cryptography",
        "draft-connolly-cfrg-xwing-kem",
        1216,
        1120,
        note="ML-KEM-768 with X25519, put together here from the library's parts.",
    ),
    parts,
)
