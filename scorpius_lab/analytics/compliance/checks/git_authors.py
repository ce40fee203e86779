"""Can each commit be traced to a person?"""

from __future__ import annotations

import re
from collections import Counter

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
from scorpius_lab.core.evidence import Classification
from scorpius_lab.core.rules import Rule, Severity

_ADDRESS = re.compile(r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$")
_NOBODY = re.compile(
    r"^(root|admin|user|test|ubuntu|debian|ec2-user|nobody|you)@|@(localhost|.*\.(local|localdomain|internal|lan))$",
    re.IGNORECASE,
)
RULE = Rule(
    id="repository.git.authors",
    version=1,
    title="Every commit names a person",
    severity=Severity.LOW,
    description="Commits by root@localhost or without an address lead to nobody. Addresses are withheld evidence.",
    remedy="Set user.name and user.email on the machine concerned; add a .mailmap for old commits.",
    requirements=speaks_to(
        soc2="CC8.1 CC6.2", iso="A.8.32 A.5.16", pci="6.5.1 8.2.1", hipaa="164.312(a)(2)(i)", gdpr="32"
    ),
)
CANARY = FakeHost(
    environment={"repository": "/planted"},
    commands={
        "git": "commit "
        + "a" * 40
        + "\nauthor root <root@localhost> 1 +0000\ncommitter r <root@localhost> 1 +0000\n\n    x\n"
    },
)


def judge(view: HostView) -> Verdict:
    """Judge the author's address of each of the newest commits."""
    commits = read_history(view)
    if not commits:
        return not_applicable("The repository has no commits, or git is not installed.")
    counts = Counter(commit.author for commit in commits)
    nameless = [address for address in counts if not _ADDRESS.match(address) or _NOBODY.search(address)]
    number = sum(counts[address] for address in nameless)
    listing = "\n".join(f"{count} {address}" for address, count in counts.most_common()).encode()
    message = (
        f"{number} of the newest {len(commits)} commits name nobody ({counted(len(nameless), 'address', 'addresses')})."
    )
    offenders = [Offender("nameless commits", message)] if nameless else []
    good = f"The newest {counted(len(commits), 'commit names', 'commits name')} {counted(len(counts), 'person')}"
    exhibit = Exhibit("commits by author", listing, classification=Classification.PERSONAL)
    return judged(offenders, good=good, bad=message.rstrip("."), looked_at=len(commits), exhibits=[exhibit],
                  authors=len(counts))  # fmt: skip


CHECK = Check(RULE, judge, CANARY, planted="a commit by root@localhost", systems=ANY_SYSTEM, subject="repository")
