"""Ed25519 and ML-DSA-65 over one message, both of which must hold (draft-ietf-lamps-pq-composite-sigs)."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.families import Scheme, SignatureParts, holds, signature

LABEL = b"COMPSIG-MLDSA65-Ed25519-SHA512"
PREFIX = b"CompositeAlgorithmSignatures2025" + LABEL + bytes(1)  # the byte is the length of an empty context
SPLIT = 3309  # bytes of the signature that are ML-DSA-65's


def parts() -> SignatureParts:
    """One key pair and what can be done with it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
    from cryptography.hazmat.primitives.hashes import SHA512, Hash

    lattice, curve = MLDSA65PrivateKey.generate(), Ed25519PrivateKey.generate()
    lattice_public, curve_public = lattice.public_key(), curve.public_key()

    def represented(message: bytes) -> bytes:
        digest = Hash(SHA512())
        digest.update(message)
        return PREFIX + digest.finalize()

    def sign(message: bytes) -> bytes:
        signed = represented(message)
        return lattice.sign(signed, LABEL) + curve.sign(signed)

    def verify(signed: bytes, message: bytes) -> None:
        both = represented(message)
        lattice_public.verify(signed[:SPLIT], both, LABEL)
        curve_public.verify(signed[SPLIT:], both)

    return SignatureParts(
        generate=lambda: (MLDSA65PrivateKey.generate(), Ed25519PrivateKey.generate()),
        sign=sign,
        verify=holds(verify, InvalidSignature),
        public_bytes=len(lattice_public.public_bytes_raw() + curve_public.public_bytes_raw()),
    )


MEASUREMENT = signature(
    Scheme(
        "ed25519-ml-dsa-65",
        "Ed25519+ML-DSA-65",
        "hybrid",
        3,
        "cryptography",
        "draft-ietf-lamps-pq-composite-sigs",
        1984,
        3373,
        note="Put together here from the library's parts. ML-DSA's half takes a random time by nature.",
        rejects=True,
    ),
    parts,
)
