"""Every byte of a key store's files counts, and a destroyed key is really gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keystore_shop import SECRET, Shop, passphrase

from scorpius_lab.errors import KeysetRolledBack, KeyStoreError
from scorpius_lab.quantum.keystore import KeyStore
from scorpius_lab.quantum.keystore.document import KeysetDocument
from scorpius_lab.quantum.keystore.sealing import KeysetSecrets


@pytest.fixture
def filled(shop: Shop) -> KeyStore:
    """Three versions: destroyed, disabled, enabled."""
    store = shop.open(audit=None)
    store.generate("files", "ML-DSA-44")
    store.rotate("files")
    store.rotate("files")
    store.destroy("files", 1)
    store.disable("files", 2)
    return store


def one_sentence(error: KeyStoreError) -> bool:
    return "\n" not in str(error) and len(str(error)) < 400


def refused(store: KeyStore) -> None:
    for call in (store.keyset, store.private_keys, store.rotate):
        with pytest.raises(KeyStoreError) as raised:
            call("files")
        assert one_sentence(raised.value)


def test_a_flipped_bit_in_any_byte_of_the_keyset_is_refused(shop: Shop) -> None:
    filled = shop.open(audit=None)
    filled.generate("files", "SLH-DSA-SHA2-128f")
    path = shop.keyset_path()
    content = path.read_bytes()
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(KeyStoreError) as raised:
            filled.keyset("files")
        assert one_sentence(raised.value)
        assert path.read_bytes() == damaged
    path.write_bytes(content)
    assert filled.keyset("files").primary == 1


@pytest.mark.full
@pytest.mark.parametrize("bit", range(8))
def test_every_bit_of_every_byte_of_the_keyset_counts(shop: Shop, filled: KeyStore, bit: int) -> None:
    path = shop.keyset_path()
    content = path.read_bytes()
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << bit
        path.write_bytes(damaged)
        with pytest.raises(KeyStoreError):
            filled.keyset("files")


def test_a_flipped_bit_in_any_byte_of_the_anchor_is_refused(shop: Shop, filled: KeyStore) -> None:
    path = shop.anchor_path()
    content = path.read_bytes()
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(KeyStoreError) as raised:
            filled.keyset("files")
        assert one_sentence(raised.value)
    path.write_bytes(content)
    assert filled.keyset("files").primary == 3


def test_a_file_cut_anywhere_is_refused(shop: Shop, filled: KeyStore) -> None:
    for path in (shop.keyset_path(), shop.anchor_path()):
        content = path.read_bytes()
        for length in range(0, len(content), max(1, len(content) // 60)):
            path.write_bytes(content[:length])
            with pytest.raises(KeyStoreError):
                filled.keyset("files")
        path.write_bytes(content + b" ")
        with pytest.raises(KeyStoreError):
            filled.keyset("files")
        path.write_bytes(content)
    assert filled.keyset("files").primary == 3


@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda t: t.encode("utf-8", "ignore"))))
@settings(max_examples=25, deadline=None)
def test_garbage_is_one_clear_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    shop = Shop(tmp_path_factory.mktemp("garbage"))
    store = shop.open(audit=None)
    store.generate("files", "ML-DSA-44")
    for path in (shop.keyset_path(), shop.anchor_path()):
        before = path.read_bytes()
        path.write_bytes(content)
        refused(store)
        path.write_bytes(before)


@pytest.mark.parametrize(
    "place", ["state", "primary", "counter", "created_at", "public_key", "sealed", "order", "kind"]
)
def test_an_edit_that_still_reads_well_is_refused(shop: Shop, filled: KeyStore, place: str) -> None:
    document = json.loads(shop.keyset_path().read_bytes())
    versions = document["versions"]
    if place == "state":
        versions[1]["state"] = "enabled"
    elif place in {"primary", "counter"}:
        document[place] = 2 if place == "primary" else document[place] + 1
    elif place == "created_at":
        versions[0][place] = "2020-01-01T00:00:00.000000Z"
    elif place in {"public_key", "sealed"}:
        versions[1][place], versions[2][place] = versions[2][place], versions[1][place]
    elif place == "order":
        versions.reverse()
    else:
        document[place] = "encryption"
    shop.keyset_path().write_bytes(json.dumps(document, indent=1).encode() + b"\n")
    with pytest.raises(KeyStoreError, match="authentication code does not hold"):
        filled.keyset("files")


def test_the_file_of_another_purpose_is_refused(shop: Shop, filled: KeyStore) -> None:
    filled.generate("other", "ML-DSA-44")
    content, anchor = shop.keyset_path("files").read_bytes(), shop.anchor_path("files").read_bytes()
    shop.keyset_path("other").write_bytes(content)
    with pytest.raises(KeyStoreError, match="renamed or replaced"):
        filled.keyset("other")
    shop.anchor_path("other").write_bytes(anchor)
    renamed = content.replace(b'"purpose": "files"', b'"purpose": "other"')
    shop.keyset_path("other").write_bytes(renamed)
    with pytest.raises(KeyStoreError):
        filled.keyset("other")


def private_key_under(secrets: KeysetSecrets, path: Path) -> bytes:
    """The private key of the first version, opened with the data key given, by hand."""
    document = KeysetDocument.from_bytes(path.read_bytes(), path)
    record = document.versions[0]
    assert record.sealed is not None
    names = ("number", "algorithm", "key_id", "state", "origin", "created_at")
    header = {name: getattr(record, name) for name in names}
    header |= {"purpose": document.purpose, "kind": document.kind, "counter": record.sealed.counter}
    return secrets.unseal(bytes.fromhex(record.sealed.nonce), bytes.fromhex(record.sealed.ciphertext), header)


def secrets_of(path: Path, secret: str = SECRET) -> KeysetSecrets:
    document = KeysetDocument.from_bytes(path.read_bytes(), path)
    return KeysetSecrets.unwrap(document.protection, document.purpose, passphrase(secret))


def test_the_data_key_of_an_old_passphrase_opens_nothing_after_the_change(shop: Shop, store: KeyStore) -> None:
    store.generate("files", "ML-DSA-44")
    key = store.private_key("files").data
    old = secrets_of(shop.keyset_path())
    assert private_key_under(old, shop.keyset_path()) == key
    store.change_protection(passphrase("another"))
    assert private_key_under(secrets_of(shop.keyset_path(), "another"), shop.keyset_path()) == key
    with pytest.raises(KeyStoreError):
        private_key_under(old, shop.keyset_path())


def test_a_destroyed_key_is_gone_from_every_file(shop: Shop, store: KeyStore) -> None:
    """Neither its bytes nor its ciphertext are left, also not in what a dying process left behind."""
    store.generate("files", "ML-DSA-44")
    store.rotate("files")
    store.disable("files", 1)
    key = store.private_key("files", 2).data
    before = json.loads(shop.keyset_path().read_bytes())["versions"][0]["sealed"]
    left_behind = shop.folder / f".files.keyset.json.{'ab' * 8}"
    left_behind.write_bytes(shop.keyset_path().read_bytes())
    not_ours = shop.folder / ".files.keyset.json.swp"
    not_ours.write_bytes(b"an editor's")
    assert any(before["ciphertext"].encode() in content for content in shop.contents().values())
    store.destroy("files", 1)
    after = json.loads(shop.keyset_path().read_bytes())["versions"][0]
    assert after["sealed"] is None
    assert not left_behind.exists()
    assert not_ours.exists()
    for content in shop.contents().values():
        assert before["ciphertext"].encode() not in content
        assert key.hex().encode() not in content
        assert key not in content
    assert secrets_of(shop.keyset_path())
    assert [
        record.sealed is None
        for record in KeysetDocument.from_bytes(shop.keyset_path().read_bytes(), shop.folder).versions
    ] == [True, False]


def test_a_destroyed_key_does_not_come_back_with_the_old_file(shop: Shop, store: KeyStore) -> None:
    store.generate("files", "ML-DSA-44")
    store.rotate("files")
    old = shop.keyset_path().read_bytes()
    store.destroy("files", 1)
    now = shop.keyset_path().read_bytes()
    shop.keyset_path().write_bytes(old)
    for call in (store.keyset, store.private_keys, store.rotate, store.export_public):
        with pytest.raises(KeysetRolledBack):
            call("files")
    document = json.loads(now)
    document["versions"][0] = json.loads(old)["versions"][0]
    shop.keyset_path().write_bytes(json.dumps(document, indent=1).encode() + b"\n")
    refused(store)


def test_no_file_holds_a_private_key_in_the_clear(shop: Shop, store: KeyStore) -> None:
    for purpose, name in (("a", "X-Wing"), ("b", "ML-KEM-512"), ("c", "SLH-DSA-SHA2-128f"), ("d", "Ed25519+ML-DSA-65")):
        store.generate(purpose, name)
        key = store.private_key(purpose).data[:32]
        for content in shop.contents().values():
            assert key not in content
            assert key.hex().encode() not in content
