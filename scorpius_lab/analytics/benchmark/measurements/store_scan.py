"""A whole-table scan with grouping, through the lab's own code."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.measurement import Bench, Call, Measurement, Operation, Prepared, expect

ROWS = 50_000
QUERY = "SELECT rule_id, severity, count(*) AS n, max(length(message)) AS longest FROM findings GROUP BY ALL"


def prepare(bench: Bench) -> Prepared:
    """A scratch store with findings in it."""
    from scorpius_lab.analytics.benchmark.workload import batches, csv_bytes, scratch_store

    store = scratch_store(bench.workdir / "scan")
    size = 0
    for frame in batches(bench.random.randrange(1 << 20), ROWS, ROWS):
        size += csv_bytes(frame)
        store.append({"findings": frame})
    expect(store.sql(QUERY)["n"].sum() == ROWS, "scanning findings")
    scan = Call(lambda: store.sql(QUERY), work={"rows/s": ROWS})
    return Prepared(calls={"scan": scan}, sizes={"table as CSV": size})


MEASUREMENT = Measurement(
    group="store",
    name="findings",
    title="Findings in the store",
    library="duckdb",
    operations=(Operation("scan", f"group {ROWS:,} rows", ("rows/s",)),),
    prepare=prepare,
    note="Opening and closing the store is part of each scan.",
    threads=True,
)
