"""Expressions to instructions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from scorpius_lab.security.contracts.ir import assign, types
from scorpius_lab.security.contracts.ir.arithmetic import fold, number, result_type
from scorpius_lab.security.contracts.ir.assign import extract
from scorpius_lab.security.contracts.ir.builder import Way
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.lower_calls import call
from scorpius_lab.security.contracts.ir.lowering import Lowering
from scorpius_lab.security.contracts.ir.members import member, name_value
from scorpius_lab.security.contracts.ir.types import UNKNOWN
from scorpius_lab.security.contracts.syntax import tree

__all__ = ["assign", "condition", "expression", "extract"]

_PLAIN = tree.Identifier | tree.Literal | tree.Member


def expression(lowering: Lowering, node: tree.Expression) -> Instruction:
    """The value of an expression."""
    return _LOWER[type(node)](lowering, node)


def condition(lowering: Lowering, node: tree.Expression) -> tuple[list[Way], list[Way]]:
    """Branch on an expression: the ways on which it holds, and those on which it does not."""
    builder = lowering.builder
    match node:
        case tree.Tuple(items=[inner]) if inner is not None:
            return condition(lowering, inner)
        case tree.Unary(operator="!", operand=operand):
            holds, fails = condition(lowering, operand)
            return fails, holds
        case tree.Binary(operator="&&", left=left, right=right):
            holds, fails = condition(lowering, left)
            builder.join(holds)
            if builder.block is None:
                return [], fails
            holds, also = condition(lowering, right)
            return holds, fails + also
        case tree.Binary(operator="||", left=left, right=right):
            holds, fails = condition(lowering, left)
            builder.join(fails)
            if builder.block is None:
                return holds, []
            also, fails = condition(lowering, right)
            return holds + also, fails
    value = expression(lowering, node)
    if builder.block is None:
        return [], []
    if value.is_constant and isinstance(value.data, bool):
        way = builder.way()
        return (way, []) if value.data else ([], way)
    holds_way, fails_way = builder.branch(value, node.span)
    return [holds_way], [fails_way]


def _identifier(lowering: Lowering, node: tree.Identifier) -> Instruction:
    return name_value(lowering, node.name, node.span)


def _literal(lowering: Lowering, node: tree.Literal) -> Instruction:
    value = node.value
    if isinstance(value, bool):
        kind = types.BOOL
    elif isinstance(value, str):
        kind = types.STRING
    elif isinstance(value, bytes):
        kind = types.BYTES
    else:
        kind = types.ADDRESS if len(node.text) == 42 and node.text.startswith("0x") else UNKNOWN  # type: ignore[assignment]
    return lowering.builder.constant(value, kind, node.span)


def _index(lowering: Lowering, node: tree.Index) -> Instruction:
    base = expression(lowering, node.base)
    if node.index is None or isinstance(base.type, types.TypeType):
        return lowering.builder.constant(None, types.TypeType(UNKNOWN), node.span)
    index = expression(lowering, node.index)
    place = lowering.place_of(base)
    if place is not None:
        return lowering.at(lowering.inside(place, index, assign.element(place.type)), node.span)
    return lowering.builder.emit("index", [base, index], None, assign.element(base.type), node.span)


def _slice(lowering: Lowering, node: tree.Slice) -> Instruction:
    parts = [expression(lowering, part) for part in (node.base, node.start, node.stop) if part is not None]
    return lowering.builder.emit("index", parts, "slice", parts[0].type, node.span)


def _unary(lowering: Lowering, node: tree.Unary) -> Instruction:
    builder = lowering.builder
    if node.operator in {"++", "--"}:
        before = expression(lowering, node.operand)
        one = builder.constant(1, UNKNOWN, node.span)
        after = _arithmetic(lowering, node.operator[0], before, one, node.span)
        assign.to(lowering, node.operand, after, node.span)
        return after if node.prefix else before
    if node.operator == "delete":
        return assign.delete(lowering, node.operand, node.span)
    value = expression(lowering, node.operand)
    if value.is_constant:
        if node.operator == "-" and type(value.data) is int:
            return builder.constant(-value.data, value.type, node.span)
        if node.operator == "-" and isinstance(number(value.data), Fraction):
            return builder.constant((-value.data[0], value.data[1]), value.type, node.span)
        if node.operator == "!" and isinstance(value.data, bool):
            return builder.constant(not value.data, types.BOOL, node.span)
        if node.operator == "~" and type(value.data) is int and types.is_integer(value.type):
            low, high = types.integer_range(value.type)
            flipped = ~value.data if low else high ^ value.data
            return builder.constant(flipped, value.type, node.span)
    return builder.emit("unary", [value], node.operator, value.type, node.span, checked=lowering.scope.checked)


def _binary(lowering: Lowering, node: tree.Binary) -> Instruction:
    if node.operator in {"&&", "||"} and not _plain(node.right):
        return _short_circuit(lowering, node)
    left = expression(lowering, node.left)
    right = expression(lowering, node.right)
    return _arithmetic(lowering, node.operator, left, right, node.span)


def _plain(node: tree.Expression) -> bool:
    """Whether evaluating it can do nothing but give a value."""
    match node:
        case tree.Identifier() | tree.Literal():
            return True
        case tree.Member(object=inner):
            return _plain(inner)
        case tree.Index(base=base, index=index):
            return _plain(base) and (index is None or _plain(index))
        case tree.Tuple(items=[inner]) if inner is not None:
            return _plain(inner)
        case tree.Unary(operator="!" | "-" | "~", operand=operand):
            return _plain(operand)
        case tree.Binary(operator=operator, left=left, right=right):
            return operator in {"==", "!=", "<", ">", "<=", ">=", "&&", "||"} and _plain(left) and _plain(right)
        case _:
            return False


def _short_circuit(lowering: Lowering, node: tree.Binary) -> Instruction:
    builder = lowering.builder
    holds, fails = condition(lowering, node)
    ways: list[Way] = []
    results: list[Instruction] = []
    for side, value in ((holds, True), (fails, False)):
        builder.join(side)
        if builder.block is not None:
            results.append(builder.truth(value=value))
            ways += builder.way()
    return builder.join(ways, results, types.BOOL) or builder.truth(value=False)


def _arithmetic(
    lowering: Lowering, operator: str, left: Instruction, right: Instruction, span: tree.Span
) -> Instruction:
    kind = result_type(operator, left, right)
    if left.is_constant and right.is_constant:
        folded = fold(operator, left.data, right.data)
        if folded is not None and _fits(folded, kind):
            return lowering.builder.constant(folded, kind, span)
    return lowering.builder.emit("binary", [left, right], operator, kind, span, checked=lowering.scope.checked)


def _fits(value: object, kind: types.Type) -> bool:
    if type(value) is not int or not types.is_integer(kind):
        return True
    low, high = types.integer_range(kind)
    return low <= value <= high


def _assignment(lowering: Lowering, node: tree.Assignment) -> Instruction:
    if not node.operator:
        value = expression(lowering, node.value)
        assign.to(lowering, node.target, value, node.span)
        return value
    value = expression(lowering, node.value)
    before = expression(lowering, node.target)
    after = _arithmetic(lowering, node.operator, before, value, node.span)
    assign.to(lowering, node.target, after, node.span)
    return after


def _conditional(lowering: Lowering, node: tree.Conditional) -> Instruction:
    builder = lowering.builder
    ways: list[Way] = []
    results: list[Instruction] = []
    holds, fails = condition(lowering, node.condition)
    for side, part in ((holds, node.then), (fails, node.otherwise)):
        builder.join(side)
        if builder.block is None:
            continue
        value = expression(lowering, part)
        if builder.block is not None:
            results.append(value)
            ways += builder.way()
    kind = next((value.type for value in results if value.type != UNKNOWN), UNKNOWN)
    return builder.join(ways, results, kind) or builder.constant(0)


def _tuple(lowering: Lowering, node: tree.Tuple) -> Instruction:
    if len(node.items) == 1 and node.items[0] is not None:
        return expression(lowering, node.items[0])
    builder = lowering.builder
    items = [builder.constant(None) if item is None else expression(lowering, item) for item in node.items]
    return builder.emit("tuple", items, None, types.TupleType(tuple(item.type for item in items)), node.span)


def _array(lowering: Lowering, node: tree.ArrayLiteral) -> Instruction:
    items = [expression(lowering, item) for item in node.items]
    base = items[0].type if items else UNKNOWN
    return lowering.builder.emit("tuple", items, None, types.ArrayType(base, len(items)), node.span)


def _type(lowering: Lowering, node: tree.TypeExpression) -> Instruction:
    return lowering.builder.constant(None, types.TypeType(lowering.resolve(node.type)), node.span)


def _member(lowering: Lowering, node: tree.Member) -> Instruction:
    return member(lowering, node)


def _call(lowering: Lowering, node: tree.Call) -> Instruction:
    return call(lowering, node)


_LOWER: dict[type, Callable[[Lowering, Any], Instruction]] = {
    tree.Identifier: _identifier,
    tree.Literal: _literal,
    tree.Member: _member,
    tree.Index: _index,
    tree.Slice: _slice,
    tree.Call: _call,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Assignment: _assignment,
    tree.Conditional: _conditional,
    tree.Tuple: _tuple,
    tree.ArrayLiteral: _array,
    tree.New: _type,
    tree.TypeExpression: _type,
    tree.MetaType: _type,
}
