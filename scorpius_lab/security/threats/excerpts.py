"""Matching records as text that may go into a bundle: people, addresses and secrets are masked, structure stays.

The same name gets the same label within one excerpt (`user-1`, `address-2`), so that a reader can follow the story
without learning who it is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from scorpius_lab.core.masking import masked_text
from scorpius_lab.security.threats.sigma.columns import address_key
from scorpius_lab.security.threats.sigma.detector import Match, Record

SHOWN = 600  # characters of a record's message that are shown
SHORTEST = 2  # a name of one letter cannot be masked without masking the text around it

_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
_IPV6 = re.compile(r"(?<![\w:])[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?![\w:])")
_IN_ADDRESS = re.compile(r"(\w://)[^/@\s]+@")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_HOME = re.compile(r"(?i)((?:/home/|\\users\\|/users/))([^/\\\s\"']{1,64})")
_OPTION = re.compile(
    r"(?i)((?:^|\s)(?:--?|/)(?:password|passwd|pass|pwd|secret|token|api-?key|key|pw)[=:\s]\s*)(\"[^\"]*\"|'[^']*'|\S+)"
)
_MYSQL = re.compile(r"(\bmysql\S*\s.*?-p)(\S+)")
_WELL_KNOWN = {"root", "system", "nt authority\\system", "administrator", "nobody", "daemon", "-", "(null)"}


class Mask:
    """Labels for the names met in one excerpt."""

    def __init__(self) -> None:
        """No label is given yet."""
        self._labels: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def label(self, kind: str, value: str) -> str:
        """The label of a value, the same each time."""
        known = self._labels.get(value.lower())
        if known is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            known = self._labels[value.lower()] = f"{kind}-{self._counts[kind]}"
        return known

    def text(self, text: str, personal: Iterable[str] = ()) -> str:
        """The text with names, addresses, mail addresses and secrets masked."""
        text = _OPTION.sub(r"\1********", masked_text(_IN_ADDRESS.sub(r"\1********@", text)))
        text = _MYSQL.sub(r"\1********", text)
        for value in sorted({p for p in personal if len(p) >= SHORTEST}, key=len, reverse=True):
            if value.lower() in _WELL_KNOWN:
                continue
            kind = "address" if _IPV4.fullmatch(value) or ":" in value else "user"
            found = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
            text = found.sub(self.label(kind, value), text)
        text = _MAIL.sub(lambda m: self.label("mail", m[0]), text)
        text = _IPV4.sub(lambda m: self.label("address", m[0]), text)
        text = _IPV6.sub(lambda m: self.label("address", m[0]) if _is_address(m[0]) else m[0], text)
        return _HOME.sub(lambda m: m[1] + self.label("user", m[2]), text)


def _is_address(text: str) -> bool:
    """True for IPv6; `::` and `::1` name nobody, and times such as 03:12:07 are none."""
    return text.strip(":1") != "" and address_key(text) is not None


def masked_excerpt(match: Match) -> str:
    """The kept records of a match as masked text, with its rule and its author."""
    mask = Mask()
    rule = match.rule.rule
    personal = {match.subject} if match.subject_kind in {"user", "address"} else set()
    for record in match.records:
        personal |= set(record.personal)
    head = [
        f"Rule: {rule.title} ({rule.id}, version {rule.version})",
        f"Author of the rule: {rule.author or 'not named'}",
        f"Matching records: {match.count}, shown: {len(match.records)}; names and addresses are masked",
        "",
    ]
    return "\n".join([*head, *(line for record in match.records for line in _lines(record, mask, personal))]) + "\n"


def _lines(record: Record, mask: Mask, personal: Iterable[str]) -> list[str]:
    when = record.time.strftime("%Y-%m-%d %H:%M:%S") if record.time else "time unknown"
    lines = [f"{when} UTC, record {record.record}: {one_line(mask.text(record.message[:SHOWN], personal))}"]
    lines += [f"    {name} = {one_line(mask.text(value[:SHOWN], personal))}" for name, value in record.matched.items()]
    return lines


def one_line(text: str) -> str:
    """Text without line breaks."""
    return " ".join(text.split())
