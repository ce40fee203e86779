"""Is root the only account with user id 0?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import NO_PASSWD, accounts, counted
from scorpius_lab.analytics.compliance.verdict import ANY_SYSTEM, Check, Offender, Verdict, judged, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

RULE = Rule(
    id="host.account.uid-zero",
    version=1,
    title="Only root has user id 0",
    severity=Severity.CRITICAL,
    description="A second account with id 0 is root under another name, and leaves no trace of who used it.",
    remedy="Give the account an id of its own (`usermod -u`) or remove it; use sudo for administration.",
    requirements=speaks_to(
        soc2="CC6.1 CC6.3", iso="A.5.16 A.8.2", pci="8.2.1 7.2.2", hipaa="164.312(a)(2)(i)", gdpr="32"
    ),
    techniques=("T1136.001",),
)
CANARY = FakeHost(files={"/etc/passwd": "root:x:0:0::/root:/bin/bash\nplanted:x:0:0::/:/bin/sh\n"})


def judge(view: HostView) -> Verdict:
    """Look for id 0 under another name."""
    people = accounts(view)
    if not people:
        return NO_PASSWD
    offenders = [
        Offender(account.name, f"The account {account.name} has user id 0.", "/etc/passwd")
        for account in people
        if account.uid == 0 and account.name != "root"
    ]
    good = f"Of {counted(len(people), 'account')} only root has user id 0"
    return judged(offenders, good=good, bad="Other accounts with user id 0", looked_at=len(people))


CHECK = Check(RULE, judge, CANARY, planted="a second account with user id 0", systems=ANY_SYSTEM)
