"""The store: a million findings in, a report's share of a 1 GB store out, and the cost of one section.

The peer runs in the same rounds: plain DuckDB without ids, checks or locks for the same rows.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from scorpius_lab.analytics.benchmark.workload import batches, findings_frame, scratch_store
from scorpius_lab.core.store import Query, Store
from tests.performance.bars import Bar, finish, timed

SEED = 20_260_101
ROWS = 1_000_000
BATCH = 200_000
STORE_BYTES = 1_000_000_000
SNAPSHOT_RUNS = 3
SECTION_RUNS = 25


def measure() -> Iterable[Bar]:
    """In a temporary folder that needs about 2 GB; SCORPIUS_BENCH_FOLDER names another place for it."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("SCORPIUS_BENCH_FOLDER")) as name:
        folder = Path(name)
        yield append_bar(folder / "small", BATCH, None)
        store = scratch_store(folder / "lab")
        yield append_bar(folder / "lab", ROWS, 200_000, store)
        yield from section_bars(folder)
        grow(store)
        yield snapshot_bar(folder, store)
        yield from big_section_bars(store)


def append_bar(folder: Path, batch: int, target: float | None, store: Store | None = None) -> Bar:
    """Batch by batch, first ours, then the peer's, so that both meet the same minutes."""
    import duckdb

    ours_in = store or scratch_store(folder)
    peer = duckdb.connect(str(folder / "peer.duckdb"))
    peer.execute("SET TimeZone = 'UTC'")
    ours, theirs = [], []
    for number, frame in enumerate(batches(SEED, ROWS, batch)):
        ours.append(timed(lambda frame=frame: ours_in.append({"findings": frame})))
        theirs.append(timed(lambda frame=frame, number=number: _peer_append(peer, frame, number)))
    peer.close()
    counted = ours_in.sql("SELECT count(*) AS n FROM findings")["n"].item()
    if counted != ROWS:
        raise RuntimeError(f"{ROWS} rows were appended and {counted} are there")
    note = f"{ROWS:,} rows, sections and ids included; peer: plain DuckDB append and checkpoint, no ids"
    name = f"append findings, {batch:,} at a time"
    return Bar(name, ROWS / sum(ours), "rows/s", target, "higher", ROWS / sum(theirs), note)


def _peer_append(peer: object, frame: object, number: int) -> None:
    peer.register("batch", frame)
    verb = "CREATE TABLE findings AS" if number == 0 else "INSERT INTO findings"
    peer.execute(f"{verb} SELECT * FROM batch")
    peer.execute("CHECKPOINT")
    peer.unregister("batch")


def section_bars(folder: Path) -> Iterable[Bar]:
    """Open, ask, close: a small store, a read and a write section; the peer opens the same kind of file itself."""
    import duckdb

    store = scratch_store(folder / "small")
    store.append({"findings": findings_frame(SEED, 0, 1_000)})
    plain = folder / "plain.duckdb"
    duckdb.connect(str(plain)).execute("CREATE TABLE t AS SELECT range AS i FROM range(1000)").close()

    def peer() -> None:
        with duckdb.connect(str(plain), read_only=True) as connection:
            connection.execute("SELECT count(*) FROM t").fetchone()

    def read() -> None:
        store.sql("SELECT count(*) AS n FROM findings")

    def write() -> None:
        with store.write("nothing"):
            pass

    yield _section("read section", {"ours": read, "peer": peer}, "small store")
    yield _section("write section, nothing written", {"ours": write, "peer": peer}, "small store")


def big_section_bars(store: Store) -> Iterable[Bar]:
    """The same on the 1 GB store."""
    import duckdb

    def peer() -> None:
        with duckdb.connect(str(store.backend.path), read_only=True) as connection:
            connection.execute("SELECT 1").fetchone()

    yield _section("read section, 1 GB store", {"ours": lambda: store.sql("SELECT 1 AS one"), "peer": peer}, "1 GB")


def _section(name: str, work: dict[str, object], size: str) -> Bar:
    seconds: dict[str, list[float]] = {who: [] for who in work}
    for _ in range(SECTION_RUNS):
        for who, what in work.items():
            seconds[who].append(timed(what))
    ms = {who: 1000 * statistics.median(found) for who, found in seconds.items()}
    slow = 1000 * sorted(seconds["ours"])[int(0.95 * SECTION_RUNS)]
    note = f"median of {SECTION_RUNS}, {size}, 95th percentile {slow:.1f} ms; peer: duckdb.connect, one query, close"
    return Bar(name, ms["ours"], "ms", 20, peer=ms["peer"], note=note)


def grow(store: Store) -> None:
    """Fill the store to 1 GB on disk, batch by batch."""
    start = ROWS
    while store.backend.path.stat().st_size < STORE_BYTES:
        store.append({"findings": findings_frame(SEED, start, BATCH)})
        start += BATCH


def snapshot_bar(folder: Path, store: Store) -> Bar:
    """A tenth of the findings, as a report asks for them, plus a summary of all."""
    rules = store.sql("SELECT DISTINCT rule_id FROM findings ORDER BY rule_id")["rule_id"].to_list()
    wanted = ", ".join(f"'{rule}'" for rule in rules[: len(rules) // 10])
    queries = {
        "findings": Query(f"SELECT * FROM findings WHERE rule_id IN ({wanted})"),
        "by_rule": Query("SELECT rule_id, severity, count(*) AS n FROM findings GROUP BY ALL"),
    }
    total = store.sql("SELECT count(*) AS n FROM findings")["n"].item()
    seconds, rows = [], 0
    for number in range(SNAPSHOT_RUNS):
        path = folder / f"snapshot-{number}.duckdb"
        start = time.perf_counter()
        rows = store.snapshot(path, queries)["findings"]
        seconds.append(time.perf_counter() - start)
        path.unlink()
    share = rows / total
    size = store.backend.path.stat().st_size / 1e9
    note = f"median of {SNAPSHOT_RUNS}; {rows:,} of {total:,} findings ({share:.0%}) from {size:.2f} GB"
    return Bar("snapshot of 10 %", statistics.median(seconds), "s", 5, note=note)


if __name__ == "__main__":
    raise SystemExit(finish(measure()))
