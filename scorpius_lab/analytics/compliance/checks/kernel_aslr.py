"""Are programs loaded at addresses nobody can guess?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import sysctl_verdict
from scorpius_lab.analytics.compliance.verdict import Check, Verdict, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

RULE = Rule(
    id="host.kernel.aslr",
    version=1,
    title="Address space randomization is fully on",
    severity=Severity.HIGH,
    description="Without it an overflow in any program can be exploited at a fixed address.",
    remedy="Set kernel.randomize_va_space = 2 in /etc/sysctl.d and run `sysctl --system`.",
    requirements=speaks_to(soc2="CC6.8", iso="A.8.9 A.8.7", pci="2.2.6", hipaa="164.308(a)(5)(ii)(B)", gdpr="32"),
    techniques=("T1068",),
)
CANARY = FakeHost(files={"/proc/sys/kernel/randomize_va_space": "0\n"})


def judge(view: HostView) -> Verdict:
    """Read the one setting."""
    return sysctl_verdict(view, {"kernel.randomize_va_space": (lambda v: v == 2, "2")}, topic="address randomization")  # noqa: PLR2004


CHECK = Check(RULE, judge, CANARY, planted="randomization switched off")
