"""What a caller of the engine means by a target: a path, or source text."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from scorpius_lab.errors import UsageError

STATIC = "static"
AI_ENHANCED = "ai_enhanced"
_BYTECODE = re.compile(r"\s*(?:0[xX][0-9a-fA-F\s]*|(?:[0-9a-fA-F]{2}){8,}\s*)")
_SOURCE = re.compile(r"[\n;{}]")


def parameters_for(target: Path | str, scan_type: str) -> dict[str, Any]:
    """The parameters of `contracts.scan`. Raises UsageError for what this version cannot scan."""
    if scan_type not in {STATIC, AI_ENHANCED}:
        known = f"{STATIC!r} and {AI_ENHANCED!r}"
        raise UsageError(f"there is no scan of type {scan_type!r} in this version; it has {known}")
    if not isinstance(target, str | Path):
        raise UsageError(f"a target is a path or Solidity source text, and {type(target).__name__} is neither")
    text = str(target)
    if not text.strip():
        raise UsageError("the target is empty; give the path of Solidity files or source text")
    if Path(text).suffix in {".bin", ".evm"} or (_BYTECODE.fullmatch(text) and not _exists(text)):
        raise UsageError("bytecode cannot be scanned in this version; give Solidity source")
    if isinstance(target, str) and _SOURCE.search(text):
        return {"source": text, **_ranking(scan_type)}
    return {"paths": [text], **_ranking(scan_type)}


def _exists(text: str) -> bool:
    """Whether there is such a path: folders are named after commits and addresses, too."""
    return os.path.exists(text)  # noqa: PTH110 - of a text too long for a path it is False


def _ranking(scan_type: str) -> dict[str, bool]:
    return {"ai": True} if scan_type == AI_ENHANCED else {}
