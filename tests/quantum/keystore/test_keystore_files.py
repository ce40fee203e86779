"""What lies on disk: modes, links, folders open to others, a full disk, a busy lock."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat
from pathlib import Path

import pytest
from keystore_shop import Shop, in_child

from scorpius_lab.core import keys as key_files
from scorpius_lab.core.store import locks
from scorpius_lab.errors import KeyStoreError
from scorpius_lab.quantum.keystore import KeyStore
from scorpius_lab.quantum.keystore import files as keystore_files


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_and_files_are_private_whatever_the_umask(shop: Shop, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        shop.open(anchors=tmp_path / "anchors").generate("files")
    finally:
        os.umask(before)
    assert mode(shop.folder) == mode(tmp_path / "anchors") == 0o700
    assert mode(shop.keyset_path()) == mode(tmp_path / "anchors" / "files.anchor.json") == 0o600
    assert set(shop.contents()) == {"files.keyset.json"}


@pytest.mark.parametrize("bits", [0o644, 0o640, 0o606, 0o620])
@pytest.mark.parametrize("which", ["keyset", "anchor"])
def test_a_file_open_to_others_is_refused(shop: Shop, store: KeyStore, bits: int, which: str) -> None:
    store.generate("files")
    before = shop.contents()
    (shop.keyset_path() if which == "keyset" else shop.anchor_path()).chmod(bits)
    for call in (store.keyset, store.rotate, store.private_keys):
        with pytest.raises(KeyStoreError, match="chmod 600"):
            call("files")
    assert shop.contents() == before


@pytest.mark.parametrize("which", ["keys", "anchors"])
def test_a_folder_open_to_others_or_linked_is_refused(shop: Shop, tmp_path: Path, which: str) -> None:
    store = shop.open(anchors=tmp_path / "anchors")
    store.generate("files")
    folder = tmp_path / which
    folder.chmod(0o755)
    with pytest.raises(KeyStoreError, match="chmod 700"):
        store.rotate("files")
    folder.chmod(0o700)
    folder.rename(tmp_path / "real")
    folder.symlink_to(tmp_path / "real")
    with pytest.raises(KeyStoreError, match="symbolic link"):
        store.rotate("files")


@pytest.mark.parametrize("which", ["keyset", "anchor"])
def test_a_linked_or_special_file_is_refused(shop: Shop, store: KeyStore, which: str) -> None:
    store.generate("files")
    path = shop.keyset_path() if which == "keyset" else shop.anchor_path()
    real = path.with_name("real.json")
    path.rename(real)
    content = real.read_bytes()
    path.symlink_to(real.name)
    for call in (store.keyset, store.rotate):
        with pytest.raises(KeyStoreError, match="cannot be opened"):
            call("files")
    path.unlink()
    os.mkfifo(path, 0o600)
    with pytest.raises(KeyStoreError, match="not a regular file"):
        store.keyset("files")
    assert real.read_bytes() == content


def test_a_dangling_link_is_not_a_free_place(shop: Shop, store: KeyStore) -> None:
    store.generate("other")
    shop.keyset_path("files").symlink_to("nowhere")
    with pytest.raises(KeyStoreError):
        store.generate("files")
    assert shop.keyset_path("files").is_symlink()


def test_other_files_in_the_folder_are_left_alone(shop: Shop, store: KeyStore) -> None:
    store.generate("files")
    for name in ("notes.txt", "UPPER.keyset.json", ".hidden.keyset.json", ".files.keyset.json.backup"):
        (shop.folder / name).write_text("mine")
    store.rotate("files")
    assert store.purposes() == ("files",)
    assert (shop.folder / ".files.keyset.json.backup").read_text() == "mine"


def test_a_keyset_may_not_outgrow_what_can_be_read_again(
    shop: Shop, store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.generate("files")
    monkeypatch.setattr(keystore_files, "LARGEST_KEYSET", 6000)
    store.rotate("files")
    with pytest.raises(KeyStoreError, match="grow beyond"):
        store.rotate("files")
    assert store.keyset("files").primary == 2
    assert shop.actions()[-1] == ("key.rotated.failed", "files/3")


def test_a_keyset_of_many_large_keys_is_read_again(shop: Shop, store: KeyStore) -> None:
    store.generate("files", "ML-DSA-87")
    for _ in range(24):
        store.rotate("files")
    assert shop.keyset_path().stat().st_size > 64 * 1024
    assert len(store.private_keys("files")) == 25


def rotate_on_a_full_disk(shop: Shop, largest: int) -> str:
    """As on a full disk, for users who may not mount: no file may grow beyond `largest` bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    try:
        shop.open(audit=None).rotate("files")
    except KeyStoreError as error:
        return str(error)
    return "rotated"


