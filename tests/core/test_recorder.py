"""A run's life, and the life of findings over runs."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from scorpius_lab.core.audit import FileAuditSink
from scorpius_lab.core.evidence import Classification, Evidence
from scorpius_lab.core.evidence_register import EvidenceRegister
from scorpius_lab.core.finding_register import FindingRegister
from scorpius_lab.core.findings import Finding, Location, LocationKind
from scorpius_lab.core.observations import Asset, Observation, State
from scorpius_lab.core.recorder import LabRecorder, recorded_run
from scorpius_lab.core.rules import Rule, Severity
from scorpius_lab.core.runs import RunContext, Scope
from scorpius_lab.core.store import Backend, BlobFolder, Store, read_migrations
from scorpius_lab.core.store.migrate import CORE
from scorpius_lab.errors import Cancelled, EvidenceError, FindingNotFound, InvalidTransition, UsageError

RULE = Rule("t.rule", 1, "A rule", Severity.HIGH, "mend it", techniques=("T1078",))
OTHER = Rule("t.other", 1, "Another rule", Severity.LOW, "mend it")
HOST = Asset("host", "one")
START = datetime(2026, 3, 1, tzinfo=UTC)
Record = Callable[..., AbstractContextManager[LabRecorder]]


class Bench:
    """A store with its registers and a clock that ticks."""

    def __init__(self, folder: Path) -> None:
        seconds = itertools.count()
        self.clock = lambda: START + timedelta(seconds=next(seconds))
        self.store = Store(folder, Backend("duckdb", folder / "store.duckdb"), read_migrations(*CORE), clock=self.clock)
        self.store.create()
        self.blobs = BlobFolder(folder / "blobs")
        self.audit = FileAuditSink(folder / "audit.jsonl")
        self.findings = FindingRegister(self.store, self.audit, self.clock)
        self.evidence = EvidenceRegister(self.store, self.blobs, self.audit, lambda name, _: self.record(name))

    def record(self, function: str = "t.scan") -> AbstractContextManager[LabRecorder]:
        context = RunContext(clock=self.clock, seed=7)
        return recorded_run(
            self.store,
            self.blobs,
            self.audit,
            context,
            function=function,
            version="1",
            parameters={"a": 1},
            configuration=None,
        )

    def scan(self, *keys: str, rules: tuple[str, ...] = ("t.rule",), assets: tuple[str, ...] = (HOST.id,)) -> None:
        with self.record() as recorder:
            recorder.add_findings(found(*keys))
            recorder.set_scope(Scope(rules, assets))

    def states(self) -> dict[str, str]:
        return dict(self.findings.list().select("location_key", "state").rows())


def found(*keys: str, message: str = "is wrong") -> list[Finding]:
    return [Finding(RULE, HOST, Location(LocationKind.FILE, key, {"path": key}), f"{key} {message}") for key in keys]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "lab")


def test_a_run_is_recorded_with_what_when_and_how_it_ended(bench: Bench) -> None:
    with bench.record() as recorder:
        recorder.add_input("file", "ab" * 32)
    (run,) = bench.store.sql("SELECT * FROM runs").to_dicts()
    assert (run["function"], run["version"], run["seed"], run["outcome"]) == ("t.scan", "1", 7, "succeeded")
    assert run["inputs"] == '{"file":"' + "ab" * 32 + '"}'
    assert run["started_at"] < run["ended_at"]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(ValueError("no"), "failed"), (Cancelled("enough"), "cancelled"), (KeyboardInterrupt(), "cancelled")],
)
def test_a_run_that_raises_says_so_and_closes_nothing(bench: Bench, error: BaseException, outcome: str) -> None:
    bench.scan("a")

    def stopped_run() -> None:
        with bench.record() as recorder:
            recorder.set_scope(Scope(("t.rule",), (HOST.id,)))
            raise error

    with pytest.raises(type(error)):
        stopped_run()
    assert bench.store.sql("SELECT outcome FROM runs ORDER BY started_at DESC LIMIT 1")["outcome"][0] == outcome
    assert bench.states() == {"a": "open"}


def test_the_scratch_folder_is_gone_after_the_run(bench: Bench) -> None:
    with bench.record() as recorder:
        (recorder.workdir / "x").write_text("x")
    assert not recorder.workdir.exists()


def test_a_finding_closes_only_when_a_run_that_covered_it_no_longer_sees_it(bench: Bench) -> None:
    bench.scan("a", "b")
    bench.scan("a", rules=("t.other",))
    assert bench.states() == {"a": "open", "b": "open"}
    bench.scan("a", assets=("elsewhere",))
    assert bench.states() == {"a": "open", "b": "open"}
    bench.scan("a")
    assert bench.states() == {"a": "open", "b": "fixed"}


def test_a_run_that_covered_everything_and_saw_nothing_closes_everything(bench: Bench) -> None:
    bench.scan("a", "b")
    bench.scan()
    assert bench.states() == {"a": "fixed", "b": "fixed"}


def test_a_fixed_finding_that_comes_back_is_reopened_once(bench: Bench) -> None:
    bench.scan("a")
    bench.scan()
    bench.scan("a")
    bench.scan("a")
    fingerprint = found("a")[0].fingerprint
    assert bench.findings.events(fingerprint)["state"].to_list() == ["fixed", "reopened"]
    assert bench.states() == {"a": "reopened"}


def test_a_false_positive_stays_one_whether_seen_or_not(bench: Bench) -> None:
    bench.scan("a")
    bench.findings.triage(found("a")[0].fingerprint, "false_positive", "a test fixture")
    bench.scan()
    bench.scan("a")
    assert bench.states() == {"a": "false_positive"}


def test_a_decision_survives_edits_around_the_finding(bench: Bench) -> None:
    bench.scan("a")
    until = START + timedelta(days=30)
    bench.findings.triage(found("a")[0].fingerprint, "accepted", "known, replaced in May", until)
    with bench.record() as recorder:
        moved = Finding(
            RULE, HOST, Location(LocationKind.FILE, "a", {"path": "a", "line": 99}), "a is wrong, now in 99"
        )
        recorder.add_findings([moved])
        recorder.set_scope(Scope(("t.rule",), (HOST.id,)))
    shown = bench.findings.show(moved.fingerprint)
    assert (shown["state"][0], shown["message"][0]) == ("accepted", "a is wrong, now in 99")


def test_triage_asks_for_a_reason_a_day_and_an_allowed_step(bench: Bench) -> None:
    bench.scan("a")
    name = found("a")[0].fingerprint
    with pytest.raises(UsageError, match="needs a reason"):
        bench.findings.triage(name, "triaged", " ")
    with pytest.raises(UsageError, match="until a day"):
        bench.findings.triage(name, "accepted", "fine")
    with pytest.raises(UsageError, match="is past"):
        bench.findings.triage(name, "accepted", "fine", datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(UsageError, match="no time zone"):
        bench.findings.triage(name, "accepted", "fine", datetime(2030, 1, 1))  # noqa: DTZ001
    with pytest.raises(UsageError, match="no state"):
        bench.findings.triage(name, "ignored", "fine")
    with pytest.raises(InvalidTransition, match="open cannot become fixed"):
        bench.findings.triage(name, "fixed", "done")
    with pytest.raises(FindingNotFound):
        bench.findings.triage("ffffff", "triaged", "fine")
    with pytest.raises(FindingNotFound, match="hex digits"):
        bench.findings.show("no such thing")


def test_every_decision_is_in_the_audit_log(bench: Bench) -> None:
    bench.scan("a")
    bench.findings.triage(found("a")[0].fingerprint[:12], "triaged", "looking", by="ada")
    entry = list(bench.audit.entries())[-1]
    assert (entry.action, entry.actor, entry.detail["state"]) == ("finding.decided", "ada", "triaged")
    assert bench.audit.verify_chain().good


def test_findings_are_listed_worst_first_and_narrowed(bench: Bench) -> None:
    with bench.record() as recorder:
        recorder.add_findings(
            [Finding(OTHER, HOST, Location(LocationKind.HOST, "l"), "low"), *found("h")],
        )
    assert bench.findings.list()["severity"].to_list() == ["high", "low"]
    assert bench.findings.list(severity="medium")["severity"].to_list() == ["high"]
    assert bench.findings.list(rule="t.other")["title"].to_list() == ["Another rule"]
    assert bench.findings.list(state="fixed").is_empty()
    with pytest.raises(UsageError, match="no severity"):
        bench.findings.list(severity="awful")


def test_a_frame_of_findings_is_recorded_like_records(bench: Bench) -> None:
    frame = pl.DataFrame({"location_key": [f"k{i}" for i in range(1000)]}).with_columns(
        rule_id=pl.lit("t.rule"),
        rule_version=pl.lit(1),
        severity=pl.lit("high"),
        confidence=pl.lit("high"),
        asset_id=pl.lit(HOST.id),
        location_kind=pl.lit("file"),
        message=pl.lit("wrong"),
    )
    for expected in (1000, 0):
        with bench.record() as recorder:
            assert recorder.add_findings_frame(frame, [RULE]) == expected
            recorder.set_scope(Scope(("t.rule",), (HOST.id,)))
    with bench.record() as recorder:
        recorder.add_findings_frame(frame.head(10), [RULE])
        recorder.set_scope(Scope(("t.rule",), (HOST.id,)))
    counts = dict(bench.findings.list().group_by("state").len().rows())
    assert counts == {"open": 10, "fixed": 990}
    assert found("k5")[0].fingerprint in bench.findings.list(state="open")["fingerprint"].to_list()


def test_equal_bytes_are_one_blob_and_each_collection_a_row(bench: Bench) -> None:
    with bench.record() as recorder:
        first = recorder.add_evidence([Evidence(b"same", "s", "c", "q"), Evidence(b"other", "s", "c", "q")])
        second = recorder.add_evidence([Evidence(b"same", "s", "c", "q")])
    assert len({*first, *second}) == 3
    assert bench.store.sql("SELECT count(*) AS n FROM blobs")["n"][0] == 2
    assert bench.evidence.content(first[0]) == bench.evidence.content(second[0]) == b"same"


def test_observations_keep_their_evidence_and_their_value(bench: Bench) -> None:
    with bench.record() as recorder:
        ids = recorder.add_evidence([Evidence(b"x", "s", "c", "q")])
        recorder.add_observations(
            [
                Observation(
                    RULE, HOST, State.PASS, "fine", tuple(ids), value=1.5, unit="ms", detail={"n": 3}, part="a"
                ),
                Observation(RULE, HOST, State.NOT_EVALUATED, "no root", part="b"),
            ]
        )
    rows = bench.store.sql("SELECT state, evidence, value, detail FROM observations ORDER BY part").rows()
    assert rows == [("pass", ids, 1.5, '{"n":3}'), ("not_evaluated", [], None, "{}")]


def test_evidence_by_hand_is_kept_listed_and_given_back(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "policy.txt"
    file.write_text("be good")
    kept = bench.evidence.add(file, source="policy", classification=Classification.PUBLIC)
    assert kept.select("source", "collector", "classification").rows() == [("policy", "by hand", "public")]
    out = bench.evidence.export(kept["sha256"][0][:10], tmp_path / "out.txt")
    assert out.read_text() == "be good"
    with pytest.raises(UsageError, match="there already"):
        bench.evidence.export(kept["sha256"][0], out)
    with pytest.raises(UsageError, match="cannot be read"):
        bench.evidence.add(tmp_path / "missing")
    with pytest.raises(EvidenceError, match="no evidence"):
        bench.evidence.show("0123456789")


def test_a_frame_by_hand_is_kept_as_json_lines(bench: Bench) -> None:
    frame = pl.DataFrame({"who": ["alice", "bob"], "left": [True, False]})
    kept = bench.evidence.add(frame, source="leavers", effective_at=START)
    again = bench.evidence.add(pd.DataFrame(frame.to_dict(as_series=False)), source="leavers", effective_at=START)
    assert bench.evidence.content(kept["sha256"][0]) == b'{"who":"alice","left":true}\n{"who":"bob","left":false}\n'
    assert again["sha256"][0] == kept["sha256"][0]
    with pytest.raises(UsageError, match="does not say where it is from"):
        bench.evidence.add(frame)


def test_a_changed_blob_is_noticed(bench: Bench) -> None:
    sha256 = bench.blobs.put(b"true")
    bench.blobs.path(sha256).write_bytes(b"false")
    with pytest.raises(EvidenceError, match="was changed"):
        bench.blobs.get(sha256)
    with pytest.raises(EvidenceError, match="not a SHA-256"):
        bench.blobs.get("../../etc/passwd")


def test_an_encrypted_blob_folder_holds_no_plaintext(tmp_path: Path) -> None:
    folder = BlobFolder(tmp_path, b"k" * 32)
    sha256 = folder.put(b"plain marker")
    assert b"plain marker" not in folder.path(sha256).read_bytes()
    assert folder.get(sha256) == b"plain marker"
    with pytest.raises(Exception, match="key"):
        BlobFolder(tmp_path, b"x" * 32).get(sha256)
