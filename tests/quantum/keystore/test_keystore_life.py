"""The life of keys: made, rotated, disabled, enabled, destroyed, imported, exported, listed, and recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from keystore_shop import DAY, START, Shop, fits, passphrase

from scorpius_lab.errors import AuditError, InvalidKey, KeyNotUsable, KeyStoreError, SuiteNotAllowed, UsageError
from scorpius_lab.quantum import primitives
from scorpius_lab.quantum.algorithms import ALGORITHMS
from scorpius_lab.quantum.keys import PrivateKey, key_id
from scorpius_lab.quantum.keystore import KeyKind, KeyStore, Origin, Policy, VersionState

SLOW = {row.name for row in ALGORITHMS if row.name.startswith("SLH-DSA") and row.name.endswith("s")}


def test_a_new_keyset_has_one_enabled_primary(store: KeyStore) -> None:
    keyset = store.generate("files")
    (version,) = keyset.versions
    assert (keyset.kind, keyset.algorithm, keyset.primary, keyset.counter) == (KeyKind.ENCRYPTION, "X-Wing", 1, 1)
    assert (version.state, version.origin) == (VersionState.ENABLED, Origin.GENERATED)
    assert version.created_at == version.activated_at == START
    assert (version.rotated_at, version.disabled_at, version.destroyed_at) == (None, None, None)
    assert version.key_id == key_id(version.public).hex()
    assert store.keyset("files") == keyset
    assert store.purposes() == ("files",)
    assert fits(store.private_key("files"), version)


@pytest.mark.parametrize("name", sorted({row.name for row in ALGORITHMS} - SLOW))
def test_every_algorithm_can_be_kept(shop: Shop, name: str) -> None:
    policy = Policy(statuses=frozenset({"recommended", "allowed", "legacy", "experimental"}))
    store = shop.open(policy=policy)
    version = store.generate("any", name).version()
    assert version.algorithm == name
    assert fits(store.private_key("any"), version)


def test_a_key_from_the_store_decrypts_and_signs(store: KeyStore) -> None:
    store.generate("files")
    store.generate("reports", "ML-DSA-65")
    sent = primitives.encapsulate("X-Wing", store.primary("files").public)
    assert primitives.decapsulate("X-Wing", store.private_key("files"), sent.ciphertext) == sent.shared_secret
    signature = primitives.sign("ML-DSA-65", store.private_key("reports"), b"report")
    primitives.verify("ML-DSA-65", store.export_public("reports"), b"report", signature)


def test_rotation_keeps_the_old_key_and_uses_the_new_one(shop: Shop, store: KeyStore) -> None:
    first = store.generate("files").version()
    shop.clock.turn(DAY)
    keyset = store.rotate("files")
    old, new = keyset.versions
    assert (old.rotated_at, old.state, old.key_id) == (START + DAY, VersionState.ENABLED, first.key_id)
    assert (new.number, new.activated_at, keyset.primary) == (2, START + DAY, 2)
    keys = store.private_keys("files")
    assert [fits(key, version) for key, version in zip(keys, (new, old), strict=True)] == [True, True]
    assert store.export_public("files") == new.public
    assert store.export_public("files", 1) == old.public


def test_rotation_can_move_to_another_algorithm_of_the_same_kind(store: KeyStore) -> None:
    store.generate("files", "ML-KEM-768")
    keyset = store.rotate("files", "x-wing")
    assert [version.algorithm for version in keyset.versions] == ["ML-KEM-768", "X-Wing"]
    assert store.rotate("files").version().algorithm == "X-Wing"
    with pytest.raises(UsageError, match="is for encryption"):
        store.rotate("files", "ML-DSA-65")


def test_only_keys_that_are_due_are_rotated(shop: Shop, store: KeyStore) -> None:
    store.generate("old")
    shop.clock.turn(DAY - timedelta(microseconds=1))
    store.generate("young", "ML-DSA-65")
    assert store.rotate_due(DAY) == ()
    shop.clock.turn(timedelta(microseconds=1))
    assert [keyset.purpose for keyset in store.rotate_due(DAY)] == ["old"]
    assert store.rotate_due(DAY) == ()
    shop.clock.turn(DAY)
    assert [keyset.purpose for keyset in store.rotate_due(DAY)] == ["old", "young"]
    assert store.keyset("old").primary == 3
    shop.clock.turn(-10 * DAY)
    assert store.rotate_due(DAY) == ()
    with pytest.raises(UsageError, match="longer than nothing"):
        store.rotate_due(timedelta(0))


def test_a_clock_without_a_time_zone_is_refused(shop: Shop) -> None:
    with pytest.raises(UsageError, match="aware"):
        shop.open(clock=lambda: START.replace(tzinfo=None)).generate("files")
    assert shop.contents() == {}


def test_one_keyset_that_cannot_be_rotated_does_not_stop_the_others(shop: Shop, store: KeyStore) -> None:
    for purpose in ("a", "b", "c"):
        store.generate(purpose)
    shop.clock.turn(DAY)
    shop.keyset_path("b").write_bytes(b"{}")
    with pytest.raises(KeyStoreError, match=r"1 of the keysets.*b: .*damaged"):
        store.rotate_due(DAY)
    assert (store.keyset("a").primary, store.keyset("c").primary) == (2, 2)


def test_a_disabled_key_is_kept_but_not_handed_out(shop: Shop, store: KeyStore) -> None:
    first = store.generate("files").version()
    store.rotate("files")
    shop.clock.turn(DAY)
    keyset = store.disable("files", 1)
    assert (keyset.version(1).state, keyset.version(1).disabled_at) == (VersionState.DISABLED, START + DAY)
    assert [key.algorithm for key in store.private_keys("files")] == ["X-Wing"]
    with pytest.raises(KeyNotUsable, match="version 1 of the keyset 'files' is disabled; enable it first"):
        store.private_key("files", 1)
    assert store.disable("files", 1).counter == keyset.counter
    again = store.enable("files", 1)
    assert (again.version(1).state, again.version(1).disabled_at) == (VersionState.ENABLED, None)
    assert fits(store.private_key("files", 1), first)


def test_a_destroyed_key_is_listed_and_never_comes_back(shop: Shop, store: KeyStore) -> None:
    first = store.generate("files").version()
    store.rotate("files")
    key = store.private_key("files", 1)
    shop.clock.turn(DAY)
    destroyed = store.destroy("files", 1).version(1)
    assert (destroyed.state, destroyed.destroyed_at) == (VersionState.DESTROYED, START + DAY)
    assert (destroyed.public_key_sha256, destroyed.key_id) == (first.public_key_sha256, first.key_id)
    assert store.export_public("files", 1) == first.public
    assert len(store.private_keys("files")) == 1
    with pytest.raises(KeyNotUsable, match="gone for good"):
        store.private_key("files", 1)
    for change in (store.enable, store.disable):
        with pytest.raises(KeyNotUsable, match="destroyed and cannot be"):
            change("files", 1)
    with pytest.raises(KeyStoreError, match="already as version 1"):
        store.import_key("files", key)
    assert store.destroy("files", 1) == store.keyset("files")


def test_the_primary_is_neither_disabled_nor_destroyed(store: KeyStore) -> None:
    keyset = store.generate("files")
    for change in (store.disable, store.destroy):
        with pytest.raises(KeyStoreError, match=r"is the primary .* rotate it first"):
            change("files", 1)
    assert store.keyset("files") == keyset


def test_a_key_made_elsewhere_is_taken_in(store: KeyStore) -> None:
    pair = primitives.generate_keypair("ML-KEM-512")
    keyset = store.import_key("old-archive", pair.private)
    assert (keyset.primary, keyset.version().origin, keyset.version().public) == (1, Origin.IMPORTED, pair.public)
    store.generate("files")
    other = primitives.generate_keypair()
    assert store.import_key("files", other.private).primary == 1
    assert store.private_key("files", 2) == other.private
    third = primitives.generate_keypair()
    assert store.import_key("files", third.private, primary=True).primary == 3
    assert store.keyset("files").version(1).rotated_at == START
    with pytest.raises(UsageError, match="is for encryption"):
        store.import_key("files", primitives.generate_keypair("ML-DSA-65").private)


@pytest.mark.parametrize("name", ["ML-KEM-512", "SLH-DSA-SHA2-128f"])
def test_an_imported_key_whose_halves_do_not_fit_is_refused(store: KeyStore, name: str) -> None:
    good, other = primitives.generate_keypair(name), primitives.generate_keypair(name)
    data = bytearray(good.private_key)
    place = bytes(data).index(good.public_key[-16:])
    data[place : place + 16] = other.public_key[-16:]
    with pytest.raises(InvalidKey):
        store.import_key("files", PrivateKey(name, bytes(data)))
    assert store.purposes() == ()


def test_the_list_shows_every_version_and_nothing_secret(shop: Shop, store: KeyStore) -> None:
    assert store.list().height == 0
    store.generate("files")
    store.generate("reports", "ML-DSA-65")
    store.rotate("files")
    store.destroy("files", 1)
    frame = store.list()
    assert frame.select("purpose", "version", "primary", "state").rows() == [
        ("files", 1, False, "destroyed"),
        ("files", 2, True, "enabled"),
        ("reports", 1, True, "enabled"),
    ]
    assert frame["destroyed_at"].to_list() == [START, None, None]
    key = store.private_key("files")
    for text in (repr(frame), frame.write_json(), repr(store.keyset("files")), repr(store), repr(key)):
        assert key.data.hex() not in text
        assert repr(key.data)[2:-1] not in text


def test_every_change_is_recorded_without_a_secret(shop: Shop, store: KeyStore) -> None:
    store.generate("files")
    store.rotate("files")
    keys = store.private_keys("files")
    store.disable("files", 1)
    store.enable("files", 1)
    store.destroy("files", 1)
    store.import_key("files", primitives.generate_keypair().private)
    store.export_public("files", 3)
    store.change_protection(passphrase("another"))
    assert shop.actions() == [
        ("key.generated", "files/1"),
        ("key.rotated", "files/2"),
        ("key.disabled", "files/1"),
        ("key.enabled", "files/1"),
        ("key.destroyed", "files/1"),
        ("key.imported", "files/3"),
        ("key.exported", "files/3"),
        ("keyset.protection_changed", "files"),
    ]
    assert {entry.actor for entry in shop.audit.entries()} == {"alice"}
    log = (shop.home / "audit.jsonl").read_text()
    assert "another" not in log
    assert "correct horse" not in log
    assert not any(key.data.hex() in log for key in keys)


def test_a_change_that_cannot_be_recorded_is_not_made(shop: Shop, store: KeyStore) -> None:
    keyset = store.generate("files")
    before = shop.contents()
    (shop.home / "audit.jsonl").chmod(0o644)
    for change in (
        lambda: store.rotate("files"),
        lambda: store.generate("other"),
        lambda: store.export_public("files"),
    ):
        with pytest.raises(AuditError):
            change()
    assert shop.contents() == before
    assert store.keyset("files") == keyset
    assert store.purposes() == ("files",)


def test_a_purpose_is_started_once(store: KeyStore) -> None:
    store.generate("files")
    with pytest.raises(KeyStoreError, match="already; rotate it"):
        store.generate("files")
    with pytest.raises(KeyStoreError, match="no keyset 'other'"):
        store.rotate("other")
    with pytest.raises(UsageError, match="no version 7; it has 1"):
        store.private_key("files", 7)


@pytest.mark.parametrize("purpose", ["", "A", "../x", "a/b", "a.b", ".a", "-a", "a\n", "a" * 65, "ä", "a\0", None, 7])
def test_a_purpose_that_cannot_name_a_file_is_refused(shop: Shop, store: KeyStore, purpose: object) -> None:
    for call in (store.generate, store.rotate, store.keyset, store.private_keys, store.accept_restored):
        with pytest.raises(UsageError, match="small letters"):
            call(purpose)
    assert not shop.folder.exists()


def test_a_store_that_is_not_there_yet_is_empty(shop: Shop, store: KeyStore) -> None:
    assert store.purposes() == ()
    with pytest.raises(KeyStoreError, match="generate a key first"):
        store.keyset("files")
    assert not shop.folder.exists()


def test_the_policy_decides_which_keys_are_made_and_taken_in(shop: Shop) -> None:
    weak = shop.open()
    weak.generate("files", "ML-KEM-512")
    strict = shop.open(policy=Policy(minimum_level=3))
    pair = primitives.generate_keypair("ML-KEM-512")
    for call in (
        lambda: strict.generate("other", "ML-KEM-512"),
        lambda: strict.import_key("other", pair.private),
        lambda: strict.rotate("files"),
    ):
        with pytest.raises(SuiteNotAllowed, match="ML-KEM-512"):
            call()
    shop.clock.turn(DAY)
    with pytest.raises(KeyStoreError, match="ML-KEM-512"):
        strict.rotate_due(DAY)
    assert strict.rotate("files", "X-Wing").primary == 2
    assert len(strict.private_keys("files")) == 2
