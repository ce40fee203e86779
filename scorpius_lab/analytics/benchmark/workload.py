"""Made-up findings to fill a store with: the columns, sizes and repetition of real ones, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from scorpius_lab.core.identity import content_id

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from scorpius_lab.core.store import Store

RULES = 240
ASSETS = 5_000
SEVERITIES = ("critical", "high", "medium", "low", "info")
CONFIDENCES = ("high", "medium", "low")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def findings_frame(seed: int, start: int, rows: int) -> pl.DataFrame:
    """`rows` findings numbered from `start`, every one different from those of other numbers or seeds.

    The columns are those of the table `findings`, without the ones the store computes.
    """
    import polars as pl

    number = pl.int_range(start, start + rows, eager=True, dtype=pl.Int64).alias("n").to_frame()
    frame = number.with_columns(_mix(seed).alias("h")).with_columns(
        (pl.col("h") % RULES).alias("rule"),
        (pl.col("h") // RULES % ASSETS).alias("asset"),
        (pl.col("h") // (RULES * ASSETS) % 900 + 1).alias("line"),
    )
    rule_ids = pl.Series([f"made.topic-{i % 12}.rule-{i}" for i in range(RULES)])
    path = pl.format("src/module_{}/file_{}.py", pl.col("asset") % 97, pl.col("asset"))
    return frame.select(
        pl.lit(content_id("run", seed)).alias("run_id"),
        rule_ids.gather(frame["rule"]).alias("rule_id"),
        pl.lit(1, dtype=pl.Int64).alias("rule_version"),
        pl.Series(SEVERITIES).gather(frame["rule"] % len(SEVERITIES)).alias("severity"),
        pl.Series(CONFIDENCES).gather(frame["rule"] % len(CONFIDENCES)).alias("confidence"),
        _asset_ids().gather(frame["asset"]).alias("asset_id"),
        pl.lit("source").alias("location_kind"),
        pl.format("{}#{}-{}", path, pl.lit(seed), pl.col("n")).alias("location_key"),
        _json(path=pl.concat_str(pl.lit('"'), path, pl.lit('"')), line=pl.col("line")).alias("location"),
        pl.format("The value on line {} of {} reaches a call without a check", pl.col("line"), path).alias("message"),
        _json(depth=pl.col("line") % 9, number=pl.col("n")).alias("detail"),
        (pl.lit(EPOCH) + pl.duration(seconds=pl.col("n") % 31_536_000)).alias("effective_at"),
        (pl.lit(EPOCH) + pl.duration(seconds=pl.col("n") % 31_536_000)).alias("collected_at"),
    )


def _mix(seed: int) -> pl.Expr:
    """A fixed scramble of the row number (Knuth's multiplicative hash), independent of library versions."""
    import polars as pl

    return (pl.col("n") * 2_654_435_761 + seed * 40_503) % 4_294_967_296


def _json(**fields: pl.Expr) -> pl.Expr:
    """A JSON object as text; each field is an expression of its JSON text."""
    import polars as pl

    parts: list[pl.Expr] = []
    for name, value in fields.items():
        parts += [pl.lit(f'{"," if parts else "{"}"{name}":'), value.cast(pl.String)]
    return pl.concat_str(*parts, pl.lit("}"))


@lru_cache(maxsize=1)
def _asset_ids() -> pl.Series:
    import polars as pl

    return pl.Series([content_id("asset", "file", f"file_{i}.py") for i in range(ASSETS)])


def csv_bytes(frame: pl.DataFrame) -> int:
    """The size of the same rows written as CSV: how much data was taken in, whatever the store makes of it."""
    return len(frame.write_csv().encode())


def batches(seed: int, total: int, size: int) -> Iterator[pl.DataFrame]:
    """`total` findings in frames of at most `size`."""
    for start in range(0, total, size):
        yield findings_frame(seed, start, min(size, total - start))


def scratch_store(folder: Path) -> Store:
    """A new, empty store of the core tables in `folder`, kept like a lab's."""
    from scorpius_lab.core.store import Backend, Store, read_migrations
    from scorpius_lab.core.store.migrate import CORE

    store = Store(folder, Backend("duckdb", folder / "store.duckdb"), read_migrations(*CORE))
    store.create()
    return store
