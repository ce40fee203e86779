"""Can anybody change files that others use?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.readings import counted
from scorpius_lab.analytics.compliance.verdict import (
    ANY_SYSTEM,
    Check,
    Exhibit,
    Offender,
    Verdict,
    judged,
    not_evaluated,
    speaks_to,
)
from scorpius_lab.analytics.compliance.view import CheckOverrun, HostView
from scorpius_lab.core.rules import Rule, Severity

WORLD_WRITE, STICKY = 0o002, 0o1000
LISTED_AT_MOST = 200
RULE = Rule(
    id="host.file.world-writable",
    version=2,
    title="Nothing is writable by everybody, except shared folders with the sticky bit",
    severity=Severity.MEDIUM,
    description=(
        "One pass over the root filesystem. Other filesystems are not entered, and what lies in a folder that others "
        "cannot enter does not count, nor what an ordinary user keeps open in a shared folder with the sticky bit."
    ),
    remedy="`chmod o-w PATH`; give a folder that must be shared the sticky bit (`chmod +t`).",
    requirements=speaks_to(
        soc2="CC6.1 CC6.8", iso="A.8.3", pci="7.2.2 2.2.6", hipaa="164.312(c)(1) 164.312(a)(1)", gdpr="32"
    ),
    techniques=("T1222.002",),
    tags=("walk",),
)
CANARY = FakeHost(files={"/opt/planted": FakeFile(mode=0o666), "/tmp": FakeFile(mode=0o1777, kind="folder")})  # noqa: S108


def judge(view: HostView) -> Verdict:
    """Judge what the walk singled out."""
    walk = view.walk(20.0)
    if walk is None:
        return not_evaluated("The filesystem cannot be walked here: the program find is missing.")
    if not walk.entries and not walk.timed_out:
        return not_evaluated("The walk met neither a shared folder nor a SUID program, so it saw no real filesystem.")
    open_to_all = [entry for entry in walk.entries if entry.status.mode & WORLD_WRITE]
    shared = [e for e in open_to_all if e.status.kind == "folder" and e.status.mode & STICKY]
    common = tuple(e.path.rstrip("/") + "/" for e in shared)
    rest = [e for e in open_to_all if not (e.status.kind == "folder" and e.status.mode & STICKY)]
    lent = [e for e in rest if e.status.uid != 0 and e.path.startswith(common)]
    kept = {e.path for e in lent}
    found = [e for e in rest if e.path not in kept and view.reachable_by_others(e.path)]
    if walk.timed_out and not found:
        raise CheckOverrun("the walk of the filesystem was stopped at its time limit with nothing found so far")
    offenders = [
        Offender(
            entry.path, f"Everybody can write the {entry.status.kind} {entry.path} ({entry.status.octal}).", entry.path
        )
        for entry in found[:LISTED_AT_MOST]
    ]
    listing = "\n".join(f"{entry.status.octal} {entry.path}" for entry in found).encode(errors="replace")
    folders = counted(len(shared), "shared folder")
    return judged(
        offenders,
        good=f"Nothing within reach of everybody is writable but {folders} with the sticky bit",
        bad=f"{counted(len(found), 'file or folder is', 'files or folders are')} writable by everybody",
        left_to_their_users=len(lent),
        exhibits=[Exhibit("list of world-writable files", listing)] if found else [],
        covered=not walk.timed_out and len(found) <= LISTED_AT_MOST,
        found=len(found),
    )


CHECK = Check(RULE, judge, CANARY, planted="a file with mode 0666", systems=ANY_SYSTEM, time_limit=25.0)
