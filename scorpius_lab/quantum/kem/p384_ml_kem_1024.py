"""P-384 and ML-KEM-1024 in one mechanism that is safe while either of them is.

MLKEM1024-P384 of draft-irtf-cfrg-concrete-hybrid-kems with the CG framework of draft-irtf-cfrg-hybrid-kems: the
private key is a seed of 32 bytes, SHAKE256(seed, 112) is d || z of ML-KEM and then the P-384 scalar in big-endian
order; a public key is ek_M (1568) || uncompressed point (97), a ciphertext ct_M (1568) || uncompressed point (97); the
shared secret is SHA3-256(ss_M || x coordinate (48) || ct_T || ek_T || "MLKEM1024-P384"), with the label that the
vectors of draft-ietf-hpke-pq and the HPKE of `cryptography` use.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM1024PrivateKey, MLKEM1024PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scorpius_lab.errors import InvalidCiphertext, InvalidKey
from scorpius_lab.quantum.algorithms import algorithm
from scorpius_lab.quantum.kem.record import Encapsulation, Kem

_LABEL: Final = b"MLKEM1024-P384"
_SEED_BYTES: Final = 32
_ML_KEM_SEED_BYTES: Final = 64
_ML_KEM_BYTES: Final = 1568
_CURVE: Final = ec.SECP384R1()
_ECDH: Final = ec.ECDH()


def _expand(seed: bytes) -> tuple[MLKEM1024PrivateKey, ec.EllipticCurvePrivateKey]:
    expanded = hashlib.shake_256(seed).digest(112)
    try:
        # The draft samples by rejection with no second try (Nreject = 0): a chance of 2^-192 for a random seed.
        p384 = ec.derive_private_key(int.from_bytes(expanded[_ML_KEM_SEED_BYTES:], "big"), _CURVE)
    except ValueError:
        raise InvalidKey("the P-384+ML-KEM-1024 private key expands to a scalar outside the curve's order") from None
    return MLKEM1024PrivateKey.from_seed_bytes(expanded[:_ML_KEM_SEED_BYTES]), p384


def _combine(ml_kem_secret: bytes, p384_secret: bytes, p384_ciphertext: bytes, p384_public: bytes) -> bytes:
    return hashlib.sha3_256(ml_kem_secret + p384_secret + p384_ciphertext + p384_public + _LABEL).digest()


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _generate() -> tuple[bytes, bytes]:
    seed = secrets.token_bytes(_SEED_BYTES)
    return _public_from_private(seed), seed


def _public_from_private(seed: bytes) -> bytes:
    ml_kem, p384 = _expand(seed)
    return ml_kem.public_key().public_bytes_raw() + _point(p384)


def _encapsulate(public: bytes) -> Encapsulation:
    p384_public = public[_ML_KEM_BYTES:]
    ephemeral = ec.generate_private_key(_CURVE)
    try:
        ml_kem_secret, ml_kem_ciphertext = MLKEM1024PublicKey.from_public_bytes(public[:_ML_KEM_BYTES]).encapsulate()
        p384_secret = ephemeral.exchange(_ECDH, ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, p384_public))
    except ValueError:
        raise InvalidKey("the P-384+ML-KEM-1024 public key holds a point or coefficient outside its range") from None
    p384_ciphertext = _point(ephemeral)
    secret = _combine(ml_kem_secret, p384_secret, p384_ciphertext, p384_public)
    return Encapsulation(ml_kem_ciphertext + p384_ciphertext, secret)


def _decapsulate(seed: bytes, ciphertext: bytes) -> bytes:
    ml_kem, p384 = _expand(seed)
    p384_ciphertext = ciphertext[_ML_KEM_BYTES:]
    try:
        p384_secret = p384.exchange(_ECDH, ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, p384_ciphertext))
    except ValueError:
        raise InvalidCiphertext("the P-384+ML-KEM-1024 ciphertext holds a point that is not on the curve") from None
    ml_kem_secret = ml_kem.decapsulate(ciphertext[:_ML_KEM_BYTES])
    return _combine(ml_kem_secret, p384_secret, p384_ciphertext, _point(p384))


P384_ML_KEM_1024: Final = Kem(
    algorithm("P-384+ML-KEM-1024"), _generate, _public_from_private, _encapsulate, _decapsulate
)
