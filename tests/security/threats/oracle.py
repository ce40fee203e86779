"""Sigma over Python dicts, written from the specification: slow, direct, and sharing no code with the engine.

It reads the YAML itself (not pySigma's parse) and evaluates one rule's condition on one event.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from typing import Any

DASHES = "-/\N{EN DASH}\N{EM DASH}\N{HORIZONTAL BAR}"


def fold(text: str) -> str:
    """Lower case, character by character."""
    return "".join(c.lower()[0] for c in text)


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def lookup(event: dict[str, Any], name: str) -> str | None:
    """The field spelled alike, else the first (in order) that differs in case only."""
    names = sorted((key for key in event if key.lower() == name.lower()), key=lambda key: (key != name, key))
    for key in names:
        if event[key] is not None:
            return text_of(event[key])
    return None


def pattern_of(text: str) -> list[Any]:
    """A Sigma string as parts: characters, None for `*`, True for `?`."""
    parts: list[Any] = []
    at = 0
    while at < len(text):
        c = text[at]
        if c == "\\" and at + 1 < len(text) and text[at + 1] in "\\*?":
            parts.append(text[at + 1])
            at += 2
            continue
        parts.append(None if c == "*" else True if c == "?" else c)
        at += 1
    return parts


def like(parts: list[Any], value: str, *, cased: bool) -> bool:
    """Whole-string match with wildcards, by table (no regular expressions)."""
    change = (lambda t: t) if cased else fold
    value = change(value)
    reach = {0}
    for part in parts:
        if part is None:
            reach = set(range(min(reach), len(value) + 1)) if reach else set()
        elif part is True:
            reach = {i + 1 for i in reach if i < len(value)}
        else:
            wanted = change(part)
            reach = {i + 1 for i in reach if i < len(value) and value[i] == wanted}
        if not reach:
            return False
    return len(value) in reach


def offsets(raw: bytes) -> list[str]:
    """The three base64 texts a byte string can have inside a longer one."""
    result = []
    for shift, start, cut in ((0, 0, (0, 3, 2)), (1, 2, (0, 3, 2)), (2, 3, (0, 3, 2))):
        data = base64.b64encode(b" " * shift + raw).decode()
        tail = cut[(len(raw) + shift) % 3]
        result.append(data[start : len(data) - tail if tail else None])
    return result


class Detection:
    def __init__(self, rule: dict[str, Any]) -> None:
        body = dict(rule["detection"])
        condition = body.pop("condition")
        body.pop("timeframe", None)
        self.items = body
        self.conditions = condition if isinstance(condition, list) else [condition]

    def matches(self, event: dict[str, Any]) -> bool:
        return any(Condition(c, self, event).value() for c in self.conditions)

    def item(self, name: str, event: dict[str, Any]) -> bool:
        return holds(self.items[name], event)


def holds(body: Any, event: dict[str, Any]) -> bool:
    if isinstance(body, dict):
        return all(field_holds(key, value, event) for key, value in body.items())
    if isinstance(body, list):
        if all(isinstance(x, dict) for x in body):
            return any(holds(x, event) for x in body)
        return any(holds(x, event) if isinstance(x, dict) else keyword(x, event) for x in body)
    return keyword(body, event)


def keyword(value: Any, event: dict[str, Any]) -> bool:
    text = "\n".join([str(event.get("_message") or ""), *(text_of(v) for k, v in event.items() if k != "_message")])
    parts = pattern_of(text_of(value))
    while parts and parts[0] is None:
        parts.pop(0)
    while parts and parts[-1] is None:
        parts.pop()
    return like([None, *parts, None], text, cased=False)


def field_holds(key: str, value: Any, event: dict[str, Any]) -> bool:
    name, *modifiers = key.split("|")
    values = value if isinstance(value, list) else [value]
    if not name:
        found = [keyword(v, event) for v in values]
        return all(found) if "all" in modifiers else any(found)
    found = [one(name, modifiers, v, event) for v in values]
    return all(found) if "all" in modifiers else any(found)


def one(name: str, modifiers: list[str], wanted: Any, event: dict[str, Any]) -> bool:  # noqa: C901, PLR0911 (a list of meanings)
    actual = lookup(event, name)
    if "exists" in modifiers:
        return (actual is not None) == bool(wanted)
    if wanted is None:
        return actual is None
    if actual is None:
        return False
    if "re" in modifiers:
        flags = sum({"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}[m] for m in modifiers if m in "ims")
        return re.search(str(wanted), actual, flags) is not None
    if "cidr" in modifiers:
        return in_network(actual, str(wanted))
    for sign, compare in (
        ("lte", lambda a, b: a <= b), ("gte", lambda a, b: a >= b), ("lt", lambda a, b: a < b), ("gt", lambda a, b: a > b),
    ):  # fmt: skip
        if sign in modifiers:
            try:
                return compare(float(actual), float(wanted))
            except ValueError:
                return False
    if "fieldref" in modifiers:
        other = lookup(event, str(wanted))
        return other is not None and related(fold(actual), fold(other), modifiers)
    if isinstance(wanted, bool | int | float) and not {"contains", "startswith", "endswith"} & set(modifiers):
        return fold(actual) == fold(text_of(wanted))
    return any(like(p, actual, cased="cased" in modifiers) for p in patterns(text_of(wanted), modifiers))


def related(actual: str, other: str, modifiers: list[str]) -> bool:
    if "contains" in modifiers:
        return other in actual
    if "startswith" in modifiers:
        return actual.startswith(other)
    if "endswith" in modifiers:
        return actual.endswith(other)
    return actual == other


def in_network(actual: str, network: str) -> bool:
    try:
        address = ipaddress.ip_address(actual.strip().partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address in ipaddress.ip_network(network)


def patterns(text: str, modifiers: list[str]) -> list[list[Any]]:
    """The value after its modifiers, in their order, as patterns of which one must match."""
    found: list[list[Any]] = [pattern_of(text)]
    raw: bytes | None = None
    for modifier in modifiers:
        if modifier in {"wide", "utf16le"}:
            raw = plain(found[0]).encode("utf-16-le")
        elif modifier == "base64":
            found = [list(base64.b64encode(raw if raw is not None else plain(found[0]).encode()).decode())]
        elif modifier == "base64offset":
            found = [list(t) for t in offsets(raw if raw is not None else plain(found[0]).encode())]
        elif modifier == "windash":
            found = [p for original in found for p in dashed(original)]
        elif modifier == "contains":
            found = [[None, *p, None] for p in found]
        elif modifier == "startswith":
            found = [[*p, None] for p in found]
        elif modifier == "endswith":
            found = [[None, *p] for p in found]
    return found


def plain(parts: list[Any]) -> str:
    return "".join("*" if p is None else "?" if p is True else p for p in parts)


def dashed(parts: list[Any]) -> list[list[Any]]:
    """Every way to write the first dash or slash of each word."""
    ways: list[list[Any]] = [[]]
    for at, part in enumerate(parts):
        before = parts[at - 1] if at else None
        word = (
            part in {"-", "/"}
            and isinstance(part, str)
            and not (isinstance(before, str) and (before.isalnum() or before == "_"))
        )
        after = parts[at + 1] if at + 1 < len(parts) else None
        word = word and isinstance(after, str) and (after.isalnum() or after == "_")
        ways = [[*w, c] for w in ways for c in (DASHES if word else [part])]
    return ways


class Condition:
    """`not a and (1 of sel* or all of them)` by recursive descent."""

    def __init__(self, text: str, detection: Detection, event: dict[str, Any]) -> None:
        self.tokens = re.findall(r"\(|\)|[^\s()]+", text)
        self.detection, self.event = detection, event

    def value(self) -> bool:
        result = self.either()
        assert not self.tokens, self.tokens
        return result

    def either(self) -> bool:
        result = self.both()
        while self.tokens and self.tokens[0].lower() == "or":
            self.tokens.pop(0)
            result = self.both() or result
        return result

    def both(self) -> bool:
        result = self.single()
        while self.tokens and self.tokens[0].lower() == "and":
            self.tokens.pop(0)
            result = self.single() and result
        return result

    def single(self) -> bool:
        token = self.tokens.pop(0)
        if token.lower() == "not":
            return not self.single()
        if token == "(":
            result = self.either()
            assert self.tokens.pop(0) == ")"
            return result
        if token.lower() in {"1", "any", "all"} and self.tokens and self.tokens[0].lower() == "of":
            self.tokens.pop(0)
            names = self.names(self.tokens.pop(0))
            found = [self.detection.item(name, self.event) for name in names]
            return all(found) if token.lower() == "all" else any(found)
        return self.detection.item(token, self.event)

    def names(self, pattern: str) -> list[str]:
        if pattern == "them":
            return [name for name in self.detection.items if not name.startswith("_")]
        wanted = re.compile(re.escape(pattern).replace(r"\*", ".*"))
        return [name for name in self.detection.items if wanted.fullmatch(name)]
