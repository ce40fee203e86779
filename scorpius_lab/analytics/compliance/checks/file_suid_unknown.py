"""Are there SUID programs that no package brought?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.readings import all_of
from scorpius_lab.analytics.compliance.verdict import (
    Check,
    Offender,
    Verdict,
    judged,
    not_applicable,
    not_evaluated,
    speaks_to,
)
from scorpius_lab.analytics.compliance.view import CheckOverrun, HostView
from scorpius_lab.core.rules import Rule, Severity

SUID_SGID = 0o6000
INFO = "/var/lib/dpkg/info"
RULE = Rule(
    id="host.file.suid-unknown",
    version=1,
    title="Every SUID and SGID program came with a package",
    severity=Severity.HIGH,
    description="A SUID program that dpkg does not know was put there by hand: the usual way to keep root.",
    remedy="Find out who put the file there; `chmod u-s,g-s PATH` or remove it.",
    requirements=speaks_to(
        soc2="CC6.8 CC7.1", iso="A.8.19 A.8.18", pci="2.2.6 11.5.2", hipaa="164.312(c)(1)", gdpr="32"
    ),
    techniques=("T1548.001",),
    tags=("walk",),
)
CANARY = FakeHost(
    files={
        "/usr/bin/passwd": FakeFile(mode=0o4755),
        "/opt/planted": FakeFile(mode=0o4755),
        f"{INFO}/passwd.list": "/usr/bin/passwd\n",
    }
)


def judge(view: HostView) -> Verdict:
    """Compare the SUID files with the lists of the packages."""
    packages = [name for name in view.list(INFO) if name.endswith(".list")]
    if not packages:
        return not_applicable("This host does not use dpkg, so its packages' files are not known.")
    walk = view.walk(20.0)
    if walk is None:
        return not_evaluated("The filesystem cannot be walked here: the program find is missing.")
    privileged = [e for e in walk.entries if e.status.kind == "file" and e.status.mode & SUID_SGID]
    unknown = _unknown(view, packages, {entry.path for entry in privileged}) if privileged else set()
    if walk.timed_out and not unknown:
        raise CheckOverrun("the walk of the filesystem was stopped at its time limit with nothing found so far")
    offenders = [
        Offender(
            entry.path, f"{entry.path} is SUID or SGID ({entry.status.octal}) and belongs to no package.", entry.path
        )
        for entry in privileged
        if entry.path in unknown
    ]
    good = f"{all_of(len(privileged), 'SUID or SGID program', 'comes', 'come')} from packages"
    bad = "SUID or SGID programs of unknown origin"
    return judged(offenders, good=good, bad=bad, looked_at=len(privileged), covered=not walk.timed_out)


def _unknown(view: HostView, packages: list[str], wanted: set[str]) -> set[str]:
    """Paths in no package list. A merged /usr lists /bin/su where the walk meets /usr/bin/su."""
    spellings = {path: path for path in wanted} | {path.removeprefix("/usr"): path for path in wanted}
    left = set(wanted)
    for name in packages:
        # Package lists are public and many; only what is left matters, so they are not noted one by one.
        content = view.read_unrecorded(f"{INFO}/{name}") or b""
        for line in content.decode(errors="replace").splitlines():
            if line in spellings:
                left.discard(spellings[line])
        if not left:
            break
    return left


CHECK = Check(RULE, judge, CANARY, planted="a SUID program in /opt that no package lists", time_limit=25.0)
