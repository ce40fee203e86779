"""Finding secrets in text, and masking them: a secret is never stored, only its kind, place and first characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SHOWN = 4
_DIFFERENT_SIGNS = 6
# Kind, what a line must hold to be looked at closely (lower case; None for always), and the pattern. The first group
# is the secret if there is one, else the whole match.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("private key", r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
        ("AWS access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
        ("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b"),
        ("GitLab token", r"\bglpat-[A-Za-z0-9_\-]{20,64}\b"),
        ("Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,250}\b"),
        ("Google API key", r"\bAIza[0-9A-Za-z_\-]{35}\b"),
        ("Stripe key", r"\b[sr]k_live_[0-9A-Za-z]{16,99}\b"),
        ("JSON web token", r"\beyJ[A-Za-z0-9_-]{10,1000}\.eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10,1000}"),
        ("password hash", r"\$(?:1|5|6|y|gy|7|2[abxy]|sha1|argon2i?d?)\$[./A-Za-z0-9$=,+*]{12,200}"),
        ("URL with password", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"<>]{0,100}:([^\s/@'\"<>]{3,200})@"),
        (
            "assigned secret",
            r"(?i)(?:password|passwd|passphrase|pgpassword|secret|secret_key|api_?key|access_key|auth_?token|private_key)"
            r"[\"']?\s{0,4}[:=]\s{0,4}[\"']?([^\s\"'#,;(){}\[\]<>$]{8,200})",
        ),
    )
)
# One cheap pass that nearly every line ends at.
_WORTH_A_LOOK = re.compile(
    r"PRIVATE KEY|AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|AIza|k_live_|eyJ|\$[0-9a-z]{1,9}\$|://[^\s/]*:"
    r"|(?i:pass|secret|api_?key|access_key|token|private_key)"
)
_PLACEHOLDER = re.compile(
    r"(?i)example|placeholder|changeme|dummy|your[_-]|xxxx|\*{3}|\.\.\.|^none$|^null$|^true$|^false$|^test|^os\.|^self\."
    r"|environ|getenv|^/|:[x*!]?:\d+:|^[a-z_][\w-]*:[x*!]:"
)
# Whoever wrote the line says that what looks like a secret in it is none.
ALLOWED = re.compile(r"scorpius:\s{0,3}allow-secret\b")
_BCRYPT = re.compile(r"\$2[abxy]\$\d\d\$")
_BCRYPT_LENGTH = 60
# `ml_kem.Keys`, `my_password_1`: names of a program, not values.
_NAME = re.compile(r"^[A-Za-z_]\w*(?:\.\w+)+$|^[A-Za-z]+(?:_[A-Za-z0-9]+)+$")
_KEY_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----.*?(?:-----END \1-----|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SecretHit:
    """A secret's kind, where its text starts and ends in the line, and what may be shown of it."""

    kind: str
    start: int
    end: int
    masked: str


def find_secrets(line: str) -> Iterator[SecretHit]:
    """Secrets in one line of text. Values that are plainly placeholders are left out."""
    if not _WORTH_A_LOOK.search(line):
        return
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(line):
            group = 1 if match.re.groups else 0
            value = match.group(group)
            if kind == "assigned secret" and not _looks_random(value):
                continue
            if kind == "password hash" and not _is_hash(value):
                continue
            yield SecretHit(kind, match.start(group), match.end(group), mask(kind, value))


def mask(kind: str, value: str) -> str:
    """What may be shown: for a private key its header's kind, else the first characters and the length."""
    if kind == "private key":
        return value.strip("-").removeprefix("BEGIN ").lower()
    shown = value[: min(_SHOWN, len(value) // 4)]
    return f"{shown}… ({len(value)} characters)"


def mask_secrets(text: str) -> str:
    """The text with every secret in it masked, and whole private key blocks removed."""
    without_keys = _KEY_BLOCK.sub(lambda match: f"<{match.group(1).lower()} removed>", text)
    return "".join(_masked_line(line) for line in without_keys.splitlines(keepends=True))


def _masked_line(line: str) -> str:
    hits = sorted(_for_masking(line), key=lambda hit: hit.start)
    parts, reached = [], 0
    for hit in hits:
        if hit.start >= reached:
            parts += [line[reached : hit.start], f"<{hit.kind}: {hit.masked}>"]
            reached = hit.end
    return "".join(parts) + line[reached:]


def _for_masking(line: str) -> Iterator[SecretHit]:
    """As `find_secrets`, but an assigned value is masked however harmless it looks."""
    if not _WORTH_A_LOOK.search(line):
        return
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(line):
            group = 1 if match.re.groups else 0
            yield SecretHit(kind, match.start(group), match.end(group), mask(kind, match.group(group)))


def _is_hash(value: str) -> bool:
    """Whether it is varied enough and, where its scheme fixes the length (bcrypt: 60 signs), long enough."""
    if len(set(value.rpartition("$")[2])) < _DIFFERENT_SIGNS:
        return False
    return not _BCRYPT.match(value) or len(value) >= _BCRYPT_LENGTH


def _looks_random(value: str) -> bool:
    """Secrets mix letters and digits; identifiers, words and placeholders are not reported."""
    if _PLACEHOLDER.search(value) or _NAME.match(value):
        return False
    mixed = any(sign.isdigit() for sign in value) and any(sign.isalpha() for sign in value)
    return mixed and len(set(value)) >= _DIFFERENT_SIGNS
