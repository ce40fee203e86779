"""Can root log in over SSH?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import NO_SSHD, sshd
from scorpius_lab.analytics.compliance.verdict import ANY_SYSTEM, Check, Offender, Verdict, judged, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

SAFE = frozenset({"no", "prohibit-password", "without-password", "forced-commands-only"})
RULE = Rule(
    id="host.ssh.root-login",
    version=1,
    title="root cannot log in over SSH with a password",
    severity=Severity.HIGH,
    description="Judges PermitRootLogin globally and in every Match block; sshd's default is prohibit-password.",
    remedy="Set `PermitRootLogin no` in /etc/ssh/sshd_config and remove it from Match blocks.",
    requirements=speaks_to(
        soc2="CC6.1 CC6.6", iso="A.8.2 A.8.5", pci="2.2.6 8.2.2", hipaa="164.312(a)(2)(i) 164.312(d)", gdpr="32"
    ),
    techniques=("T1021.004",),
    references=("sshd_config(5)",),
)
CANARY = FakeHost(
    files={
        "/etc/ssh/sshd_config": "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin no\n",
        "/etc/ssh/sshd_config.d/50-planted.conf": "Match Address 10.0.0.0/8\n  PermitRootLogin yes\n",
    }
)


def judge(view: HostView) -> Verdict:
    """Judge every value a connection may meet."""
    configuration = sshd(view)
    if configuration is None:
        return NO_SSHD
    values = configuration.values("PermitRootLogin", "prohibit-password")
    offenders = [
        Offender(f"PermitRootLogin at {place}", f"PermitRootLogin is {value} ({place}).", "/etc/ssh/sshd_config")
        for value, place in values
        if value.lower() not in SAFE
    ]
    good = f"PermitRootLogin is {values[0][0]} ({values[0][1]})"
    return judged(offenders, good=good, bad="root can log in with a password", looked_at=len(values))


CHECK = Check(
    RULE, judge, CANARY, planted="root login allowed in a Match block of an included file", systems=ANY_SYSTEM
)
