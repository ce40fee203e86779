"""The threat report over a real lab: real logs, the sample, nothing at all, hostile text, redaction, an earlier day."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scorpius_lab.analytics.compliance.component import COMPONENT as CHECKS
from scorpius_lab.lab import Lab, init_lab
from scorpius_lab.reporting.report import Report
from scorpius_lab.reporting.reports import notebook_path
from scorpius_lab.reporting.reports import threat as view
from scorpius_lab.reporting.reports.threat_rows import technique_rows
from scorpius_lab.reporting.reports.threat_techniques import NAMES, TACTICS
from scorpius_lab.reporting.snapshot import connect, take_snapshot
from scorpius_lab.security.threats.sigma.rules import load_rules

BLOCKS = [name for name in view.__all__ if name != "SPEC"]
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
LINES = f"""\
2026-11-20T03:12:07+00:00 web-1 sshd[1]: Accepted password for root from 203.0.113.9 port 9 ssh2
garbage {EVIL}
2026-11-21T03:12:07+00:00 web-1 useradd[1]: new user: name={EVIL}, UID=0
2026-11-21T03:12:09+00:00 web-1 sudo:  alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/cat /etc/shadow
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    folder = tmp_path_factory.mktemp("threat")
    (folder / "auth.log").write_text(LINES)
    broken = folder / "broken.yml"
    broken.write_text(
        "title: Broken\nauthor: Jo\nlogsource: {product: linux}\ndetection: {a: {F: x}, condition: zzz}\n"
    )
    made = init_lab(folder / "lab")
    made.call("threats.scan", {"paths": [folder / "auth.log"], "rules": [broken]})
    made.call("threats.scan", {"sample": True})
    return made


@pytest.fixture(scope="module")
def sample_lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    made = init_lab(tmp_path_factory.mktemp("sample") / "lab")
    made.call("threats.scan", {"sample": True})
    return made


def snapshot(lab: Lab, folder: Path, as_of: datetime | None = None, *, redact: bool = False, **more: Any) -> Report:
    parameters = view.SPEC.parameters(as_of=as_of or datetime.now(UTC) + timedelta(minutes=1), **more)
    path = folder / f"data{len(list(folder.glob('*.duckdb')))}.duckdb"
    take_snapshot(lab, view.SPEC, parameters, path, redact=redact)
    return Report(path, connect(path))


def blocks(report: Report) -> dict[str, Any]:
    return {name: getattr(view, name)(report) for name in BLOCKS}


def test_every_block_is_made_and_named_as_declared(lab: Lab, sample_lab: Lab, tmp_path: Path) -> None:
    for made in (lab, sample_lab):
        found = blocks(snapshot(made, tmp_path)).values()
        assert {block.name for block in found} == set(view.SPEC.results)
        assert all(block.html for block in found)


