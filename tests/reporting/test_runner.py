"""From a lab and a notebook to signed bundles, several at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import duckdb
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from reporting_lab import NOTEBOOKS, THEN, ReportingLab, later, make_lab, rule

from scorpius_lab.core.evidence import Evidence
from scorpius_lab.core.observations import Asset, Observation, State
from scorpius_lab.core.recorder import recorded_run
from scorpius_lab.core.runs import RunContext
from scorpius_lab.errors import (
    BundleError,
    FormatError,
    MissingProgram,
    NotebookFailed,
    ParameterError,
    QueryError,
    ReportError,
    UsageError,
)
from scorpius_lab.reporting import kernel_pool, runner
from scorpius_lab.reporting.execute import execute_notebook
from scorpius_lab.reporting.kernels import KernelPool
from scorpius_lab.reporting.leaks import scan_for_secrets
from scorpius_lab.reporting.replay import replay_bundle
from scorpius_lab.reporting.runner import ReportRequest, make_reports, report_frame
from scorpius_lab.reporting.verify import verify_bundle

FIGURES = NOTEBOOKS / "figures.ipynb"
MISBEHAVING = NOTEBOOKS / "misbehaving.ipynb"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> ReportingLab:
    return make_lab(tmp_path_factory.mktemp("runner") / "lab")


@pytest.fixture(scope="module")
def pool() -> Iterator[KernelPool]:
    with KernelPool(preload=("altair", "polars", "duckdb", "scorpius_lab.reporting.components")) as opened:
        yield opened


@pytest.fixture
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any process that is started fails the test."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a process was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(os, "fork", refuse)


def clock() -> object:
    return later()


def texts(folder: Path) -> str:
    return "".join(
        path.read_text(errors="replace") for path in folder.rglob("*") if path.suffix in (".html", ".ipynb", ".json")
    )


def test_a_bundle_holds_everything_and_verifies(lab: ReportingLab, pool: KernelPool, tmp_path: Path) -> None:
    told: list[tuple[int, int | None, str]] = []
    (bundle,) = make_reports(
        lab,
        [ReportRequest(FIGURES, {"limit": "2"}, tmp_path / "out")],
        pool=pool,
        clock=clock,
        progress=lambda *now: told.append(now),
    )
    assert bundle.folder == tmp_path / "out" / "figures-20260502T120000Z"
    names = {path.name for path in bundle.folder.iterdir()}
    assert {
        "report.html",
        "report.ipynb",
        "data.duckdb",
        "evidence",
        "environment.json",
        "manifest.json",
        "SHA256SUMS",
    } <= names
    manifest = bundle.manifest
    assert (manifest.state, manifest.headline) == ("complete", "Two of three rules hold")
    assert [result.name for result in manifest.results] == ["masthead", "states", "values", "rows"]
    assert manifest.parameters == {"as_of": "2026-05-02T12:00:00Z", "organisation": "", "limit": 2}
    assert len(manifest.runs) == 1
    assert sorted(entry.withheld for entry in manifest.evidence) == [False, True]
    withheld = (bundle.folder / "evidence" / "withheld.csv").read_text()
    assert "confidential" in withheld
    assert "lab lab, source hr" in withheld
    environment = json.loads((bundle.folder / "environment.json").read_text())
    assert environment["packages"]["polars"]
    assert str(Path.home()) not in (bundle.folder / "environment.json").read_text()
    verification = verify_bundle(bundle.folder)
    assert not verification.problems
    html = (bundle.folder / "report.html").read_text()
    assert html.count("<svg") >= 4
    assert "Two of three rules hold" in html
    assert str(tmp_path) not in texts(bundle.folder)
    assert (tmp_path / "out" / "index.html").read_text().count("figures-20260502T120000Z") >= 1
    done = [done for done, _, _ in told]
    assert done == sorted(done)
    assert told[-1][:2] == (12, 12)
    assert any("States" in text for _, _, text in told)


def test_results_are_the_same_when_made_again(lab: ReportingLab, pool: KernelPool, tmp_path: Path) -> None:
    request = ReportRequest(FIGURES, {"as_of": "2026-05-02"}, tmp_path)
    bundles = make_reports(lab, [request, request], pool=pool, clock=clock)
    first, second = ([(r.name, r.sha256) for r in bundle.manifest.results] for bundle in bundles)
    assert first == second
    assert [bundle.folder.name for bundle in bundles] == ["figures-20260502T000000Z", "figures-20260502T000000Z-2"]


@pytest.mark.parametrize(
    "wrong",
    [
        (ReportRequest(FIGURES, {"limitt": 1}), ParameterError, "did you mean limit"),
        (ReportRequest(FIGURES, {"limit": "many"}), ParameterError, "parameter limit of figures does not fit"),
        (
            ReportRequest(MISBEHAVING, {"secret": "hunter2-planted"}),  # scorpius: allow-secret
            ParameterError,
            "give its name as secret:NAME",
        ),
        (ReportRequest("complianse"), UsageError, "did you mean compliance"),
        (ReportRequest("gone.ipynb"), UsageError, "there is no notebook gone.ipynb"),
        (ReportRequest(FIGURES, formats=("docx",)), UsageError, "no report format docx"),
        (ReportRequest(Path(__file__).with_suffix(".ipynb")), UsageError, "there is no notebook"),
    ],
)
def test_a_wrong_request_starts_no_process_and_writes_nothing(
    lab: ReportingLab, tmp_path: Path, no_process: None, wrong: tuple[ReportRequest, type[Exception], str]
) -> None:
    request, error, said = wrong
    good = ReportRequest(FIGURES, {}, tmp_path / "out")
    with pytest.raises(error, match=said) as caught:
        make_reports(lab, [good, request], clock=clock)
    assert "hunter2" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_no_report_at_all_is_wrong_use(lab: ReportingLab) -> None:
    with pytest.raises(UsageError, match="no report was named"):
        make_reports(lab, [])


def test_a_failing_cell_leaves_a_partial_bundle_and_does_not_stop_the_others(
    lab: ReportingLab, pool: KernelPool, tmp_path: Path
) -> None:
    requests = [
        ReportRequest(MISBEHAVING, {"mode": "raise"}, tmp_path),
        ReportRequest(FIGURES, {}, tmp_path),
        ReportRequest(MISBEHAVING, {"mode": "die"}, tmp_path),
    ]
    with pytest.raises(
        NotebookFailed, match=r"2 of 3 reports failed; misbehaving: cell 6 .* planted failure"
    ) as caught:
        make_reports(lab, requests, pool=pool, clock=clock)
    raised, good, died = caught.value.bundles
    assert [bundle.complete for bundle in (raised, good, died)] == [False, True, False]
    assert caught.value.partial == raised.folder
    assert "the kernel died" in died.manifest.error
    assert not verify_bundle(raised.folder).problems
    html = (raised.folder / "report.html").read_text()
    assert "planted failure" in html
    assert "before" in html
    assert caught.value.exit_code == 1


def test_a_cell_over_its_time_fails_its_report(lab: ReportingLab, pool: KernelPool, tmp_path: Path) -> None:
    with pytest.raises(NotebookFailed, match="ran longer than 1 s"):
        make_reports(lab, [ReportRequest(MISBEHAVING, {"mode": "sleep"}, tmp_path)], pool=pool, clock=clock, timeout=1)


def test_a_query_that_does_not_run_fails_after_the_others(lab: ReportingLab, pool: KernelPool, tmp_path: Path) -> None:
    queries = [{"name": "t", "sql": "SELECT nothing FROM observations"}]
    node = new_notebook(cells=[new_code_cell("1")], metadata={"scorpius": {"queries": queries}})
    nbformat.write(node, tmp_path / "broken.ipynb")
    requests = [ReportRequest(tmp_path / "broken.ipynb", {}, tmp_path), ReportRequest(FIGURES, {}, tmp_path)]
    with pytest.raises(QueryError, match="the snapshot query t does not run"):
        make_reports(lab, requests, pool=pool, clock=clock)
    assert [path.name for path in tmp_path.glob("*-2026*")] == ["figures-20260502T120000Z"]


def test_an_ordinary_altair_chart_is_drawn_and_replays(lab: ReportingLab, pool: KernelPool, tmp_path: Path) -> None:
    chart = (
        "import altair as alt, polars as pl\nalt.Chart(pl.DataFrame({'x': [1, 2]})).mark_line().encode(x='x', y='x')"
    )
    node = new_notebook(cells=[new_code_cell('snapshot = ""', metadata={"tags": ["parameters"]}), new_code_cell(chart)])
    nbformat.write(node, tmp_path / "mine.ipynb")
    (bundle,) = make_reports(lab, [ReportRequest(tmp_path / "mine.ipynb", {}, tmp_path)], pool=pool, clock=clock)
    assert 'own-chart"><img src="data:image/svg+xml' in (bundle.folder / "report.html").read_text()
    again = replay_bundle(bundle.folder, run_unknown_signer=True, executor=partial(execute_notebook, pool=pool))
    assert (again.reproduced, len(again.same)) == (True, 1)


def test_a_table_that_does_not_exist_is_an_error_in_a_notebook_of_ones_own(lab: ReportingLab, tmp_path: Path) -> None:
    queries = [{"name": "t", "sql": "SELECT nope FROM nowhere"}]
    node = new_notebook(cells=[new_code_cell("1")], metadata={"scorpius": {"queries": queries}})
    nbformat.write(node, tmp_path / "mine.ipynb")
    with pytest.raises(QueryError, match=r"mine\.ipynb: the snapshot query t does not run: .*nowhere"):
        make_reports(lab, [ReportRequest(tmp_path / "mine.ipynb", {}, tmp_path)], clock=clock)
    assert not list(tmp_path.glob("mine-*"))


def test_a_pdf_without_chromium_is_refused_before_anything_runs(
    lab: ReportingLab, tmp_path: Path, no_process: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("scorpius_lab.reporting.pdf._MAC", tmp_path / "absent")
    requests = [ReportRequest(FIGURES, {}, tmp_path / "out"), ReportRequest(FIGURES, {}, tmp_path / "out", ("pdf",))]
    with pytest.raises(MissingProgram, match="a PDF needs Chromium"):
        make_reports(lab, requests, clock=clock)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(lab: ReportingLab, no_process: None, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ReportError, match=r"report misbehaving could not be written to .*/file/misbehaving-2026"):
        make_reports(lab, [ReportRequest(MISBEHAVING, {"mode": "quiet"}, tmp_path / "file")], clock=clock)
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_damaged_notebook_is_named(lab: ReportingLab, tmp_path: Path) -> None:
    (tmp_path / "x.ipynb").write_text("{")
    with pytest.raises(FormatError, match=r"x\.ipynb is not a notebook"):
        make_reports(lab, [ReportRequest(tmp_path / "x.ipynb")], clock=clock)


def test_a_planted_secret_is_in_no_file(
    lab: ReportingLab, pool: KernelPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTED_TOKEN", "hunter2-planted")
    monkeypatch.setenv("UNUSED_PASSWORD", "correct-horse-planted")
    (bundle,) = make_reports(
        lab,
        [ReportRequest(MISBEHAVING, {"mode": "secret", "secret": "secret:PLANTED_TOKEN"}, tmp_path)],
        pool=pool,
        clock=clock,
    )
    for path in bundle.folder.rglob("*"):
        assert not path.is_file() or b"planted" not in path.read_bytes().replace(b"planted failure", b"")
    assert bundle.manifest.parameters["secret"] == "secret:PLANTED_TOKEN"


def test_a_notebook_that_prints_a_secret_gets_no_bundle(
    lab: ReportingLab, pool: KernelPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTED_TOKEN", "hunter2-planted")
    with pytest.raises(BundleError, match="a secret would be in the bundle") as caught:
        make_reports(
            lab,
            [ReportRequest(MISBEHAVING, {"mode": "leak", "secret": "secret:PLANTED_TOKEN"}, tmp_path)],
            pool=pool,
            clock=clock,
        )
    assert "hunter2" not in str(caught.value)
    assert not list(tmp_path.glob("misbehaving*"))


def test_redaction_reaches_page_data_and_manifest(lab: ReportingLab, pool: KernelPool, tmp_path: Path) -> None:
    (bundle,) = make_reports(lab, [ReportRequest(FIGURES, {}, tmp_path, redact=True)], pool=pool, clock=clock)
    assert "alice" not in texts(bundle.folder)
    assert b"alice" not in (bundle.folder / "data.duckdb").read_bytes()
    assert "observed.reason" in bundle.manifest.redaction


def test_a_redacted_bundle_holds_an_account_name_nowhere(pool: KernelPool, tmp_path: Path) -> None:
    lab = make_lab(tmp_path / "lab")
    record_login(lab, "planted.account")
    query = {"name": "logins", "sql": "SELECT reason, evidence FROM observations", "when_empty": "-"}
    node = new_notebook(
        cells=[new_code_cell("1")], metadata={"scorpius": {"queries": [{**query, "personal": ["reason"]}]}}
    )
    nbformat.write(node, tmp_path / "logins.ipynb")
    plain, redacted = make_reports(
        lab,
        [ReportRequest(tmp_path / "logins.ipynb", {}, tmp_path / "out", redact=redact) for redact in (False, True)],
        pool=pool,
        clock=clock,
    )
    assert scan_for_secrets(plain.folder, ["planted.account", "PLANTED.ACCOUNT"])
    assert scan_for_secrets(redacted.folder, ["planted.account", "PLANTED.ACCOUNT"]) == []
    withheld = (redacted.folder / "evidence" / "withheld.csv").read_text()
    assert "holds text that was masked,the lab that made this report" in withheld
    assert verify_bundle(redacted.folder).problems == ()


def record_login(lab: ReportingLab, account: str) -> None:
    context = RunContext(clock=lambda: THEN)
    with recorded_run(
        lab.store, lab.blobs, lab.audit, context, function="test", version="2", parameters={}, configuration=None
    ) as recorder:
        log = f"sshd: Accepted password for {account.upper()} from 192.0.2.7".encode()
        (kept,) = recorder.add_evidence([Evidence(log, f"/home/{account}/auth.log", "file", "x", collected_at=THEN)])
        host = Asset("host", "build-1")
        recorder.add_observations(
            [Observation(rule(1), host, State.FAIL, account, evidence=(kept,), effective_at=later())]
        )


def test_a_log_line_with_markup_is_shown_harmlessly(lab: ReportingLab, pool: KernelPool, tmp_path: Path) -> None:
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    (bundle,) = make_reports(lab, [ReportRequest(FIGURES, {"organisation": hostile}, tmp_path)], pool=pool, clock=clock)
    assert "<script>alert(1)" not in (bundle.folder / "report.html").read_text()


def test_a_frame_has_a_row_for_each_report_and_shares_parameters(
    lab: ReportingLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = report_frame(lab, [FIGURES, MISBEHAVING], {"limit": "3", "mode": "quiet"}, out=tmp_path)
    assert frame["name"].to_list() == ["figures", "misbehaving"]
    assert frame["state"].to_list() == ["complete", "complete"]
    assert all(Path(path).is_dir() for path in frame["path"])
    with pytest.raises(ParameterError, match="no parameter limitt"):
        report_frame(lab, [FIGURES, MISBEHAVING], {"limitt": "3"}, out=tmp_path)


def test_the_pool_of_one_call_is_gone_afterwards(
    lab: ReportingLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[KernelPool] = []
    start = kernel_pool.KernelPool.start

    def remember(self: KernelPool) -> KernelPool:
        opened.append(self)
        return start(self)

    monkeypatch.setattr(kernel_pool.KernelPool, "start", remember)
    make_reports(lab, [ReportRequest(MISBEHAVING, {"mode": "quiet"}, tmp_path)], clock=clock)
    assert opened
    assert {pool.pid for pool in opened} == {0}


def test_ordinary_kernels_by_configuration(lab: ReportingLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.configuration, "reporting", SimpleNamespace(kernel_pool=False))
    monkeypatch.setattr(kernel_pool.KernelPool, "start", lambda _: pytest.fail("a warm pool was started"))
    (bundle,) = make_reports(lab, [ReportRequest(MISBEHAVING, {"mode": "quiet"}, tmp_path)], clock=clock)
    assert bundle.complete


def test_every_bundle_leaves_a_line_in_the_audit_log(lab: ReportingLab, pool: KernelPool, tmp_path: Path) -> None:
    make_reports(lab, [ReportRequest(MISBEHAVING, {"mode": "quiet"}, tmp_path)], pool=pool, clock=clock)
    last = list(lab.audit.entries())[-1]
    assert last.action == "report.made"
    assert lab.audit.verify_chain().problems == ()


def test_a_snapshot_in_the_bundle_holds_the_declared_tables_only(
    lab: ReportingLab, pool: KernelPool, tmp_path: Path
) -> None:
    (bundle,) = make_reports(lab, [ReportRequest(FIGURES, {}, tmp_path)], pool=pool, clock=clock)
    with duckdb.connect(str(bundle.folder / "data.duckdb"), read_only=True) as connection:
        tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert tables == {"observed", "_parameters", "_meta", "_queries"}


@pytest.mark.chromium
def test_pdf_is_in_the_bundle_when_asked_for(lab: ReportingLab, pool: KernelPool, tmp_path: Path) -> None:
    from scorpius_lab.reporting.pdf import find_chromium

    try:
        find_chromium()
    except UsageError:
        pytest.skip("needs Chromium")
    (bundle,) = make_reports(
        lab, [ReportRequest(MISBEHAVING, {"mode": "quiet"}, tmp_path, ("pdf",))], pool=pool, clock=clock
    )
    assert (bundle.folder / "report.pdf").read_bytes().startswith(b"%PDF")
    assert not verify_bundle(bundle.folder).problems


def test_an_interrupt_ends_all_reports_and_leaves_no_bundle(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys, threading\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from pathlib import Path\n"
        "from reporting_lab import make_lab\n"
        "from scorpius_lab.reporting.runner import ReportRequest, make_reports\n"
        "lab = make_lab(Path(sys.argv[1]) / 'lab')\n"
        "def tell(done, total, text):\n"
        "    print(text, flush=True)\n"
        f"make_reports(lab, [ReportRequest({str(MISBEHAVING)!r}, {{'mode': 'sleep'}})] * 3, progress=tell)\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    while "Second" not in owner.stdout.readline():
        assert owner.poll() is None
    children = descendants(owner.pid)
    owner.send_signal(signal.SIGINT)
    _, errors = owner.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    assert len(children) >= 2
    assert not [
        pid for pid in children if Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_text()
    ]
    assert not (tmp_path / "reports").exists()


def descendants(pid: int) -> list[int]:
    """All processes below one, from /proc."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found, todo = [], [pid]
    while todo:
        above = todo.pop()
        below = [child for child, parent in parents.items() if parent == above]
        found += below
        todo += below
    return found


def test_the_runner_is_reached_from_the_package() -> None:
    from scorpius_lab import reporting

    assert reporting.make_reports is runner.make_reports
    assert "open_report" in dir(reporting)
    with pytest.raises(AttributeError, match="no attribute"):
        _ = reporting.nothing
