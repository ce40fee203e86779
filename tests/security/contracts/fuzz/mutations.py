"""Changes to real source text that keep it close to what the scanner reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from tests.security.contracts.fuzz.programs import NAMES, TYPES, VALUES, random_program

LARGEST = 60_000  # characters; what is longer is cut, so that many files are tried
DEEPEST = 400
_TOKEN = re.compile(r"\s+|//[^\n]*|/\*.*?\*/|\"[^\"\n]*\"|'[^'\n]*'|\w+|=>|:=|[-+*/%&|^<>=!]=?|.", re.DOTALL)
_WORDS = (
    *[
        "contract",
        "interface",
        "library",
        "abstract",
        "is",
        "function",
        "modifier",
        "constructor",
        "fallback",
        "receive",
        "returns",
        "return",
        "if",
        "else",
    ],
    *[
        "for",
        "while",
        "do",
        "break",
        "continue",
        "try",
        "catch",
        "throw",
        "revert",
        "emit",
        "new",
        "delete",
        "using",
        "struct",
        "enum",
        "event",
        "error",
        "type",
    ],
    *[
        "mapping",
        "public",
        "external",
        "internal",
        "private",
        "view",
        "pure",
        "payable",
        "constant",
        "immutable",
        "virtual",
        "override",
        "memory",
    ],
    *[
        "storage",
        "calldata",
        "unchecked",
        "assembly",
        "let",
        "switch",
        "case",
        "default",
        "leave",
        "pragma",
        "solidity",
        "import",
        "as",
        "from",
        "var",
    ],
    *[
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ";",
        ",",
        ".",
        ":",
        "?",
        "=",
        "==",
        "=>",
        ":=",
        "->",
        "+=",
        "++",
        "--",
        "**",
        "<<",
        ">>",
        ">>>",
        "&&",
        "||",
        "!",
        "~",
        "_",
        '"',
        "'",
        "//",
        "/*",
        "*/",
    ],
)
_NESTED = (
    ("(", ")"),
    ("{", "}"),
    ("[", "]"),
    ("!", ""),
    ("-", ""),
    ("x?", ":0"),
    ("f(", ")"),
    ("if(x)", ""),
    ("mapping(uint=>", ")"),
    ("a.", ""),
    ("1+", ""),
    ("unchecked{", "}"),
    ("a[", "]"),
    ("a=", ""),
)
Mutation = Callable[[list[str], list[str], Random], None]


def mutated(seeds: Sequence[str], random: Random) -> str:
    """A file, or a random program, with one to eight changes; parts of another file may get into it."""
    tokens, other = (_tokens(seeds, random) for _ in range(2))
    for _ in range(random.choice((1, 1, 2, 3, 8))):
        if tokens:
            random.choice(MUTATIONS)(tokens, other, random)
    return "".join(tokens)[: LARGEST * 2]


def _tokens(seeds: Sequence[str], random: Random) -> list[str]:
    text = random.choice(seeds) if seeds and random.random() < 0.8 else random_program(random)
    if len(text) > LARGEST:
        start = random.randrange(len(text) - LARGEST)
        text = text[start : start + LARGEST]
    return _TOKEN.findall(text)


def _span(tokens: list[str], random: Random, longest: int = 40) -> slice:
    start = random.randrange(len(tokens))
    return slice(start, start + random.randrange(1, longest))


def _delete(tokens: list[str], _other: list[str], random: Random) -> None:
    del tokens[_span(tokens, random)]


def _delete_one(tokens: list[str], _other: list[str], random: Random) -> None:
    del tokens[random.randrange(len(tokens))]


def _repeat(tokens: list[str], _other: list[str], random: Random) -> None:
    span = _span(tokens, random)
    tokens[span] = tokens[span] * random.choice((2, 2, 3, 30))


def _move(tokens: list[str], _other: list[str], random: Random) -> None:
    span = _span(tokens, random)
    part = tokens[span]
    del tokens[span]
    place = random.randrange(len(tokens) + 1)
    tokens[place:place] = part


def _replace_word(tokens: list[str], _other: list[str], random: Random) -> None:
    tokens[random.randrange(len(tokens))] = random.choice((*_WORDS, *NAMES, *TYPES, *VALUES))


def _insert_word(tokens: list[str], _other: list[str], random: Random) -> None:
    tokens.insert(random.randrange(len(tokens) + 1), f" {random.choice((*_WORDS, *TYPES, *VALUES))} ")


def _take(tokens: list[str], other: list[str], random: Random) -> None:
    """A piece of the other file in place of one here."""
    if other:
        tokens[_span(tokens, random)] = other[_span(other, random, 300)]


def _rename(tokens: list[str], _other: list[str], random: Random) -> None:
    """One name everywhere becomes another: overloads, shadowing, recursion and cyclic inheritance come from it."""
    names = sorted({token for token in tokens if token.isidentifier()})
    if not names:
        return
    old, new = random.choice(names), random.choice(names)
    tokens[:] = [new if token == old else token for token in tokens]


def _cut(tokens: list[str], _other: list[str], random: Random) -> None:
    del tokens[random.randrange(len(tokens)) :]


def _nest(tokens: list[str], _other: list[str], random: Random) -> None:
    left, right = random.choice(_NESTED)
    span, times = _span(tokens, random, 4), random.randrange(1, DEEPEST)
    tokens[span] = [*[left] * times, *tokens[span], *[right] * times]


def _odd_character(tokens: list[str], _other: list[str], random: Random) -> None:
    tokens.insert(random.randrange(len(tokens)), random.choice("\0\r\x0b\u2028\ufeff\ufffd\u202eé\U0001f600\\`$#@"))


MUTATIONS: tuple[Mutation, ...] = (
    _delete,
    _delete_one,
    _repeat,
    _move,
    _replace_word,
    _insert_word,
    _take,
    _rename,
    _rename,
    _cut,
    _nest,
    _odd_character,
)
