"""Are new files closed to others by default?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import counted, login_defs
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

WANTED = 0o027
_UMASK = re.compile(r"^\s*umask\s+([0-7]{3,4})\b", re.MULTILINE)
RULE = Rule(
    id="host.account.umask",
    version=1,
    title="New files are not readable by everybody",
    severity=Severity.LOW,
    description="The default mask 022 makes every new file readable by every account of the host.",
    remedy="Set UMASK 027 in /etc/login.defs (used by pam_umask) and no weaker umask in /etc/profile.",
    requirements=speaks_to(soc2="CC6.1", iso="A.8.3 A.8.9", pci="2.2.6 7.2.2", hipaa="164.312(a)(1)", gdpr="25 32"),
)
CANARY = FakeHost(files={"/etc/login.defs": "UMASK 000\n"})


def judge(view: HostView) -> Verdict:
    """Judge the mask of login.defs and of the system's shell profiles."""
    settings = login_defs(view)
    found: dict[str, str] = {}
    if settings is not None:
        found["/etc/login.defs"] = settings.get("UMASK", "022")
    for path in ("/etc/profile", "/etc/bash.bashrc", "/etc/bashrc"):
        for value in _UMASK.findall(view.read_text(path) or ""):
            found[path] = value
    if not found:
        return not_applicable("Neither login.defs nor a system shell profile is here.")
    offenders = [
        Offender(path, f"{path} sets the mask {value}; 027 or stricter is meant.", path, detail={"umask": value})
        for path, value in found.items()
        if int(value, 8) & WANTED != WANTED
    ]
    good = f"The default mask is 027 or stricter in {counted(len(found), 'place')}"
    return judged(offenders, good=good, bad="Weak default mask", looked_at=len(found))


CHECK = Check(RULE, judge, CANARY, planted="a mask of 000")
