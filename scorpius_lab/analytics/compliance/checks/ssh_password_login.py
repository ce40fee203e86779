"""Does SSH accept passwords, or even empty ones?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import NO_SSHD, sshd
from scorpius_lab.analytics.compliance.verdict import ANY_SYSTEM, Check, Offender, Verdict, judged, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

# Keyword, sshd's default, the value that is right.
WANTED = (
    ("PasswordAuthentication", "yes", "no", Severity.MEDIUM),
    ("PermitEmptyPasswords", "no", "no", Severity.CRITICAL),
    ("HostbasedAuthentication", "no", "no", Severity.HIGH),
    ("IgnoreRhosts", "yes", "yes", Severity.HIGH),
)
RULE = Rule(
    id="host.ssh.password-login",
    version=1,
    title="SSH accepts keys, not passwords",
    severity=Severity.MEDIUM,
    description="Passwords over SSH are guessed around the clock on every reachable host.",
    remedy="Set `PasswordAuthentication no` (after every user has a key), `PermitEmptyPasswords no`.",
    requirements=speaks_to(soc2="CC6.1 CC6.6", iso="A.8.5 A.5.17", pci="8.3.1 2.2.7", hipaa="164.312(d)", gdpr="32"),
    techniques=("T1110.001", "T1021.004"),
)
CANARY = FakeHost(files={"/etc/ssh/sshd_config": "PasswordAuthentication yes\nPermitEmptyPasswords yes\n"})


def judge(view: HostView) -> Verdict:
    """Judge every value a connection may meet."""
    configuration = sshd(view)
    if configuration is None:
        return NO_SSHD
    offenders = []
    for keyword, default, right, severity in WANTED:
        for value, place in configuration.values(keyword, default):
            if value.lower() != right:
                message = f"{keyword} is {value} ({place}); {right} is meant."
                offenders.append(Offender(f"{keyword} at {place}", message, "/etc/ssh/sshd_config", severity))
    return judged(offenders, good="SSH accepts keys only", bad="Weak ways to log in", looked_at=len(WANTED))


CHECK = Check(
    RULE, judge, CANARY, planted="password and empty-password logins", worst=Severity.CRITICAL, systems=ANY_SYSTEM
)
