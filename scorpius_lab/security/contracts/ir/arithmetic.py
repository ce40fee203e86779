"""Folding of constants and types of arithmetic."""

from __future__ import annotations

from fractions import Fraction

from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.types import Type

COMPARISONS = frozenset({"<", ">", "<=", ">=", "==", "!="})
LARGEST_SHIFT = 4096
_WIDEST = 1 << 8192

Number = int | Fraction


def number(value: object) -> Number | None:
    """A literal's value as a number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, tuple) and len(value) == 2 and all(type(part) is int for part in value):
        return Fraction(value[0], value[1])
    return None


def fold(operator: str, left: object, right: object) -> object | None:
    """The value of an operation on two literals; None where it is not worked out."""
    if isinstance(left, bool) and isinstance(right, bool):
        return {"&&": left and right, "||": left or right, "==": left == right, "!=": left != right}.get(operator)
    a, b = number(left), number(right)
    if a is None or b is None:
        return None
    if operator in COMPARISONS:
        return _compare(operator, a, b)
    result = _compute(operator, a, b)
    if result is None or not -_WIDEST <= result <= _WIDEST:
        return None
    if isinstance(result, Fraction):
        return result.numerator if result.denominator == 1 else (result.numerator, result.denominator)
    return result


def _compare(operator: str, a: Number, b: Number) -> bool:
    match operator:
        case "<":
            return a < b
        case ">":
            return a > b
        case "<=":
            return a <= b
        case ">=":
            return a >= b
        case "==":
            return a == b
        case _:
            return a != b


def _compute(operator: str, a: Number, b: Number) -> Number | None:
    match operator:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            return Fraction(a) / Fraction(b) if b else None
    if not isinstance(a, int) or not isinstance(b, int):
        return None
    match operator:
        case "%":
            return a % b if b else None
        case "**":
            return a**b if 0 <= b <= LARGEST_SHIFT and abs(a) <= _WIDEST and abs(a).bit_length() * b < 8192 else None
        case "<<":
            return a << b if 0 <= b <= LARGEST_SHIFT else None
        case ">>":
            return a >> b if b >= 0 else None
        case "&":
            return a & b
        case "|":
            return a | b
        case "^":
            return a ^ b
        case _:
            return None


def result_type(operator: str, left: Instruction, right: Instruction) -> Type:
    """The type of a binary operation: the wider of two integers, the typed one beside a literal."""
    if operator in COMPARISONS or operator in {"&&", "||"}:
        return types.BOOL
    if operator in {"<<", ">>", "**"}:
        return left.type if not _literal(left) or _literal(right) else types.UINT256
    if _literal(left):
        return right.type
    if _literal(right):
        return left.type
    if types.integer_bits(right.type) > types.integer_bits(left.type):
        return right.type
    return left.type


def _literal(value: Instruction) -> bool:
    return value.is_constant and not types.is_integer(value.type)
