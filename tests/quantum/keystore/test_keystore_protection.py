"""What unlocks a key store, what does not, and where a key-encryption key may come from."""

from __future__ import annotations

import json
import os
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keystore_shop import CHEAP, SECRET, Shop, fits, passphrase

from scorpius_lab.errors import KeyStoreError
from scorpius_lab.quantum.keystore import (
    KeyEncryptionKey,
    KeyStore,
    PassphraseProtection,
    protection_from_descriptor,
    protection_from_environment,
)

KEK = "5f" * 32


def descriptor_with(content: bytes) -> int:
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    return reader


def is_closed(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return True
    return False


def test_a_wrong_passphrase_opens_nothing_and_changes_nothing(shop: Shop, store: KeyStore) -> None:
    store.generate("files")
    before = shop.contents()
    wrong = shop.open(passphrase("wrong guess"))
    calls = (
        lambda: wrong.keyset("files"),
        wrong.list,
        lambda: wrong.private_keys("files"),
        lambda: wrong.rotate("files"),
        lambda: wrong.export_public("files"),
        lambda: wrong.accept_restored("files"),
        lambda: wrong.change_protection(passphrase("mine")),
        lambda: wrong.generate("second"),
    )
    for call in calls:
        with pytest.raises(KeyStoreError, match="wrong") as raised:
            call()
        assert "wrong guess" not in str(raised.value)
        assert SECRET not in str(raised.value)
    assert shop.contents() == before


def test_a_wrong_key_or_the_wrong_kind_of_secret_is_said(shop: Shop) -> None:
    locked = shop.open(KeyEncryptionKey(bytes.fromhex(KEK)))
    locked.generate("files")
    with pytest.raises(KeyStoreError, match="cannot be unwrapped"):
        shop.open(KeyEncryptionKey(bytes(32))).keyset("files")
    with pytest.raises(KeyStoreError, match="protected by a key-encryption key, not by a passphrase"):
        shop.open().keyset("files")
    shop.open(KeyEncryptionKey(bytes.fromhex(KEK))).change_protection(passphrase())
    with pytest.raises(KeyStoreError, match="protected by a passphrase, not by a key-encryption key"):
        locked.keyset("files")
    with pytest.raises(KeyStoreError, match="SCORPIUS_KEY_PASSPHRASE"):
        shop.open(PassphraseProtection(None)).keyset("files")
    with pytest.raises(KeyStoreError, match="32 bytes"):
        KeyEncryptionKey(b"short")


def test_the_environment_gives_a_key_or_a_passphrase(shop: Shop) -> None:
    by_key = protection_from_environment({"SCORPIUS_KEYSET_KEY": KEK, "SCORPIUS_KEY_PASSPHRASE": SECRET})
    assert by_key == KeyEncryptionKey(bytes.fromhex(KEK), "SCORPIUS_KEYSET_KEY")
    by_passphrase = protection_from_environment({"SCORPIUS_KEY_PASSPHRASE": SECRET}, cost=CHEAP)
    shop.open(by_passphrase).generate("files")
    assert fits(shop.open().private_key("files"), shop.open().primary("files"))
    asked = protection_from_environment({}, lambda: SECRET, cost=CHEAP)
    assert shop.open(asked).keyset("files").counter == 1
    with pytest.raises(KeyStoreError, match="SCORPIUS_KEYSET_KEY to 64 hex digits"):
        protection_from_environment({})
    with pytest.raises(KeyStoreError, match="64 hex digits") as raised:
        protection_from_environment({"SCORPIUS_KEYSET_KEY": KEK[:-1]})
    assert KEK[:-1] not in str(raised.value)
    for protection in (by_key, by_passphrase):
        assert SECRET not in repr(protection)
        assert KEK not in repr(protection)
        assert repr(bytes.fromhex(KEK)) not in repr(protection)


@pytest.mark.parametrize(
    "content",
    [bytes.fromhex(KEK), KEK.encode(), KEK.encode() + b"\n", KEK.encode() + b"\r\n", KEK.upper().encode()],
    ids=["raw", "hex", "hex-line", "hex-crlf", "upper"],
)
def test_a_descriptor_gives_a_key_and_is_closed(content: bytes) -> None:
    descriptor = descriptor_with(content)
    protection = protection_from_descriptor(descriptor)
    assert isinstance(protection, KeyEncryptionKey)
    assert protection.key == bytes.fromhex(KEK)
    assert is_closed(descriptor)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", bytes(31), bytes(33), KEK[:-2].encode(), KEK.encode() + b"00", KEK.encode() * 50, b"\xff" * 64],
    ids=["nothing", "newline", "31", "33", "short", "long", "endless", "no-text"],
)
def test_a_descriptor_with_anything_else_is_refused_and_closed(content: bytes) -> None:
    descriptor = descriptor_with(content)
    with pytest.raises(KeyStoreError, match="64 hex digits") as raised:
        protection_from_descriptor(descriptor)
    assert is_closed(descriptor)
    assert KEK[:20] not in str(raised.value)


