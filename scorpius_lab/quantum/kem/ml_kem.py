"""ML-KEM (FIPS 203): 768 and 1024 through `cryptography`, 512 through pqcrypto, which `cryptography` does not hold.

Private keys of 768 and 1024 are the 64-byte seed d || z (FIPS 203 algorithm 16); that of 512 is the expanded
decapsulation key, 1632 bytes, because pqcrypto makes no key from a seed.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey,
    MLKEM768PublicKey,
    MLKEM1024PrivateKey,
    MLKEM1024PublicKey,
)

from scorpius_lab.errors import InvalidKey
from scorpius_lab.quantum.algorithms import algorithm
from scorpius_lab.quantum.kem.record import Encapsulation, Kem

_PUBLIC_IN_EXPANDED_512: Final = slice(768, 1568)


def _bind(
    name: str,
    private_class: type[MLKEM768PrivateKey | MLKEM1024PrivateKey],
    public_class: type[MLKEM768PublicKey | MLKEM1024PublicKey],
) -> Kem:
    load_private, load_public, generate_key = (
        private_class.from_seed_bytes,
        public_class.from_public_bytes,
        private_class.generate,
    )

    def generate() -> tuple[bytes, bytes]:
        key = generate_key()
        return key.public_key().public_bytes_raw(), key.private_bytes_raw()

    def public_from_private(private: bytes) -> bytes:
        return load_private(private).public_key().public_bytes_raw()

    def encapsulate(public: bytes) -> Encapsulation:
        try:
            secret, ciphertext = load_public(public).encapsulate()
        except ValueError:
            raise InvalidKey(f"the {name} public key holds a coefficient outside its range") from None
        return Encapsulation(ciphertext, secret)

    def decapsulate(private: bytes, ciphertext: bytes) -> bytes:
        return load_private(private).decapsulate(ciphertext)

    return Kem(algorithm(name), generate, public_from_private, encapsulate, decapsulate)


def _generate_512() -> tuple[bytes, bytes]:
    from pqcrypto.kem import ml_kem_512

    public, private = ml_kem_512.keygen()
    return public, private


def _public_from_private_512(private: bytes) -> bytes:
    return private[_PUBLIC_IN_EXPANDED_512]


def _encapsulate_512(public: bytes) -> Encapsulation:
    from pqcrypto.kem import ml_kem_512

    try:
        ciphertext, secret = ml_kem_512.encaps(public)
    except ValueError:
        raise InvalidKey("the ML-KEM-512 public key holds a coefficient outside its range") from None
    return Encapsulation(ciphertext, secret)


def _decapsulate_512(private: bytes, ciphertext: bytes) -> bytes:
    from pqcrypto.kem import ml_kem_512

    try:
        secret: bytes = ml_kem_512.decaps(private, ciphertext)
    except ValueError:
        raise InvalidKey("the ML-KEM-512 private key is damaged: its parts do not belong together") from None
    return secret


ML_KEM_512: Final = Kem(
    algorithm("ML-KEM-512"), _generate_512, _public_from_private_512, _encapsulate_512, _decapsulate_512
)
ML_KEM_768: Final = _bind("ML-KEM-768", MLKEM768PrivateKey, MLKEM768PublicKey)
ML_KEM_1024: Final = _bind("ML-KEM-1024", MLKEM1024PrivateKey, MLKEM1024PublicKey)
