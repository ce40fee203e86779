"""Can anybody but root put a program where root looks for one?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.readings import all_of, login_defs
from scorpius_lab.analytics.compliance.verdict import (
    ANY_SYSTEM,
    Check,
    Offender,
    Verdict,
    judged,
    not_applicable,
    speaks_to,
)
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

DEFAULT = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
RULE = Rule(
    id="host.file.program-folders",
    version=1,
    title="Only root can add programs to root's search path",
    severity=Severity.HIGH,
    description="Judges every folder of ENV_SUPATH, and that none of them is relative.",
    remedy="`chown root FOLDER; chmod go-w FOLDER`, and remove empty or relative entries from ENV_SUPATH.",
    requirements=speaks_to(
        soc2="CC6.8 CC6.1", iso="A.8.19 A.8.18", pci="2.2.6 7.2.2", hipaa="164.312(c)(1)", gdpr="32"
    ),
    techniques=("T1574.007",),
)
CANARY = FakeHost(files={"/usr/local/bin": FakeFile(mode=0o777, kind="folder")})


def judge(view: HostView) -> Verdict:
    """Judge owner and mode of each folder."""
    written = (login_defs(view) or {}).get("ENV_SUPATH", "").removeprefix("PATH=") or DEFAULT
    folders = list(dict.fromkeys([*written.split(":"), *DEFAULT.split(":")]))
    offenders, looked = [], 0
    for folder in folders:
        if not folder.startswith("/"):
            offenders.append(
                Offender(f"relative {folder!r}", "Root's search path holds a relative folder.", "/etc/login.defs")
            )
            continue
        status = view.try_stat(folder)
        if status is None:
            continue
        looked += 1
        # Debian gives /usr/local to the group staff on purpose, with the SGID bit.
        if status.mode & 0o002 or (status.mode & 0o020 and status.gid not in (_STAFF, 0)):
            offenders.append(
                Offender(f"mode of {folder}", f"{folder} can be written by others ({status.octal}).", folder)
            )
        if status.uid != 0:
            offenders.append(Offender(f"owner of {folder}", f"{folder} belongs to user {status.uid}.", folder))
    if not looked and not offenders:
        return not_applicable("None of the program folders is here.")
    good = f"{all_of(looked, 'program folder', 'belongs', 'belong')} to root alone"
    return judged(offenders, good=good, bad="Program folders open to others", looked_at=looked)


_STAFF = 50
CHECK = Check(RULE, judge, CANARY, planted="a program folder everybody can write", systems=ANY_SYSTEM)