@pytest.mark.parametrize("descriptor", [-1, 10**6, 2**70])
def test_a_descriptor_that_is_not_open_is_a_clear_error(descriptor: int) -> None:
    with pytest.raises(KeyStoreError, match="cannot be read from file descriptor"):
        protection_from_descriptor(descriptor)


def test_a_descriptor_open_for_writing_only_is_a_clear_error() -> None:
    descriptor = os.open(tempfile.gettempdir(), os.O_RDONLY | os.O_DIRECTORY)
    with pytest.raises(KeyStoreError, match="cannot be read"):
        protection_from_descriptor(descriptor)
    assert is_closed(descriptor)


def test_another_passphrase_leaves_every_key_as_it_was(shop: Shop, store: KeyStore) -> None:
    store.generate("files")
    store.rotate("files")
    store.disable("files", 1)
    store.generate("reports", "ML-DSA-65")
    keys = store.private_keys("files")
    old = json.loads(shop.keyset_path().read_bytes())
    assert store.change_protection(passphrase("another")) == ("files", "reports")
    assert store.private_keys("files") == keys
    assert shop.open(passphrase("another")).private_keys("files") == keys
    with pytest.raises(KeyStoreError):
        shop.open().keyset("files")
    new = json.loads(shop.keyset_path().read_bytes())
    assert new["counter"] == old["counter"] + 1
    assert all(
        a["sealed"]["ciphertext"] != b["sealed"]["ciphertext"]
        for a, b in zip(old["versions"], new["versions"], strict=True)
    )
    store.enable("files", 1)


def test_a_change_of_passphrase_that_stopped_half_way_is_finished(shop: Shop, store: KeyStore) -> None:
    store.generate("files")
    store.generate("reports", "ML-DSA-65")
    half = json.loads(shop.keyset_path("reports").read_bytes())
    shop.keyset_path("reports").chmod(0o644)
    with pytest.raises(KeyStoreError, match="chmod 600"):
        store.change_protection(passphrase("another"))
    shop.keyset_path("reports").chmod(0o600)
    assert json.loads(shop.keyset_path("reports").read_bytes()) == half
    assert shop.open().change_protection(passphrase("another")) == ("reports",)
    assert shop.open(passphrase("another")).list().height == 2


def test_an_old_passphrase_does_not_open_keys_made_after_the_change(shop: Shop, store: KeyStore) -> None:
    """The wrapped data key of the old file, put into the new one, opens nothing."""
    store.generate("files")
    old = json.loads(shop.keyset_path().read_bytes())
    store.change_protection(passphrase("another"))
    new = json.loads(shop.keyset_path().read_bytes())
    new["protection"] = old["protection"]
    shop.keyset_path().write_bytes(json.dumps(new, indent=1).encode() + b"\n")
    with pytest.raises(KeyStoreError, match="was changed"):
        shop.open().keyset("files")


@given(secret=st.text(min_size=1, max_size=40).filter(lambda text: "\0" not in text))
@settings(max_examples=25, deadline=None)
def test_any_text_is_a_passphrase(tmp_path_factory: pytest.TempPathFactory, secret: str) -> None:
    shop = Shop(tmp_path_factory.mktemp("secret"))
    try:
        version = shop.open(passphrase(secret)).generate("files", "ML-DSA-44").version()
    except KeyStoreError:
        return
    assert fits(shop.open(passphrase(secret)).private_key("files"), version)
