"""Do passwords have to be changed from time to time?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.readings import counted, login_defs
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity
from scorpius_lab.formats.accounts import parse_shadow

MOST_DAYS = 365
RULE = Rule(
    id="host.account.password-aging",
    version=1,
    title="Passwords end after at most a year",
    severity=Severity.LOW,
    description=(
        "PCI DSS asks for 90 days where a password is the only factor; NIST SP 800-63B advises against routine "
        "changes. A year is the mildest limit that still retires forgotten accounts."
    ),
    remedy="Set PASS_MAX_DAYS 365 or less in /etc/login.defs and `chage -M 365 NAME` for existing accounts.",
    requirements=speaks_to(soc2="CC6.1", iso="A.5.17", pci="8.3.9", hipaa="164.308(a)(5)(ii)(D)", gdpr="32"),
)
CANARY = FakeHost(
    files={
        "/etc/login.defs": "PASS_MAX_DAYS 90\n",
        "/etc/shadow": FakeFile("planted:$y$j9T$abc$def:19000:0:99999:7:::\n", 0o640),
    }
)


def judge(view: HostView) -> Verdict:
    """Judge the default for new accounts and the term of each account with a password."""
    settings = login_defs(view)
    if settings is None:
        return not_applicable("There is no /etc/login.defs.")
    offenders = []
    default = int(settings.get("PASS_MAX_DAYS", "-1"))
    if not 0 < default <= MOST_DAYS:
        message = f"PASS_MAX_DAYS is {default}: a new account's password never has to be changed."
        offenders.append(Offender("PASS_MAX_DAYS", message, "/etc/login.defs", detail={"days": default}))
    with_password = [entry for entry in parse_shadow(view.try_read("/etc/shadow") or "") if entry.has_password]
    for entry in with_password:
        if entry.maximum_days is None or not 0 < entry.maximum_days <= MOST_DAYS:
            days = "no limit" if entry.maximum_days is None else f"{entry.maximum_days} days"
            offenders.append(Offender(entry.name, f"The password of {entry.name} lasts {days}.", "/etc/shadow"))
    good = (
        f"New passwords end after {default} days, and those of {counted(len(with_password), 'account')} within a year"
    )
    return judged(offenders, good=good, bad="Passwords that never end", looked_at=len(with_password) + 1)


CHECK = Check(RULE, judge, CANARY, planted="an account whose password never ends")
