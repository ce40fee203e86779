"""Are the system's own accounts closed to logins?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import NO_PASSWD, accounts, counted, login_defs
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

FIRST_USER = 1000
# Services that need a shell to run their own jobs, and are reached with su only.
KNOWN = frozenset({"root", "postgres", "git", "gitea", "gitlab-runner", "jenkins"})
RULE = Rule(
    id="host.account.system-shells",
    version=1,
    title="System accounts have no login shell",
    severity=Severity.MEDIUM,
    description="A service account with a shell is a way in that no person answers for.",
    remedy="`usermod -s /usr/sbin/nologin NAME` for the named accounts.",
    requirements=speaks_to(soc2="CC6.1 CC6.3", iso="A.8.2 A.5.16", pci="8.6.1 2.2.2", hipaa="164.312(a)(1)", gdpr="32"),
    techniques=("T1078.003",),
)
CANARY = FakeHost(files={"/etc/passwd": "root:x:0:0::/root:/bin/bash\ndaemon:x:1:1::/:/bin/bash\n"})


def judge(view: HostView) -> Verdict:
    """Look for interactive shells below the first id of people."""
    people = accounts(view)
    if not people:
        return NO_PASSWD
    first = int((login_defs(view) or {}).get("UID_MIN", str(FIRST_USER)))
    system = [account for account in people if 0 < account.uid < first]
    offenders = [
        Offender(
            account.name,
            f"The system account {account.name} has the shell {account.shell or '/bin/sh'}.",
            "/etc/passwd",
        )
        for account in system
        if account.interactive and account.name not in KNOWN
    ]
    good = f"None of {counted(len(system), 'system account')} can be logged in to"
    return judged(offenders, good=good, bad="System accounts with a login shell", looked_at=len(system))


CHECK = Check(RULE, judge, CANARY, planted="a daemon account with /bin/bash")
