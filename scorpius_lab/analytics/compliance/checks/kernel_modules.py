"""Can old or rare kernel code be loaded on demand?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import folder_texts
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

RARE = ("dccp", "sctp", "rds", "tipc", "cramfs", "freevxfs", "hfs", "hfsplus", "jffs2", "udf")
_RULED_OUT = re.compile(
    r"^\s*install\s+(\S+)\s+/(?:usr/)?bin/(?:true|false)\s*$|^\s*blacklist\s+(\S+)\s*$", re.MULTILINE
)
RULE = Rule(
    id="host.kernel.modules",
    version=1,
    title="Rare protocols and filesystems cannot be loaded",
    severity=Severity.LOW,
    description="Old modules load on the first use by anybody, and hold most of the kernel's exploited flaws.",
    remedy="Write `install MODULE /bin/false` for each into /etc/modprobe.d/rare.conf.",
    requirements=speaks_to(
        soc2="CC6.8", iso="A.8.9 A.8.19", pci="2.2.4 2.2.6", hipaa="164.308(a)(5)(ii)(B)", gdpr="32"
    ),
    techniques=("T1547.006",),
)
CANARY = FakeHost(
    files={"/proc/sys/kernel/modules_disabled": "0\n", "/proc/modules": "dccp 1 0 - Live 0x0\n",
           "/proc/sys/kernel/osrelease": "6.1.0-30-amd64\n", "/lib/modules/6.1.0-30-amd64/kernel/net/dccp/dccp.ko": ""}
)  # fmt: skip


def judge(view: HostView) -> Verdict:
    """Judge what is loaded, and what could be loaded without anybody asking root."""
    disabled = view.read_text("/proc/sys/kernel/modules_disabled")
    if disabled is None:
        return not_applicable("This kernel cannot load modules.")
    loaded = {line.split()[0] for line in (view.read_text("/proc/modules") or "").splitlines() if line.strip()}
    offenders = [Offender(f"loaded {name}", f"The module {name} is loaded.") for name in RARE if name in loaded]
    release = (view.read_text("/proc/sys/kernel/osrelease") or "").strip()
    # Without the modules of the running kernel on disk (a container, a hypervisor's kernel) none can be loaded.
    loadable = disabled.strip() == "0" and bool(view.list(f"/lib/modules/{release}"))
    if loadable:
        ruled_out = _ruled_out(view)
        offenders += [
            Offender(f"loadable {name}", f"The module {name} loads on demand.", "/etc/modprobe.d")
            for name in RARE
            if name not in ruled_out and name not in loaded
        ]
    good = "Modules of the running kernel cannot be loaded here" if not loadable else "Rare modules are ruled out"
    return judged(offenders, good=good, bad="Rare kernel modules", looked_at=len(RARE))


def _ruled_out(view: HostView) -> set[str]:
    texts = [
        *folder_texts(view, "/etc/modprobe.d", ".conf").values(),
        *folder_texts(view, "/lib/modprobe.d", ".conf").values(),
    ]
    return {first or second for text in texts for first, second in _RULED_OUT.findall(text)}


CHECK = Check(RULE, judge, CANARY, planted="the module dccp loaded")
