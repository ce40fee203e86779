"""Do security updates install themselves?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import folder_texts
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

_SWITCH = re.compile(r'^\s*APT::Periodic::(Unattended-Upgrade|Update-Package-Lists)\s+"?([^";\s]+)', re.MULTILINE)
RULE = Rule(
    id="host.update.automatic",
    version=1,
    title="Security updates are installed unattended",
    severity=Severity.MEDIUM,
    description="unattended-upgrades installed, and both of apt's periodic switches on.",
    remedy="`apt-get install unattended-upgrades && dpkg-reconfigure -plow unattended-upgrades`.",
    requirements=speaks_to(
        soc2="CC7.1 CC8.1", iso="A.8.8 A.8.19", pci="6.3.3", hipaa="164.308(a)(1)(ii)(B)", gdpr="32"
    ),
)
CANARY = FakeHost(
    files={
        "/etc/apt/apt.conf.d/20auto-upgrades": 'APT::Periodic::Unattended-Upgrade "0";\n',
        "/usr/bin/unattended-upgrade": "",
    }
)


def judge(view: HostView) -> Verdict:
    """Look for the program and the switches; a later file wins."""
    if not view.list("/etc/apt"):
        return not_applicable("This host does not use apt.")
    texts = {
        "/etc/apt/apt.conf": view.read_text("/etc/apt/apt.conf") or "",
        **folder_texts(view, "/etc/apt/apt.conf.d"),
    }
    switches = {name: value for path in sorted(texts) for name, value in _SWITCH.findall(texts[path])}
    offenders = []
    if view.installed("unattended-upgrade", "unattended-upgrades") is None:
        offenders.append(Offender("program", "unattended-upgrades is not installed."))
    offenders += [
        Offender(name, f"APT::Periodic::{name} is off.", "/etc/apt/apt.conf.d")
        for name in ("Unattended-Upgrade", "Update-Package-Lists")
        if switches.get(name, "0") in ("0", "false", "no")
    ]
    return judged(offenders, good="Security updates install themselves", bad="Updates wait for a person", looked_at=3)


CHECK = Check(RULE, judge, CANARY, planted="unattended upgrades switched off")
