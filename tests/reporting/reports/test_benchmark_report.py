"""The benchmark report over a real lab, over invented figures, and over nothing at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from scorpius_lab.lab import Lab, init_lab
from scorpius_lab.reporting.report import Report
from scorpius_lab.reporting.reports import benchmark as view
from scorpius_lab.reporting.reports.benchmark_figures import changed, trend_spec
from scorpius_lab.reporting.reports.benchmark_rows import duration_text
from scorpius_lab.reporting.snapshot import connect, take_snapshot

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BLOCKS = [name for name in view.__all__ if name != "SPEC"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    made = init_lab(tmp_path_factory.mktemp("bench") / "lab")
    for _ in range(2):
        made.call("benchmark.run", {"only": ["kem", "encryption", "ml-dsa-65", "section"], "repeat": 3})
    return made


def snapshot(lab: Lab, folder: Path, as_of: datetime | None = None) -> Report:
    parameters = view.SPEC.parameters(as_of=as_of or datetime.now(UTC) + timedelta(minutes=1), organisation="ACME <b>")
    take_snapshot(lab, view.SPEC, parameters, folder / "data.duckdb")
    return Report(folder / "data.duckdb", connect(folder / "data.duckdb"))


def test_every_block_is_made_and_named_as_declared(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    blocks = [getattr(view, name)(report) for name in BLOCKS]
    assert {block.name for block in blocks} == set(view.SPEC.results)
    assert all(block.html for block in blocks)
    assert "ACME &lt;b&gt;" in view.masthead(report).html


def test_the_same_snapshot_gives_the_same_results(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    again = Report(report.path, connect(report.path))
    for name in BLOCKS:
        assert getattr(view, name)(report).result == getattr(view, name)(again).result


def test_only_the_latest_run_is_shown_and_the_history_has_both(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    latest = lab.runs(function="benchmark.run")["id"][0]
    assert report.table("run")["run_id"].to_list() == [latest]
    assert set(report.table("measurements")["run_id"]) == {latest}
    assert report.table("history")["run_id"].n_unique() == 2
    assert view.trend(report).figure is not None


def test_before_the_first_run_nothing_is_known(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path, NOON - timedelta(days=9_000))
    assert view.sentence(report) == "Nothing has been measured yet"
    blocks = [getattr(view, name)(report) for name in BLOCKS]
    assert all(block.figure is None for block in blocks)
    reasons = view.not_measured(report).data
    assert reasons["state"].to_list() == ["not_evaluated"]
    assert "No benchmark has been run" in reasons["reason"][0]


def test_the_order_of_measurements_is_that_of_the_engine(lab: Lab, tmp_path: Path) -> None:
    titles = [json.loads(detail)["title"] for detail in snapshot(lab, tmp_path).table("measurements")["detail"]]
    assert titles[:3] == ["ML-KEM-512, key generation", "ML-KEM-512, encapsulate", "ML-KEM-512, decapsulate"]


# -- invented figures


def promise(title: str, state: str, value: float | None, target: float, **detail: object) -> dict[str, object]:
    ratio = None if value is None else target / value
    detail = {"title": title, "target": target, "ratio": ratio, "better": "lower", "beside": {}, "basis": "b", **detail}
    detail = detail if value is None else {"p5": value * 0.9, "p95": value * 1.1, "n": 9, **detail}
    return {
        "run_id": "r", "rule_id": f"benchmark.promise.{title}", "state": state, "reason": f"{title} says why.",
        "value": value, "unit": "ms", "detail": json.dumps(detail),
    }  # fmt: skip


def invented(promises: list[dict[str, object]], measurements: list[dict[str, object]] = (), *, busy: bool = False):
    conditions = {
        "busy": busy, "load_average": 3.1, "cores": 2, "rounds": 9, "seconds": 8.0, "budget_seconds": 8.0,
        "overhead_ns": 30, "seed": 0, "machine": {"processor": "P", "cores": 2, "libraries": {"duckdb": "1"}},
    }  # fmt: skip
    tables = {
        "run": pl.DataFrame({"run_id": ["r"], "started_at": [NOON]}),
        "promises": pl.DataFrame(promises),
        "measurements": pl.DataFrame(list(measurements)),
        "conditions": pl.DataFrame({"value": [0.99], "detail": [json.dumps(conditions)]}),
        "history": pl.DataFrame(),
    }
    return SimpleNamespace(
        table=tables.__getitem__,
        rows=lambda name: tables[name].height,
        when_empty=lambda name: f"no {name}",
        parameters={},
        meta={},
        as_of=NOON,
    )


MIXED = [
    promise("Slow", "fail", 50.0, 25),
    promise("Edge", "partial", 24.0, 25),
    promise("Fast", "pass", 1.0, 25, beside={"benchmark.signature.x-sign": 300.0, "benchmark.signature.y-sign": 3.0}),
    promise("Unknown", "not_evaluated", None, 25),
]


def test_the_title_counts_what_was_kept_broken_and_not_measured() -> None:
    said = view.sentence(invented(MIXED))
    assert said == "1 of 4 promises are kept, 1 in part, 1 is not kept and 1 is not measured yet"


def test_a_partly_kept_promise_is_not_counted_as_kept() -> None:
    assert view.sentence(invented(MIXED[1:2])).startswith("0 of 1 promises are kept")


def test_the_table_shows_the_ratio_of_the_slow_end_and_few_samples() -> None:
    table = view.promise_table(
        invented([promise("Edge", "partial", 24.0, 25), promise("Once", "partial", 1.0, 25, n=1)])
    )
    once = table.filter(table["promise"] == "Once")
    assert float(table["ratio"][0].split()[0]) == pytest.approx(25 / 26.4, abs=0.001)
    assert "(1 sample)" in once["slow_end"][0]


def test_the_tile_says_missed_when_it_is() -> None:
    html = view.headline(invented(MIXED)).html
    assert "Missed by most" in html
    assert "Missed. Slow" in html
    assert "Closest to its target" in view.headline(invented([MIXED[2]])).html


def test_memory_is_given_in_gib_and_names_as_their_makers_write_them() -> None:
    assert view._fact("memory_bytes", 8 * 2**30) == ("Memory", "8.0 GiB")
    assert view._fact("openssl", "3") == ("OpenSSL", "3")


def test_the_lead_names_what_is_broken_and_that_the_machine_was_busy() -> None:
    quiet, busy = view.lead(invented(MIXED)), view.lead(invented(MIXED, busy=True))
    assert "Slow says why. Edge says why." in quiet
    assert "was quiet" in quiet
    assert "was busy" in busy


def test_the_table_starts_with_what_is_broken_and_ends_with_what_is_unknown() -> None:
    table = view.promise_table(invented(MIXED))
    assert table["promise"].to_list() == ["Slow", "Edge", "Fast", "Unknown"]
    assert table["target"].to_list() == ["< 25 ms"] * 4
    assert table["measured"].to_list() == ["50 ms", "24 ms", "1 ms", None]
    assert table["ratio"][3] is None


def test_algorithms_beside_a_promise_that_would_break_it_are_told() -> None:
    data = view.not_held(invented(MIXED)).data
    assert data["what"].to_list() == ["benchmark.signature.x-sign"]
    assert data["over"].to_list() == ["12 \N{MULTIPLICATION SIGN}"]


def test_what_was_not_measured_gives_its_reason() -> None:
    data = view.not_measured(invented(MIXED)).data
    assert data.rows() == [("not_evaluated", "Unknown", "Unknown says why.")]


# -- parameter sets


def figure(
    subject: str, operation: str, wall: float | None, cpu: float | None = None, **about: object
) -> dict[str, object]:
    detail = {
        "title": f"{subject}, {operation}", "subject": subject, "operation": operation, "group": "signature",
        "library": "cryptography", "family": "lattice", "level": 3, "sizes": {"public key": 10, "signature": 20},
        "better": "lower", "cpu_ms": cpu, **about,
    }  # fmt: skip
    state, reason = ("not_applicable", "") if wall is not None else ("not_evaluated", "Not measured: too slow.")
    return {
        "run_id": "r", "rule_id": f"benchmark.signature.{subject}-{operation}", "state": state, "reason": reason,
        "value": wall, "unit": "ms", "detail": json.dumps(detail),
    }  # fmt: skip


CLASSICAL = {"family": "classical", "level": None}
FIGURES = [
    figure("Ed25519", "sign", 0.05, 0.04, **CLASSICAL),
    figure("Ed25519", "verify", 0.12, 0.12, **CLASSICAL),
    figure("ML-DSA-65", "sign", 1.5, 0.8),
    figure("ML-DSA-65", "verify", 0.3, 0.24),
    figure("Slow", "sign", None, family="hash"),
    figure("Slow", "verify", None, family="hash"),
]


def test_sets_stand_by_family_with_wall_time_cpu_time_and_the_ratio_to_the_classical() -> None:
    block = view.signature_sets(invented(MIXED, FIGURES))
    rows = {row["set"]: row for row in block.data.iter_rows(named=True)}
    assert list(rows) == ["ML-DSA-65", "Slow", "Ed25519"]
    assert rows["ML-DSA-65"]["sign"] == 1.5
    assert rows["ML-DSA-65"]["sign_note"] == "CPU 800 µs, 20 \N{MULTIPLICATION SIGN}"
    assert rows["ML-DSA-65"]["verify_note"] == "CPU 240 µs, 2 \N{MULTIPLICATION SIGN}"
    assert rows["Ed25519"]["sign_note"] == "CPU 40 µs"
    assert (rows["ML-DSA-65"]["public_key"], rows["ML-DSA-65"]["signature"]) == (10, 20)
    assert "1.5 ms<small>CPU 800 µs" in block.html
    assert [block.html.index(title) for title in ("Lattice", "Hash", "Classical, broken")] == sorted(
        block.html.index(title) for title in ("Lattice", "Hash", "Classical, broken")
    )


def test_a_set_that_was_not_measured_is_in_the_table_with_its_sizes_and_says_so() -> None:
    (row,) = view.signature_sets(invented(MIXED, FIGURES)).data.filter(pl.col("set") == "Slow").iter_rows(named=True)
    assert row["sign"] is None
    assert row["sign_note"] == "not measured"
    assert (row["public_key"], row["signature"]) == (10, 20)
    assert "Slow" in view.sizes(invented(MIXED, FIGURES)).data["algorithm"]


def test_a_set_of_which_nothing_was_measured_is_told_once() -> None:
    told = view.not_measured(invented(MIXED[:1], FIGURES)).data["what"].to_list()
    assert told == ["Slow"]
    half = [figure("Half", "sign", None), figure("Half", "verify", 1.0, 1.0)]
    assert view.not_measured(invented(MIXED[:1], half)).data["what"].to_list() == ["Half, sign"]


def test_without_the_classical_one_there_is_no_ratio() -> None:
    data = view.signature_sets(invented(MIXED, FIGURES[2:4])).data
    assert data["sign_note"].to_list() == ["CPU 800 µs"]


def test_figures_recorded_before_families_were_known_still_have_their_table() -> None:
    data = view.signature_sets(invented(MIXED, [figure("Old", "sign", 1.0, family=None, level=None)])).data
    assert data["family"].to_list() == ["Other"]


@pytest.mark.parametrize(("given", "text"), [(0.0793, "79.3 µs"), (4.128, "4.13 ms"), (1683.2, "1.68 s")])
def test_a_duration_is_told_in_the_unit_that_keeps_it_short(given: float, text: str) -> None:
    assert duration_text(given) == text


def test_every_set_of_the_engine_is_in_a_table(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    assert view.kem_sets(report).data["set"].to_list() == [
        "ML-KEM-512", "ML-KEM-768", "ML-KEM-1024", "X-Wing", "P-384+ML-KEM-1024", "X25519",
    ]  # fmt: skip
    assert all(note.startswith("CPU ") for note in view.kem_sets(report).data["encaps_note"])


def history(now: tuple[float, float, float], before: tuple[float, float, float], better: str = "lower") -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "run_id": run, "started_at": NOON, "rule_id": "x", "p5": p5, "value": value, "p95": p95, "unit": "ms",
                "better": better, "ratio": None, "title": "X",
            }
            for run, (p5, value, p95) in (("a", before), ("b", now))
        ],
        schema_overrides={"ratio": pl.Float64},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "before", "better", "faster"),
    [
        ((1.9, 2.0, 2.1), (0.9, 1.0, 1.1), "lower", "0.5"),
        ((1.9, 2.0, 2.1), (0.9, 1.0, 1.1), "higher", "2"),
        ((1.0, 2.0, 2.1), (0.9, 1.0, 1.1), "lower", None),
        ((1.04, 1.05, 1.06), (0.99, 1.0, 1.01), "lower", None),
    ],
    ids=["slower", "faster", "spreads overlap", "too little"],
)
def test_a_change_is_told_when_the_spreads_parted(now, before, better: str, faster: str | None) -> None:
    found = changed(history(now, before, better))
    assert found.height == (0 if faster is None else 1)
    if faster:
        assert found["faster"][0] == f"{faster} \N{MULTIPLICATION SIGN}"


def test_names_at_the_ends_of_lines_do_not_cover_each_other() -> None:
    rows = [{"run": NOON, "promise": name, "ratio": ratio} for name, ratio in (("a", 400.0), ("b", 390.0), ("c", 2.0))]
    ends = trend_spec(rows, narrow=False)["layer"][-1]["data"]["values"]
    heights = sorted(end["at"] for end in ends)
    assert heights[2] / heights[1] > 1.2
    assert heights[0] == 2.0
