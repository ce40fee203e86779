"""Does every account have a name and a number of its own?"""

from __future__ import annotations

from collections import Counter

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import NO_PASSWD, accounts, counted
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity
from scorpius_lab.formats.accounts import parse_group

RULE = Rule(
    id="host.account.duplicate-ids",
    version=1,
    title="No two accounts or groups share a name or a number",
    severity=Severity.MEDIUM,
    description="Accounts that share an id share all files and rights, and no log can tell them apart.",
    remedy="Give one of them a free id (`usermod -u`, `groupmod -g`) and change the owner of its files.",
    requirements=speaks_to(soc2="CC6.1 CC6.2", iso="A.5.16", pci="8.2.1", hipaa="164.312(a)(2)(i)", gdpr="32"),
)
CANARY = FakeHost(
    files={"/etc/passwd": "root:x:0:0::/root:/bin/sh\na:x:1000:1000::/home/a:/bin/sh\nb:x:1000:1000::/home/b:/bin/sh\n"}
)


def judge(view: HostView) -> Verdict:
    """Count names and numbers."""
    people = accounts(view)
    if not people:
        return NO_PASSWD
    groups = parse_group(view.read_text("/etc/group") or "")
    offenders = [
        *_repeated("user name", "/etc/passwd", [account.name for account in people]),
        *_repeated("user id", "/etc/passwd", [account.uid for account in people if account.uid]),
        *_repeated("group name", "/etc/group", [group.name for group in groups]),
        *_repeated("group id", "/etc/group", [group.gid for group in groups]),
    ]
    looked = len(people) + len(groups)
    good = f"{counted(len(people), 'account')} and {counted(len(groups), 'group')} all differ in name and number"
    return judged(offenders, good=good, bad="Shared names or numbers", looked_at=looked)


def _repeated(what: str, path: str, values: list[str] | list[int]) -> list[Offender]:
    counts = Counter(map(str, values))
    return [
        Offender(f"{what} {value}", f"The {what} {value} is used {times} times in {path}.", path)
        for value, times in counts.items()
        if times > 1
    ]


CHECK = Check(RULE, judge, CANARY, planted="two accounts with one user id")
