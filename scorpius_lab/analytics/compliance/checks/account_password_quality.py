"""Are short passwords refused?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import folder_texts, pam_lines
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

SHORTEST = 12
RULE = Rule(
    id="host.account.password-quality",
    version=1,
    title="New passwords have at least twelve characters",
    severity=Severity.MEDIUM,
    description="pam_unix alone accepts six characters; a quality module sets length and refuses known words.",
    remedy="Install libpam-pwquality (or passwdqc) and set `minlen = 12` in /etc/security/pwquality.conf.",
    requirements=speaks_to(soc2="CC6.1", iso="A.5.17", pci="8.3.6", hipaa="164.308(a)(5)(ii)(D)", gdpr="32"),
    techniques=("T1110.003",),
)
CANARY = FakeHost(
    files={
        "/etc/pam.d/common-password": "password requisite pam_pwquality.so retry=3\n",
        "/etc/security/pwquality.conf": "minlen = 6\n",
    }
)


def judge(view: HostView) -> Verdict:
    """Judge the length that the PAM stack asks for."""
    lines = pam_lines(view)
    if lines is None:
        return not_applicable("No PAM configuration is here.")
    stack = "\n".join(line for line in lines if line.startswith(("password", "-password")))
    if "pam_passwdqc.so" in stack:
        return judged([], good="pam_passwdqc judges new passwords", bad="")
    texts = [view.read_text("/etc/security/pwquality.conf") or ""]
    texts += folder_texts(view, "/etc/security/pwquality.conf.d", ".conf").values()
    quality = bool(re.search(r"pam_(pwquality|cracklib)\.so", stack))
    shortest = _shortest(stack, "\n".join(texts) if quality else "", 8 if quality else 6)
    if shortest >= SHORTEST:
        return judged([], good=f"New passwords need {shortest} characters", bad="", minimum=shortest)
    message = f"A new password needs only {shortest} characters; {SHORTEST} are meant."
    offender = Offender("minimum length", message, "/etc/security/pwquality.conf", detail={"minimum": shortest})
    return judged([offender], good="", bad="Short passwords are accepted", minimum=shortest)


def _shortest(stack: str, configuration: str, default: int) -> int:
    """An argument in the PAM line wins over the file."""
    in_line = re.findall(r"\bminlen=(\d+)", stack)
    in_file = re.findall(r"^\s*minlen\s*=\s*(\d+)", configuration, re.MULTILINE)
    return int((in_line or in_file[-1:] or [str(default)])[0])


CHECK = Check(RULE, judge, CANARY, planted="a minimum length of six")
