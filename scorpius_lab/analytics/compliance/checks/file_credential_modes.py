"""Can anybody but root change accounts or read hashes?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.readings import all_of
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

# The bits that must not be set.
FORBIDDEN = {
    "/etc/passwd": 0o133,
    "/etc/group": 0o133,
    "/etc/shadow": 0o137,
    "/etc/gshadow": 0o137,
    "/etc/passwd-": 0o133,
    "/etc/group-": 0o133,
    "/etc/shadow-": 0o137,
    "/etc/gshadow-": 0o137,
    "/etc/security/opasswd": 0o177,
    "/etc/sudoers": 0o337,
}
RULE = Rule(
    id="host.file.credential-modes",
    version=1,
    title="Account files belong to root and are closed as they should be",
    severity=Severity.HIGH,
    description="Whoever can write passwd is root; whoever can read shadow can try passwords at leisure.",
    remedy="`chown root:shadow /etc/shadow; chmod 0640 /etc/shadow; chmod 0644 /etc/passwd /etc/group`.",
    requirements=speaks_to(
        soc2="CC6.1", iso="A.5.17 A.8.3", pci="7.2.2 8.3.2", hipaa="164.312(a)(1) 164.312(c)(1)", gdpr="32"
    ),
    techniques=("T1003.008",),
)
CANARY = FakeHost(files={"/etc/passwd": FakeFile(mode=0o644), "/etc/shadow": FakeFile(mode=0o666)})


def judge(view: HostView) -> Verdict:
    """Judge mode and owner of each file that exists."""
    offenders, looked = [], 0
    for path, forbidden in FORBIDDEN.items():
        status = view.try_stat(path)
        if status is None:
            continue
        looked += 1
        if status.mode & forbidden:
            offenders.append(Offender(f"mode of {path}", f"{path} has mode {status.octal}.", path))
        if status.uid != 0:
            offenders.append(Offender(f"owner of {path}", f"{path} belongs to user {status.uid}.", path))
    if not looked:
        return not_applicable("None of the account files is here.")
    return judged(
        offenders, good=f"{all_of(looked, 'account file')} closed", bad="Open account files", looked_at=looked
    )


CHECK = Check(RULE, judge, CANARY, planted="a shadow file everybody can write")
