"""Findings appended to a store through the lab's own code, ids computed and repetitions looked for."""

from __future__ import annotations

from itertools import count

from scorpius_lab.analytics.benchmark.measurement import Bench, Call, Measurement, Operation, Prepared, expect

ROWS = 20_000


def prepare(bench: Bench) -> Prepared:
    """A scratch store; every sample appends rows it has not seen."""
    from scorpius_lab.analytics.benchmark.workload import csv_bytes, findings_frame, scratch_store

    store = scratch_store(bench.workdir / "append")
    seed, batch = bench.random.randrange(1 << 20), count(1)
    frame = findings_frame(seed, 0, ROWS)
    expect(store.append({"findings": frame}) == {"findings": ROWS}, "appending findings")
    expect(store.append({"findings": frame}) == {"findings": 0}, "appending the same findings again")
    gigabytes = csv_bytes(frame) / 1e9

    def fresh() -> None:
        nonlocal frame
        frame = findings_frame(seed, next(batch) * ROWS, ROWS)

    append = Call(
        lambda: store.append({"findings": frame}), before=fresh, work={"rows/s": ROWS, "GB/min": gigabytes * 60}
    )
    return Prepared(calls={"append": append}, sizes={"batch as CSV": round(gigabytes * 1e9)})


MEASUREMENT = Measurement(
    group="store",
    name="findings",
    title="Findings into the store",
    library="duckdb",
    operations=(Operation("append", f"append in batches of {ROWS:,} rows", ("rows/s", "GB/min")),),
    prepare=prepare,
    note="One batch is one locked section: open, check for repetitions, compute ids, commit, close.",
    threads=True,
)
