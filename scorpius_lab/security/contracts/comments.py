"""Telling comments from code in Solidity, whether or not the text parses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Strings first stand beside comments, so that a marker inside a string is none. A string ends with its line.
_PIECE = re.compile(
    r"""
      (?P<line>//[^\r\n\u2028\u2029]*+)
    | (?P<block>/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z))
    | (?P<string>"(?:[^"\\\r\n]++|\\[^\r\n])*+"?|'(?:[^'\\\r\n]++|\\[^\r\n])*+'?)
    """,
    re.VERBOSE,
)
_SPACES = re.compile(r"\s+")
_BETWEEN_WORDS = re.compile(r"(?<=[\w$]) (?=[\w$])")
_DECORATION = re.compile(r"^[ \t]*\*?[ \t]?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment: its text without the marks around it, and the lines (from 1) it stands on."""

    text: str
    line: int
    end_line: int


def comments(text: str) -> Iterator[Comment]:
    """Every comment of a source text, in order; what looks like one inside a string literal is none."""
    line, counted = 1, 0
    for piece in _PIECE.finditer(text):
        if piece.lastgroup == "string":
            continue
        line += text.count("\n", counted, piece.start())
        counted = piece.start()
        inner = _inner(piece[0], piece.lastgroup == "block")
        yield Comment(inner, line, line + piece[0].count("\n"))


def _inner(comment: str, block: bool) -> str:
    if not block:
        return comment.lstrip("/").strip()
    return _DECORATION.sub("", comment.removeprefix("/*").removesuffix("*/")).strip("* \t\r\n")


def code_of_lines(text: str) -> dict[int, str]:
    """What stands on each line (from 1) besides comments; lines without any code are left out."""
    bare = _PIECE.sub(_blanked, text)
    return {number: line for number, line in enumerate(bare.split("\n"), 1) if line.strip()}


def _blanked(piece: re.Match[str]) -> str:
    return piece[0] if piece.lastgroup == "string" else "\n" * piece[0].count("\n")


def bare_code(text: str) -> str:
    """The text without comments and layout: what two ways of writing down the same code have in common.

    String literals keep their content; a space stays only where two words would grow together.
    """
    parts: list[str] = []
    end = 0
    for piece in _PIECE.finditer(text):
        parts.append(_tight(text[end : piece.start()]))
        parts.append(_quoted(piece[0]) if piece.lastgroup == "string" else " ")
        end = piece.end()
    parts.append(_tight(text[end:]))
    return _joined(parts)


def _tight(code: str) -> str:
    return _SPACES.sub(" ", code)


def _quoted(literal: str) -> str:
    """A string literal in double quotes, as formatters write it."""
    inner = literal[1:-1]
    return f'"{inner}"' if literal.startswith("'") and '"' not in inner and "\\" not in inner else literal


def _joined(parts: list[str]) -> str:
    """The parts in a row; spaces are dropped in code, never in a literal."""
    out: list[str] = []
    code: list[str] = []
    for part in (*parts, '"'):
        if part[:1] in ('"', "'"):
            out.append(_without_spaces("".join(code)))
            code = []
            out.append(part)
        else:
            code.append(part)
    return "".join(out[:-1])


def _without_spaces(code: str) -> str:
    kept = _BETWEEN_WORDS.sub("\0", _SPACES.sub(" ", code))
    return kept.replace(" ", "").replace("\0", " ")
