"""Are commits signed?"""

from __future__ import annotations

from dataclasses import replace

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.history import read_history
from scorpius_lab.analytics.compliance.readings import counted
from scorpius_lab.analytics.compliance.verdict import (
    ANY_SYSTEM,
    Check,
    Exhibit,
    Offender,
    Verdict,
    judged,
    not_applicable,
    speaks_to,
)
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.observations import State
from scorpius_lab.core.rules import Rule, Severity

RULE = Rule(
    id="repository.git.signatures",
    version=1,
    title="Commits are signed",
    severity=Severity.LOW,
    description=(
        "Looks for a signature in each of the newest 500 commits. It is not verified, because that would run the "
        "program a repository's own configuration names."
    ),
    remedy="`git config commit.gpgsign true` with an SSH or OpenPGP key, and require signed commits on the server.",
    requirements=speaks_to(
        soc2="CC8.1", iso="A.8.4 A.8.32", pci="6.5.1 6.2.3", hipaa="164.312(c)(1) 164.312(c)(2)", gdpr="32"
    ),
    techniques=("T1195.002",),
)
CANARY = FakeHost(
    environment={"repository": "/planted"},
    commands={
        "git": "commit " + "a" * 40 + "\nauthor A <a@b.example> 1 +0000\ncommitter A <a@b.example> 1 +0000\n\n    x\n"
    },
)


def judge(view: HostView) -> Verdict:
    """Count commits with and without a signature."""
    commits = read_history(view)
    if not commits:
        return not_applicable("The repository has no commits, or git is not installed.")
    unsigned = [commit for commit in commits if not commit.signed]
    listing = "\n".join(f"{commit.id} {'signed' if commit.signed else 'unsigned'}" for commit in commits).encode()
    message = f"No signature on {len(unsigned)} of the newest {counted(len(commits), 'commit')}."
    verdict = judged(
        [Offender("unsigned commits", message, detail={"newest": unsigned[0].id})] if unsigned else [],
        good=f"The newest {counted(len(commits), 'commit is', 'commits are all')} signed",
        bad=message.rstrip("."),
        looked_at=len(commits),
        exhibits=[Exhibit("commits and whether signed", listing)],
        unsigned=len(unsigned),
    )
    if 0 < len(unsigned) < len(commits):
        return replace(verdict, state=State.PARTIAL, reason=message)
    return replace(verdict, reason=message) if unsigned else verdict


CHECK = Check(RULE, judge, CANARY, planted="an unsigned commit", systems=ANY_SYSTEM, subject="repository")
