"""Older keysets, lost and foreign anchors, and what a process that died between the two files leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from keystore_shop import Shop, fits, passphrase

from scorpius_lab.errors import KeysetRolledBack, KeyStoreError, UsageError
from scorpius_lab.quantum.keystore import KeyStore
from scorpius_lab.quantum.keystore import files as keystore_files


def both(shop: Shop) -> tuple[bytes, bytes]:
    return shop.keyset_path().read_bytes(), shop.anchor_path().read_bytes()


def test_every_older_keyset_is_refused(shop: Shop, store: KeyStore) -> None:
    store.generate("files")
    older = []
    for _ in range(4):
        older.append(shop.keyset_path().read_bytes())
        store.rotate("files")
    for content in older:
        shop.keyset_path().write_bytes(content)
        for call in (store.keyset, store.rotate, store.private_keys, store.private_key):
            with pytest.raises(KeysetRolledBack, match="older one"):
                call("files")
        assert shop.keyset_path().read_bytes() == content


def test_a_keyset_ahead_of_its_anchor_is_accepted_and_the_anchor_healed(shop: Shop, store: KeyStore) -> None:
    store.generate("files")
    behind = shop.anchor_path().read_bytes()
    store.rotate("files")
    healed = shop.anchor_path().read_bytes()
    shop.anchor_path().write_bytes(behind)
    assert store.keyset("files").primary == 2
    assert shop.anchor_path().read_bytes() == healed
    shop.anchor_path().write_bytes(behind)
    assert store.rotate("files").primary == 3
    assert store.keyset("files").counter == 3


def test_a_process_that_dies_while_moving_a_keyset_ahead_of_its_anchor_locks_nobody_out(
    shop: Shop, store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The anchor is brought up before the protection is changed, so the change is one step ahead at most."""
    store.generate("files")
    behind = shop.anchor_path().read_bytes()
    store.rotate("files")
    shop.anchor_path().write_bytes(behind)
    store.change_protection(passphrase("another"))
    assert store.keyset("files").counter == 3
    seen: list[str] = []
    write = keystore_files.write_private_file
    monkeypatch.setattr(
        keystore_files, "write_private_file", lambda path, content: (seen.append(path.name), write(path, content))
    )
    behind_again = shop.anchor_path().read_bytes()
    store.rotate("files")
    shop.anchor_path().write_bytes(behind_again)
    seen.clear()
    store.change_protection(passphrase("third"))
    assert seen == ["files.anchor.json", "files.keyset.json", "files.anchor.json"]


def test_an_anchor_two_behind_is_refused(shop: Shop, store: KeyStore) -> None:
    store.generate("files")
    behind = shop.anchor_path().read_bytes()
    store.rotate("files")
    store.rotate("files")
    shop.anchor_path().write_bytes(behind)
    with pytest.raises(KeysetRolledBack, match="does not follow"):
        store.keyset("files")


def test_a_keyset_that_went_another_way_is_refused(shop: Shop, store: KeyStore) -> None:
    """The counter alone would not tell: both branches have the same."""
    store.generate("files")
    start = both(shop)
    store.rotate("files")
    branch = both(shop)
    for path, content in zip((shop.keyset_path(), shop.anchor_path()), start, strict=True):
        path.write_bytes(content)
    store.rotate("files")
    shop.keyset_path().write_bytes(branch[0])
    with pytest.raises(KeysetRolledBack, match="does not follow"):
        store.keyset("files")
    shop.anchor_path().write_bytes(branch[1])
    assert store.rotate("files").counter == 3
    assert store.keyset("files").counter == 3


def test_one_step_ahead_is_accepted_only_from_what_the_anchor_remembers(shop: Shop, store: KeyStore) -> None:
    store.generate("files")
    start = both(shop)
    store.rotate("files")
    anchor = shop.anchor_path().read_bytes()
    for path, content in zip((shop.keyset_path(), shop.anchor_path()), start, strict=True):
        path.write_bytes(content)
    store.rotate("files")
    store.rotate("files")
    shop.anchor_path().write_bytes(anchor)
    with pytest.raises(KeysetRolledBack, match="does not follow"):
        store.keyset("files")


