"""Can programs be started from folders that everybody may write?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import mounted_on, mounts
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

SHARED = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108
WANTED = ("nodev", "nosuid", "noexec")
RULE = Rule(
    id="host.mount.shared-folders",
    version=1,
    title="Shared folders are mounted nodev, nosuid and noexec",
    severity=Severity.LOW,
    description="Malware lands in /tmp, /var/tmp and /dev/shm because everybody may write there.",
    remedy="Mount them as tmpfs with `nodev,nosuid,noexec` (`systemctl enable tmp.mount`, or a line in /etc/fstab).",
    requirements=speaks_to(soc2="CC6.8", iso="A.8.9 A.8.7", pci="2.2.6 5.2.1", hipaa="164.308(a)(5)(ii)(B)", gdpr="32"),
    techniques=("T1059.004",),
)
CANARY = FakeHost(files={"/proc/mounts": "/dev/sda1 / ext4 rw 0 0\ntmpfs /tmp tmpfs rw,nosuid,nodev 0 0\n"})


def judge(view: HostView) -> Verdict:
    """Judge the options of each shared folder."""
    table = mounts(view)
    if not table:
        return not_applicable("The kernel's mount table is not here.")
    offenders = []
    for folder in SHARED:
        mount = mounted_on(table, folder)
        if mount is None:
            offenders.append(
                Offender(folder, f"{folder} is no filesystem of its own, so it has none of the options.", folder)
            )
            continue
        missing = [option for option in WANTED if option not in mount.options]
        if missing:
            offenders.append(Offender(folder, f"{folder} is mounted without {', '.join(missing)}.", folder))
    return judged(offenders, good="All shared folders are mounted safely", bad="Loose mounts", looked_at=len(SHARED))


CHECK = Check(RULE, judge, CANARY, planted="a shared folder without noexec")
