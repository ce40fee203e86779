"""ML-KEM-1024 and ECDH on P-384 combined with SHA3-256 (draft-irtf-cfrg-concrete-hybrid-kems, MLKEM1024-P384)."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.families import KemParts, Scheme, kem

LABEL = b"MLKEM1024-P384"
SPLIT = 1568  # bytes of the ciphertext that are ML-KEM-1024's


def parts() -> KemParts:
    """One key pair and what can be done with it. The keys stay loaded, as those of the other schemes do."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM1024PrivateKey
    from cryptography.hazmat.primitives.hashes import SHA3_256, Hash
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    group = ec.SECP384R1()
    lattice, curve = MLKEM1024PrivateKey.generate(), ec.generate_private_key(group)
    lattice_public, curve_public = lattice.public_key(), curve.public_key()

    def point(public: ec.EllipticCurvePublicKey) -> bytes:
        return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    curve_bytes = point(curve_public)

    def combined(lattice_secret: bytes, curve_secret: bytes, ephemeral: bytes) -> bytes:
        digest = Hash(SHA3_256())
        digest.update(lattice_secret + curve_secret + ephemeral + curve_bytes + LABEL)
        return digest.finalize()

    def encapsulate() -> tuple[bytes, bytes]:
        once = ec.generate_private_key(group)
        ephemeral = point(once.public_key())
        secret, ciphertext = lattice_public.encapsulate()
        return combined(secret, once.exchange(ec.ECDH(), curve_public), ephemeral), ciphertext + ephemeral

    def decapsulate(ciphertext: bytes) -> bytes:
        ephemeral = ciphertext[SPLIT:]
        other = ec.EllipticCurvePublicKey.from_encoded_point(group, ephemeral)
        return combined(lattice.decapsulate(ciphertext[:SPLIT]), curve.exchange(ec.ECDH(), other), ephemeral)

    return KemParts(
        generate=lambda: (MLKEM1024PrivateKey.generate(), ec.generate_private_key(group)),
        encapsulate=encapsulate,
        decapsulate=decapsulate,
        public_bytes=len(lattice_public.public_bytes_raw() + curve_bytes),
    )


MEASUREMENT = kem(
    Scheme(
        "p-384-ml-kem-1024",
        "P-384+ML-KEM-1024",
        "hybrid",
        5,
        "cryptography",
        "draft-irtf-cfrg-concrete-hybrid-kems",
        1665,
        1665,
        note="ML-KEM-1024 with ECDH on P-384, put together here from the library's parts.",
    ),
    parts,
)
