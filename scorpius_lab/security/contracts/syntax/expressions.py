"""Expressions of a tree-sitter tree, put together anew by the precedence of the Solidity grammar.

tree-sitter-solidity reads `!m[a].b.send(1)` as `(!m)[a].b.send(1)`, `x == y[1]` as `(x == y)[1]` and chains `?:` to
the left, without an error node. Its tokens are right, so a tree is taken apart into operands and operators in source
order and parsed by precedence climbing. Order of precedence: Solidity documentation, "Order of Precedence of
Operators".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from scorpius_lab.security.contracts.syntax import tree

if TYPE_CHECKING:
    from tree_sitter import Node

UNITS = {
    "wei": 1,
    "gwei": 10**9,
    "szabo": 10**12,
    "finney": 10**15,
    "ether": 10**18,
    "seconds": 1,
    "minutes": 60,
    "hours": 3600,
    "days": 86400,
    "weeks": 604800,
    "years": 31536000,
}
MAXIMUM_EXPONENT = 4096  # a literal such as 1e999999999 is no number worth working out

_BINARY = {
    "**": 13, "*": 12, "/": 12, "%": 12, "+": 11, "-": 11, "<<": 10, ">>": 10, ">>>": 10, "&": 9, "^": 8, "|": 7,
    "<": 6, ">": 6, "<=": 6, ">=": 6, "==": 5, "!=": 5, "&&": 4, "||": 3,
}  # fmt: skip
_CONDITIONAL = 2
_PREFIX = 14
_ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", ">>>="}
_PREFIXES = {"!", "~", "-", "+", "delete", "++", "--"}
_STRUCTURE = {
    "expression", "binary_expression", "unary_expression", "update_expression", "assignment_expression",
    "augmented_assignment_expression", "ternary_expression", "member_expression", "array_access", "slice_access",
    "call_expression", "struct_expression",
}  # fmt: skip
_IGNORED = {"comment", "ERROR"}

Arguments = tuple[list[tree.Expression], list[str] | None]
Field = tuple[str, tree.Expression]
# Told apart by their first item: what is applied, or a postfix.
Token = (
    tuple[Literal["operand"], tree.Expression, tree.Span]
    | tuple[Literal["operator"], str, tree.Span]
    | tuple[Literal["member"], str, tree.Span]
    | tuple[Literal["index"], tree.Expression | None, tree.Span]
    | tuple[Literal["slice"], tuple[tree.Expression | None, tree.Expression | None], tree.Span]
    | tuple[Literal["call"], Arguments, tree.Span]
    | tuple[Literal["options"], list[Field], tree.Span]
)


def span_of(node: Node) -> tree.Span:
    """Bytes and lines of a node."""
    return tree.Span(node.start_byte, node.end_byte, node.start_point[0] + 1, node.end_point[0] + 1)


def text_of(node: Node) -> str:
    """The source of a node."""
    return (node.text or b"").decode("utf-8", "replace")


class Expressions:
    """Builds expressions; `type_name` builds the types inside of them."""

    def __init__(self, type_name: Callable[[Node], tree.TypeName]) -> None:
        """`type_name` builds the types that stand in expressions."""
        self._type_name = type_name
        self._atoms: dict[str, Callable[[Node], tree.Expression]] = {
            "identifier": lambda n: tree.Identifier(span_of(n), text_of(n)),
            "number_literal": _number,
            "boolean_literal": lambda n: tree.Literal(span_of(n), text_of(n) == "true", text_of(n)),
            "string_literal": _string,
            "unicode_string_literal": _string,
            "hex_string_literal": _hex_string,
            "parenthesized_expression": self._tuple,
            "tuple_expression": self._tuple,
            "inline_array_expression": self._array,
            "new_expression": self._new,
            "type_cast_expression": self._cast,
            "payable_conversion_expression": self._payable,
            "meta_type_expression": self._meta,
            "primitive_type": self._type,
            "user_defined_type": self._user_type,
            "type_name": self._type,
        }

    def build(self, node: Node) -> tree.Expression:
        """The expression of a node."""
        if node.type == "expression" and node.child_count == 1:
            only = node.children[0]
            atom = self._atoms.get(only.type)
            if atom is not None:
                return atom(only)
        tokens: list[Token] = []
        self._flatten(node, tokens)
        return _Climber(tokens).parse(span_of(node))

    def _flatten(self, node: Node, out: list[Token]) -> None:
        kind = node.type
        if kind not in _STRUCTURE:
            out.append(("operand", self._atom(node), span_of(node)))
        elif kind in {"call_expression", "struct_expression", "array_access", "slice_access", "member_expression"}:
            self._flatten_postfix(node, out)
        else:
            for child in node.children:
                if child.is_named:
                    if child.type not in _IGNORED:
                        self._flatten(child, out)
                else:
                    out.append(("operator", child.type, span_of(child)))

    def _flatten_postfix(self, node: Node, out: list[Token]) -> None:
        children = [child for child in node.children if child.type not in _IGNORED]
        self._flatten(children[0], out)
        rest = children[1:]
        span = tree.Span(children[0].end_byte, node.end_byte, children[0].end_point[0] + 1, node.end_point[0] + 1)
        if node.type == "member_expression":
            out.append(("member", text_of(rest[-1]) if rest else "", span))
        elif node.type == "array_access":
            named = [child for child in rest if child.is_named]
            out.append(("index", self.build(named[0]) if named else None, span))
        elif node.type == "slice_access":
            start, stop = node.child_by_field_name("from"), node.child_by_field_name("to")
            bounds = (self.build(start) if start else None, self.build(stop) if stop else None)
            out.append(("slice", bounds, span))
        elif node.type == "call_expression":
            out.append(("call", self.arguments(rest), span))
        else:
            out.append(("options", [self._field(child) for child in rest if child.is_named], span))

    def _field(self, node: Node) -> Field:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        return (text_of(name) if name else "", self.build(value) if value else tree.Tuple(span_of(node), []))

    def arguments(self, nodes: list[Node]) -> Arguments:
        """Arguments, and their names where they are given by name, of the children between two parentheses."""
        values: list[tree.Expression] = []
        names: list[str] = []
        for node in nodes:
            if node.type != "call_argument":
                continue
            for child in node.named_children:
                if child.type == "call_struct_argument":
                    name, value = self._field(child)
                    names.append(name)
                    values.append(value)
                elif child.type not in _IGNORED:
                    values.append(self.build(child))
        return values, names or None

    def _atom(self, node: Node) -> tree.Expression:
        atom = self._atoms.get(node.type)
        return atom(node) if atom else tree.Identifier(span_of(node), text_of(node))

    def _tuple(self, node: Node) -> tree.Expression:
        items: list[tree.Expression | None] = []
        pending: tree.Expression | None = None
        for child in node.children[1:]:
            if child.type in {",", ")"}:
                items.append(pending)
                pending = None
            elif child.is_named and child.type not in _IGNORED:
                pending = self.build(child)
        if items == [None]:
            items = []
        return tree.Tuple(span_of(node), items)

    def _array(self, node: Node) -> tree.Expression:
        items = [self.build(child) for child in node.named_children if child.type not in _IGNORED]
        return tree.ArrayLiteral(span_of(node), items)

    def _new(self, node: Node) -> tree.Expression:
        name = node.child_by_field_name("name")
        return tree.New(span_of(node), self._type_name(name) if name else tree.ElementaryName("bytes"))

    def _cast(self, node: Node) -> tree.Expression:
        first, *rest = [child for child in node.children if child.type not in _IGNORED]
        values, _ = self.arguments(rest)
        return tree.Call(span_of(node), tree.TypeExpression(span_of(first), self._type_name(first)), values)

    def _payable(self, node: Node) -> tree.Expression:
        values, _ = self.arguments(node.children)
        target = tree.TypeExpression(span_of(node), tree.ElementaryName("address payable"))
        return tree.Call(span_of(node), target, values)

    def _meta(self, node: Node) -> tree.Expression:
        named = [child for child in node.named_children if child.type not in _IGNORED]
        return tree.MetaType(span_of(node), self._type_name(named[0]) if named else tree.ElementaryName("uint256"))

    def _type(self, node: Node) -> tree.Expression:
        return tree.TypeExpression(span_of(node), self._type_name(node))

    def _user_type(self, node: Node) -> tree.Expression:
        names = [child for child in node.named_children if child.type == "identifier"]
        result: tree.Expression = tree.Identifier(span_of(node), text_of(names[0]) if names else text_of(node))
        for name in names[1:]:
            result = tree.Member(span_of(node), result, text_of(name))
        return result


class _Climber:
    """Precedence climbing over a list of tokens (Richards and Whitby-Strevens, BCPL, 1979)."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0

    def parse(self, span: tree.Span) -> tree.Expression:
        return self._binary(0) if self._tokens else tree.Tuple(span, [])

    def _operator(self) -> str:
        if self._next < len(self._tokens):
            token = self._tokens[self._next]
            if token[0] == "operator":
                return token[1]
        return ""

    def _binary(self, lowest: int) -> tree.Expression:
        left = self._prefix()
        while operator := self._operator():
            level = _BINARY.get(operator, _CONDITIONAL)
            if level < lowest or operator == ":":
                break
            self._next += 1
            if operator == "?":
                left = self._conditional(left)
            elif operator in _ASSIGNMENTS:
                value = self._binary(_CONDITIONAL)
                left = tree.Assignment(_join(left.span, value.span), operator[:-1], left, value)
            elif operator in _BINARY:
                right = self._binary(level if operator == "**" else level + 1)
                left = tree.Binary(_join(left.span, right.span), operator, left, right)
        return left

    def _conditional(self, condition: tree.Expression) -> tree.Expression:
        then = self._binary(_CONDITIONAL)
        if self._operator() == ":":
            self._next += 1
        otherwise = self._binary(_CONDITIONAL)
        return tree.Conditional(_join(condition.span, otherwise.span), condition, then, otherwise)

    def _prefix(self) -> tree.Expression:
        if self._next >= len(self._tokens):
            return tree.Tuple(self._tokens[-1][2], [])
        token = self._tokens[self._next]
        if token[0] == "operator":
            self._next += 1
            if token[1] not in _PREFIXES:
                return self._prefix()
            operand = self._binary(_PREFIX) if self._operator() in _PREFIXES else self._postfix(self._operand())
            return tree.Unary(_join(token[2], operand.span), token[1], operand, prefix=True)
        return self._postfix(self._operand())

    def _operand(self) -> tree.Expression:
        if self._next >= len(self._tokens):
            return tree.Tuple(self._tokens[-1][2], [])
        token = self._tokens[self._next]
        if token[0] != "operand":
            return tree.Tuple(token[2], [])
        self._next += 1
        return token[1]

    def _postfix(self, base: tree.Expression) -> tree.Expression:
        options: list[Field] = []
        while self._next < len(self._tokens):
            token = self._tokens[self._next]
            if token[0] == "operand" or (token[0] == "operator" and token[1] not in {"++", "--"}):
                break
            self._next += 1
            span = _join(base.span, token[2])
            if token[0] == "operator":
                base = tree.Unary(span, token[1], base, prefix=False)
            elif token[0] == "member":
                base = tree.Member(span, base, token[1])
            elif token[0] == "index":
                base = tree.Index(span, base, token[1])
            elif token[0] == "slice":
                base = tree.Slice(span, base, *token[1])
            elif token[0] == "options":
                options += token[1]
            else:
                base = _call(span, base, token[1], options)
                options = []
        return base


