"""What can go wrong with the file under the lab: killed writers, crowds, damage, foreign files, no rights, no space.

Children come from a fork server that has imported the libraries and never used them, so that one costs milliseconds.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import duckdb
import pytest

from scorpius_lab.analytics.benchmark.workload import findings_frame, scratch_store
from scorpius_lab.core.store import BlobFolder, Store
from scorpius_lab.errors import (
    ScorpiusError,
    StoreDamaged,
    StoreError,
    StoreForeign,
    StoreFull,
    StoreLocked,
    StoreMissing,
    StoreTooNew,
)

ROWS = 1_000
NOBODY = 65_534
PATIENCE = 60

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["duckdb", "polars", "pyarrow", "scorpius_lab.analytics.benchmark.workload", "scorpius_lab.core.store"]
)

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount or to become another user")


def batch(number: int, rows: int = ROWS, seed: int = 1) -> dict:
    return {"findings": findings_frame(seed, number * rows, rows)}


def rows_of_batches(store: Store, rows: int = ROWS) -> dict[int, int]:
    """Rows there are of each batch, by its number."""
    counted = store.sql(
        f"SELECT (detail->>'number')::BIGINT // {rows} AS batch, count(*) AS n FROM findings GROUP BY 1 ORDER BY 1"
    )
    return dict(counted.iter_rows())


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = scratch_store(tmp_path / "lab")
    made.append(batch(0))
    return made


@pytest.fixture
def child() -> Iterator[Callable]:
    """Start a function in a process of its own; `ends` is our end of its pipe. Whatever still runs is killed."""
    started = []

    def start(function: Callable, *arguments: object) -> tuple[multiprocessing.process.BaseProcess, Connection]:
        ours, theirs = FORKS.Pipe()
        process = FORKS.Process(target=function, args=(theirs, *arguments), daemon=True)
        process.start()
        theirs.close()
        started.append((process, ours))
        return process, ours

    yield start
    for process, ours in started:
        process.kill()
        process.join()
        ours.close()


def told(ends: Connection) -> object:
    assert ends.poll(PATIENCE), "the child said nothing"
    return ends.recv()


# -- killed writers


def ingest(pipe: Connection, store: Store, first: int) -> None:
    """Append batch after batch and say the number of each once it is in."""
    pipe.send("ready")
    for number in range(first, first + 1_000):
        store.append(batch(number))
        pipe.send(number)


def kill_while_ingesting(child: Callable, store: Store, commits: int, after: float, committed: int) -> int:
    """Kill a writer `after` seconds past its `commits`-th batch; the number of batches in the store, all whole."""
    process, ends = child(ingest, store, committed)
    assert told(ends) == "ready"
    acknowledged = committed
    for _ in range(commits):
        acknowledged = told(ends) + 1
    time.sleep(after)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with suppress(EOFError):
        while ends.poll():
            acknowledged = ends.recv() + 1
    there = rows_of_batches(store)
    assert list(there) == list(range(len(there))), "a batch is missing between others"
    assert set(there.values()) == {ROWS}, "a batch is there in part"
    assert acknowledged <= len(there) <= acknowledged + 1, "a batch that was reported is gone"
    return len(there)


def many_kills(child: Callable, store: Store, kills: int, seed: int) -> int:
    chance, committed = random.Random(seed), 1  # noqa: S311
    for _ in range(kills):
        committed = kill_while_ingesting(child, store, chance.randrange(3), chance.uniform(0, 0.08), committed)
    store.append(batch(committed))
    assert len(rows_of_batches(store)) == committed + 1
    return committed


def test_a_killed_writer_leaves_whole_batches_only(child: Callable, store: Store) -> None:
    assert many_kills(child, store, 20, seed=20) > 10


@pytest.mark.full
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("seed", range(10))
def test_five_hundred_killed_writers(child: Callable, store: Store, seed: int) -> None:
    assert many_kills(child, store, 50, seed) > 25


def die_before_the_end(pipe: Connection, store: Store) -> None:
    """Get killed with a batch written and not committed."""
    with store.write("doomed") as connection:
        store.append_within(connection, batch(1))
        pipe.send("written")
        time.sleep(PATIENCE)


def test_a_batch_that_was_not_committed_leaves_no_trace_and_no_lock(child: Callable, store: Store) -> None:
    process, ends = child(die_before_the_end, store)
    assert told(ends) == "written"
    process.kill()
    process.join()
    assert rows_of_batches(store) == {0: ROWS}
    assert store.append(batch(1)) == {"findings": ROWS}


# -- crowds


def write_many(pipe: Connection, store: Store, seed: int, batches: int) -> None:
    pipe.send(sum(store.append(batch(n, 200, seed))["findings"] for n in range(batches)))


def read_many(pipe: Connection, store: Store) -> None:
    """Read until told to stop; send whether what was seen only grew and was whole each time."""
    seen, fine = [], True
    while not pipe.poll():
        n = store.sql("SELECT count(*) AS n FROM findings")["n"].item() - ROWS
        fine = fine and n % 200 == 0 and n >= (seen[-1] if seen else 0)
        seen.append(n)
    pipe.send((fine, len(seen)))


def test_four_writers_and_two_readers_lose_nothing(child: Callable, store: Store) -> None:
    readers = [child(read_many, store)[1] for _ in range(2)]
    writers = [child(write_many, store, seed, 8)[1] for seed in range(2, 6)]
    assert [told(ends) for ends in writers] == [8 * 200] * 4
    for ends in readers:
        ends.send("stop")
        fine, times = told(ends)
        assert fine
        assert times > 0
    counted = store.sql("SELECT count(*) AS n, count(DISTINCT id) AS ids FROM findings")
    assert counted.row(0) == (ROWS + 4 * 8 * 200, ROWS + 4 * 8 * 200)


def write_the_same(pipe: Connection, store: Store) -> None:
    pipe.send(sum(store.append(batch(n, 200))["findings"] for n in range(20)))


def test_two_writers_of_the_same_rows_store_them_once(child: Callable, tmp_path: Path) -> None:
    store = scratch_store(tmp_path / "lab")
    added = [told(ends) for ends in [child(write_the_same, store)[1] for _ in range(2)]]
    assert sum(added) == 20 * 200
    assert rows_of_batches(store, 200) == dict.fromkeys(range(20), 200)


def hold(pipe: Connection, store: Store, mode: str) -> None:
    with store.write("a long write") if mode == "write" else store.read("a long read"):
        pipe.send("held")
        pipe.poll(PATIENCE)


@pytest.mark.parametrize(("theirs", "ours"), [("write", "read"), ("write", "write"), ("read", "write")])
def test_a_section_that_cannot_be_had_names_who_holds_it(child: Callable, store: Store, theirs: str, ours: str) -> None:
    process, ends = child(hold, store, theirs)
    assert told(ends) == "held"
    impatient = Store(store.folder, store.backend, store.migrations, lock_timeout=0.1)
    with pytest.raises(StoreLocked, match=rf"process {process.pid} \({theirs}: a long {theirs}\)"):
        impatient.append(batch(1)) if ours == "write" else impatient.sql("SELECT 1")
    ends.send("let go")
    process.join()
    assert impatient.append(batch(1)) == {"findings": ROWS}


def hold_file(pipe: Connection, path: Path) -> None:
    with duckdb.connect(str(path)):
        pipe.send("held")
        pipe.poll(PATIENCE)


def test_a_file_held_open_by_another_program_names_its_process(child: Callable, store: Store) -> None:
    process, ends = child(hold_file, store.backend.path)
    assert told(ends) == "held"
    with pytest.raises(StoreLocked, match=str(process.pid)):
        store.append(batch(1))
    ends.send("let go")
    process.join()
    assert rows_of_batches(store) == {0: ROWS}


# -- damaged, foreign, too new


def refused(store: Store, kind: type[ScorpiusError] | tuple[type[ScorpiusError], ...]) -> str:
    """Every way of using the store raises this error, says where, and leaves the file alone; the message."""
    before = fingerprint(store.backend.path)
    messages = set()
    for use in (
        lambda: store.sql("SELECT count(*) FROM findings"),
        lambda: store.append(batch(5)),
        store.upgrade,
        store.create,
    ):
        with pytest.raises(kind) as caught:
            use()
        messages.add(str(caught.value))
        assert str(store.backend.path) in str(caught.value)
    assert fingerprint(store.backend.path) == before, "a store that cannot be used was changed"
    return messages.pop()


GARBAGE = {
    "noise": random.Random(1).randbytes(40_000),  # noqa: S311
    "text": b"this is my diary\n" * 500,
    "one byte": b"x",
    "sqlite": b"SQLite format 3\x00" + bytes(4_096),
}


@pytest.mark.parametrize("what", GARBAGE)
def test_a_file_that_is_no_database_is_refused(store: Store, what: str) -> None:
    store.backend.path.write_bytes(GARBAGE[what])
    assert "backup" in refused(store, StoreDamaged)


def test_an_empty_file_is_refused_and_stays_empty(store: Store) -> None:
    store.backend.path.write_bytes(b"")
    with pytest.raises(StoreError):
        store.sql("SELECT 1")
    with pytest.raises(StoreError):
        store.append(batch(5))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_store_is_refused_and_comes_back_with_its_end(store: Store, share: float) -> None:
    whole = store.backend.path.read_bytes()
    store.backend.path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(StoreDamaged, match="damaged"):
        store.sql("SELECT sum(length(message)), sum(length(id)), count(DISTINCT detail) FROM findings")
    store.backend.path.write_bytes(whole)
    assert rows_of_batches(store) == {0: ROWS}


@pytest.mark.parametrize("at", [8, 20, 4_096 + 8, 12_288 + 100])
def test_a_flipped_byte_in_the_headers_or_the_first_block_is_noticed(store: Store, at: int) -> None:
    data = bytearray(store.backend.path.read_bytes())
    data[at] ^= 0xFF
    store.backend.path.write_bytes(bytes(data))
    with suppress(StoreDamaged, StoreTooNew):
        # Of a header there are two copies: the other may have been the good one.
        assert rows_of_batches(store) == {0: ROWS}, "wrong data was read without a word"


def test_a_database_of_somebody_else_is_refused(store: Store) -> None:
    store.backend.path.unlink()
    with duckdb.connect(str(store.backend.path)) as connection:
        connection.execute("CREATE TABLE customers AS SELECT range AS id FROM range(10)")
    assert "not a scorpius_lab store" in refused(store, StoreForeign)


def test_a_store_of_a_newer_version_is_refused(store: Store) -> None:
    with duckdb.connect(str(store.backend.path)) as connection:
        connection.execute("INSERT INTO schema_migrations VALUES ('core', 99, 'abc', '9.0', now())")
    before = fingerprint(store.backend.path)
    for use in (lambda: store.sql("SELECT 1"), lambda: store.append(batch(5)), store.upgrade, store.create):
        with pytest.raises(StoreTooNew, match="upgrade scorpius-lab"):
            use()
    assert fingerprint(store.backend.path) == before


def test_a_store_that_is_gone_says_how_to_make_one(store: Store) -> None:
    store.backend.path.unlink()
    with pytest.raises(StoreMissing, match="scorpius init"):
        store.sql("SELECT 1")
    with pytest.raises(StoreMissing):
        store.append(batch(1))
    assert not store.backend.path.exists()


# -- no rights


def use_as_nobody(pipe: Connection, store: Store, scratch: Path) -> None:
    """Give up being root, once everything lazy is imported, and try to read and to write."""
    warm = scratch_store(scratch / "warm")
    warm.append(batch(0))
    warm.sql("SELECT 1")
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    pipe.send((attempt(lambda: store.sql("SELECT 1 AS one")), attempt(lambda: store.append(batch(1)))))


def attempt(use: Callable[[], object]) -> tuple[str, str]:
    try:
        use()
    except Exception as error:  # noqa: BLE001 (whatever it is, the test wants to see it)
        return type(error).__name__, str(error)
    return "fine", ""


@pytest.fixture
def reachable(tmp_path: Path) -> Iterator[Path]:
    """A folder that other users can reach."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.rmtree(folder)