def test_real_logs_hide_the_sample(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    found = blocks(report)
    assert not any("Sample data" in block.html for block in found.values())
    assert "sample" not in report.table("findings")["asset_kind"].to_list()
    assert found["table"].data["title"][0] == "An account with user id 0 was created"
    assert view.sentence(report) == "5 findings, 1 of them critical"
    asked = snapshot(lab, tmp_path, sample=True)
    assert "Sample data" in view.over_time(asked).html


def test_the_sample_is_marked_on_every_figure(sample_lab: Lab, tmp_path: Path) -> None:
    found = blocks(snapshot(sample_lab, tmp_path))
    drawn = [block for block in found.values() if block.figure is not None]
    assert len(drawn) == 2
    for name in ("masthead", "over_time", "by_severity", "techniques", "story", "table", "sources"):
        assert "Sample data" in found[name].html, name
    assert "sample data" in found["findings"].html
    assert found["masthead"].title.startswith("No log could be read here: the bundled sample shows")


def test_hostile_text_is_shown_and_not_obeyed(lab: Lab, sample_lab: Lab, tmp_path: Path) -> None:
    for made in (lab, sample_lab):
        for name, block in blocks(snapshot(made, tmp_path)).items():
            html = block.drawn()
            assert "<script" not in html, name
            assert "onerror=alert" not in html.replace("onerror=alert(2)&gt;", ""), name
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in view.findings(snapshot(lab, tmp_path)).html


def test_what_was_not_looked_at(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    missing = view.not_looked_at(report).data
    assert "windows/security" in " ".join(missing["what"])
    assert set(missing["state"]) == {"not_evaluated"}
    (refused,) = view.rules_that_cannot_run(report).data.iter_rows(named=True)
    assert (refused["title"], refused["author"]) == ("Broken", "Jo")
    assert refused["reason"].startswith("the rule cannot run: ")
    (rejected,) = view.rejected(report).data.iter_rows(named=True)
    assert (rejected["record"], rejected["reason"]) == (2, "the line does not begin with a syslog time and host")
    (source,) = view.sources(report).data.iter_rows(named=True)
    assert source["records"] == source["stored"] + source["rejected"] + source["before_since"] == 4


def test_techniques_are_seen_watched_or_blind(lab: Lab, tmp_path: Path) -> None:
    seen = {row["technique"]: row for row in technique_rows(snapshot(lab, tmp_path))}
    assert (seen["T1136.001"]["seen"], seen["T1136.001"]["severity"]) == ("hit", "critical")
    assert seen["T1053.003"]["seen"] == "blind"
    assert seen["T1098.007"]["seen"] == "watched"
    assert seen["T1003.001"]["seen"] == "blind"


def test_redaction_leaves_no_name_and_still_draws(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path, redact=True)
    for name, block in blocks(report).items():
        assert "alice" not in block.html, name
        assert "203.0.113.9" not in block.html, name
    data = report.path.read_bytes()
    assert b"alice" not in data
    assert b"203.0.113.9" not in data


def test_before_the_first_scan_nothing_is_known(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path, datetime(2020, 1, 1, tzinfo=UTC))
    found = blocks(report)
    assert view.sentence(report) == "No log has been looked at"
    assert "Nothing can be said" in view.lead(report)
    assert all(block.figure is None for block in found.values())
    assert "Every" not in found["not_looked_at"].html


def test_a_closed_and_an_accepted_finding_leave_the_figures_and_are_listed_apart(lab: Lab, tmp_path: Path) -> None:
    report = snapshot(lab, tmp_path)
    before = report.table("findings").height
    closed, accepted = report.table("findings")["fingerprint"][-2:]
    lab.findings.triage(closed, "false_positive", "known")
    lab.findings.triage(accepted, "accepted", "known", until=datetime.now(UTC) + timedelta(days=9))
    after = snapshot(lab, tmp_path)
    assert view.table(after).data.height == before - 2
    assert view.sentence(after).startswith("3 findings")
    assert set(view.decided(after).data["state"]) == {"accepted", "false positive"}
    assert "1 finding is accepted and 1 finding was called false" in view.headline(after).html


def test_the_notebook_is_thin_stripped_and_asks_what_the_report_declares() -> None:
    notebook = json.loads(notebook_path(view.SPEC).read_text())
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert code[0]["metadata"]["tags"] == ["parameters"]
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code)
    asked = {line.split(" =")[0] for line in "".join(code[0]["source"]).splitlines()}
    assert asked == {"snapshot", *view.SPEC.parameters.model_fields}
    called = {"".join(cell["source"]).removeprefix("view.").removesuffix("(report)") for cell in code[2:]}
    assert called == set(BLOCKS)


def a_check(number: int, **more: Any) -> dict[str, Any]:
    return {
        "fingerprint": f"{number:064x}", "run_id": "r", "rule_id": "update.security", "severity": "high",
        "title": "No security update is waiting", "message": f"package-{number} has a security update waiting.",
        "asset": "web-1", "asset_kind": "host", "location_kind": "package", "state": "open", "state_until": None,
        "state_reason": None, "techniques": ["T1190"], "tags": [], "requirements": [], "author": "", "remedy": "",
        "description": "", "confidence": "high", "subject": None, "subject_kind": None, "matches": None,
        "first": None, "last": None, "records": None, "sample": False, "evidence": [],
        "effective_at": datetime(2026, 11, 20, tzinfo=UTC),
    } | more  # fmt: skip


def a_log(name: str, state: str) -> dict[str, Any]:
    return {"asset": f"{name} (web-1)", "state": state, "reason": "", "detail": "{}", "sample": False}


class Given:
    """A report over rows that are given instead of stored."""

    as_of = datetime(2026, 11, 22, tzinfo=UTC)
    meta: dict[str, Any] = {"lab": "lab"}  # noqa: RUF012 (never changed)

    def __init__(
        self, findings: list[dict[str, Any]], logs: list[dict[str, Any]], *, rules: Any = (), **parameters: Any
    ) -> None:
        self.parameters = parameters
        blocks: dict[str, list[dict[str, Any]]] = {"chain_threats": [], "chain_searches": []}
        self._rows = {"findings": findings, "sources": logs, "rules": list(rules), **blocks}

    def table(self, name: str) -> pl.DataFrame:
        return pl.DataFrame(self._rows.get(name, []), infer_schema_length=None)

    def when_empty(self, name: str) -> str:
        return f"no {name}"


def test_failed_checks_are_weaknesses_and_not_signs_of_an_attack() -> None:
    report: Any = Given([a_check(n) for n in range(75)], [a_log("a", "pass"), *(a_log(x, "error") for x in "bcd")])
    assert view.sentence(report) == "No sign of an attack in the one log that could be read; 3 could not"
    assert "1 other check found 75 weaknesses: **package-0 has a security update waiting**" in view.lead(report)
    assert "No security update is waiting" not in view.lead(report)
    (row,) = view.table(report).data.iter_rows(named=True)
    assert (row["title"], row["count"]) == ("package-0 has a security update waiting (and 74 more)", 75)
    (seen,) = technique_rows(report)
    assert (seen["seen"], seen["tactic"], seen["watched"]) == ("weak", "Initial access", False)
    assert "<b>75</b>" not in view.headline(report).html
    assert "Log read 1" in view.headline(report).html
    assert "nothing to place in time" in view.over_time(report).html
    assert 'data-seen="hit"' not in view.techniques(report).html


def test_what_a_detector_found_comes_first() -> None:
    hit = a_check(9, rule_id="threats.x", title="A log was cleared", severity="medium", techniques=["T1070.001"])
    report: Any = Given([a_check(1, severity="critical"), hit], [a_log("a", "pass"), a_log("b", "error")])
    assert view.sentence(report) == "1 medium finding; 1 log could not be read"
    assert view.table(report).data["title"].to_list()[0] == "A log was cleared"
    assert {row["technique"]: row["seen"] for row in technique_rows(report)} == {"T1070.001": "hit", "T1190": "weak"}


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (["error"], "No log could be read"),
        (["pass"], "No sign of an attack in the one log that was read"),
        (["pass", "partial"], "No sign of an attack in the 2 logs that were read"),
        (["pass", "pass", "error"], "No sign of an attack in the 2 logs that could be read; 1 could not"),
    ],
)
def test_the_sentence_says_how_much_was_read(states: list[str], said: str) -> None:
    report: Any = Given([], [a_log(str(n), state) for n, state in enumerate(states)])
    assert view.sentence(report) == said
    assert ("cannot be said" in view.lead(report)) == (said == "No log could be read")


def test_a_sample_that_is_not_there_is_said_and_nothing_is_shown_instead() -> None:
    report: Any = Given([a_check(1)], [a_log("a", "pass")], sample=True)
    assert view.sentence(report) == "No sample is in this lab; run scorpius threats scan --sample"
    for name in BLOCKS:
        if name not in ("masthead", "provenance"):
            html = getattr(view, name)(report).html
            assert "package-1" not in html, name
            assert "Sample data" not in html, name
    assert "No sample is in this lab" in view.table(report).html


def test_techniques_of_our_rules_have_names() -> None:
    named = {technique for rule in load_rules().rules for technique in rule.rule.techniques}
    named |= {technique for rule in CHECKS.rules() for technique in rule.techniques}
    assert named <= NAMES.keys()
    assert {tactic for _, tactic in NAMES.values()} <= set(TACTICS)
