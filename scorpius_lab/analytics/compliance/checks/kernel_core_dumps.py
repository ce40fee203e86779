"""Can memory of privileged programs end up in a file?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import folder_texts, merged_settings
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

_LIMIT = re.compile(r"^\s*\*\s+hard\s+core\s+0\b", re.MULTILINE)
RULE = Rule(
    id="host.kernel.core-dumps",
    version=1,
    title="Core dumps are off or go to a guarded place",
    severity=Severity.LOW,
    description="A core dump holds keys, passwords and personal data of the program that crashed.",
    remedy="Set fs.suid_dumpable=0, `* hard core 0` in /etc/security/limits.d, or Storage=none in coredump.conf.",
    requirements=speaks_to(soc2="CC6.1 C1.1", iso="A.8.9 A.8.12", pci="2.2.6", hipaa="164.312(a)(1)", gdpr="32 25"),
)
CANARY = FakeHost(files={"/proc/sys/fs/suid_dumpable": "1\n", "/proc/sys/kernel/core_pattern": "core\n"})


def judge(view: HostView) -> Verdict:
    """Judge dumps of privileged programs, and where all others go."""
    dumpable = view.read_text("/proc/sys/fs/suid_dumpable")
    pattern = (view.read_text("/proc/sys/kernel/core_pattern") or "").strip()
    if dumpable is None:
        return not_applicable("This kernel has no setting for core dumps.")
    offenders = []
    if dumpable.strip() == "1" or (dumpable.strip() == "2" and not pattern.startswith(("|", "/"))):
        message = f"fs.suid_dumpable is {dumpable.strip()}: privileged programs leave their memory in a file."
        offenders.append(Offender("fs.suid_dumpable", message))
    texts = [view.read_text("/etc/security/limits.conf") or ""]
    texts += folder_texts(view, "/etc/security/limits.d", ".conf").values()
    limited = any(_LIMIT.search(text) for text in texts)
    stored = merged_settings(view, "/etc/systemd/coredump.conf").get("Storage", "external")
    handled = pattern.startswith("|") and "systemd-coredump" in pattern and stored == "none"
    if not limited and not handled and pattern not in ("", "|/bin/false"):
        message = f"Core dumps go to {pattern!r} and no limit for all users forbids them."
        offenders.append(Offender("core limit", message))
    return judged(offenders, good="Core dumps are off", bad="Core dumps are written", looked_at=2)


CHECK = Check(RULE, judge, CANARY, planted="dumps of privileged programs into the working folder")
