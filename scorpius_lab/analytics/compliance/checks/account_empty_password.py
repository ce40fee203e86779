"""Does every account that can log in have a password?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.readings import accounts, counted
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity
from scorpius_lab.formats.accounts import parse_shadow

RULE = Rule(
    id="host.account.empty-password",
    version=1,
    title="No account opens without a password",
    severity=Severity.CRITICAL,
    description="An empty password field in shadow (or passwd) lets anybody in who knows the account's name.",
    remedy="Set a password (`passwd NAME`) or lock the account (`passwd -l NAME`).",
    requirements=speaks_to(
        soc2="CC6.1", iso="A.5.17 A.8.5", pci="8.3.1 2.2.2", hipaa="164.312(d) 164.312(a)(1)", gdpr="32"
    ),
    techniques=("T1078.003",),
)
CANARY = FakeHost(
    files={
        "/etc/passwd": "root:x:0:0::/root:/bin/bash\nplanted:x:1000:1000::/home/planted:/bin/bash\n",
        "/etc/shadow": FakeFile("root:!:19000:0:99999:7:::\nplanted::19000:0:99999:7:::\n", 0o640),
    }
)


def judge(view: HostView) -> Verdict:
    """Look for empty password fields."""
    people = accounts(view)
    if not people:
        return not_applicable("There is no /etc/passwd.")
    open_in_passwd = [account.name for account in people if account.password == ""]
    shadow = view.try_read("/etc/shadow")
    open_in_shadow = [entry.name for entry in parse_shadow(shadow or "") if entry.scheme == "empty"]
    offenders = [
        Offender(name, f"The account {name} has an empty password.", "/etc/shadow")
        for name in dict.fromkeys(open_in_passwd + open_in_shadow)
    ]
    good = f"None of {counted(len(people), 'account')} has an empty password"
    return judged(offenders, good=good, bad="Accounts without password", looked_at=len(people))


CHECK = Check(RULE, judge, CANARY, planted="an account with an empty field in shadow")
