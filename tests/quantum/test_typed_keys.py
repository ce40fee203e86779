"""Typed keys: what they accept, print and compare, and the id that names a public key."""

from __future__ import annotations

import hashlib

import pytest

from scorpius_lab import quantum
from scorpius_lab.errors import UsageError


def test_a_key_knows_its_algorithm_and_keeps_its_bytes() -> None:
    key = quantum.PublicKey("x-wing", bytearray(1216))  # type: ignore[arg-type]
    assert (key.algorithm, key.data) == ("X-Wing", bytes(1216))
    assert key == quantum.PublicKey("X-Wing", bytes(1216))
    assert hash(key) == hash(quantum.PublicKey("X-Wing", bytes(1216)))


@pytest.mark.parametrize("kind", [quantum.PublicKey, quantum.PrivateKey])
@pytest.mark.parametrize("data", [b"", bytes(31), bytes(1217), "text", None, 32])
def test_a_key_of_a_wrong_length_or_type_cannot_be_made(kind: type, data: object) -> None:
    with pytest.raises(quantum.InvalidKey):
        kind("X-Wing", data)
    with pytest.raises(UsageError, match="there is no algorithm"):
        kind("RSA", bytes(32))


def test_private_keys_compare_by_value_and_are_not_hashed() -> None:
    first, same, other = (quantum.PrivateKey("X-Wing", bytes([i]) * 32) for i in (1, 1, 2))
    assert first == same
    assert first != other
    assert first != quantum.PrivateKey("ML-DSA-65", bytes([1]) * 32)
    assert first != first.data
    with pytest.raises(TypeError):
        hash(first)


def test_a_private_key_is_not_printed() -> None:
    pair = quantum.generate_keypair("ML-DSA-65")
    for printed in (repr(pair), str(pair.private), f"{pair.private}", repr([pair])):
        assert pair.private_key.hex() not in printed
        assert repr(pair.private_key) not in printed


def test_the_id_of_a_key_is_what_its_docstring_says() -> None:
    key = quantum.generate_keypair("ML-KEM-768").public
    expected = hashlib.sha256(b"scorpius key id v1" + bytes([10]) + b"ML-KEM-768" + key.data).digest()[:16]
    assert quantum.key_id(key) == expected


def test_the_same_bytes_under_two_names_have_two_ids() -> None:
    seeds = [quantum.PublicKey(name, bytes(32)) for name in ("SLH-DSA-SHA2-128s", "SLH-DSA-SHA2-128f")]
    assert len({quantum.key_id(key) for key in seeds}) == 2


def test_a_pair_gives_typed_keys() -> None:
    pair = quantum.generate_keypair()
    assert pair.algorithm == "X-Wing"
    assert pair.public == quantum.PublicKey("X-Wing", pair.public_key)
    assert pair.private == quantum.PrivateKey("X-Wing", pair.private_key)
