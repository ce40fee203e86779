"""Made-up findings: different from each other, the same for the same seed, accepted by the store."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from scorpius_lab.analytics.benchmark.workload import batches, csv_bytes, findings_frame, scratch_store


def test_the_same_seed_gives_the_same_rows() -> None:
    assert findings_frame(3, 10, 50).equals(findings_frame(3, 10, 50))
    assert not findings_frame(3, 10, 50).equals(findings_frame(4, 10, 50))


def test_batches_do_not_overlap_and_cover_all() -> None:
    frame = pl.concat(batches(1, 2_500, 1_000))
    assert frame["location_key"].n_unique() == frame.height == 2_500


def test_structures_are_json() -> None:
    row = findings_frame(1, 0, 2).row(1, named=True)
    assert json.loads(row["location"])["path"].startswith("src/")
    assert json.loads(row["detail"])["number"] == 1


def test_the_store_takes_them_once(tmp_path: Path) -> None:
    store = scratch_store(tmp_path / "lab")
    frame = findings_frame(1, 0, 500)
    assert store.append({"findings": frame}) == {"findings": 500}
    assert store.append({"findings": frame}) == {"findings": 0}
    assert store.sql("SELECT count(DISTINCT fingerprint) AS n FROM findings")["n"].item() == 500


def test_csv_bytes_counts_utf8(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["ä", "b"]})
    frame.write_csv(tmp_path / "x.csv")
    assert csv_bytes(frame) == (tmp_path / "x.csv").stat().st_size