def protect(folder: Path, files: int, folders: int) -> None:
    for path in folder.rglob("*"):
        path.chmod(folders if path.is_dir() else files)
    folder.chmod(folders)


@pytest.mark.parametrize(("files", "folders"), [(0o444, 0o555), (0o444, 0o755), (0o644, 0o555)])
def test_a_read_only_lab_is_read_and_not_written(
    child: Callable, reachable: Path, tmp_path: Path, files: int, folders: int
) -> None:
    store = scratch_store(reachable / "lab")
    store.append(batch(0))
    before = fingerprint(store.backend.path)
    protect(reachable / "lab", files, folders)
    if os.geteuid() != 0 and files & 0o200:
        pytest.skip("the owner may write this file")
    reading, writing = told(child(use_as_nobody, store, tmp_path)[1])
    assert reading == ("fine", "")
    assert writing[0] == "StoreReadOnly", writing
    assert "permissions" in writing[1] or "access" in writing[1]
    assert fingerprint(store.backend.path) == before


def test_a_lab_that_may_not_be_read_says_so(child: Callable, reachable: Path, tmp_path: Path) -> None:
    store = scratch_store(reachable / "lab")
    protect(reachable / "lab", 0o000, 0o555)
    reading, writing = told(child(use_as_nobody, store, tmp_path)[1])
    assert reading[0] == writing[0] == "StoreReadOnly", (reading, writing)


