"""Does an idle shell end?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import folder_texts
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

LONGEST_SECONDS = 900
_TMOUT = re.compile(r"^\s*(?:(?:export|readonly|declare|typeset)\s+(?:-\w+\s+)*)*TMOUT=(\d+)", re.MULTILINE)
RULE = Rule(
    id="host.account.session-timeout",
    version=1,
    title="An idle shell ends within 15 minutes",
    severity=Severity.LOW,
    description="A shell left open is a session for whoever walks by.",
    remedy="Put `readonly TMOUT=900; export TMOUT` into /etc/profile.d/timeout.sh.",
    requirements=speaks_to(soc2="CC6.1", iso="A.8.5 A.8.1", pci="8.2.8", hipaa="164.312(a)(2)(iii)", gdpr="32"),
)
CANARY = FakeHost(files={"/etc/profile": "TMOUT=86400\nexport TMOUT\n"})


def judge(view: HostView) -> Verdict:
    """Look for TMOUT in the system's shell profiles."""
    texts = {path: view.read_text(path) for path in ("/etc/profile", "/etc/bash.bashrc", "/etc/bashrc")}
    present = {path: text for path, text in texts.items() if text is not None}
    present |= folder_texts(view, "/etc/profile.d", ".sh")
    if not present:
        return not_applicable("No system shell profile is here.")
    found = {path: int(value) for path, text in present.items() for value in _TMOUT.findall(text)}
    good = [seconds for seconds in found.values() if 0 < seconds <= LONGEST_SECONDS]
    if good and len(good) == len(found):
        return judged([], good=f"Idle shells end after {max(good)} seconds", bad="", seconds=max(good))
    message = "No profile sets TMOUT, so an idle shell never ends."
    if found:
        path, seconds = max(found.items(), key=lambda one: one[1])
        message = f"{path} lets an idle shell live for {seconds} seconds; {LONGEST_SECONDS} are meant."
    return judged(
        [Offender("TMOUT", message, "/etc/profile")], good="", bad="Idle shells stay open", looked_at=len(present)
    )


CHECK = Check(RULE, judge, CANARY, planted="a time-out of a day")
