"""Is guessing passwords stopped?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import pam_lines
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

MOST_ATTEMPTS = 10
RULE = Rule(
    id="host.account.lockout",
    version=1,
    title="An account is locked after ten wrong passwords at most",
    severity=Severity.MEDIUM,
    description="Without pam_faillock (or pam_tally2) a password can be guessed for ever.",
    remedy="Enable pam_faillock (`pam-auth-update --enable faillock`, or authselect) with deny=10 or less.",
    requirements=speaks_to(soc2="CC6.1", iso="A.8.5", pci="8.3.4", hipaa="164.312(d) 164.308(a)(5)(ii)(C)", gdpr="32"),
    techniques=("T1110.001",),
)
CANARY = FakeHost(files={"/etc/pam.d/common-auth": "auth [success=1 default=ignore] pam_unix.so nullok\n"})


def judge(view: HostView) -> Verdict:
    """Look for a module that counts failures, and its limit."""
    lines = pam_lines(view)
    if lines is None:
        return not_applicable("No PAM configuration is here.")
    counting = [line for line in lines if re.search(r"pam_(faillock|tally2)\.so", line)]
    if not counting:
        missing = Offender("no lockout", "No PAM module counts failed logins.", "/etc/pam.d/common-auth")
        return judged([missing], good="", bad="Passwords can be guessed without limit")
    limit = _limit(counting, view.read_text("/etc/security/faillock.conf") or "")
    if 0 < limit <= MOST_ATTEMPTS:
        return judged([], good=f"Accounts are locked after {limit} wrong passwords", bad="", attempts=limit)
    message = f"Accounts are locked only after {limit} wrong passwords." if limit else "deny=0 switches the lock off."
    return judged([Offender("limit", message, "/etc/security/faillock.conf")], good="", bad="The lock comes too late")


def _limit(lines: list[str], configuration: str) -> int:
    """An argument in the PAM line wins over faillock.conf, whose own default is three."""
    for text in ("\n".join(lines), configuration):
        found = re.search(r"^(?!\s*#).*?\bdeny\s*=\s*(\d+)", text, re.MULTILINE)
        if found:
            return int(found.group(1))
    return 3


CHECK = Check(RULE, judge, CANARY, planted="a PAM stack that never counts failures")