# -- no space


def whole_after_full(store: Store, committed: int) -> int:
    """The batches in the store: those that went in, whole, and at most the one whose commit came before the space ended."""
    there = rows_of_batches(store, 5_000)
    assert list(there) == list(range(len(there)))
    assert set(there.values()) == {5_000}
    assert committed <= len(there) <= committed + 1
    return len(there)


def fill(store: Store, rows: int = 5_000) -> int:
    """Append until there is no space; the number of batches that went in before."""
    for number in range(10_000):
        try:
            store.append(batch(number, rows))
        except StoreFull:
            return number
    raise AssertionError("the space never ended")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount a small disk here: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@root_only
def test_a_full_disk_loses_nothing_and_the_store_goes_on_when_there_is_space(small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes(5_000_000))
    store = scratch_store(small_disk / "lab")
    committed = fill(store)
    assert committed > 0
    whole_after_full(store, committed)
    filler.unlink()
    store.append(batch(committed, 5_000))
    assert rows_of_batches(store, 5_000) == dict.fromkeys(range(committed + 1), 5_000)


@root_only
def test_evidence_on_a_full_disk_is_refused_and_leaves_no_half_file(small_disk: Path) -> None:
    blobs = BlobFolder(small_disk / "blobs")
    kept = blobs.put(b"kept")
    with pytest.raises(StoreFull, match="no space is left for evidence"):
        blobs.put(bytes(20_000_000))
    assert blobs.get(kept) == b"kept"
    assert [path.name for path in (small_disk / "blobs").rglob("*") if path.is_file()] == [kept[2:]]


def fill_under_a_limit(pipe: Connection, store: Store) -> None:
    """As on a full disk, for users who may not mount: no file may grow beyond 6 MB."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, 6_000_000))
    try:
        pipe.send(fill(store))
    except Exception as error:  # noqa: BLE001 (whatever it is, the test wants to see it)
        pipe.send(f"{type(error).__name__}: {error}")


def test_a_file_that_may_not_grow_is_said_and_nothing_is_lost(child: Callable, tmp_path: Path) -> None:
    store = scratch_store(tmp_path / "lab")
    committed = told(child(fill_under_a_limit, store)[1])
    assert isinstance(committed, int), committed
    assert committed > 0
    whole_after_full(store, committed)
    store.append(batch(committed, 5_000))
    assert rows_of_batches(store, 5_000) == dict.fromkeys(range(committed + 1), 5_000)