def test_a_full_disk_leaves_the_old_keyset_whole(shop: Shop, store: KeyStore) -> None:
    keyset = store.generate("files")
    before = shop.contents()
    assert "cannot be written" in in_child(rotate_on_a_full_disk, shop, 1000)
    assert shop.contents() == before
    assert store.keyset("files") == keyset
    assert store.rotate("files").primary == 2


@pytest.mark.parametrize("ending", [".keyset.json", ".anchor.json"])
def test_a_disk_that_fills_between_the_two_files_loses_nothing(
    shop: Shop, store: KeyStore, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """A change is made whole or not at all, and the error says which."""
    store.generate("files")
    write = key_files.write_private_file

    def full(path: Path, content: bytes) -> None:
        if path.name.endswith(ending):
            raise KeyStoreError(f"the key file {path} cannot be written: {os.strerror(errno.ENOSPC)}")
        write(path, content)

    monkeypatch.setattr(keystore_files, "write_private_file", full)
    made = ending == ".anchor.json"
    with pytest.raises(KeyStoreError, match="was made and is safe" if made else "cannot be written"):
        store.rotate("files")
    assert store.keyset("files").primary == (2 if made else 1)
    with pytest.raises(KeyStoreError):
        store.rotate("files")
    assert store.keyset("files").primary == (2 if made else 1)
    monkeypatch.undo()
    assert store.rotate("files").primary == (3 if made else 2)


def test_a_store_that_cannot_be_written_can_still_be_read(
    shop: Shop, store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.generate("files")
    behind = shop.anchor_path().read_bytes()
    store.rotate("files")
    shop.anchor_path().write_bytes(behind)

    def full(path: Path, content: bytes) -> None:
        raise KeyStoreError(f"the key file {path} cannot be written: {len(content)} bytes")

    monkeypatch.setattr(keystore_files, "write_private_file", full)
    assert len(store.private_keys("files")) == 2


def test_what_a_dying_process_left_and_cannot_be_removed_is_said(shop: Shop, store: KeyStore) -> None:
    keyset = store.generate("files")
    (shop.folder / f".files.keyset.json.{'ab' * 8}").mkdir()
    with pytest.raises(KeyStoreError, match="cannot be removed"):
        store.rotate("files")
    assert store.keyset("files") == keyset


def test_a_busy_store_names_who_holds_it(shop: Shop, store: KeyStore) -> None:
    store.generate("files")
    impatient = shop.open(timeout=0.05)
    with locks.section(shop.folder, "write", "test"):
        assert f"held by process {os.getpid()}" in in_child(error_of_reading, impatient)
        with pytest.raises(KeyStoreError, match="busy"):
            impatient.rotate("files")
    assert impatient.rotate("files").primary == 2


def error_of_reading(store: KeyStore) -> str:
    try:
        store.keyset("files")
    except KeyStoreError as error:
        return str(error)
    return "read"


def test_a_key_folder_that_cannot_be_made_is_a_clear_error(shop: Shop, store: KeyStore) -> None:
    shop.folder.write_text("a file")
    for call in (store.generate, store.keyset):
        with pytest.raises(KeyStoreError):
            call("files")
