"""Are SSH sessions and attempts limited?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import NO_SSHD, sshd
from scorpius_lab.analytics.compliance.verdict import ANY_SYSTEM, Check, Offender, Verdict, judged, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
RULE = Rule(
    id="host.ssh.sessions",
    version=1,
    title="SSH ends idle sessions and limits attempts",
    severity=Severity.LOW,
    description="Idle sessions, long login times and X11 forwarding each widen what a stolen terminal can do.",
    remedy="Set ClientAliveInterval 300, MaxAuthTries 4, LoginGraceTime 60, X11Forwarding no.",
    requirements=speaks_to(
        soc2="CC6.1 CC6.6", iso="A.8.5 A.8.20", pci="8.2.8 8.3.4", hipaa="164.312(a)(2)(iii)", gdpr="32"
    ),
)
CANARY = FakeHost(files={"/etc/ssh/sshd_config": "ClientAliveInterval 0\nMaxAuthTries 50\nX11Forwarding yes\n"})


def judge(view: HostView) -> Verdict:
    """Judge four limits against sshd's defaults where they are not set."""
    configuration = sshd(view)
    if configuration is None:
        return NO_SSHD
    alive = _seconds(configuration.value("ClientAliveInterval", "0"))
    tries = int(configuration.value("MaxAuthTries", "6"))
    grace = _seconds(configuration.value("LoginGraceTime", "120"))
    x11 = configuration.value("X11Forwarding", "no").lower()
    wrong = {
        "ClientAliveInterval": (not 0 < alive <= 900, f"{alive} s; 1 to 900 s end a session that no longer answers"),  # noqa: PLR2004
        "MaxAuthTries": (tries > 6, f"{tries}; at most 6 are meant"),  # noqa: PLR2004 (OpenSSH's default)
        "LoginGraceTime": (not 0 < grace <= 120, f"{grace} s; 1 to 120 s are meant"),  # noqa: PLR2004
        "X11Forwarding": (x11 == "yes", "yes; a server needs none"),
    }
    offenders = [
        Offender(keyword, f"{keyword} is {text}.", "/etc/ssh/sshd_config")
        for keyword, (bad, text) in wrong.items()
        if bad
    ]
    return judged(offenders, good="Sessions and attempts are limited", bad="Loose limits", looked_at=len(wrong))


def _seconds(text: str) -> int:
    """Sshd's time format: `90`, `2m`, `1h30m`."""
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([smhdw]?)", text.lower()))


CHECK = Check(RULE, judge, CANARY, planted="fifty attempts and sessions that never end", systems=ANY_SYSTEM)
