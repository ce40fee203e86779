"""Names of variables a loop assigns, which need a phi at its head."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from scorpius_lab.security.contracts.syntax import tree


def assigned_names(node: object) -> tuple[str, ...]:
    """Names assigned anywhere in a piece of syntax, in order of first sight."""
    found: dict[str, None] = {}
    waiting: list[Any] = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
            continue
        if isinstance(item, tuple):
            if not isinstance(item, tree.Span):
                waiting.extend(item)
            continue
        if not is_dataclass(item) or isinstance(item, type):
            continue
        for target in _targets(item):
            found.setdefault(target)
        waiting.extend(getattr(item, name) for name in _children(item.__class__))
    return tuple(found)


@cache
def _children(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in {"span", "name", "text", "operator", "type"})


def _targets(node: object) -> list[str]:
    match node:
        case tree.Assignment(target=target):
            return _roots(target)
        case tree.Unary(operator="++" | "--" | "delete", operand=operand):
            return _roots(operand)
        case tree.Declaration(variables=variables):
            return [variable.name for variable in variables if variable is not None]
        case tree.YulAssignment(targets=targets):
            return [target.path[0] for target in targets]
        case _:
            return []


def _roots(target: tree.Expression | None) -> list[str]:
    match target:
        case tree.Identifier(name=name):
            return [name]
        case tree.Member(object=inner) | tree.Index(base=inner) | tree.Slice(base=inner):
            return _roots(inner)
        case tree.Tuple(items=items):
            return [name for item in items for name in _roots(item)]
        case _:
            return []
