"""Who is root without being called root?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import counted
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity
from scorpius_lab.formats.accounts import parse_group

# Members can read every disk, every hash, or start a container that mounts the host.
ROOT_BY_ANOTHER_NAME = {"docker": "start a container as root", "lxd": "start a container as root",
                        "incus-admin": "start a container as root", "disk": "read and write every disk",
                        "shadow": "read all password hashes", "kmem": "read the kernel's memory"}  # fmt: skip
RULE = Rule(
    id="host.privilege.groups",
    version=1,
    title="Nobody is root through a group",
    severity=Severity.HIGH,
    description="Membership in docker, lxd, disk, shadow or kmem is root without a password and without a log line.",
    remedy="Remove the member (`gpasswd -d NAME GROUP`); use rootless containers or sudo with a log.",
    requirements=speaks_to(
        soc2="CC6.3 CC6.1", iso="A.8.2 A.5.18", pci="7.2.2 7.2.1", hipaa="164.308(a)(4)(ii)(B) 164.312(a)(1)", gdpr="32"
    ),
    techniques=("T1548",),
)
CANARY = FakeHost(files={"/etc/group": "root:x:0:\ndocker:x:998:planted\n"})


def judge(view: HostView) -> Verdict:
    """Look for members of groups that amount to root."""
    text = view.read_text("/etc/group")
    if text is None:
        return not_applicable("There is no /etc/group.")
    groups = [group for group in parse_group(text) if group.name in ROOT_BY_ANOTHER_NAME]
    offenders = [
        Offender(
            f"{member} in {group.name}",
            f"{member} can {ROOT_BY_ANOTHER_NAME[group.name]} as a member of {group.name}.",
            "/etc/group",
        )
        for group in groups
        for member in group.members
        if member != "root"
    ]
    good = f"Nobody is in the {counted(len(groups), 'group')} whose members can become root"
    return judged(offenders, good=good, bad="Root through a group", looked_at=len(groups))


CHECK = Check(RULE, judge, CANARY, planted="a member of the docker group")
