"""Does the kernel keep its secrets and protect links?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import sysctl_verdict
from scorpius_lab.analytics.compliance.verdict import Check, Verdict, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

WANTED = {
    "kernel.kptr_restrict": (lambda v: v >= 1, "1 or 2"),
    "kernel.dmesg_restrict": (lambda v: v == 1, "1"),
    "kernel.yama.ptrace_scope": (lambda v: v >= 1, "1 or more"),
    "kernel.perf_event_paranoid": (lambda v: v >= 2, "2 or more"),  # noqa: PLR2004
    "kernel.unprivileged_bpf_disabled": (lambda v: v >= 1, "1 or 2"),
    "kernel.sysrq": (lambda v: v != 1, "0 or a mask"),
    "net.core.bpf_jit_harden": (lambda v: v >= 1, "1 or 2"),
    "fs.protected_hardlinks": (lambda v: v == 1, "1"),
    "fs.protected_symlinks": (lambda v: v == 1, "1"),
    "fs.protected_fifos": (lambda v: v >= 1, "1 or 2"),
    "fs.protected_regular": (lambda v: v >= 1, "1 or 2"),
}
RULE = Rule(
    id="host.kernel.sysctl",
    version=1,
    title="Kernel settings follow the hardened set",
    severity=Severity.LOW,
    description="Settings that keep kernel addresses, messages and processes of others from ordinary accounts.",
    remedy="Put the named settings into /etc/sysctl.d/60-hardening.conf and run `sysctl --system`.",
    requirements=speaks_to(soc2="CC6.8 CC7.1", iso="A.8.9", pci="2.2.1 2.2.6", hipaa="164.312(a)(1)", gdpr="32"),
    techniques=("T1068",),
)
CANARY = FakeHost(files={"/proc/sys/kernel/kptr_restrict": "0\n", "/proc/sys/fs/protected_symlinks": "0\n"})


def judge(view: HostView) -> Verdict:
    """Compare the values in force."""
    return sysctl_verdict(view, WANTED, topic="kernel hardening")


CHECK = Check(RULE, judge, CANARY, planted="kernel addresses shown and links unprotected")
