"""Does the newest installed kernel run?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

RULE = Rule(
    id="host.kernel.current",
    version=1,
    title="The newest installed kernel is running",
    severity=Severity.MEDIUM,
    description="An update of the kernel protects only after a restart.",
    remedy="Restart the host in the next maintenance window.",
    requirements=speaks_to(
        soc2="CC7.1 CC6.8", iso="A.8.8 A.8.19", pci="6.3.3", hipaa="164.308(a)(1)(ii)(B)", gdpr="32"
    ),
    techniques=("T1068",),
)
CANARY = FakeHost(
    files={
        "/proc/sys/kernel/osrelease": "6.1.0-9-amd64\n",
        "/boot/vmlinuz-6.1.0-9-amd64": "",
        "/boot/vmlinuz-6.1.0-30-amd64": "",
    }
)


def judge(view: HostView) -> Verdict:
    """Compare the running release with the kernels in /boot, and look for the package manager's note."""
    running = (view.read_text("/proc/sys/kernel/osrelease") or "").strip()
    if not running:
        return not_applicable("No kernel is running here.")
    noted = view.stat("/run/reboot-required") or view.stat("/var/run/reboot-required")
    kernels = [name.removeprefix("vmlinuz-") for name in view.list("/boot") if name.startswith("vmlinuz-")]
    offenders = []
    if noted:
        offenders.append(Offender("reboot required", "The package manager asks for a restart.", "/run/reboot-required"))
    same_flavor = [name for name in kernels if _flavor(name) == _flavor(running)]
    newest = max(same_flavor, key=_order, default="")
    if newest and _order(newest) > _order(running):
        offenders.append(Offender("kernel", f"Kernel {running} runs, {newest} is installed.", "/boot"))
    if not kernels and not noted:
        return not_applicable(f"Kernel {running} comes from outside: none is installed in /boot.")
    return judged(offenders, good=f"The newest kernel ({running}) runs", bad="A restart is due", looked_at=len(kernels))


def _order(release: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", release))


def _flavor(release: str) -> str:
    return re.sub(r"[\d.]+", "", release).strip("-+")


CHECK = Check(RULE, judge, CANARY, planted="an older kernel running than installed")
