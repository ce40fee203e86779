"""Several processes and threads at one key store: every change counts, and readers never see half of one."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from keystore_shop import DAY, FORK, Shop, fits

from scorpius_lab.errors import KeyStoreError
from scorpius_lab.quantum.keystore import KeyStore

SMALL = "SLH-DSA-SHA2-128f"


def rotate_many(shop: Shop, times: int) -> None:
    store = shop.open()
    for _ in range(times):
        store.rotate("files")


def start_together(shop: Shop, times: int) -> None:
    store = shop.open(audit=None)
    for number in range(times):
        try:
            store.generate(f"shared-{number}", SMALL)
        except KeyStoreError as error:
            if "already" not in str(error):
                raise


def read_until(shop: Shop, finished: object) -> None:
    """Read as fast as it goes; the process ends with an error if any read does."""
    store = shop.open(audit=None)
    counter = 0
    while not finished.is_set():
        keyset = store.keyset("files")
        assert keyset.counter >= counter
        counter = keyset.counter
        assert store.private_key("files").algorithm == SMALL


def run_writers(shop: Shop, writers: int, times: int) -> None:
    store = shop.open()
    store.generate("files", SMALL)
    finished = FORK.Event()
    reader = FORK.Process(target=read_until, args=(shop, finished))
    processes = [FORK.Process(target=rotate_many, args=(shop, times)) for _ in range(writers)]
    for process in (reader, *processes):
        process.start()
    for process in processes:
        process.join()
    finished.set()
    reader.join()
    assert [process.exitcode for process in (reader, *processes)] == [0] * (writers + 1)
    keyset = store.keyset("files")
    total = 1 + writers * times
    assert [version.number for version in keyset.versions] == list(range(1, total + 1))
    assert len({version.key_id for version in keyset.versions}) == total
    assert (keyset.counter, keyset.primary) == (total, total)
    assert all(fits(*pair) for pair in zip(store.private_keys("files"), keyset.enabled(), strict=True))
    assert shop.audit.verify_chain().good
    assert len(shop.actions()) == total


def test_two_processes_that_rotate_at_once_lose_nothing(shop: Shop) -> None:
    run_writers(shop, 2, 12)


@pytest.mark.full
def test_four_processes_that_rotate_at_once_lose_nothing(shop: Shop) -> None:
    run_writers(shop, 4, 60)


def test_processes_that_start_the_same_keysets_make_one_of_each(shop: Shop) -> None:
    processes = [FORK.Process(target=start_together, args=(shop, 4)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert all(shop.open().keyset(f"shared-{number}").counter == 1 for number in range(4))


def test_two_schedulers_rotate_a_due_key_once(shop: Shop, store: KeyStore) -> None:
    store.generate("files", SMALL)
    shop.clock.turn(DAY)
    rotated: list[int] = []
    threads = [threading.Thread(target=lambda: rotated.append(len(shop.open().rotate_due(DAY)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(rotated) == [0, 0, 0, 1]
    assert store.keyset("files").primary == 2
    assert store.rotate_due(DAY + timedelta(microseconds=1)) == ()
