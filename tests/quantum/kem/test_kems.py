"""All key encapsulation mechanisms: what they promise together, and the values each must refuse."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import mlkem
from hypothesis import given, settings
from hypothesis import strategies as st
from pqcrypto.kem import ml_kem_768, ml_kem_1024

from scorpius_lab import quantum
from scorpius_lab.quantum.kem import KEMS

NAMES = sorted(KEMS)
X25519_SMALL_ORDER = (  # RFC 7748 section 6.1 asks for the all-zero check; these points give the all-zero secret
    bytes(32),
    (1).to_bytes(32, "little"),
    (2**255 - 20).to_bytes(32, "little"),
    (2**255 - 19).to_bytes(32, "little"),
    (2**255 - 18).to_bytes(32, "little"),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
)


@pytest.mark.parametrize("name", NAMES)
def test_both_sides_have_one_secret_and_every_encapsulation_another(name: str) -> None:
    pair = quantum.generate_keypair(name)
    first, second = (quantum.encapsulate(name, pair.public_key) for _ in range(2))
    assert quantum.decapsulate(name, pair.private_key, first.ciphertext) == first.shared_secret
    assert first.shared_secret != second.shared_secret
    assert first.ciphertext != second.ciphertext
    assert quantum.generate_keypair(name).public_key != pair.public_key


@pytest.mark.parametrize("name", NAMES)
def test_typed_keys_do_as_raw_ones(name: str) -> None:
    pair = quantum.generate_keypair(name)
    capsule = quantum.encapsulate(name, pair.public)
    assert quantum.decapsulate(name, pair.private, memoryview(capsule.ciphertext)) == capsule.shared_secret
    assert quantum.public_from_private(name, pair.private) == pair.public_key


@pytest.mark.parametrize("name", ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024", "X-Wing", "P-384+ML-KEM-1024"])
def test_a_changed_ml_kem_ciphertext_gives_another_secret_and_always_the_same(name: str) -> None:
    """Implicit rejection, FIPS 203 algorithm 18."""
    pair = quantum.generate_keypair(name)
    capsule = quantum.encapsulate(name, pair.public_key)
    changed = bytes([capsule.ciphertext[0] ^ 1]) + capsule.ciphertext[1:]
    secrets = {quantum.decapsulate(name, pair.private_key, changed) for _ in range(2)}
    assert len(secrets) == 1
    assert capsule.shared_secret not in secrets


@given(position=st.integers(min_value=0), bit=st.integers(0, 7))
@settings(max_examples=60, deadline=None)
def test_no_changed_bit_of_an_x_wing_ciphertext_keeps_the_secret(position: int, bit: int) -> None:
    """The last bit is X25519's unused one (RFC 7748 section 5), yet it is hashed, so it counts too."""
    seed = bytes(range(32))
    capsule = quantum.encapsulate("X-Wing", quantum.public_from_private("X-Wing", seed))
    changed = bytearray(capsule.ciphertext)
    changed[position % len(changed)] ^= 1 << bit
    assert quantum.decapsulate("X-Wing", seed, changed) != capsule.shared_secret


@pytest.mark.parametrize("which", range(len(X25519_SMALL_ORDER)))
def test_x25519_points_of_small_order_are_refused(which: int) -> None:
    pair = quantum.generate_keypair("X-Wing")
    point = X25519_SMALL_ORDER[which]
    with pytest.raises(quantum.InvalidKey, match="outside its range"):
        quantum.encapsulate("X-Wing", pair.public_key[:1184] + point)
    ciphertext = quantum.encapsulate("X-Wing", pair.public_key).ciphertext
    with pytest.raises(quantum.InvalidCiphertext, match="small order"):
        quantum.decapsulate("X-Wing", pair.private_key, ciphertext[:1088] + point)


@pytest.mark.parametrize(
    "point",
    [bytes(97), b"\x04" + bytes(96), b"\x04" + b"\xff" * 96, b"\x00" + bytes(96), b"\x02" + bytes(96)],
    ids=["zero", "not on the curve", "not of the field", "infinity", "compressed"],
)
def test_p384_points_that_are_none_are_refused(point: bytes) -> None:
    pair = quantum.generate_keypair("P-384+ML-KEM-1024")
    with pytest.raises(quantum.InvalidKey, match="outside its range"):
        quantum.encapsulate("P-384+ML-KEM-1024", pair.public_key[:1568] + point)
    ciphertext = quantum.encapsulate("P-384+ML-KEM-1024", pair.public_key).ciphertext
    with pytest.raises(quantum.InvalidCiphertext, match="not on the curve"):
        quantum.decapsulate("P-384+ML-KEM-1024", pair.private_key, ciphertext[:1568] + point)


@pytest.mark.parametrize("name", [name for name in NAMES if "ML-KEM" in name or name == "X-Wing"])
def test_a_coefficient_at_the_modulus_is_refused(name: str) -> None:
    """The modulus check of FIPS 203 section 7.2: 3329, little-endian in 12 bits, is the first value out of range."""
    public = quantum.generate_keypair(name).public_key
    with pytest.raises(quantum.InvalidKey, match="outside its range"):
        quantum.encapsulate(name, bytes([0x01, (public[1] & 0xF0) | 0x0D]) + public[2:])


def test_an_ml_kem_512_private_key_whose_parts_differ_is_refused() -> None:
    pair = quantum.generate_keypair("ML-KEM-512")
    ciphertext = quantum.encapsulate("ML-KEM-512", pair.public_key).ciphertext
    changed = bytearray(pair.private_key)
    changed[1000] ^= 1
    with pytest.raises(quantum.InvalidKey, match="do not belong together"):
        quantum.decapsulate("ML-KEM-512", changed, ciphertext)


@pytest.mark.parametrize(("name", "peer"), [("ML-KEM-768", ml_kem_768), ("ML-KEM-1024", ml_kem_1024)])
def test_a_second_library_agrees_both_ways(name: str, peer: object) -> None:
    pair = quantum.generate_keypair(name)
    ciphertext, secret = peer.encaps(pair.public_key)  # type: ignore[attr-defined]
    assert quantum.decapsulate(name, pair.private_key, ciphertext) == secret
    public, private = peer.keygen()  # type: ignore[attr-defined]
    capsule = quantum.encapsulate(name, public)
    assert peer.decaps(private, capsule.ciphertext) == capsule.shared_secret  # type: ignore[attr-defined]


def test_an_x_wing_seed_makes_the_ml_kem_key_the_draft_says() -> None:
    seed = bytes(range(32))
    expanded = hashlib.shake_256(seed).digest(96)
    ml_kem = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key().public_bytes_raw()
    assert quantum.public_from_private("X-Wing", seed)[:1184] == ml_kem


def test_secrets_are_not_printed() -> None:
    pair = quantum.generate_keypair("X-Wing")
    capsule = quantum.encapsulate("X-Wing", pair.public_key)
    for printed, secret in ((repr(pair), pair.private_key), (repr(capsule), capsule.shared_secret)):
        assert repr(secret)[2:20] not in printed
        assert secret.hex() not in printed
    assert repr(pair.private) == "PrivateKey(algorithm='X-Wing')"
