"""The shortest text that still shows a fault."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

_TOKEN = re.compile(r"\s+|\w+|.", re.DOTALL)


def shrunk(text: str, shows: Callable[[str], bool], seconds: float = 60.0) -> str:
    """Take out ever smaller stretches of tokens while `shows` holds, for a while."""
    until = time.monotonic() + seconds
    tokens = _TOKEN.findall(text)
    width = max(1, len(tokens) // 2)
    while time.monotonic() < until:
        tokens, shorter = _without(tokens, width, shows, until)
        if not shorter and width == 1:
            break
        width = width if shorter and width == 1 else max(1, width // 2)
    return "".join(tokens)


def _without(tokens: list[str], width: int, shows: Callable[[str], bool], until: float) -> tuple[list[str], bool]:
    start, shorter = 0, False
    while start < len(tokens) and time.monotonic() < until:
        tried = tokens[:start] + tokens[start + width :]
        if shows("".join(tried)):
            tokens, shorter = tried, True
        else:
            start += width
    return tokens, shorter
