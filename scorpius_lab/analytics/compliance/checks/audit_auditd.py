"""Does the kernel's audit trail record who did what?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import counted
from scorpius_lab.analytics.compliance.verdict import (
    Check,
    Offender,
    Verdict,
    judged,
    not_applicable,
    not_evaluated,
    speaks_to,
)
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

RULE = Rule(
    id="host.audit.auditd",
    version=1,
    title="auditd runs and has rules",
    severity=Severity.MEDIUM,
    description="The journal knows what programs say; only the audit trail knows which account opened or changed what.",
    remedy="`apt-get install auditd`, put rules into /etc/audit/rules.d and run `augenrules --load`.",
    requirements=speaks_to(
        soc2="CC7.2 CC7.1",
        iso="A.8.15 A.8.16",
        pci="10.2.1 10.2.1.2",
        hipaa="164.312(b) 164.308(a)(1)(ii)(D)",
        gdpr="32 33",
    ),
    techniques=("T1562.012",),
)
CANARY = FakeHost(
    files={"/proc/1/comm": "systemd", "/proc/9/comm": "auditd", "/usr/sbin/auditctl": ""},
    commands={"auditctl -l": "No rules\n"},
)


def judge(view: HostView) -> Verdict:
    """Look for the daemon, then for rules in force."""
    running = view.processes()
    if not running:
        return not_applicable("No process is running here.")
    if "auditd" not in running:
        offender = Offender("auditd", "auditd is not running.")
        return judged([offender], good="", bad="Nobody keeps the audit trail")
    if not view.root:
        return not_evaluated("auditd runs; reading its rules takes root.")
    listed = view.run(["auditctl", "-l"], 3.0)
    if listed is None or listed.code != 0:
        return not_evaluated("auditd runs, but auditctl could not list its rules.")
    rules = [line for line in listed.stdout.splitlines() if line.startswith("-")]
    offenders = [] if rules else [Offender("rules", "auditd runs without a single rule.", "/etc/audit/rules.d")]
    return judged(
        offenders,
        good=f"auditd runs with {counted(len(rules), 'rule')}",
        bad="Nothing is recorded",
        looked_at=len(rules),
    )


CHECK = Check(RULE, judge, CANARY, planted="auditd running without rules")