def test_a_lost_anchor_or_keyset_is_noticed(shop: Shop, store: KeyStore) -> None:
    store.generate("files")
    anchor = shop.anchor_path().read_bytes()
    shop.anchor_path().unlink()
    for call in (store.keyset, store.rotate, store.private_keys):
        with pytest.raises(KeysetRolledBack, match="is missing"):
            call("files")
    shop.anchor_path().write_bytes(anchor)
    shop.anchor_path().chmod(0o600)
    shop.keyset_path().unlink()
    assert store.purposes() == ("files",)
    for call in (store.keyset, store.rotate, store.generate):
        with pytest.raises(KeysetRolledBack, match="is gone"):
            call("files")
    with pytest.raises(KeysetRolledBack):
        store.list()


def test_the_anchor_of_another_keyset_is_refused(shop: Shop, store: KeyStore) -> None:
    store.generate("files")
    store.generate("other")
    shop.anchor_path("files").write_bytes(shop.anchor_path("other").read_bytes())
    with pytest.raises(KeyStoreError, match="belongs to another keyset"):
        store.keyset("files")


def test_a_keyset_that_was_never_finished_is_started_again(shop: Shop, store: KeyStore) -> None:
    """The process died after the first anchor and before the first keyset."""
    store.generate("files")
    anchor = json.loads(shop.anchor_path().read_bytes())
    shop.keyset_path().unlink()
    shop.anchor_path().write_text(json.dumps({**anchor, "counter": 0}, indent=1) + "\n")
    assert store.purposes() == ()
    assert store.list().height == 0
    version = store.generate("files").version()
    assert fits(store.private_key("files"), version)


def test_a_restored_keyset_is_accepted_when_asked(shop: Shop, store: KeyStore) -> None:
    store.generate("files")
    backup = shop.keyset_path().read_bytes()
    store.rotate("files")
    store.rotate("files")
    newest = shop.keyset_path().read_bytes()
    with pytest.raises(UsageError, match="nothing to accept"):
        store.accept_restored("files")
    shop.keyset_path().write_bytes(backup)
    accepted = store.accept_restored("files")
    assert (accepted.primary, accepted.counter, accepted.last_number) == (1, 4, 3)
    assert store.keyset("files") == accepted
    assert store.rotate("files").primary == 4
    entry = next(entry for entry in shop.audit.entries() if entry.action == "keyset.restore_accepted")
    assert dict(entry.detail) == {"change": 4, "restored": 1, "seen": 3}
    shop.keyset_path().write_bytes(newest)
    with pytest.raises(KeysetRolledBack):
        store.keyset("files")


@pytest.mark.parametrize("how", ["missing", "damaged", "behind"])
def test_a_lost_anchor_is_made_again_when_asked(shop: Shop, store: KeyStore, how: str) -> None:
    store.generate("files")
    behind = shop.anchor_path().read_bytes()
    store.rotate("files")
    store.rotate("files")
    if how == "missing":
        shop.anchor_path().unlink()
    else:
        shop.anchor_path().write_bytes(behind if how == "behind" else b"{}")
    with pytest.raises(KeyStoreError):
        store.keyset("files")
    assert store.accept_restored("files").counter == 4
    assert store.rotate("files").primary == 4


def test_a_damaged_keyset_is_never_accepted(shop: Shop, store: KeyStore) -> None:
    store.generate("files")
    backup = shop.keyset_path().read_bytes()
    store.rotate("files")
    shop.keyset_path().write_bytes(backup.replace(b'"counter": 1', b'"counter": 9'))
    with pytest.raises(KeyStoreError, match="authentication code"):
        store.accept_restored("files")
    shop.keyset_path().unlink()
    with pytest.raises(KeyStoreError, match="put the restored file there"):
        store.accept_restored("files")


def test_the_anchors_may_lie_on_another_disk(shop: Shop, tmp_path: Path) -> None:
    anchors = tmp_path / "elsewhere"
    store = shop.open(anchors=anchors)
    store.generate("files")
    backup = shop.keyset_path().read_bytes()
    store.rotate("files")
    assert [path.name for path in anchors.iterdir()] == ["files.anchor.json"]
    assert not shop.anchor_path().exists()
    shop.keyset_path().write_bytes(backup)
    with pytest.raises(KeysetRolledBack):
        store.keyset("files")
    shop.keyset_path().unlink()
    assert store.purposes() == ("files",)


def test_both_files_put_back_together_are_not_noticed(shop: Shop, store: KeyStore) -> None:
    """What the documentation says: keep the anchors where the keys are not restored from."""
    store.generate("files")
    old = both(shop)
    store.rotate("files")
    for path, content in zip((shop.keyset_path(), shop.anchor_path()), old, strict=True):
        path.write_bytes(content)
    assert store.keyset("files").primary == 1
