"""Was a secret ever committed?"""

from __future__ import annotations

import json
from dataclasses import replace

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.history import MOST_COMMITS, added_lines, changes
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
from scorpius_lab.analytics.compliance.view import CheckOverrun, HostView
from scorpius_lab.core.rules import Confidence, Rule, Severity
from scorpius_lab.formats.secrets import find_secrets

SECONDS = 6.0
CERTAIN = frozenset({"private key", "AWS access key", "GitHub token", "GitLab token", "Slack token", "Stripe key"})
RULE = Rule(
    id="repository.git.secrets",
    version=1,
    title="History holds no secret",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    description=(
        "Searches what the newest 500 commits of all branches added, within six seconds. A secret is never stored: "
        "only its kind, its place and its first characters."
    ),
    remedy="Revoke the secret first, then remove it from history (`git filter-repo`) and have clones made anew.",
    requirements=speaks_to(
        soc2="CC6.1", iso="A.5.17 A.8.4", pci="8.6.2 6.2.4", hipaa="164.312(d) 164.312(a)(1)", gdpr="32"
    ),
    techniques=("T1552.001",),
)
CANARY = FakeHost(
    environment={"repository": "/planted"},
    commands={
        "git": "commit "
        + "a" * 40
        + "\n+++ b/settings.py\n@@ -0,0 +1 @@\n+AWS_KEY = 'AKIA"
        + "Z7QXJ4M2KD8WPL5T"
        + "'\n"
    },
)


def judge(view: HostView) -> Verdict:
    """Look at each added line."""
    result = changes(view, SECONDS)
    if result is None or not result.stdout:
        return not_applicable("The repository has no commits, or git is not installed.")
    found: dict[str, Offender] = {}
    lines = 0
    for commit, path, number, text in added_lines(result.stdout):
        lines += 1
        for hit in find_secrets(text):
            subject = f"{path} {hit.kind} {commit[:12]}"
            message = f"{path}:{number} in commit {commit[:12]} holds a {hit.kind}: {hit.masked}."
            severity = Severity.CRITICAL if hit.kind in CERTAIN else None
            found.setdefault(subject, Offender(subject, message, path, severity, {"commit": commit, "line": number}))
    commits = result.stdout.count("\ncommit ") + 1
    whole = not result.timed_out and not result.cut and commits < MOST_COMMITS
    if result.timed_out and not found:
        raise CheckOverrun(f"reading the history took more than {SECONDS:g} s and nothing was found in what was read")
    listing = [{"subject": one.subject, "message": one.message} for one in found.values()]
    exhibit = Exhibit(
        "masked list of secrets", json.dumps(listing, indent=1, ensure_ascii=False).encode(), "application/json"
    )
    verdict = judged(
        list(found.values()),
        good=f"Nothing that looks like a secret among {lines} lines added by {commits} commits",
        bad=f"{len(found)} places in {commits} commits look like secrets",
        looked_at=lines,
        exhibits=[exhibit] if found else [],
        covered=whole,
        commits=commits,
    )
    # The places are long and stand in the findings; the sentence stays short.
    return replace(verdict, reason=f"{len(found)} places in {commits} commits look like secrets.") if found else verdict


CHECK = Check(
    RULE,
    judge,
    CANARY,
    planted="a made-up AWS key in a commit",
    systems=ANY_SYSTEM,
    subject="repository",
    time_limit=20.0,
)
