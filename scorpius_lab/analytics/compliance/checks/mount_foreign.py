"""Are the kernel's and removable filesystems mounted without devices and SUID?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import all_of, mounts
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

FOREIGN_FOLDERS = ("/media/", "/mnt/", "/run/media/", "/home", "/srv")
KERNEL = frozenset({"proc", "sysfs", "devpts", "cgroup", "cgroup2", "tmpfs", "devtmpfs", "overlay", "squashfs"})
RULE = Rule(
    id="host.mount.foreign",
    version=1,
    title="Removable, network and user filesystems are mounted nodev and nosuid",
    severity=Severity.MEDIUM,
    description="A stick, a share or a home may carry a SUID program or a device file made elsewhere.",
    remedy="Add `nodev,nosuid` to the options in /etc/fstab or of the automounter.",
    requirements=speaks_to(soc2="CC6.7 CC6.8", iso="A.7.10 A.8.9", pci="2.2.6", hipaa="164.310(d)(1)", gdpr="32"),
    techniques=("T1091",),
)
CANARY = FakeHost(files={"/proc/mounts": "/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /media/planted vfat rw 0 0\n"})


def judge(view: HostView) -> Verdict:
    """Judge everything mounted where foreign filesystems go, and network filesystems anywhere."""
    table = mounts(view)
    if not table:
        return not_applicable("The kernel's mount table is not here.")
    foreign = [
        mount
        for mount in table
        if mount.kind not in KERNEL
        and (mount.target.startswith(FOREIGN_FOLDERS) or mount.kind.startswith(("nfs", "cifs", "smb", "fuse.")))
    ]
    offenders = []
    for mount in foreign:
        missing = [option for option in ("nodev", "nosuid") if option not in mount.options]
        if missing:
            message = f"{mount.target} ({mount.kind}) is mounted without {' and '.join(missing)}."
            offenders.append(Offender(mount.target, message, mount.target))
    if not foreign:
        return not_applicable("No removable, network or user filesystem is mounted.")
    return judged(
        offenders,
        good=f"{all_of(len(foreign), 'foreign filesystem')} mounted safely",
        bad="Loose mounts",
        looked_at=len(foreign),
    )


CHECK = Check(RULE, judge, CANARY, planted="a stick mounted without nodev and nosuid")
