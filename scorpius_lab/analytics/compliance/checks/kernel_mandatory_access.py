"""Does a mandatory access control confine programs?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

RULE = Rule(
    id="host.kernel.mandatory-access",
    version=1,
    title="AppArmor or SELinux is enforcing",
    severity=Severity.MEDIUM,
    description="Confinement decides what a service that was taken over can reach.",
    remedy="Install and enable apparmor (Debian, Ubuntu), or set SELINUX=enforcing (Red Hat), and restart.",
    requirements=speaks_to(soc2="CC6.1 CC6.8", iso="A.8.3 A.8.7", pci="7.3.1 7.3.2", hipaa="164.312(a)(1)", gdpr="32"),
    techniques=("T1562.001",),
)
CANARY = FakeHost(
    files={"/sys/kernel/security/lsm": "lockdown,capability,yama,selinux", "/sys/fs/selinux/enforce": "0"}
)


def judge(view: HostView) -> Verdict:
    """Read the kernel's list of security modules and whether the one in it enforces."""
    if not view.list("/sys/kernel"):
        return not_applicable("The kernel's own files are not here.")
    # Without securityfs the module's own switch still tells.
    modules = (view.read_text("/sys/kernel/security/lsm") or "").strip().split(",")
    if (view.read_text("/sys/module/apparmor/parameters/enabled") or "").strip() == "Y":
        return judged([], good="AppArmor is enabled", bad="")
    enforcing = (view.read_text("/sys/fs/selinux/enforce") or "").strip()
    if enforcing == "1":
        return judged([], good="SELinux is enforcing", bad="")
    message = "SELinux only warns." if enforcing == "0" else "Neither AppArmor nor SELinux is active in this kernel."
    offender = Offender("mandatory access control", message, detail={"modules": modules})
    return judged([offender], good="", bad="Programs are not confined")


CHECK = Check(RULE, judge, CANARY, planted="SELinux that only warns")
