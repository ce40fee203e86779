"""Functions the language brings along."""

from __future__ import annotations

from collections.abc import Callable

from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.instructions import Call, Instruction, Storage
from scorpius_lab.security.contracts.ir.lowering import Lowering
from scorpius_lab.security.contracts.ir.types import UNKNOWN, Type
from scorpius_lab.security.contracts.syntax import tree

NAMESPACES = frozenset({"abi", "block", "string", "bytes"})
_HASHES = {"keccak256": "keccak256", "sha3": "keccak256", "sha256": "sha256", "ripemd160": "ripemd160"}
_LOGS = frozenset({"log0", "log1", "log2", "log3", "log4"})


def _require(lowering: Lowering, node: tree.Call) -> Instruction:
    from scorpius_lab.security.contracts.ir.lower_expressions import condition, expression

    builder = lowering.builder
    if node.arguments:
        holds, fails = condition(lowering, node.arguments[0])
        builder.join(fails)
        if builder.block is not None:
            for argument in node.arguments[1:]:
                expression(lowering, argument)
            builder.end("revert", node.span)
        builder.join(holds)
    return _nothing(lowering, node.span)


def _nothing(lowering: Lowering, span: tree.Span) -> Instruction:
    return lowering.builder.constant(None, types.NOTHING, span)


def _revert(lowering: Lowering, node: tree.Call) -> Instruction:
    nothing = _nothing(lowering, node.span)
    lowering.builder.end("revert", node.span)
    return nothing


def _selfdestruct(lowering: Lowering, node: tree.Call) -> Instruction:
    from scorpius_lab.security.contracts.ir.lower_expressions import expression

    values = [expression(lowering, argument) for argument in node.arguments]
    target = values[0] if values else None
    what = Call("selfdestruct", "selfdestruct", target, None, None, ())
    made = lowering.builder.emit("call", values, what, types.NOTHING, node.span)
    lowering.builder.end("destroyed", node.span)
    return made


STATEMENTS: dict[str, Callable[[Lowering, tree.Call], Instruction]] = {
    "require": _require,
    "assert": _require,
    "revert": _revert,
    "selfdestruct": _selfdestruct,
    "suicide": _selfdestruct,
}


def value(lowering: Lowering, name: str, values: list[Instruction], span: tree.Span) -> Instruction | None:
    """The value of a built-in function; None for a name that is none."""
    builder = lowering.builder
    if name in _HASHES:
        return builder.emit("hash", values, _HASHES[name], types.BYTES32, span)
    if name == "ecrecover":
        return builder.emit("hash", values, "ecrecover", types.ADDRESS, span)
    if name in {"addmod", "mulmod"}:
        return builder.emit("yul", values, name, types.UINT256, span)
    if name in {"blockhash", "blobhash"}:
        return builder.emit("environment", values, "blockhash", types.BYTES32, span)
    if name == "gasleft":
        return builder.emit("environment", (), "gasleft", types.UINT256, span)
    if name in _LOGS:
        return builder.emit("emit", values, name, UNKNOWN, span)
    return None


def namespaced(lowering: Lowering, name: str, node: tree.Call) -> Instruction:
    """`abi.encode(…)`, `block.blockhash(…)`, `bytes.concat(…)`."""
    from scorpius_lab.security.contracts.ir.lower_expressions import expression

    builder = lowering.builder
    if name == "abi.decode":
        values = [expression(lowering, argument) for argument in node.arguments[:1]]
        return builder.emit("encode", values, name, _decoded(lowering, node), node.span)
    values = [expression(lowering, argument) for argument in node.arguments]
    if name == "block.blockhash":
        return builder.emit("environment", values, "blockhash", types.BYTES32, node.span)
    if name in {"string.concat", "bytes.concat"}:
        name = "abi.encodePacked"
    return builder.emit("encode", values, name, types.BYTES, node.span)


def _decoded(lowering: Lowering, node: tree.Call) -> Type:
    if len(node.arguments) < 2:
        return UNKNOWN
    wanted = node.arguments[1]
    items = wanted.items if isinstance(wanted, tree.Tuple) else [wanted]
    kinds = [_written_type(lowering, item) for item in items]
    return kinds[0] if len(kinds) == 1 else types.TupleType(tuple(kinds))


def _written_type(lowering: Lowering, item: tree.Expression | None) -> Type:
    match item:
        case tree.TypeExpression(type=name):
            return lowering.resolve(name)
        case tree.Identifier(name=name):
            return lowering.resolve(tree.UserName((name,)))
        case tree.Index(base=base):
            return types.ArrayType(_written_type(lowering, base), None)
        case _:
            return UNKNOWN


def array_call(
    lowering: Lowering, place: Storage, name: str, values: list[Instruction], span: tree.Span
) -> Instruction:
    """`push` and `pop` on an array in storage."""
    builder = lowering.builder
    values = [lowering.load(v.data, span) if v.operation == "reference" else v for v in values]
    made = builder.emit(name, [*values, *lowering.keys_of(place)], place, types.UINT256, span)
    if name == "push" and not values and isinstance(place.type, types.ArrayType):
        return lowering.at(lowering.inside(place, made, place.type.base), span)
    return made
