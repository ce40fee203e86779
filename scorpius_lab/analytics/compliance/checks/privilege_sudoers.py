"""Who may become root, and does sudo ask for a password?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.readings import all_of
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity
from scorpius_lab.formats.sudoers import Grant, parse_sudoers

ADMINISTRATORS = frozenset({"root", "%sudo", "%admin", "%wheel"})
RULE = Rule(
    id="host.privilege.sudoers",
    version=1,
    title="sudo asks for a password, and only administrators may run everything",
    severity=Severity.HIGH,
    description="NOPASSWD turns a stolen session into root; ALL for a single account escapes the review of a group.",
    remedy="Remove NOPASSWD and grant single commands; put administrators into one group that is reviewed.",
    requirements=speaks_to(
        soc2="CC6.3 CC6.1", iso="A.8.2 A.8.18", pci="7.2.2 8.3.1", hipaa="164.312(a)(1) 164.308(a)(4)(ii)(B)", gdpr="32"
    ),
    techniques=("T1548.003",),
)
CANARY = FakeHost(files={"/etc/sudoers": FakeFile("root ALL=(ALL) ALL\nplanted ALL=(ALL) NOPASSWD: ALL\n", 0o440)})


def judge(view: HostView) -> Verdict:
    """Judge every grant of sudoers and its includes."""
    policy = parse_sudoers(view.read_text, view.list)
    if policy is None:
        return not_applicable("sudo is not set up here: there is no /etc/sudoers.")
    offenders = [one for grant in policy.grants if (one := _offender(grant))]
    if any("!authenticate" in line for line in policy.defaults):
        offenders.append(Offender("Defaults !authenticate", "sudo never asks for a password.", "/etc/sudoers"))
    good = f"{all_of(len(policy.grants), 'grant', 'asks', 'ask')} for a password"
    return judged(offenders, good=good, bad="Grants that go too far", looked_at=len(policy.grants))


def _offender(grant: Grant) -> Offender | None:
    path = grant.place.rpartition(":")[0]
    if grant.without_password and grant.who != "root":
        message = f"{grant.who} runs {grant.commands} as {grant.runas} without a password ({grant.place})."
        return Offender(f"{grant.who} NOPASSWD {grant.commands}", message, path)
    if grant.everything and grant.who not in ADMINISTRATORS:
        message = f"{grant.who} may run everything as {grant.runas} ({grant.place})."
        return Offender(f"{grant.who} ALL", message, path)
    return None


CHECK = Check(RULE, judge, CANARY, planted="an account with NOPASSWD: ALL")
