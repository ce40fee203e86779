"""Contracts that are copies of one another, so that none is both learned from and tested on."""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Sequence

SHINGLE = 6  # tokens
ALIKE = 0.5  # of the shingles
_TOKENS = re.compile(r"[A-Za-z_$][\w$]*|\d\w*|[^\s\w]")
_WORDS = frozenset(
    [
        "address",
        "bool",
        "bytes",
        "bytes32",
        "constant",
        "contract",
        "else",
        "external",
        "for",
        "function",
        "if",
        "internal",
        "mapping",
        "memory",
        "modifier",
        "msg",
        "now",
        "payable",
        "private",
        "public",
        "pure",
        "require",
        "return",
        "returns",
        "revert",
        "sender",
        "storage",
        "string",
        "struct",
        "this",
        "throw",
        "transfer",
        "send",
        "call",
        "value",
        "uint",
        "uint8",
        "uint256",
        "int",
        "view",
        "while",
    ]
)


def clusters(texts: Sequence[str]) -> list[int]:
    """The cluster of each text (without comments): alike if half of their shingles are shared, or linked by such."""
    sets = [_shingles(text) for text in texts]
    parents = list(range(len(texts)))
    holders: dict[int, list[int]] = defaultdict(list)
    for number, shingles in enumerate(sets):
        shared: dict[int, int] = defaultdict(int)
        for shingle in shingles:
            for other in holders[shingle]:
                shared[other] += 1
            holders[shingle].append(number)
        for other, count in shared.items():
            if count >= ALIKE * min(len(shingles), len(sets[other])):
                parents[_root(parents, number)] = _root(parents, other)
    return [_root(parents, number) for number in range(len(texts))]


def _shingles(text: str) -> set[int]:
    """Hashes of runs of tokens; names and numbers count as one."""
    tokens = [token if token in _WORDS or not token[0].isalnum() else "n" for token in _TOKENS.findall(text)]
    runs = (" ".join(tokens[at : at + SHINGLE]) for at in range(max(1, len(tokens) - SHINGLE + 1)))
    return {zlib.crc32(run.encode()) for run in runs}  # the same in every run, unlike `hash`


def _root(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number