def _call(
    span: tree.Span,
    callee: tree.Expression,
    given: Arguments,
    options: list[Field],
) -> tree.Call:
    """A call; `.value(v)` and `.gas(g)` before it become options of it."""
    arguments, names = given
    while (
        isinstance(callee, tree.Call)
        and isinstance(callee.callee, tree.Member)
        and callee.callee.name in {"value", "gas"}
        and len(callee.arguments) == 1
    ):
        options = [*options, (callee.callee.name, callee.arguments[0]), *callee.options]
        callee = callee.callee.object
    return tree.Call(span, callee, arguments, names, options)


def _join(first: tree.Span, last: tree.Span) -> tree.Span:
    return tree.Span(first.start, last.end, first.line, last.end_line)


def _number(node: Node) -> tree.Expression:
    text = text_of(node)
    match = re.match(r"\s*([0-9a-fA-FxX_.]+(?:[eE]-?[0-9_]+)?)\s*([a-z]*)", text)
    digits, unit = match.groups() if match else ("0", "")
    return tree.Literal(span_of(node), _value(digits.replace("_", ""), UNITS.get(unit, 1)), text, unit)


def _value(digits: str, factor: int) -> int | tuple[int, int]:
    try:
        if digits[:2] in {"0x", "0X"}:
            return int(digits, 16) * factor
        mantissa, _, exponent = digits.lower().partition("e")
        power = int(exponent or 0)
        if abs(power) > MAXIMUM_EXPONENT or len(mantissa) > MAXIMUM_EXPONENT:
            return 0
        exact = Fraction(mantissa or "0") * Fraction(10) ** power * factor
    except (ValueError, ZeroDivisionError):
        return 0
    return exact.numerator if exact.denominator == 1 else (exact.numerator, exact.denominator)


def _string(node: Node) -> tree.Expression:
    parts = re.findall(r"\"((?:[^\"\\]++|\\.)*+)\"|'((?:[^'\\]++|\\.)*+)'", text_of(node), re.DOTALL)
    return tree.Literal(span_of(node), "".join(a or b for a, b in parts), text_of(node))


def _hex_string(node: Node) -> tree.Expression:
    digits = "".join(re.findall(r"[\"']([0-9a-fA-F_]*)[\"']", text_of(node))).replace("_", "")
    return tree.Literal(span_of(node), bytes.fromhex(digits[: len(digits) // 2 * 2]), text_of(node))
