"""A snapshot holds what the report declared, and says what it holds."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from reporting_lab import THEN, ReportingLab, later, make_lab

from scorpius_lab.errors import BundleError, QueryError, UsageError
from scorpius_lab.reporting import open_report
from scorpius_lab.reporting.cited import cited_blobs, cited_ids
from scorpius_lab.reporting.report import Report
from scorpius_lab.reporting.snapshot import take_snapshot
from scorpius_lab.reporting.spec import ReportParameters, ReportSpec, SnapshotQuery


class Parameters(ReportParameters):
    state: str = "pass"
    rules: tuple[str, ...] = ("test.rule-1", "test.rule-2")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> ReportingLab:
    return make_lab(tmp_path_factory.mktemp("snapshot") / "lab")


def spec(*queries: SnapshotQuery) -> ReportSpec:
    return ReportSpec("test", "Test", "test.ipynb", Parameters, queries, ())


def query(sql: str, name: str = "t", personal: tuple[str, ...] = ()) -> SnapshotQuery:
    return SnapshotQuery(name, sql, "Nothing to see.", personal)


def snapped(lab: ReportingLab, path: Path, *queries: SnapshotQuery, redact: bool = False, **given: object) -> Report:
    parameters = Parameters.model_validate({"as_of": later(), **given})
    take_snapshot(lab, spec(*queries), parameters, path / "data.duckdb", redact=redact, meta={"lab": lab.name})
    return open_report(path / "data.duckdb")


def test_tables_parameters_and_facts_are_read_back(lab: ReportingLab, tmp_path: Path) -> None:
    report = snapped(
        lab, tmp_path, query("SELECT rule_id, state, run_id, recorded_at FROM observations ORDER BY rule_id")
    )
    frame = report.table("t")
    assert frame["rule_id"].to_list() == ["test.rule-1", "test.rule-2", "test.rule-3"]
    assert frame["recorded_at"][0] == THEN
    assert report.as_of == later()
    assert report.parameters["state"] == "pass"
    assert report.meta["lab"] == "lab"
    assert report.meta["run_ids"] == frame["run_id"].unique().to_list()
    assert (report.when_empty("t"), report.rows("t"), report.tables) == ("Nothing to see.", 3, ("t",))
    report.close()
    assert report.table("t").height == 3


def test_parameters_are_bound_never_pasted(lab: ReportingLab, tmp_path: Path) -> None:
    hostile = "'; DROP TABLE lab.runs; --"
    report = snapped(
        lab,
        tmp_path,
        query("SELECT $state AS said, count(*) AS n FROM observations WHERE state = $state", "bound"),
        query(
            "SELECT rule_id FROM observations WHERE list_contains($rules, rule_id) AND recorded_at <= $as_of", "listed"
        ),
        state=hostile,
    )
    assert report.table("bound").row(0) == (hostile, 0)
    assert report.table("listed").height == 2


def test_an_earlier_moment_shows_less(lab: ReportingLab, tmp_path: Path) -> None:
    report = snapped(lab, tmp_path, query("SELECT * FROM observations WHERE recorded_at <= $as_of"), as_of=later(-1))
    assert report.table("t").is_empty()
    assert "rule_id" in report.table("t").columns


def test_a_table_the_store_does_not_have_is_empty_and_says_what_that_means(lab: ReportingLab, tmp_path: Path) -> None:
    report = snapped(lab, tmp_path, query("SELECT * FROM chain_transactions"), query("SELECT 1 AS one", "there"))
    assert report.table("t").is_empty()
    assert report.table("t").columns == []
    assert report.when_empty("t") == "Nothing to see."
    assert report.table("there").item() == 1


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{0}')",
        "SELECT * FROM read_text('{0}')",
        "SELECT * FROM read_blob('{0}')",
        "SELECT * FROM '{0}'",
        "SELECT * FROM glob('{1}/*')",
        "SELECT (SELECT content FROM read_text('{0}')) AS x FROM observations",
        "WITH a AS (SELECT * FROM sniff_csv('{0}')) SELECT * FROM a",
    ],
)
@pytest.mark.parametrize("key", [None, "ab" * 32])
def test_a_query_reads_nothing_outside_the_store(lab: ReportingLab, tmp_path: Path, sql: str, key: str | None) -> None:
    (tmp_path / "outside.csv").write_text("a,b\nplanted,1\n")
    declared = spec(query(sql.format(tmp_path / "outside.csv", tmp_path)))
    path = tmp_path / "data.duckdb"
    with pytest.raises(QueryError, match="the snapshot query t does not run"):
        take_snapshot(lab, declared, Parameters(as_of=later()), path, key=key, lenient=False)
    assert not path.exists()
    with lab.store.read("after") as connection:  # the next section is not confined
        assert connection.execute("SELECT current_setting('enable_external_access')").fetchone() == (True,)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT nothing_like_this FROM observations", "does not run"),
        ("SELEC 1", "is not SQL"),
        ("SELECT 1; SELECT 2", "must be one SELECT"),
        ("DELETE FROM lab.runs", "must be one SELECT"),
        ("COPY (SELECT 1) TO '/tmp/never-written'", "must be one SELECT"),
        ("ATTACH '/tmp/x.duckdb'", "must be one SELECT"),
        ("SELECT $password", r"uses \$password, which is no parameter"),
        ("SELECT 1/0 AS x, error('planted')", "does not run: .*planted"),
    ],
)
def test_a_query_that_does_not_run_is_named_and_leaves_no_file(
    lab: ReportingLab, tmp_path: Path, sql: str, said: str
) -> None:
    with pytest.raises(QueryError, match=f"the snapshot query t {said}"):
        snapped(lab, tmp_path, query("SELECT 1 AS fine", "fine"), query(sql))
    assert not (tmp_path / "data.duckdb").exists()


@pytest.mark.parametrize("name", ["_meta", "a b", "", 'x"; DROP', "1x"])
def test_a_table_needs_a_plain_name(lab: ReportingLab, tmp_path: Path, name: str) -> None:
    with pytest.raises(QueryError, match="cannot name a snapshot table"):
        snapped(lab, tmp_path, query("SELECT 1", name))


def test_redaction_masks_what_is_marked_personal_and_nothing_else(lab: ReportingLab, tmp_path: Path) -> None:
    report = snapped(
        lab,
        tmp_path,
        query("SELECT rule_id, reason FROM observations ORDER BY rule_id", personal=("reason",)),
        redact=True,
    )
    assert report.table("t")["rule_id"][0] == "test.rule-1"
    assert "alice" not in json.dumps(report.table("t").to_dicts())
    assert "t.reason" in report.meta["redaction"]
    assert b"alice" not in (tmp_path / "data.duckdb").read_bytes()


def test_a_snapshot_is_written_once_and_needs_its_moment(lab: ReportingLab, tmp_path: Path) -> None:
    snapped(lab, tmp_path)
    with pytest.raises(UsageError, match="written once"):
        snapped(lab, tmp_path)
    with pytest.raises(UsageError, match="needs as_of"):
        take_snapshot(lab, spec(), Parameters(), tmp_path / "other.duckdb")


def test_an_encrypted_snapshot_opens_with_its_key_only(
    lab: ReportingLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("duckdb_extension_httpfs")
    path, key = tmp_path / "data.duckdb", "ab" * 32
    take_snapshot(lab, spec(query("SELECT reason FROM observations")), Parameters(as_of=later()), path, key=key)
    assert b"alice" not in path.read_bytes()
    with pytest.raises(UsageError, match="does not open as a snapshot"):
        open_report(path)
    monkeypatch.setenv("SCORPIUS_SNAPSHOT_KEY", key)
    assert open_report(path).table("t").height == 3


def test_the_snapshot_cannot_be_written_through_a_report(lab: ReportingLab, tmp_path: Path) -> None:
    report = snapped(lab, tmp_path, query("SELECT 1 AS a"))
    with pytest.raises(duckdb.Error, match="read-only"):
        report._connection.execute("CREATE TABLE snap.main.x (a INT)")


def test_sample_rows_mark_the_snapshot(lab: ReportingLab, tmp_path: Path) -> None:
    assert snapped(lab, tmp_path, query("SELECT true AS sample")).meta["sample"] is True


def test_an_unknown_table_is_answered_with_the_nearest(lab: ReportingLab, tmp_path: Path) -> None:
    report = snapped(lab, tmp_path, query("SELECT 1 AS a", "observed"))
    with pytest.raises(QueryError, match="no table observd; did you mean observed"):
        report.table("observd")
    with pytest.raises(QueryError, match="no table _meta"):
        report.table("_meta")


def test_what_is_not_a_snapshot_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no snapshot"):
        open_report(tmp_path / "gone.duckdb")
    (tmp_path / "text.duckdb").write_text("hello, I am not a database at all, not at all")
    with pytest.raises(UsageError, match="does not open"):
        open_report(tmp_path / "text.duckdb")
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    with pytest.raises(BundleError, match="not the snapshot of a report"):
        open_report(tmp_path / "other.duckdb")


def test_by_hand_without_a_lab_one_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="run `scorpius report NAME`, or say which report"):
        open_report("")
    with pytest.raises(UsageError, match=r"there is no lab in .* run `scorpius report threat`"):
        open_report("", report="threat")


def test_by_hand_beside_a_lab_a_snapshot_is_made(
    lab: ReportingLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import scorpius_lab.lab
    from scorpius_lab.reporting import reports

    (tmp_path / "lab").symlink_to(lab.path)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "notebooks" / "compliance.ipynb"))
    monkeypatch.setattr(scorpius_lab.lab, "open_lab", lambda _: lab)
    monkeypatch.setattr(reports, "load_spec", lambda _: spec(query("SELECT state FROM observations")))
    report = open_report("")
    assert report.meta["report"] == "compliance"
    assert report.table("t").height == 3
    path = report.path
    assert path.exists()
    del report
    assert not path.exists()


def test_cited_evidence_is_found_with_its_strictest_classification(lab: ReportingLab, tmp_path: Path) -> None:
    report = snapped(lab, tmp_path, query("SELECT rule_id, evidence FROM observations"))
    blobs = cited_blobs(lab, cited_ids(report.path))
    assert sorted(blob.classification for blob in blobs) == ["confidential", "internal"]
    shown = next(blob for blob in blobs if blob.classification == "internal")
    assert shown.content() == b"sshd: permit no"
    assert cited_blobs(lab, []) == []


def test_times_are_read_back_aware(lab: ReportingLab, tmp_path: Path) -> None:
    report = snapped(lab, tmp_path, query("SELECT $as_of AS moment"))
    moment = report.table("t").item()
    assert isinstance(moment, datetime)
    assert moment == later()
    assert report.as_of.utcoffset() is not None
