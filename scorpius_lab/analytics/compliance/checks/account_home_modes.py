"""Are home folders closed to other users?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.readings import NO_PASSWD, accounts, all_of, login_defs
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

GROUP_WRITE_OR_OTHER = 0o027
# Where /etc/login.defs does not say where people begin.
FIRST_PERSON = 1000
RULE = Rule(
    id="host.account.home-modes",
    version=2,
    title="Home folders are closed to others and belong to their user",
    severity=Severity.MEDIUM,
    description="A home others can read shows keys, histories and mail; one they can write lets them become its user.",
    remedy="`chmod 0750 HOME` and `chown NAME HOME`; set HOME_MODE 0750 in /etc/login.defs for new ones.",
    requirements=speaks_to(soc2="CC6.1 C1.1", iso="A.8.3", pci="7.2.2 7.3.3", hipaa="164.312(a)(1)", gdpr="32 25"),
    techniques=("T1083",),
)
CANARY = FakeHost(
    files={
        "/etc/passwd": "planted:x:1000:1000::/home/planted:/bin/bash\n",
        "/home/planted": FakeFile(mode=0o777, uid=1000, kind="folder"),
    }
)


def judge(view: HostView) -> Verdict:
    """Judge mode and owner of each home of a person or root who can log in; system accounts' folders are programs'."""
    people = accounts(view)
    if not people:
        return NO_PASSWD
    offenders, looked = [], 0
    least = (login_defs(view) or {}).get("UID_MIN", "")
    first = int(least) if least.isdecimal() else FIRST_PERSON
    for account in people:
        if 0 < account.uid < first or not account.interactive or account.home in ("", "/", "/nonexistent"):
            continue
        status = view.try_stat(account.home)
        if status is None:
            continue
        looked += 1
        if status.mode & GROUP_WRITE_OR_OTHER:
            message = f"{account.home} of {account.name} has mode {status.octal}; 0750 or less is meant."
            offenders.append(Offender(f"mode of {account.home}", message, account.home))
        if status.uid not in (account.uid, 0):
            message = f"{account.home} of {account.name} belongs to user {status.uid}."
            offenders.append(Offender(f"owner of {account.home}", message, account.home))
    if not looked:
        return not_applicable("No account that can log in has a home folder here.")
    return judged(
        offenders, good=f"{all_of(looked, 'home folder')} closed to others", bad="Open home folders", looked_at=looked
    )


CHECK = Check(RULE, judge, CANARY, planted="a home folder with mode 0777")
