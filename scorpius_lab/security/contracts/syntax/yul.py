"""Yul of a tree-sitter tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scorpius_lab.security.contracts.syntax import tree
from scorpius_lab.security.contracts.syntax.expressions import span_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_JUMPS = {"yul_break": "break", "yul_continue": "continue", "yul_leave": "leave"}


def yul_block(node: Node) -> tree.YulBlock:
    """The statements between the braces of a block or an assembly statement.

    tree-sitter reads `let a, b := f()` as `let a` and `b := f()`; the comma between them tells.
    """
    statements: list[tree.YulStatement] = []
    joined: list[tree.YulName] = []
    declares = False
    for child in node.children:
        built = _statement(child) if child.is_named else None
        if built is None:
            continue
        follows = bool(child.children) and child.children[-1].type == ","
        if isinstance(built, tree.YulAssignment):
            if follows and built.value is None:
                joined += built.targets
                declares = declares or built.declares
                continue
            built.targets = [*joined, *built.targets]
            built.declares = built.declares or declares
            joined, declares = [], False
        statements.append(built)
    return tree.YulBlock(span_of(node), statements)


def _statement(node: Node) -> tree.YulStatement | None:
    kind = node.type
    if kind == "yul_block":
        return yul_block(node)
    if kind in {"yul_variable_declaration", "yul_assignment"}:
        return _assignment(node)
    if kind == "yul_if_statement":
        named = _named(node)
        return tree.YulIf(span_of(node), _expression(named[0]), yul_block(named[-1]))
    if kind == "yul_for_statement":
        return _loop(node)
    if kind == "yul_switch_statement":
        return _switch(node)
    if kind == "yul_function_definition":
        return _function(node)
    if kind in _JUMPS:
        return tree.YulJump(span_of(node), _JUMPS[kind])
    if kind == "yul_function_call":
        built = _expression(node)
        return built if isinstance(built, tree.YulCall) else None
    return None


def _named(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type not in {"comment", "ERROR"}]


def _assignment(node: Node) -> tree.YulStatement:
    targets: list[tree.YulName] = []
    value: tree.YulExpression | None = None
    assigned = False
    for child in node.children:
        if child.type in {":=", "=:"}:
            assigned = True
        elif child.is_named and child.type not in {"comment", "ERROR"}:
            if assigned:
                value = _expression(child)
            else:
                targets.append(tree.YulName(span_of(child), _path(child)))
    return tree.YulAssignment(span_of(node), targets, value, declares=node.type == "yul_variable_declaration")


def _path(node: Node) -> tuple[str, ...]:
    return tuple("".join(text_of(node).split()).split("."))


def _loop(node: Node) -> tree.YulStatement | None:
    named = _named(node)
    if len(named) != 4:
        return None
    initial, condition, update, body = named
    return tree.YulLoop(span_of(node), yul_block(initial), _expression(condition), yul_block(update), yul_block(body))


def _switch(node: Node) -> tree.YulStatement:
    cases: list[tuple[tree.YulLiteral | None, tree.YulBlock]] = []
    value: tree.YulExpression | None = None
    literal: tree.YulLiteral | None = None
    for child in _named(node):
        if child.type == "yul_block":
            cases.append((literal, yul_block(child)))
            literal = None
        elif value is None:
            value = _expression(child)
        else:
            built = _expression(child)
            literal = built if isinstance(built, tree.YulLiteral) else tree.YulLiteral(span_of(child), 0)
    return tree.YulSwitch(span_of(node), value or tree.YulLiteral(span_of(node), 0), cases)


def _function(node: Node) -> tree.YulStatement:
    names: list[str] = []
    parameters: list[str] = []
    returned = False
    body = tree.YulBlock(span_of(node), [])
    results: list[str] = []
    for child in node.children:
        if child.type == "->":
            returned = True
        elif child.type == "yul_block":
            body = yul_block(child)
        elif child.type == "yul_identifier":
            if not names:
                names.append(text_of(child))
            else:
                (results if returned else parameters).append(text_of(child))
    return tree.YulFunction(span_of(node), names[0] if names else "", parameters, results, body)


def _expression(node: Node) -> tree.YulExpression:
    kind = node.type
    span = span_of(node)
    if kind == "yul_function_call":
        function = node.child_by_field_name("function")
        named = _named(node)
        if function is not None and named and named[0] == function:
            named = named[1:]
        return tree.YulCall(span, text_of(function) if function else "", [_expression(child) for child in named])
    if kind in {"yul_path", "yul_identifier"}:
        return tree.YulName(span, _path(node))
    if kind == "yul_evm_builtin":
        return tree.YulCall(span, text_of(node), [])
    text = text_of(node)
    if kind in {"yul_decimal_number", "yul_hex_number"}:
        try:
            return tree.YulLiteral(span, int(text, 0))
        except ValueError:
            return tree.YulLiteral(span, 0)
    if kind == "yul_boolean":
        return tree.YulLiteral(span, text == "true")
    return tree.YulLiteral(span, text)
