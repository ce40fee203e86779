"""Does this release of the operating system still get security updates?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.observations import State
from scorpius_lab.core.rules import Rule, Severity

# Ends of the regular and of the extended free support, as published by the projects.
SUPPORT = {
    ("debian", "10"): (date(2022, 9, 10), date(2024, 6, 30)),
    ("debian", "11"): (date(2024, 8, 14), date(2026, 8, 31)),
    ("debian", "12"): (date(2026, 6, 10), date(2028, 6, 30)),
    ("debian", "13"): (date(2028, 8, 9), date(2030, 6, 30)),
    ("ubuntu", "18.04"): (date(2023, 5, 31), date(2023, 5, 31)),
    ("ubuntu", "20.04"): (date(2025, 5, 31), date(2025, 5, 31)),
    ("ubuntu", "22.04"): (date(2027, 6, 1), date(2027, 6, 1)),
    ("ubuntu", "24.04"): (date(2029, 5, 31), date(2029, 5, 31)),
    ("rhel", "7"): (date(2024, 6, 30), date(2024, 6, 30)),
    ("rhel", "8"): (date(2029, 5, 31), date(2029, 5, 31)),
    ("rhel", "9"): (date(2032, 5, 31), date(2032, 5, 31)),
}
RULE = Rule(
    id="host.update.release",
    version=1,
    title="The operating system's release is supported",
    severity=Severity.HIGH,
    description="After the end of support no flaw is mended any more. Partial means extended (LTS) support only.",
    remedy="Upgrade to a supported release of the distribution.",
    requirements=speaks_to(
        soc2="CC7.1", iso="A.8.8 A.8.19", pci="12.3.4 6.3.3", hipaa="164.308(a)(1)(ii)(B)", gdpr="32"
    ),
)
CANARY = FakeHost(files={"/etc/os-release": 'ID=debian\nVERSION_ID="10"\nPRETTY_NAME="Debian GNU/Linux 10"\n'})


def judge(view: HostView) -> Verdict:
    """Look the release up in the table of support."""
    text = view.read_text("/etc/os-release")
    if text is None:
        return not_applicable("There is no /etc/os-release.")
    facts = {key: value.strip('"') for key, _, value in (line.partition("=") for line in text.splitlines())}
    name, version = facts.get("ID", ""), facts.get("VERSION_ID", "")
    pretty = facts.get("PRETTY_NAME", f"{name} {version}")
    ends = SUPPORT.get((name, version)) or SUPPORT.get((name, version.split(".")[0]))
    if ends is None:
        return Verdict(
            State.MANUAL, f"The end of support of {pretty} is not in this check's table; a person has to look it up."
        )
    today = view.now().date()
    if today <= ends[0]:
        return judged([], good=f"{pretty} is supported until {ends[0]}", bad="", supported_until=str(ends[0]))
    extended = today <= ends[1]
    message = f"Regular support of {pretty} ended on {ends[0]}" + (
        f"; extended support lasts until {ends[1]}." if extended else "."
    )
    severity = Severity.LOW if extended else None
    offender = Offender(f"{name} {version}", message, "/etc/os-release", severity)
    verdict = judged([offender], good="", bad=message.rstrip("."))
    return replace(verdict, state=State.PARTIAL if extended else State.FAIL, reason=message)


CHECK = Check(RULE, judge, CANARY, planted="a release long out of support")
