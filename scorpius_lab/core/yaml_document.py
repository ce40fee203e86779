"""YAML that people write by hand: read safely, with the line of every key and value kept for error messages.

Plain scalars follow YAML 1.2's core schema (`16:00`, `no` and `2026-01-01` stay text). Duplicate keys, tags, aliases
and several documents in one file are refused: none of them is needed here and each hides a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml
    from pydantic_core import ErrorDetails

Keys = tuple[str | int, ...]

_MAX_BYTES = 4 * 1024 * 1024
_MAX_DEPTH = 40
_SCALARS = (
    (re.compile(r"(?:~|null|Null|NULL|)\Z"), lambda text: None),  # noqa: ARG005 (one shape for all)
    (re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), lambda text: text.lower() == "true"),
    (re.compile(r"[-+]?[0-9]+\Z"), int),
    (re.compile(r"0o[0-7]+\Z"), lambda text: int(text, 8)),
    (re.compile(r"0x[0-9a-fA-F]+\Z"), lambda text: int(text, 16)),
    (re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z"), float),
)
_MAX_DIGITS = 300


class YamlProblem(ValueError):
    """The text is not the YAML accepted here; the message begins with file and line."""


@dataclass(frozen=True)
class YamlDocument:
    """A parsed file: its value, and the line of each key path in it."""

    source: str
    value: Any
    lines: Mapping[Keys, int]

    def place(self, keys: Keys = ()) -> str:
        """`file:line` of the entry at this path, or of the nearest entry around it."""
        for end in range(len(keys), -1, -1):
            line = self.lines.get(tuple(keys[:end]))
            if line is not None:
                return f"{self.source}:{line}"
        return f"{self.source}:1"


def read_yaml(path: Path, source: str | None = None) -> YamlDocument:
    """The document in this file. Raises YamlProblem; `source` is how the file is named in messages."""
    name = source or str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise YamlProblem(f"{name}: cannot be read ({error.strerror}); check the path and its permissions") from error
    if len(data) > _MAX_BYTES:
        raise YamlProblem(f"{name}: is larger than {_MAX_BYTES // 1024 // 1024} MB; this is not a settings file")
    try:
        return parse_yaml(data.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise YamlProblem(f"{name}:{line}: is not UTF-8 text; save the file as UTF-8") from error


def parse_yaml(text: str, source: str) -> YamlDocument:
    """The document in this text. Raises YamlProblem for anything that is not accepted."""
    import yaml

    try:
        _refuse_aliases_and_depth(text, source)
        nodes = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise YamlProblem(f"{source}:{line}: is not valid YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise YamlProblem(f"{source}:1: is not valid YAML: {' '.join(str(error).split())}") from error
    if len(nodes) > 1:
        line = nodes[1].start_mark.line + 1
        raise YamlProblem(f"{source}:{line}: a second document begins here; keep one document in a file")
    lines: dict[Keys, int] = {}
    root = nodes[0] if nodes else None
    value = None if root is None else _build(root, (), source, lines)
    return YamlDocument(source, value, lines)


def _refuse_aliases_and_depth(text: str, source: str) -> None:
    """Look at the events only, which costs nothing for a file built to exhaust the reader."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise YamlProblem(f"{source}:{line}: uses the alias *{event.anchor}; write the value out instead")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            raise YamlProblem(f"{source}:{line}: is nested too deeply; {_MAX_DEPTH} levels are enough")


def _build(node: yaml.Node, keys: Keys, source: str, lines: dict[Keys, int]) -> object:
    import yaml

    line = node.start_mark.line + 1
    lines.setdefault(keys, line)
    if node.tag not in _PLAIN_TAGS:
        raise YamlProblem(f"{source}:{line}: uses the tag {node.tag}; only plain values are read")
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, keys, source, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, (*keys, index), source, lines) for index, child in enumerate(node.value)]
    plain = isinstance(node, yaml.ScalarNode) and node.style is None
    return plain_scalar(node.value) if plain else str(node.value)


def _mapping(node: yaml.MappingNode, keys: Keys, source: str, lines: dict[Keys, int]) -> dict[str, object]:
    import yaml

    result: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise YamlProblem(f"{source}:{line}: a key must be plain text")
        key = str(key_node.value)
        if key in result:
            first = lines[(*keys, key)]
            raise YamlProblem(f"{source}:{line}: {key!r} is given twice (first on line {first}); keep one")
        lines[(*keys, key)] = line
        result[key] = _build(value_node, (*keys, key), source, lines)
    return result


_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "value", "merge")
)


def plain_scalar(text: str) -> object:
    """The value of an unquoted scalar: null, boolean, number or the text itself."""
    if len(text) > _MAX_DIGITS:
        return text
    for pattern, convert in _SCALARS:
        if pattern.match(text):
            return convert(text)
    return text


def nearest(word: str, known: Sequence[str]) -> str:
    """`; did you mean …?` with the most similar known word, or the list of all when nothing is similar."""
    close = get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known here: {', '.join(known)}" if known else ""


_IN_PLAIN_WORDS = {
    "missing": "a value is required here",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "set_type": "expected a list",
    "dict_type": "expected a group of `name: value` lines",
    "model_type": "expected a group of `name: value` lines",
    "string_type": "expected text",
}


def expectation(error: ErrorDetails) -> str:
    """What a pydantic error expected, as the end of a sentence."""
    if error["type"] in _IN_PLAIN_WORDS:
        return _IN_PLAIN_WORDS[error["type"]]
    message = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return f"expected {message}" if error["msg"].startswith("Input should be ") else message
