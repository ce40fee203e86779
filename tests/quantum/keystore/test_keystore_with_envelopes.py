"""Envelopes to the keys of a store: rotation keeps them readable, destruction ends that, a policy refuses old suites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scorpius_lab.errors import NotARecipient, SuiteNotAllowed
from scorpius_lab.quantum.envelope import decrypt, encrypt
from scorpius_lab.quantum.envelope.suites import SUITES
from scorpius_lab.quantum.keystore import KeyStore, Policy

if TYPE_CHECKING:
    from keystore_shop import Shop


def test_what_was_encrypted_before_a_rotation_can_be_read_until_its_key_is_destroyed(store: KeyStore) -> None:
    store.generate("files")
    old = encrypt(b"before", recipients=[store.primary("files").public])
    store.rotate("files", "P-384+ML-KEM-1024")
    new = encrypt(b"after", recipients=[store.primary("files").public])
    assert [decrypt(one, store.private_keys("files")) for one in (old, new)] == [b"before", b"after"]
    for change in (store.disable, store.destroy):
        change("files", 1)
        with pytest.raises(NotARecipient):
            decrypt(old, store.private_keys("files"))
        assert decrypt(new, store.private_keys("files")) == b"after"


def test_a_kept_old_key_does_not_bring_its_old_algorithm_back(shop: Shop) -> None:
    store = shop.open()
    store.generate("files", "ML-KEM-512")
    downgraded = encrypt(b"weak", recipients=[store.primary("files").public])
    store.rotate("files", "X-Wing")
    ciphers = {suite.name for suite in SUITES}
    strict = Policy(minimum_level=3).allowed_names("kem") | ciphers
    with pytest.raises(SuiteNotAllowed):
        decrypt(downgraded, store.private_keys("files"), allowed=strict)
    assert decrypt(downgraded, store.private_keys("files"), allowed=Policy().allowed_names("kem") | ciphers) == b"weak"
    fine = encrypt(b"strong", recipients=[store.primary("files").public])
    assert decrypt(fine, store.private_keys("files"), allowed=strict) == b"strong"
