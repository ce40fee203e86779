"""Was a secret ever committed?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.history import MOST_COMMITS, added_lines, changes, text_at_head
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
from scorpius_lab.analytics.compliance.view import CheckOverrun, HostView
from scorpius_lab.core.observations import State
from scorpius_lab.core.rules import Confidence, Rule, Severity
from scorpius_lab.formats.pem_keys import MOST_LINES, PrivateKey, private_key_after
from scorpius_lab.formats.secrets import ALLOWED, SecretHit, find_secrets

SECONDS = 6.0
FILES_AT_HEAD = 40
CERTAIN = frozenset({"private key", "AWS access key", "GitHub token", "GitLab token", "Slack token", "Stripe key"})
RULE = Rule(
    id="repository.git.secrets",
    version=2,
    title="History holds no secret",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    description=(
        "Searches what the newest 500 commits of all branches added, within six seconds. A secret is never stored: "
        "only its kind, its place and its first characters. A key block counts only if a key can be decoded from it. "
        "A value on a line with the words `scorpius: allow-secret` is allowed wherever it stands, and counted. Tokens "
        "and plain private keys weigh as much as this rule, likely passwords less, encrypted private keys least."
    ),
    remedy=(
        "Revoke the secret first, then remove it from history (`git filter-repo`) and have clones made anew. Mark a "
        "published test value with `scorpius: allow-secret` on its line."
    ),
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


@dataclass(frozen=True, slots=True)
class Place:
    """A line that holds what looks like a secret. `value` stays in memory."""

    commit: str
    path: str
    number: int
    hit: SecretHit
    value: str
    marked: bool

    @property
    def subject(self) -> str:
        """What the finding is known by."""
        return f"{self.path} {self.hit.kind} {self.commit[:12]}"


def judge(view: HostView) -> Verdict:
    """Look at each added line, then at whether HEAD still has what was found."""
    result = changes(view, SECONDS)
    if result is None or not result.stdout:
        return not_applicable("The repository has no commits, or git is not installed.")
    lines = list(added_lines(result.stdout))
    places = list(_places(lines))
    allowed_values = {place.value for place in places if place.marked}
    found = {p.subject: p for p in reversed(places) if not p.marked and p.value not in allowed_values}
    if result.timed_out and not found:
        raise CheckOverrun(f"reading the history took more than {SECONDS:g} s and nothing was found in what was read")
    offenders = _offenders(view, list(reversed(found.values())))
    commits = result.stdout.count("\ncommit ") + 1
    return _verdict(
        offenders,
        allowed=len({place.subject for place in places if place.marked or place.value in allowed_values}),
        lines=len(lines),
        commits=commits,
        whole=not result.timed_out and not result.cut and commits < MOST_COMMITS,
    )


def _places(lines: list[tuple[str, str, int, str]]) -> Iterator[Place]:
    for index, (commit, path, number, text) in enumerate(lines):
        for hit in find_secrets(text):
            value = text[hit.start : hit.end]
            if hit.kind == PrivateKey.PLAIN:
                block = list(_going_on(lines, index))
                kind = private_key_after(text[hit.start :], block)
                if kind is PrivateKey.NONE:
                    continue
                # All keys have the same header; what tells them apart is what follows.
                value += text[hit.end :] + "\n".join(block[:3])
                hit = replace(hit, kind=kind.value)  # noqa: PLW2901 (the same hit, better known)
            yield Place(commit, path, number, hit, value, bool(ALLOWED.search(text)))


def _going_on(lines: list[tuple[str, str, int, str]], index: int) -> Iterator[str]:
    """The added lines that stand right below, in the same file of the same commit."""
    commit, path, number, _ = lines[index]
    for offset, (other, where, at, text) in enumerate(lines[index + 1 : index + 1 + MOST_LINES], 1):
        if (other, where, at) != (commit, path, number + offset):
            return
        yield text


def _offenders(view: HostView, places: Iterable[Place]) -> list[Offender]:
    texts: dict[str, str | None] = {}
    found = []
    for place in places:
        if place.path not in texts and len(texts) < FILES_AT_HEAD:
            texts[place.path] = text_at_head(view, place.path)
        there = place.value.partition("\n")[0] in (texts.get(place.path) or "") if place.path in texts else None
        now = {True: "", False: " HEAD no longer has it, the history does.", None: ""}[there]
        message = (
            f"{place.path}:{place.number} in commit {place.commit[:12]} holds {_a(place.hit.kind)}: "
            f"{place.hit.masked}.{now}"
        )
        detail = {"commit": place.commit, "line": place.number, "in_head": there}
        found.append(Offender(place.subject, message, place.path, _severity(place.hit.kind), detail))
    return found


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiA' else 'a'} {kind}"


def _severity(kind: str) -> Severity | None:
    if kind == PrivateKey.ENCRYPTED:
        return Severity.LOW
    return None if kind in CERTAIN else Severity.MEDIUM


def _verdict(offenders: list[Offender], *, allowed: int, lines: int, commits: int, whole: bool) -> Verdict:
    listing = [{"subject": one.subject, "message": one.message} for one in offenders]
    exhibit = Exhibit(
        "masked list of secrets", json.dumps(listing, indent=1, ensure_ascii=False).encode(), "application/json"
    )
    read = counted(commits, "commit")
    marked = f" {counted(allowed, 'place')} {'is' if allowed == 1 else 'are'} marked as allowed." if allowed else ""
    verdict = judged(
        offenders,
        good=f"Nothing that looks like a secret among {counted(lines, 'line')} added by {read}",
        bad=f"{counted(len(offenders), 'place')} in {read} look like secrets",
        looked_at=lines,
        exhibits=[exhibit] if offenders else [],
        covered=whole,
        commits=commits,
        allowed=allowed,
    )
    if not offenders:
        return replace(verdict, reason=verdict.reason + marked)
    old = sum(one.detail["in_head"] is False for one in offenders)
    only_old = f" {old} of them {'is' if old == 1 else 'are'} only in history, no longer at HEAD." if old else ""
    look = "looks like a secret" if len(offenders) == 1 else "look like secrets"
    reason = f"{counted(len(offenders), 'place')} in {read} {look}.{only_old}{marked}"
    light = all(one.severity is Severity.LOW for one in offenders)
    # The places are long and stand in the findings; the sentence stays short.
    return replace(verdict, reason=reason, state=State.PARTIAL if light else State.FAIL)


CHECK = Check(
    RULE,
    judge,
    CANARY,
    planted="a made-up AWS key in a commit",
    systems=ANY_SYSTEM,
    subject="repository",
    time_limit=20.0,
)
