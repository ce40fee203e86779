"""Are the disks encrypted?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import all_of, mounts
from scorpius_lab.analytics.compliance.verdict import (
    ANY_SYSTEM,
    Check,
    Offender,
    Verdict,
    judged,
    not_applicable,
    not_evaluated,
    speaks_to,
)
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Confidence, Rule, Severity

DEEPEST = 8
RULE = Rule(
    id="host.disk.encryption",
    version=1,
    title="Disks and swap are encrypted",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    description="dm-crypt under each mounted disk and swap device, or FileVault. What a hypervisor does is not seen.",
    remedy="Reinstall with LUKS, or show the platform's volume encryption as evidence; use zram or encrypted swap.",
    requirements=speaks_to(
        soc2="CC6.1 CC6.7", iso="A.8.24 A.7.10", pci="3.5.1.2 3.5.1", hipaa="164.312(a)(2)(iv)", gdpr="32 34"
    ),
    techniques=("T1005",),
)
CANARY = FakeHost(files={"/proc/mounts": "/dev/sda1 / ext4 rw 0 0\n", "/sys/block/sda/size": "1\n"})


def judge(view: HostView) -> Verdict:
    """Follow each mounted device down to a dm-crypt layer."""
    if view.system == "Darwin":
        return _filevault(view)
    table = mounts(view)
    if not table:
        return not_applicable("The kernel's mount table is not here.")
    disks = {mount.device: mount.target for mount in table if _is_disk(mount.device)}
    swaps = [line.split()[0] for line in (view.read_text("/proc/swaps") or "").splitlines()[1:] if line.strip()]
    disks |= {device: "swap" for device in swaps if _is_disk(device)}
    if not disks:
        return not_applicable(
            "No disk of its own is mounted: the filesystem comes from a container engine or the network."
        )
    mapped = _mapped(view)
    offenders = [
        Offender(
            target, f"{device} ({target}) is not encrypted by this host.", target if target.startswith("/") else ""
        )
        for device, target in disks.items()
        if not _encrypted(view, device, mapped)
    ]
    return judged(offenders, good=f"{all_of(len(disks), 'disk')} encrypted", bad="Plain disks", looked_at=len(disks))


def _is_disk(device: str) -> bool:
    return device.startswith("/dev/") and not device.startswith(("/dev/loop", "/dev/zram", "/dev/ram", "/dev/sr"))


def _mapped(view: HostView) -> dict[str, str]:
    """Names under /dev/mapper to the kernel's own names."""
    found = {}
    for name in view.list("/sys/block"):
        if name.startswith("dm-"):
            found[(view.read_text(f"/sys/block/{name}/dm/name") or "").strip()] = name
    return found


def _encrypted(view: HostView, device: str, mapped: dict[str, str], depth: int = 0) -> bool:
    name = device.removeprefix("/dev/")
    name = mapped.get(name.removeprefix("mapper/"), name)
    if (view.read_text(f"/sys/block/{name}/dm/uuid") or "").startswith("CRYPT-"):
        return True
    below = view.list(f"/sys/block/{name}/slaves")
    return bool(below) and depth < DEEPEST and all(_encrypted(view, f"/dev/{one}", mapped, depth + 1) for one in below)


def _filevault(view: HostView) -> Verdict:
    said = view.run(["fdesetup", "status"], 5.0)
    if said is None or said.code != 0:
        return not_evaluated("fdesetup did not tell whether FileVault is on.")
    offenders = [] if "FileVault is On" in said.stdout else [Offender("FileVault", "FileVault is off.")]
    return judged(offenders, good="FileVault is on", bad="The disk is not encrypted")


CHECK = Check(RULE, judge, CANARY, planted="a plain root disk", systems=ANY_SYSTEM)
