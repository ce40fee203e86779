"""Turning what a check saw into evidence: exact bytes where they are harmless, a redacted extract where not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from scorpius_lab.analytics.compliance.evaluation import Evaluation
from scorpius_lab.analytics.compliance.view import Look
from scorpius_lab.core.evidence import Classification, CollectionOutcome, Evidence
from scorpius_lab.formats.accounts import redacted_shadow
from scorpius_lab.formats.secrets import mask_secrets

COLLECTOR = "scorpius host reader 1"
# Below this a blob of its own is noise, above it the hash has to do; in between the bytes are kept.
_OWN_BLOB_FROM = 200
_OWN_BLOB_UP_TO = 128 * 1024
_WITH_HASHES = ("shadow", "gshadow", "opasswd")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where and by whom it was collected, and when."""

    source: str
    collected_by: str
    moment: datetime


def evidence_of(evaluation: Evaluation, origin: Origin) -> list[Evidence]:
    """Evidence of one evaluation: files and command output of substance, exhibits, and a transcript of the rest."""
    pieces, lines = [], []
    for look in evaluation.looks:
        shown = redacted(look)
        if look.outcome == "collected" and _OWN_BLOB_FROM <= len(shown) <= _OWN_BLOB_UP_TO:
            pieces.append(_piece(origin, f"{look.kind} {look.subject}", shown))
        lines.append(_transcript_line(look, shown))
    for exhibit in evaluation.verdict.exhibits:
        query = f"{evaluation.check.rule.id} {exhibit.name}"
        made = _piece(origin, query, exhibit.content, exhibit.media_type)
        pieces.append(_classified(made, exhibit.classification))
    if lines:
        text = "\n".join(dict.fromkeys(lines)) + "\n"
        outcome = _outcome(evaluation.looks)
        query = f"transcript {evaluation.check.rule.id}"
        pieces.append(_piece(origin, query, text.encode(), "application/x-ndjson", outcome))
    return pieces


def redacted(look: Look) -> bytes:
    """What may be kept of the content: never a hash of a password, a private key, a secret or a person's name."""
    if not look.content or look.kind == "walk":
        return look.content
    text = look.content.decode(errors="replace")
    name = look.subject.rsplit("/", 1)[-1].rstrip("-")
    if look.kind == "read" and name in _WITH_HASHES:
        return redacted_shadow(text).encode()
    if look.kind == "read" and name == "passwd" and "/pam.d/" not in look.subject:
        return _without_names(text).encode()
    if look.kind == "run" and look.subject.startswith("git "):
        # History holds names, addresses and whatever was ever committed: the check keeps its own extract.
        return b""
    masked = mask_secrets(text)
    return look.content if masked == text else masked.encode()


def _without_names(passwd: str) -> str:
    lines = []
    for line in passwd.splitlines():
        fields = line.split(":")
        if len(fields) > 4:  # noqa: PLR2004 (the fifth field is the person's name)
            fields[1] = fields[1] if fields[1] in ("x", "*", "!", "") else "<set>"
            fields[4] = ""
        lines.append(":".join(fields))
    return "\n".join(lines) + "\n"


def _transcript_line(look: Look, shown: bytes) -> str:
    line: dict[str, object] = {"kind": look.kind, "subject": mask_secrets(look.subject), "outcome": look.outcome}
    if look.fact is not None:
        line["fact"] = look.fact
    if shown and len(shown) < _OWN_BLOB_FROM:
        line["content"] = shown.decode(errors="replace")
    elif look.content:
        line["size"] = len(look.content)
        if shown:
            line["sha256"] = hashlib.sha256(shown).hexdigest()
    return json.dumps(line, sort_keys=True, ensure_ascii=False)


def _outcome(looks: Iterable[Look]) -> CollectionOutcome:
    seen = {look.outcome for look in looks}
    if "timed_out" in seen:
        return CollectionOutcome.TIMED_OUT
    if "collected" in seen:
        return CollectionOutcome.COLLECTED
    return CollectionOutcome.DENIED if "denied" in seen else CollectionOutcome.EMPTY


def _piece(
    origin: Origin,
    query: str,
    content: bytes,
    media_type: str = "text/plain; charset=utf-8",
    outcome: CollectionOutcome = CollectionOutcome.COLLECTED,
) -> Evidence:
    return Evidence(
        content=content,
        source=origin.source,
        collector=COLLECTOR,
        query=mask_secrets(query),
        media_type=media_type,
        outcome=outcome,
        effective_at=origin.moment,
        collected_at=origin.moment,
        collected_by=origin.collected_by,
    )


def _classified(piece: Evidence, classification: Classification) -> Evidence:
    return replace(piece, classification=classification)
