"""A process that is killed at any moment of a change leaves the old keyset or the new one, whole."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from keystore_shop import FORK, Shop, fits, passphrase

from scorpius_lab.core import keys as key_files
from scorpius_lab.errors import KeyStoreError, UsageError
from scorpius_lab.quantum.keystore import Keyset, KeyStore

SMALL = "SLH-DSA-SHA2-128f"


def prepared(shop: Shop) -> Keyset:
    store = shop.open(audit=None)
    store.generate("files", SMALL)
    return store.rotate("files")


CHANGES: dict[str, Callable[[KeyStore], object]] = {
    "generate": lambda store: store.generate("other", SMALL),
    "rotate": lambda store: store.rotate("files"),
    "destroy": lambda store: store.destroy("files", 1),
    "change-protection": lambda store: store.change_protection(passphrase("another")),
}
STEPS = range(9)  # each write has a sync of the file, a rename and a sync of the folder; the first change has three


def die_at(change: Callable[[KeyStore], object], shop: Shop, step: int) -> None:
    """Make a change in a process that is killed just before its sync or rename of this number."""
    done = 0

    def counted(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            nonlocal done
            if done == step:
                os.kill(os.getpid(), signal.SIGKILL)
            done += 1
            return function(*arguments)

        return call

    key_files.os.fsync = counted(os.fsync)
    Path.replace = counted(Path.replace)
    change(shop.open(audit=None))


def opened(shop: Shop) -> KeyStore:
    """The store under whichever passphrase it has now."""
    store = shop.open(audit=None)
    with contextlib.suppress(KeyStoreError):
        store.keyset("files")
        return store
    return shop.open(passphrase("another"), audit=None)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", list(CHANGES))
def test_killed_before_every_step_of_a_change(shop: Shop, name: str, step: int) -> None:
    before = prepared(shop)
    process = FORK.Process(target=die_at, args=(CHANGES[name], shop, step))
    process.start()
    process.join(60)
    assert process.exitcode in {0, -signal.SIGKILL}
    store = opened(shop)
    keyset = store.keyset("files")
    assert keyset.counter - before.counter in {0, 1}
    assert [version.key_id for version in keyset.versions[:2]] == [version.key_id for version in before.versions]
    for key, version in zip(store.private_keys("files"), keyset.enabled(), strict=True):
        assert fits(key, version)
    if process.exitcode == 0:
        assert name != "generate" or store.purposes() == ("files", "other")
    if "other" not in store.purposes():
        store.generate("other", SMALL)
    assert store.rotate("other").primary == 2
    assert store.rotate("files").counter == keyset.counter + 1
    left = {path.name for path in shop.folder.iterdir() if path.name.startswith(".")}
    assert left == set()


@pytest.mark.parametrize("step", range(6))
@pytest.mark.parametrize("lost", ["keyset", "anchor"])
def test_killed_while_a_restored_keyset_is_accepted(shop: Shop, lost: str, step: int) -> None:
    """It is accepted then, or is accepted when asked again."""
    store = shop.open(audit=None)
    store.generate("files", SMALL)
    backup = shop.keyset_path().read_bytes()
    store.rotate("files")
    if lost == "keyset":
        shop.keyset_path().write_bytes(backup)
    else:
        shop.anchor_path().unlink()
    process = FORK.Process(target=die_at, args=(lambda other: other.accept_restored("files"), shop, step))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    with contextlib.suppress(UsageError):
        store.accept_restored("files")
    assert store.keyset("files").primary == (1 if lost == "keyset" else 2)
    assert store.rotate("files").primary == 3


def rotate_for_ever(shop: Shop, told: Connection) -> None:
    """Rotate, and say which key is in use once the call is back."""
    store = shop.open(audit=None)
    while True:
        told.send(store.rotate("files").version().key_id)


def kill_after(shop: Shop, rotations: int, seconds: float) -> list[str]:
    """The ids of the keys that were in use before the process was killed, some time after so many rotations."""
    receiver, sender = FORK.Pipe(duplex=False)
    process = FORK.Process(target=rotate_for_ever, args=(shop, sender))
    process.start()
    sender.close()
    used = [receiver.recv() for _ in range(rotations)]
    time.sleep(seconds)
    process.kill()
    process.join()
    with contextlib.suppress(EOFError):
        while True:
            used.append(receiver.recv())
    return used


def survive(shop: Shop, kills: int) -> None:
    store = shop.open(audit=None)
    used = [store.generate("files", SMALL).version().key_id]
    for kill in range(kills):
        used += kill_after(shop, kill % 2, 0.002 + kill * 7 % 23 / 1000)
        keyset = store.keyset("files")
        assert set(used) <= {version.key_id for version in keyset.versions}
        assert [version.number for version in keyset.versions] == list(range(1, keyset.last_number + 1))
        assert keyset.counter == keyset.last_number == keyset.primary
    keys = store.private_keys("files")
    assert all(fits(key, version) for key, version in zip(keys, store.keyset("files").enabled(), strict=True))
    assert len(used) > kills // 2


def test_thirty_kills_in_rotation_lose_no_key_that_was_used(shop: Shop) -> None:
    survive(shop, 30)


@pytest.mark.full
def test_three_hundred_kills_in_rotation_lose_no_key_that_was_used(shop: Shop) -> None:
    survive(shop, 300)
