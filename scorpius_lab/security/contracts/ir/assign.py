"""Where values go: local variables, storage, parts of memory, tuples of these."""

from __future__ import annotations

from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.lowering import Lowering
from scorpius_lab.security.contracts.ir.types import UNKNOWN, Type
from scorpius_lab.security.contracts.syntax import tree


def element(kind: Type) -> Type:
    """The type of what an index gives."""
    match kind:
        case types.MappingType(value=value):
            return value
        case types.ArrayType(base=base):
            return base
        case types.Elementary("bytes" | "string"):
            return types.Elementary("bytes1")
        case types.Elementary(name) if name.startswith("bytes"):
            return types.Elementary("bytes1")
        case _:
            return UNKNOWN


def converted(lowering: Lowering, value: Instruction, kind: Type, span: tree.Span) -> Instruction:
    """A value as a variable of an integer type holds it: a literal takes its type, a narrow value is widened."""
    if value.is_constant and value.type == UNKNOWN and types.is_integer(kind):
        return lowering.builder.constant(value.data, kind, span)
    if 0 < types.integer_bits(value.type) < types.integer_bits(kind):
        return lowering.builder.emit("convert", [value], None, kind, span)
    return value


def extract(lowering: Lowering, value: Instruction, position: int, kind: Type, span: tree.Span) -> Instruction:
    """One of several values."""
    if value.operation == "tuple" and isinstance(value.type, types.TupleType):
        return value.arguments[position] if position < len(value.arguments) else lowering.builder.constant(0, kind)
    if isinstance(value.type, types.TupleType) and position < len(value.type.items):
        kind = value.type.items[position]
    elif kind == UNKNOWN and value.call is not None and value.call.kind in {"call", "delegatecall", "staticcall"}:
        kind = types.BOOL if position == 0 else types.BYTES
    return lowering.builder.emit("extract", [value], position, kind, span)


def to(lowering: Lowering, target: tree.Expression, value: Instruction, span: tree.Span) -> None:
    """Assign a value to an expression."""
    match target:
        case tree.Identifier(name=name):
            _to_name(lowering, name, value, span)
        case tree.Tuple(items=items):
            if len(items) == 1 and items[0] is not None:
                to(lowering, items[0], value, span)
                return
            for position, item in enumerate(items):
                if item is not None:
                    to(lowering, item, extract(lowering, value, position, UNKNOWN, span), span)
        case tree.Index(base=base, index=index) if index is not None:
            _to_index(lowering, base, index, value, span)
        case tree.Member(object=inner, name=name):
            _to_member(lowering, inner, name, value, span)
        case tree.Call() | tree.Conditional():  # nothing else is a place: `++++x` would be lowered 2 ** n times
            from scorpius_lab.security.contracts.ir.lower_expressions import expression

            place = lowering.place_of(expression(lowering, target))
            if place is not None:
                lowering.store(place, value, span)


def _to_name(lowering: Lowering, name: str, value: Instruction, span: tree.Span) -> None:
    variable = lowering.local(name)
    if variable is not None:
        lowering.assign_declared(variable, converted(lowering, value, variable.type, span), span)
        return
    state = lowering.state_variable(name)
    if state is not None:
        lowering.store(lowering.storage_of(state), value, span)


def _to_index(
    lowering: Lowering, base: tree.Expression, index: tree.Expression, value: Instruction, span: tree.Span
) -> None:
    from scorpius_lab.security.contracts.ir.lower_expressions import expression

    whole = expression(lowering, base)
    at = expression(lowering, index)
    place = lowering.place_of(whole)
    if place is not None:
        lowering.store(lowering.inside(place, at, element(place.type)), value, span)
        return
    changed = lowering.builder.emit("update", [whole, value, at], None, whole.type, span)
    _replace(lowering, base, changed, span)


def _to_member(lowering: Lowering, inner: tree.Expression, name: str, value: Instruction, span: tree.Span) -> None:
    from scorpius_lab.security.contracts.ir.lower_expressions import expression
    from scorpius_lab.security.contracts.ir.members import member_type

    if isinstance(inner, tree.Identifier) and lowering.local(inner.name) is None:
        named = lowering.named((inner.name,))
        if named is not None and lowering.state_variable(inner.name) is None:
            _to_name(lowering, name, value, span)  # `Base.variable = …`
            return
    whole = expression(lowering, inner)
    place = lowering.place_of(whole)
    if place is not None:
        lowering.store(lowering.inside(place, name, member_type(place.type, name)), value, span)
        return
    changed = lowering.builder.emit("update", [whole, value], name, whole.type, span)
    _replace(lowering, inner, changed, span)


def _replace(lowering: Lowering, target: tree.Expression, changed: Instruction, span: tree.Span) -> None:
    """A memory object with a changed part takes the place of the one before."""
    match target:
        case tree.Identifier(name=name):
            variable = lowering.local(name)
            if variable is not None:
                lowering.write(variable, changed)
        case tree.Index() | tree.Member():
            to(lowering, target, changed, span)


def delete(lowering: Lowering, target: tree.Expression, span: tree.Span) -> Instruction:
    """`delete target`."""
    from scorpius_lab.security.contracts.ir.lower_expressions import expression

    if isinstance(target, tree.Identifier) and (variable := lowering.local(target.name)) is not None:
        value = lowering.default(variable, span)
        lowering.write(variable, value)
        return value
    whole = expression(lowering, target)
    place = whole.storage
    if place is None:
        return whole
    return lowering.builder.emit("delete", lowering.keys_of(place), place, place.type, span)
