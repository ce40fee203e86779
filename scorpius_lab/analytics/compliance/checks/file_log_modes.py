"""Can anybody change or read the host's logs?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.readings import all_of
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

SENSITIVE = ("auth.log", "secure", "syslog", "messages", "kern.log", "audit.log", "btmp", "sudo.log")
RULE = Rule(
    id="host.file.log-modes",
    version=1,
    title="Logs cannot be changed by users, nor login records read by all",
    severity=Severity.MEDIUM,
    description="A log everybody can write proves nothing; login and system logs hold names and addresses.",
    remedy="`chmod 0640 FILE; chown root:adm FILE`, and set `$FileCreateMode 0640` and logrotate's `create 0640`.",
    requirements=speaks_to(
        soc2="CC7.2 CC6.1", iso="A.8.15 A.5.33", pci="10.3.1 10.3.2", hipaa="164.312(b) 164.312(c)(1)", gdpr="32"
    ),
    techniques=("T1070.002",),
)
CANARY = FakeHost(files={"/var/log/auth.log": FakeFile("x", 0o666)})


def judge(view: HostView) -> Verdict:
    """Judge the files in /var/log, /var/log/audit and /var/log/apt."""
    offenders, looked = [], 0
    for folder in ("/var/log", "/var/log/audit", "/var/log/apt"):
        for name in view.try_list(folder):
            path = f"{folder}/{name}"
            status = view.try_stat(path, follow=False)
            if status is None or status.kind != "file":
                continue
            looked += 1
            if status.mode & 0o002:
                offenders.append(Offender(path, f"Everybody can change {path} ({status.octal}).", path))
            elif status.mode & 0o004 and name.startswith(SENSITIVE):
                offenders.append(Offender(path, f"Everybody can read {path} ({status.octal}).", path))
    if not looked:
        return not_applicable("There are no log files in /var/log.")
    return judged(offenders, good=f"{all_of(looked, 'log file')} closed", bad="Open log files", looked_at=looked)


CHECK = Check(RULE, judge, CANARY, planted="a login log everybody can write")
