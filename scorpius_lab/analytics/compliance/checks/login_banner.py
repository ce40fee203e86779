"""Does the login prompt say what it should, and no more?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

_REVEALS = re.compile(r"\\[mrsv]|(?:Debian|Ubuntu|CentOS|Red Hat|Rocky|AlmaLinux|Fedora)[^\n]*\d")
RULE = Rule(
    id="host.login.banner",
    version=1,
    title="The login prompt does not name the system's version",
    severity=Severity.INFO,
    description="/etc/issue and /etc/issue.net are shown before anybody has logged in.",
    remedy="Replace both files with the organization's notice of authorized use.",
    requirements=speaks_to(soc2="CC6.1", iso="A.8.5", pci="2.2.6", hipaa="164.312(a)(1)", gdpr="32"),
    techniques=("T1592.002",),
)
CANARY = FakeHost(files={"/etc/issue": "Debian GNU/Linux 12 \\n \\l\n"})


def judge(view: HostView) -> Verdict:
    """Look for escapes and names that give the version away."""
    texts = {path: view.read_text(path) for path in ("/etc/issue", "/etc/issue.net")}
    present = {path: text for path, text in texts.items() if text is not None}
    if not present:
        return not_applicable("There is no text before the login prompt.")
    offenders = [
        Offender(path, f"{path} names the system's version.", path)
        for path, text in present.items()
        if _REVEALS.search(text)
    ]
    return judged(offenders, good="The prompt names no version", bad="The prompt says too much", looked_at=len(present))


CHECK = Check(RULE, judge, CANARY, planted="the distribution's own banner")
