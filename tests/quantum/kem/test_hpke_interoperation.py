"""The hybrid KEMs against the HPKE of `cryptography`, both ways: RFC 9180's key schedule is computed here."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    MLKEM1024P384PrivateKey,
    MLKEM1024P384PublicKey,
    Suite,
)

from scorpius_lab import quantum

INFO = b"a purpose of both sides"
MESSAGE = b"what was sealed by one is opened by the other"
KEM_IDS = {"X-Wing": 0x647A, "P-384+ML-KEM-1024": 0x0051}
LIBRARY_KEM = {"X-Wing": KEM.MLKEM768_X25519, "P-384+ML-KEM-1024": KEM.MLKEM1024_P384}
NAMES = sorted(KEM_IDS)
HKDF_SHA256, AES_256_GCM = 0x0001, 0x0002


@pytest.mark.parametrize("name", NAMES)
def test_we_open_what_the_library_sealed(name: str) -> None:
    pair = quantum.generate_keypair(name)
    sealed = suite(name).encrypt(MESSAGE, library_public(name, pair.public_key), INFO)
    enc_bytes = quantum.algorithm(name).ciphertext_bytes
    secret = quantum.decapsulate(name, pair.private_key, sealed[:enc_bytes])
    key, nonce = key_schedule(KEM_IDS[name], secret)
    assert AESGCM(key).decrypt(nonce, sealed[enc_bytes:], b"") == MESSAGE


@pytest.mark.parametrize("name", NAMES)
def test_the_library_opens_what_we_sealed(name: str) -> None:
    pair = quantum.generate_keypair(name)
    capsule = quantum.encapsulate(name, pair.public_key)
    key, nonce = key_schedule(KEM_IDS[name], capsule.shared_secret)
    sealed = capsule.ciphertext + AESGCM(key).encrypt(nonce, MESSAGE, b"")
    assert suite(name).decrypt(sealed, library_private(name, pair.private_key), INFO) == MESSAGE


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_of_another_key_opens_nothing(name: str) -> None:
    pair, other = quantum.generate_keypair(name), quantum.generate_keypair(name)
    ciphertext = quantum.encapsulate(name, pair.public_key).ciphertext
    assert quantum.decapsulate(name, pair.private_key, ciphertext) != quantum.decapsulate(
        name, other.private_key, ciphertext
    )


def suite(name: str) -> Suite:
    return Suite(LIBRARY_KEM[name], KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def library_public(name: str, public: bytes) -> MLKEM768X25519PublicKey | MLKEM1024P384PublicKey:
    if name == "X-Wing":
        return MLKEM768X25519PublicKey(
            mlkem.MLKEM768PublicKey.from_public_bytes(public[:1184]),
            x25519.X25519PublicKey.from_public_bytes(public[1184:]),
        )
    return MLKEM1024P384PublicKey(
        mlkem.MLKEM1024PublicKey.from_public_bytes(public[:1568]),
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), public[1568:]),
    )


def library_private(name: str, seed: bytes) -> MLKEM768X25519PrivateKey | MLKEM1024P384PrivateKey:
    if name == "X-Wing":
        expanded = hashlib.shake_256(seed).digest(96)
        return MLKEM768X25519PrivateKey(
            mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
            x25519.X25519PrivateKey.from_private_bytes(expanded[64:]),
        )
    expanded = hashlib.shake_256(seed).digest(112)
    return MLKEM1024P384PrivateKey(
        mlkem.MLKEM1024PrivateKey.from_seed_bytes(expanded[:64]),
        ec.derive_private_key(int.from_bytes(expanded[64:], "big"), ec.SECP384R1()),
    )


def key_schedule(kem_id: int, secret: bytes) -> tuple[bytes, bytes]:
    """Key and nonce of the first message in base mode (RFC 9180 section 5.1) with HKDF-SHA256 and AES-256-GCM."""
    suite_id = b"HPKE" + b"".join(one.to_bytes(2, "big") for one in (kem_id, HKDF_SHA256, AES_256_GCM))
    mode_base = b"\x00"
    context = (
        mode_base
        + labeled_extract(suite_id, b"", b"psk_id_hash", b"")
        + labeled_extract(suite_id, b"", b"info_hash", INFO)
    )
    schedule = labeled_extract(suite_id, secret, b"secret", b"")
    return (
        labeled_expand(suite_id, schedule, b"key", context, 32),
        labeled_expand(suite_id, schedule, b"base_nonce", context, 12),
    )


def labeled_extract(suite_id: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite_id + label + material, "sha256")


def labeled_expand(suite_id: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """One block of HKDF-Expand is enough here."""
    return hmac.digest(key, length.to_bytes(2, "big") + b"HPKE-v1" + suite_id + label + info + b"\x01", "sha256")[
        :length
    ]
