"""The fixed cost of one locked section: open, ask for one number, close."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.measurement import Bench, Call, Measurement, Operation, Prepared, expect


def prepare(bench: Bench) -> Prepared:
    """A scratch store with nothing in it but its tables."""
    from scorpius_lab.analytics.benchmark.workload import scratch_store

    store = scratch_store(bench.workdir / "section")
    expect(store.sql("SELECT count(*) AS n FROM findings")["n"].item() == 0, "reading an empty store")
    return Prepared(calls={"read": Call(lambda: store.sql("SELECT 1 AS one"))})


MEASUREMENT = Measurement(
    group="store",
    name="section",
    title="Store section",
    library="duckdb",
    operations=(Operation("read", "open, query, close"),),
    prepare=prepare,
    threads=True,
)
