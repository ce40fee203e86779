"""The compliance report over invented hosts at chosen times, over this machine, and over nothing at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scorpius_lab.analytics.compliance.checks import CHECKS
from scorpius_lab.analytics.compliance.component import record
from scorpius_lab.analytics.compliance.evaluation import evaluate
from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.core.recorder import recorded_run
from scorpius_lab.core.runs import RunContext
from scorpius_lab.lab import Lab, init_lab
from scorpius_lab.reporting.report import Report
from scorpius_lab.reporting.reports import compliance as view
from scorpius_lab.reporting.reports import compliance_rows as rows_of
from scorpius_lab.reporting.reports.compliance_rows import NO_RUN, check_rows, requirement_rows, requirement_state
from scorpius_lab.reporting.snapshot import connect, take_snapshot

BLOCKS = [name for name in view.__all__ if name != "SPEC"]
FIRST = datetime(2026, 5, 1, 6, tzinfo=UTC)
SECOND = FIRST + timedelta(days=7)
NASTY = "evil</script><script>alert(1)</script>"
PASSWD = "root:x:0:0::/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/bash\n"
BETTER = {"/etc/passwd": PASSWD, "/etc/shadow": FakeFile("root:!:1:0:90:7:::\nann:$y$j9T$a$b:1:0:90:7:::\n", 0o640)}
WORSE = {**BETTER, "/etc/passwd": PASSWD + f"{NASTY}:x:0:0::/:/bin/sh\n", "/etc/group": "docker:x:9:ann\n"}
CHOSEN = [check for check in CHECKS if check.rule.id.startswith(("host.account", "host.privilege", "host.file.cred"))]


def observe(lab: Lab, files: dict, moment: datetime, parameters: dict | None = None) -> None:
    """One run of the account checks on an invented host."""
    host = FakeHost(files, moment=moment, name="box")
    context = RunContext(clock=lambda: moment)
    store = replace(lab.store, clock=lambda: moment)
    with recorded_run(
        store, lab.blobs, lab.audit, context, function="compliance.check", version="1", parameters=parameters or {},
        configuration=lab.configuration,
    ) as recorder:  # fmt: skip
        record(recorder, host, [evaluate(check, host) for check in CHOSEN])


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    made = init_lab(tmp_path_factory.mktemp("compliance") / "lab")
    observe(made, BETTER, FIRST)
    observe(made, WORSE, SECOND)
    return made


def snapshot(lab: Lab, folder: Path, as_of: datetime = SECOND + timedelta(hours=1), **more: object) -> Report:
    path = folder / f"{as_of:%m%d}.duckdb"
    take_snapshot(lab, view.SPEC, view.SPEC.parameters(as_of=as_of, organisation="ACME <b>", **more), path)
    return Report(path, connect(path))


def states(report: Report) -> dict[str, str]:
    return {row["rule_id"]: row["state"] for row in check_rows(report)}


def test_every_block_is_made_named_as_declared_and_escaped(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    blocks = [getattr(view, name)(report) for name in BLOCKS]
    assert {block.name for block in blocks} == set(view.SPEC.results)
    html = "".join(block.html for block in blocks)
    assert "ACME &lt;b&gt;" in html
    assert "alert(1)" in html
    assert "<script>alert" not in html


def test_the_notebook_shows_every_result_and_has_no_outputs() -> None:
    notebook = json.loads((Path(__file__).parents[3] / "notebooks" / "reports" / "compliance.ipynb").read_text())
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [f"view.{name}(report)" in code for name in BLOCKS] == [True] * len(BLOCKS)
    assert notebook["cells"][0]["metadata"]["tags"] == ["parameters"]
    assert not any(cell.get("outputs") for cell in notebook["cells"])


def test_as_of_shows_the_store_as_it_was(lab: Lab, tmp_path: Path) -> None:
    before, after = snapshot(lab, tmp_path, FIRST + timedelta(hours=1)), snapshot(lab, tmp_path)
    assert states(before)["host.account.uid-zero"] == "pass"
    assert states(after)["host.account.uid-zero"] == "fail"
    assert before.rows("before") == 0
    assert "Nothing has been looked at" in view.sentence(check_rows(snapshot(lab, tmp_path, FIRST - timedelta(days=1))))


def test_change_since_the_run_before_names_what_got_worse_first(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    changed = rows_of.change_rows(report, check_rows(report))
    assert {row["rule_id"] for row in changed} == {"host.account.uid-zero", "host.privilege.groups"}
    fresh = next(row for row in changed if row["rule_id"] == "host.account.uid-zero")
    assert (fresh["was"], fresh["state"], fresh["worse"]) == ("pass", "fail", True)


def test_old_evidence_is_stale_and_never_a_pass(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path, SECOND + timedelta(days=31))
    assert not {"pass", "fail", "partial"} & set(states(report).values())
    assert "stale" in states(report).values()
    assert view.sentence(check_rows(report)).startswith("None of")
    longer = snapshot(lab, tmp_path, SECOND + timedelta(days=32), evidence_term_days=60)
    assert states(longer)["host.account.uid-zero"] == "fail"


def test_no_requirement_ever_passes(lab: Lab, tmp_path: Path) -> None:
    found = requirement_rows(check_rows(snapshot(lab, tmp_path)))
    assert len(found) == 61 + 123 + 250 + 63 + 39
    assert {row["state"] for row in found} <= {"fail", "partial", "error", "manual", "stale", "not_evaluated"}
    unique = next(row for row in found if row["requirement"] == "164.312(a)(2)(i)")
    assert (unique["state"], unique["evidence_says"]) == ("fail", "candidate evidence: 2 checks, 1 failing")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"pass": 3}, "partial"),
        ({"pass": 3, "fail": 1}, "fail"),
        ({"partial": 1}, "fail"),
        ({"not_applicable": 2}, "not_evaluated"),
        ({"manual": 1, "error": 1}, "error"),
        ({}, "not_evaluated"),
    ],
)
def test_state_of_a_requirement(given: dict[str, int], wanted: str) -> None:
    assert requirement_state(given) == wanted


def test_score_stands_beside_coverage_and_counts_only_passes(lab: Lab, tmp_path: Path) -> None:
    rows = check_rows(snapshot(lab, tmp_path))
    counts = rows_of.state_counts(rows)
    judged = counts["pass"] + counts["fail"] + counts["partial"]
    assert rows_of.score(counts) == pytest.approx(counts["pass"] / judged)
    assert rows_of.coverage(counts) == pytest.approx(judged / (len(CHOSEN) - counts["not_applicable"]))
    assert rows_of.score({"not_applicable": 5}) is None


def test_the_title_tells_what_does_not_apply_from_what_was_not_judged() -> None:
    rows = [{"state": s} for s in ["fail"] * 2 + ["partial"] + ["pass"] * 4 + ["manual"] + ["not_applicable"] * 3]
    assert view.sentence(rows) == "3 of 7 judged checks do not hold; 1 needs a person, 3 do not apply"
    assert rows_of.coverage(rows_of.state_counts(rows)) == pytest.approx(7 / 8)


def test_the_first_steps_and_the_list_begin_with_what_the_lead_names(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    rows = check_rows(report)
    steps, listed = view.first_steps(report).data, view.failing(report).data
    assert steps["reason"].to_list() == listed["reason"].to_list()[: steps.height]
    assert view.lead(report, rows).startswith(steps["reason"][0])
    ranks = [rows_of.SEVERITIES.index(one) for one in steps["severity"]]
    assert ranks == sorted(ranks)


def test_a_partial_check_is_not_called_failing(lab: Lab, tmp_path: Path) -> None:
    one = check_rows(snapshot(lab, tmp_path))[0]
    row = next(r for r in requirement_rows([{**one, "state": "partial"}]) if r["checks"])
    assert row["evidence_says"] == "candidate evidence: 1 check, 0 failing, 1 partial"


def test_a_trend_takes_two_runs_of_all_checks(lab: Lab, tmp_path: Path) -> None:
    assert "Over 2 runs" in view.trend(snapshot(lab, tmp_path)).html
    once = snapshot(lab, tmp_path, FIRST + timedelta(hours=1))
    assert view.trend(once).figure is None
    assert "a trend takes two" in view.trend(once).html


def test_a_run_of_chosen_checks_is_no_point_of_the_trend(tmp_path: Path) -> None:
    own = init_lab(tmp_path / "lab")
    observe(own, BETTER, FIRST)
    observe(own, WORSE, SECOND, {"checks": ["host.account.uid-zero"]})
    report = snapshot(own, tmp_path)
    assert len(rows_of.history_rows(report)) == 1
    assert states(report)["host.account.uid-zero"] == "fail"


def test_sheets_link_to_evidence_in_the_bundle(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    html = view.sheets(report).html
    kept = [row for row in rows_of.evidence_rows(report).values() if row["target"]]
    assert kept
    assert any(f'href="{row["target"]}"' in html for row in kept)


def test_canaries_are_told(lab: Lab, tmp_path: Path) -> None:
    html = view.canaries(snapshot(lab, tmp_path)).html
    assert f"{len(CHOSEN)} caught it" in html


def test_an_empty_lab_says_so_everywhere(tmp_path: Path) -> None:
    report = snapshot(init_lab(tmp_path / "lab"), tmp_path)
    for name in BLOCKS:
        assert getattr(view, name)(report).html
    assert "No host check has been run in this lab" in view.masthead(report).html
    assert view.lead(report, []) == NO_RUN
    assert view.sentence(check_rows(report)) == "Nothing has been looked at yet"


def test_the_same_snapshot_gives_the_same_results(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    again = Report(report.path, connect(report.path))
    for name in BLOCKS:
        assert getattr(view, name)(report).result == getattr(view, name)(again).result


def test_a_finding_closes_only_when_seen_again_as_right(tmp_path: Path) -> None:
    own = init_lab(tmp_path / "lab")
    observe(own, WORSE, FIRST)
    observe(own, BETTER, SECOND)
    found = snapshot(own, tmp_path).table("findings")
    life = dict(zip(found["rule_id"], found["state"], strict=True))
    assert life["host.account.uid-zero"] == "fixed"
