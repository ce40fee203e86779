"""`threats.scan`: what is stored, what is withheld, what is said about what was not looked at."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from security.threats.memory import NOW, MemoryRecorder

from scorpius_lab.core.evidence import Classification
from scorpius_lab.core.observations import State
from scorpius_lab.core.runs import RunContext
from scorpius_lab.errors import Cancelled, UsageError
from scorpius_lab.security.threats import discovery, scan
from scorpius_lab.security.threats.component import COMPONENT
from scorpius_lab.security.threats.discovery import sample_folder
from scorpius_lab.security.threats.parameters import ScanParameters
from scorpius_lab.security.threats.readers.journal_json import EPOCH

LINES = """\
2026-11-20T03:12:07+00:00 web-1 sshd[1]: Accepted password for root from 203.0.113.9 port 9 ssh2
not a syslog line
2026-11-21T03:12:07+00:00 web-1 sudo:  alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/cat /etc/shadow --password hunter2
"""


def run(recorder: MemoryRecorder | None = None, **parameters: Any) -> tuple[MemoryRecorder, dict[str, Any]]:
    recorder = recorder or MemoryRecorder()
    (function,) = COMPONENT.functions
    return recorder, dict(function.call(recorder, ScanParameters(**parameters)))


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "auth.log").write_text(LINES)
    return folder


def test_findings_evidence_and_words(logs: Path) -> None:
    recorder, summary = run(paths=[logs])
    found = {f.rule.id: f for f in recorder.findings}
    assert set(found) == {
        "threats.linux-ssh-root-login",
        "threats.linux-ssh-password-login",
        "threats.linux-shadow-read",
    }
    shadow = found["threats.linux-shadow-read"]
    assert (shadow.asset.kind, shadow.asset.name, shadow.location.key) == ("host", "web-1", "user:alice")
    assert (shadow.location.fields["record"], shadow.effective_at) == (3, datetime(2026, 11, 21, 3, 12, 7, tzinfo=UTC))
    assert "alice" not in shadow.message
    assert "Sigma rule by scorpius_lab" in shadow.message
    assert shadow.detail["records"][0]["matched"]["Image"] == "/bin/cat"
    assert (summary["events"], summary["rejected"], summary["findings"]) == (2, 1, 3)
    assert recorder.inputs.keys() == {str(logs / "auth.log")}


def test_logs_are_withheld_and_excerpts_are_masked(logs: Path) -> None:
    recorder, _ = run(paths=[logs])
    whole = [e for e in recorder.evidence if e.classification is Classification.PERSONAL]
    assert [e.content for e in whole] == [LINES.encode()]
    excerpts = [e.content.decode() for e in recorder.evidence if e.classification is Classification.INTERNAL]
    assert len(excerpts) == 3
    for text in excerpts:
        assert not any(secret in text for secret in ("alice", "203.0.113.9", "hunter2")), text
    assert any("user-1" in text and "********" in text for text in excerpts)
    for finding in recorder.findings:
        assert len(finding.evidence) == 2


def test_every_rule_and_log_has_a_word(logs: Path) -> None:
    recorder, summary = run(paths=[logs])
    words = {o.rule.id: o for o in recorder.observations}
    assert words["threats.linux-ssh-root-login"].state is State.FAIL
    assert words["threats.linux-sudo-shell"].state is State.PASS
    assert "looked at 1 events" in words["threats.linux-sudo-shell"].reason
    assert words["threats.windows-log-cleared"].state is State.NOT_EVALUATED
    assert words["threats.windows-log-cleared"].reason == "no log of windows was read here"
    read = words["threats.log-source.read"]
    assert read.state is State.PARTIAL
    assert "1 rejected: line 2" in read.reason
    assert read.detail["records"] == read.detail["stored"] + read.detail["rejected"]
    assert summary["rules"] == summary["rules_run"] + summary["rules_without_data"] + summary["rules_that_cannot_run"]


def test_the_same_log_twice_gives_the_same_findings(logs: Path) -> None:
    first, second = run(paths=[logs])[0], run(paths=[logs])[0]
    assert [f.fingerprint for f in first.findings] == [f.fingerprint for f in second.findings]


def test_since_leaves_older_records_out(logs: Path) -> None:
    recorder, summary = run(paths=[logs], since=datetime(2026, 11, 21, tzinfo=UTC))
    assert {f.rule.id for f in recorder.findings} == {"threats.linux-shadow-read"}
    assert summary["events"] == 1


def test_a_rule_of_the_users_runs_and_keeps_its_author(logs: Path, tmp_path: Path) -> None:
    rule = tmp_path / "mine.yml"
    rule.write_text(
        "title: Mine\nid: 2f1b1f3a-5a52-4a6e-9d3c-0a4bb7b5a111\nauthor: Jo Doe\nlevel: high\nlogsource: {product: linux, service: auth}\ndetection: {k: ['for root from'], condition: k}\n"
    )
    broken = tmp_path / "broken.yml"
    broken.write_text("title: Broken\nlogsource: {product: linux}\ndetection: {a: {F: x}, condition: zzz}\n")
    recorder, summary = run(paths=[logs], rules=[rule, broken], own_rules=False)
    (finding,) = recorder.findings
    assert finding.rule.id == "threats.sigma.2f1b1f3a-5a52-4a6e-9d3c-0a4bb7b5a111"
    assert "Sigma rule by Jo Doe" in finding.message
    assert summary["rules_that_cannot_run"] == 1
    (refused,) = [o for o in recorder.observations if "cannot run" in o.reason]
    assert refused.state is State.NOT_EVALUATED


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    evil = "</script><script>alert(1)</script>\x1b[2J"
    path.write_text(f"2026-11-20T03:12:07+00:00 <b>h</b> useradd[1]: new user: name={evil}, UID=0\n")
    recorder, _ = run(paths=[path])
    found = {f.rule.id: f for f in recorder.findings}["threats.linux-user-created-as-root"]
    assert found.detail["subject"] == evil
    assert found.asset.name == "<b>h</b>"


def test_files_that_cannot_be_read_cost_no_others(logs: Path) -> None:
    (logs / "broken.evtx").write_bytes(b"ElfFile\0junk")
    (logs / "empty.log").write_bytes(b"")
    (logs / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    (logs / "cut.log.gz").write_bytes(gzip.compress(LINES.encode() * 500)[:-40])
    recorder, summary = run(paths=[logs])
    states = {
        Path(o.asset.attributes["label"]).name: o.state
        for o in recorder.observations
        if o.rule.id == "threats.log-source.read"
    }
    assert states["auth.log"] is State.PARTIAL
    assert states["broken.evtx"] is State.ERROR
    assert states["empty.log"] is State.NOT_EVALUATED
    assert states["picture.png"] is State.NOT_EVALUATED
    assert summary["findings"] >= 3


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing at"):
        run(paths=[tmp_path / "nowhere"])


@pytest.mark.parametrize("bad", [{"timezone": "Mars/Olympus"}, {"time_limit": 0}, {"pahts": []}, {"since": "soon"}])
def test_wrong_parameters_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ScanParameters(**bad)


def test_cancelling_stops(logs: Path) -> None:
    with pytest.raises(Cancelled):
        run(MemoryRecorder(RunContext(cancelled=lambda: True, clock=lambda: NOW)), paths=[logs])


@pytest.mark.parametrize(("switch", "said"), [(True, "wanted, not available yet"), (False, "off")])
def test_the_switch_for_learned_detection_is_answered(logs: Path, switch: bool, said: str) -> None:
    recorder = MemoryRecorder()
    recorder.configuration = SimpleNamespace(security_config=SimpleNamespace(enable_ai_detection=switch))
    assert run(recorder, paths=[logs])[1]["ai_detection"] == said


def test_large_logs_are_kept_by_hash_only(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "KEPT_WHOLE", 10)
    recorder, _ = run(paths=[logs])
    (whole,) = [e for e in recorder.evidence if e.classification is Classification.PERSONAL]
    (digest,) = recorder.inputs.values()
    assert whole.content.decode() == f"sha256 {digest}\nbytes {len(LINES)}\n"


# -- this host


def empty_host(monkeypatch: pytest.MonkeyPatch, folder: Path, journal: str | None = None) -> None:
    """A host whose logs are in `folder` and whose journal is what the script prints."""
    folder.mkdir(exist_ok=True)
    own = discovery.own_logs
    monkeypatch.setattr(scan, "own_logs", lambda: own(folder))
    program = folder / "journalctl"
    if journal is not None:
        program.write_text(f"#!/bin/sh\n{journal}\n")
        program.chmod(0o755)
    monkeypatch.setattr(discovery.shutil, "which", lambda _: str(program) if journal is not None else None)


def test_an_empty_host_says_so_and_shows_the_sample(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty_host(monkeypatch, tmp_path / "log")
    recorder, summary = run()
    assert (summary["events"], summary["findings"], summary["sample"]) == (0, 0, True)
    here = [o for o in recorder.observations if not o.detail.get("sample")]
    assert here
    assert {o.state for o in here} == {State.NOT_EVALUATED}
    assert recorder.findings
    assert {f.asset.kind for f in recorder.findings} == {"sample"}
    assert all(o.asset.kind == "sample" for o in recorder.observations if o.detail.get("sample"))


def test_own_logs_with_rotation_and_unread_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    (folder / "auth.log").write_text(LINES)
    (folder / "auth.log.2.gz").write_bytes(gzip.compress(LINES.encode()))
    (folder / "nginx").mkdir()
    (folder / "nginx" / "access.log").write_text("x")
    stamp = int((NOW - EPOCH).total_seconds() * 1e6)
    entry = json.dumps(
        {
            "__REALTIME_TIMESTAMP": str(stamp),
            "_HOSTNAME": "me",
            "SYSLOG_IDENTIFIER": "useradd",
            "MESSAGE": "new user: name=x, UID=0",
        }
    )
    empty_host(monkeypatch, folder, journal=f"cat <<'EOF'\n{entry}\nEOF")
    recorder, summary = run()
    words = {
        Path(o.asset.attributes["label"]).name: o
        for o in recorder.observations
        if o.rule.id == "threats.log-source.read"
    }
    assert words["access.log"].reason == "there is no reader for this log yet"
    assert words[discovery.JOURNAL].state is State.PASS
    assert words["auth.log.2.gz"].detail["stored"] == 2
    assert "threats.linux-user-created-as-root" in {f.rule.id for f in recorder.findings}
    assert (summary["sample"], summary["events"]) == (False, 5)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exec sleep 30", "did not finish"),
        ("echo no >&2; exit 3", "journalctl failed: no"),
        ("exit 0", "holds no entries"),
    ],
)
def test_a_journal_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, words: str
) -> None:
    empty_host(monkeypatch, tmp_path / "log", journal=script)
    recorder, _ = run(time_limit=2.0, sample_when_empty=False)
    (found,) = [o for o in recorder.observations if o.asset.attributes["label"] == discovery.JOURNAL]
    assert found.state is State.NOT_EVALUATED
    assert words in found.reason


def test_a_journal_cut_at_its_limit_is_partial(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stamp = int((NOW - EPOCH).total_seconds() * 1e6)
    entry = json.dumps({"__REALTIME_TIMESTAMP": str(stamp), "SYSLOG_IDENTIFIER": "cron", "MESSAGE": "x"})
    empty_host(monkeypatch, tmp_path / "log", journal=f"echo '{entry}'; echo '{entry}'; echo \"$@\" >&2")
    monkeypatch.setattr(discovery, "JOURNAL_RECORDS", 2)
    recorder, _ = run()
    (found,) = [o for o in recorder.observations if o.asset.attributes["label"] == discovery.JOURNAL]
    assert found.state is State.PARTIAL
    assert "only the newest 2 records" in found.reason


# -- the sample


def test_the_sample_is_what_its_script_writes(tmp_path: Path) -> None:
    folder = sample_folder()
    script = tmp_path / "make_sample.py"
    script.write_bytes((folder / "make_sample.py").read_bytes())
    subprocess.run([sys.executable, str(script)], check=True)
    for name in ("auth.log", "dpkg.log", "windows.jsonl", "cloudtrail.jsonl"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_the_catalogue_lists_the_sample_with_its_hashes() -> None:
    folder = sample_folder().parent
    listed = {d["name"]: d for d in yaml.safe_load((folder / "catalogue.yaml").read_text())["datasets"]}[
        "threat_sample"
    ]
    assert listed["licence"]
    assert listed["source"].startswith("written for this project")
    for file in listed["files"]:
        assert hashlib.sha256((folder / file["path"]).read_bytes()).hexdigest() == file["sha256"], file["path"]


def test_the_sample_shows_most_rules_and_loses_nothing() -> None:
    recorder, summary = run(sample=True)
    assert (summary["sample"], summary["rejected"]) == (True, 0)
    assert len({f.rule.id for f in recorder.findings}) >= 20
    severities = Counter(str((f.severity or f.rule.severity).value) for f in recorder.findings)
    assert severities["critical"] >= 1
    text = "".join(path.read_text() for path in sample_folder().glob("*.*"))
    assert "</script>" in text, "the sample carries a hostile name, so that reports are always tried on one"


def test_a_log_is_one_log_however_it_came_to_be_read(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "own_logs", lambda: discovery.own_logs(logs))
    (tmp_path / "link").symlink_to(logs)
    by_default, _ = run(journal=False)
    by_path, summary = run(paths=[tmp_path / "link" / "auth.log", logs])
    names = [
        {o.asset.name for o in recorder.observations if o.rule.id == "threats.log-source.read" and o.value}
        for recorder in (by_default, by_path)
    ]
    assert names[0] == names[1]
    assert len(names[0]) == 1
    assert summary["events"] == 2


def test_the_summary_counts_the_rules_that_report(logs: Path) -> None:
    recorder, summary = run(paths=[logs])
    spoken = {o.rule.id for o in recorder.observations} - {"threats.log-source.read"}
    assert summary["rules"] == len(spoken)
