"""What a `pragma solidity` allows; semantics follow the least version it allows."""

from __future__ import annotations

import re

Version = tuple[int, int, int]

NEWEST: Version = (0, 8, 30)
CHECKED: Version = (0, 8, 0)  # arithmetic reverts on overflow from here on
_TERM = re.compile(r"(\^|~|>=|<=|>|<|=)?\s*v?(\d+)\.(\d+|x|\*)(?:\.(\d+|x|\*))?")
_LEAST: Version = (0, 4, 0)


def least_version(pragmas: list[str]) -> Version | None:
    """The least version that all `pragma solidity` lines of a file allow; None if none is understood."""
    bounds = [_least_of(text.removeprefix("solidity")) for text in pragmas if text.startswith("solidity")]
    known = [bound for bound in bounds if bound is not None]
    return max(known) if known else None


def _least_of(text: str) -> Version | None:
    alternatives = [_least_of_all(part) for part in text.replace('"', "").split("||")]
    known = [version for version in alternatives if version is not None]
    return min(known) if known else None


def _least_of_all(text: str) -> Version | None:
    if dash := re.match(r"\s*([\d.]+)\s+-\s+[\d.]+", text):
        text = f">={dash[1]}"
    least: Version | None = None
    bounded = False
    for operator, major, minor, patch in _TERM.findall(text):
        version = (int(major), _number(minor), _number(patch or "0"))
        if operator in {"<", "<="}:
            bounded = True
            continue
        if operator == ">":
            version = (version[0], version[1], version[2] + 1)
        least = version if least is None else max(least, version)
    return _LEAST if least is None and bounded else least


def _number(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 6 else 0
