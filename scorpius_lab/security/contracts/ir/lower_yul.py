"""Yul to the same instructions as Solidity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.arithmetic import fold
from scorpius_lab.security.contracts.ir.assigned import assigned_names
from scorpius_lab.security.contracts.ir.builder import Way
from scorpius_lab.security.contracts.ir.instructions import Block, Call, Instruction, Storage
from scorpius_lab.security.contracts.ir.lowering import Layer, Lowering
from scorpius_lab.security.contracts.ir.types import UNKNOWN
from scorpius_lab.security.contracts.syntax import tree

_BINARY = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "sdiv": "/", "mod": "%", "smod": "%", "exp": "**",
    "and": "&", "or": "|", "xor": "^", "lt": "<", "gt": ">", "slt": "<", "sgt": ">", "eq": "==",
}  # fmt: skip
_ENVIRONMENT = {
    "caller": "msg.sender", "callvalue": "msg.value", "origin": "tx.origin", "gasprice": "tx.gasprice",
    "timestamp": "block.timestamp", "number": "block.number", "coinbase": "block.coinbase",
    "difficulty": "block.difficulty", "prevrandao": "block.prevrandao", "gaslimit": "block.gaslimit",
    "basefee": "block.basefee", "chainid": "block.chainid", "address": "this", "gas": "gasleft",
}  # fmt: skip
_CALLS = {"call": 7, "callcode": 7, "delegatecall": 6, "staticcall": 6}
_COMPARISONS = {"<", ">", "=="}
MINIMAL_CALL = 2


def yul_block(lowering: Lowering, node: tree.YulBlock) -> None:
    """Lower a block; its functions are known in all of it."""
    scope = lowering.scope
    scope.names.append({})
    functions = scope.yul_functions
    declared = {inner.name: inner for inner in node.statements if isinstance(inner, tree.YulFunction)}
    if declared:
        scope.yul_functions = {**functions, **declared}
    for inner in node.statements:
        if lowering.builder.block is None:
            break
        _LOWER[type(inner)](lowering, inner)
    scope.yul_functions = functions
    scope.names.pop()


def _condition(lowering: Lowering, node: tree.YulExpression) -> tuple[list[Way], list[Way]]:
    """Branch; `iszero` turns the ways around."""
    if isinstance(node, tree.YulCall) and node.function == "iszero" and len(node.arguments) == 1:
        holds, fails = _condition(lowering, node.arguments[0])
        return fails, holds
    value = _expression(lowering, node)
    builder = lowering.builder
    if builder.block is None:
        return [], []
    if value.is_constant and isinstance(value.data, int):
        way = builder.way()
        return (way, []) if value.data else ([], way)
    holds_way, fails_way = builder.branch(value, node.span)
    return [holds_way], [fails_way]


def _if(lowering: Lowering, node: tree.YulIf) -> None:
    builder = lowering.builder
    holds, fails = _condition(lowering, node.condition)
    builder.join(holds)
    if builder.block is not None:
        yul_block(lowering, node.body)
    builder.join(fails + builder.way())


def _switch(lowering: Lowering, node: tree.YulSwitch) -> None:
    builder = lowering.builder
    value = _expression(lowering, node.value)
    ends: list[Way] = []
    for literal, body in node.cases:
        if builder.block is None:
            break
        rest: list[Way] = []
        if literal is not None:
            same = builder.emit("binary", [value, _literal(lowering, literal)], "==", types.BOOL, literal.span)
            here, other = builder.branch(same, literal.span)
            builder.take(here)
            rest = [other]
        yul_block(lowering, body)
        ends += builder.way()
        builder.join(rest)
    builder.join(ends + builder.way())


def _loop(lowering: Lowering, node: tree.YulLoop) -> None:
    from scorpius_lab.security.contracts.ir.lower_statements import run_loop

    scope = lowering.scope
    scope.names.append({})
    for inner in node.initial.statements:
        if lowering.builder.block is not None:
            _LOWER[type(inner)](lowering, inner)
    names = assigned_names([node.condition, node.update, node.body])
    changed = [variable for name in names if (variable := lowering.local(name)) is not None]
    run_loop(
        lowering,
        changed,
        test=lambda: _condition(lowering, node.condition),
        body=lambda: yul_block(lowering, node.body),
        update=lambda: yul_block(lowering, node.update),
    )
    scope.names.pop()


def _jump(lowering: Lowering, node: tree.YulJump) -> None:
    scope, builder = lowering.scope, lowering.builder
    if node.kind == "leave":
        if scope.layer is not None:
            scope.layer.ways += builder.way()
    elif scope.loop is not None:
        (scope.loop.breaks if node.kind == "break" else scope.loop.rounds).extend(builder.way())
    builder.block = None


def _assignment(lowering: Lowering, node: tree.YulAssignment) -> None:
    from scorpius_lab.security.contracts.ir.assign import extract

    if node.value is None:
        values = [lowering.builder.constant(0, types.UINT256, node.span) for _ in node.targets]
    else:
        value = _expression(lowering, node.value)
        if lowering.builder.block is None:
            return
        values = [value]
        if len(node.targets) > 1:
            values = [extract(lowering, value, n, UNKNOWN, node.span) for n in range(len(node.targets))]
    for target, given in zip(node.targets, values, strict=True):
        _assign(lowering, target, given, declares=node.declares)


def _assign(lowering: Lowering, target: tree.YulName, value: Instruction, *, declares: bool) -> None:
    name = target.path[0]
    if declares:
        lowering.scope.names[-1][name] = variable = lowering.declare("", types.UINT256)
        variable.name = name
        lowering.write(variable, value)
        return
    pointer = lowering.local(name.removesuffix("_slot")) if name.endswith("_slot") else None
    if len(target.path) > 1 or pointer is not None:
        found = pointer or lowering.local(name)
        if found is not None and target.path[-1] in {"slot", name}:
            root = Storage(value, (), found.type, ("slot", value.key))
            lowering.write(found, lowering.reference(root, target.span))
        return
    local = lowering.local(name)
    if local is not None:
        lowering.write(local, value)


def _function(lowering: Lowering, node: tree.YulFunction) -> None:
    """Run where it is called."""


def _call_statement(lowering: Lowering, node: tree.YulCall) -> None:
    _expression(lowering, node)


def _expression(lowering: Lowering, node: tree.YulExpression) -> Instruction:
    if isinstance(node, tree.YulLiteral):
        return _literal(lowering, node)
    if isinstance(node, tree.YulName):
        return _name(lowering, node)
    return _call(lowering, node)


def _literal(lowering: Lowering, node: tree.YulLiteral) -> Instruction:
    value = int(node.value) if isinstance(node.value, bool) else node.value
    return lowering.builder.constant(value, types.UINT256, node.span)


def _name(lowering: Lowering, node: tree.YulName) -> Instruction:
    from scorpius_lab.security.contracts.ir.members import name_value

    name = node.path[0]
    builder = lowering.builder
    suffix = node.path[-1] if len(node.path) > 1 else ""
    for ending in ("_slot", "_offset"):
        if name.endswith(ending) and lowering.local(name) is None:
            name, suffix = name.removesuffix(ending), ending[1:]
    if not suffix:
        return name_value(lowering, name, node.span)
    if suffix == "offset":
        return builder.constant(0, types.UINT256, node.span)
    local = lowering.local(name)
    state = None if local else lowering.state_variable(name)
    whole = lowering.read(local, node.span) if local else None
    if whole is not None and suffix == "slot" and (place := lowering.place_of(whole)) is not None:
        if isinstance(place.root, Instruction) and not place.path:
            return place.root
        return builder.emit("slot", lowering.keys_of(place), place, types.UINT256, node.span)
    if state is not None:
        return builder.emit("slot", (), lowering.storage_of(state), types.UINT256, node.span)
    if whole is None:
        return builder.emit("unknown", (), name, types.UINT256, node.span)
    return builder.emit("member", [whole], suffix, types.UINT256, node.span)


def _call(lowering: Lowering, node: tree.YulCall) -> Instruction:
    declared = lowering.scope.yul_functions.get(node.function)
    values = [_expression(lowering, argument) for argument in reversed(node.arguments)][::-1]
    if declared is not None:
        return _run(lowering, declared, values, node.span)
    builder, name = lowering.builder, node.function
    if name in _BINARY and len(values) == 2:
        return _arithmetic(lowering, _BINARY[name], values[0], values[1], node.span)
    if name in {"shl", "shr", "sar"} and len(values) == 2:
        return _arithmetic(lowering, "<<" if name == "shl" else ">>", values[1], values[0], node.span)
    if name == "iszero" and len(values) == 1:
        return builder.emit("unary", values, "!", types.BOOL, node.span)
    if name == "not" and len(values) == 1:
        return builder.emit("unary", values, "~", types.UINT256, node.span, checked=False)
    if name in _ENVIRONMENT and not values:
        kind = types.ADDRESS if name in {"caller", "origin", "coinbase", "address"} else types.UINT256
        return builder.emit("environment", (), _ENVIRONMENT[name], kind, node.span)
    special = _SPECIAL.get(name)
    if special is not None:
        return special(lowering, node, values)
    if name in _CALLS and len(values) >= MINIMAL_CALL:
        return _low_level(lowering, node, values)
    return builder.emit("yul", values, name, types.UINT256, node.span)


def _arithmetic(
    lowering: Lowering, operator: str, left: Instruction, right: Instruction, span: tree.Span
) -> Instruction:
    kind = types.BOOL if operator in _COMPARISONS else types.UINT256
    if left.is_constant and right.is_constant and operator != "/":
        folded = fold(operator, left.data, right.data)
        if type(folded) is int:
            return lowering.builder.constant(folded & (1 << 256) - 1, kind, span)
    return lowering.builder.emit("binary", [left, right], operator, kind, span, checked=False)


def _low_level(lowering: Lowering, node: tree.YulCall, values: list[Instruction]) -> Instruction:
    name = node.function
    sent = values[2] if name in {"call", "callcode"} and len(values) == _CALLS[name] else None
    if sent is not None and sent.is_constant and sent.data == 0:
        sent = None
    what = Call(name, name, values[1], sent, values[0], tuple(values[2:]))
    return lowering.builder.emit("call", values[1:], what, types.BOOL, node.span)


def _place(slot: Instruction) -> Storage:
    if slot.operation == "slot":
        place: Storage = slot.data
        return Storage(place.root, place.path, place.type, place.key)
    return Storage(slot, (), types.UINT256, ("slot", slot.key))


def _sload(lowering: Lowering, node: tree.YulCall, values: list[Instruction]) -> Instruction:
    return lowering.load(_place(values[0]), node.span) if values else _other(lowering, node, values)


def _sstore(lowering: Lowering, node: tree.YulCall, values: list[Instruction]) -> Instruction:
    if len(values) < 2:
        return _other(lowering, node, values)
    return lowering.store(_place(values[0]), values[1], node.span)


def _other(lowering: Lowering, node: tree.YulCall, values: list[Instruction]) -> Instruction:
    return lowering.builder.emit("yul", values, node.function, types.UINT256, node.span)


def _stop(lowering: Lowering, node: tree.YulCall, values: list[Instruction]) -> Instruction:
    made = _other(lowering, node, values)
    kind = "revert" if node.function in {"revert", "invalid"} else "return"
    lowering.builder.end(kind, node.span, values)
    return made


def _selfdestruct(lowering: Lowering, node: tree.YulCall, values: list[Instruction]) -> Instruction:
    what = Call("selfdestruct", "selfdestruct", values[0] if values else None, None, None, ())
    made = lowering.builder.emit("call", values, what, types.NOTHING, node.span)
    lowering.builder.end("destroyed", node.span)
    return made


def _create(lowering: Lowering, node: tree.YulCall, values: list[Instruction]) -> Instruction:
    sent = values[0] if values else None
    if sent is not None and sent.is_constant and sent.data == 0:
        sent = None
    salt = values[3] if node.function == "create2" and len(values) > 3 else None
    what = Call("create", node.function, None, sent, None, tuple(values[1:]), salt=salt)
    return lowering.builder.emit("call", values, what, types.ADDRESS, node.span)


def _balance(lowering: Lowering, node: tree.YulCall, values: list[Instruction]) -> Instruction:
    if node.function == "selfbalance":
        values = [lowering.builder.emit("environment", (), "this", types.ADDRESS, node.span)]
    if not values:
        return _other(lowering, node, values)
    return lowering.builder.emit("member", values[:1], "balance", types.UINT256, node.span)


def _keccak(lowering: Lowering, node: tree.YulCall, values: list[Instruction]) -> Instruction:
    """The hash of a place in memory, with what was put there just before as further arguments."""
    block = lowering.builder.block
    written = [] if block is None or not values else _written_at(block, _memory_base(values[0]))
    return lowering.builder.emit("hash", [*values, *written], "keccak256", types.BYTES32, node.span)


def _written_at(block: Block, base: Instruction) -> list[Instruction]:
    """The last value written to each place that a pointer, or the pointer and a constant, points to."""
    last: dict[int, Instruction] = {}
    for one in block.instructions:
        if one.operation == "yul" and one.data in {"mstore", "mstore8"} and len(one.arguments) == 2:
            pointer, value = one.arguments
            at = _memory_base(pointer)
            if at.key == base.key or (at.is_constant and base.is_constant):
                last[pointer.key] = value
    return list(last.values())


def _memory_base(pointer: Instruction) -> Instruction:
    while pointer.operation == "binary" and pointer.data == "+":
        moved = [argument for argument in pointer.arguments if not argument.is_constant]
        if len(moved) != 1:
            return pointer
        pointer = moved[0]
    return pointer


def _blockhash(lowering: Lowering, node: tree.YulCall, values: list[Instruction]) -> Instruction:
    return lowering.builder.emit("environment", values, "blockhash", types.BYTES32, node.span)


def _run(lowering: Lowering, function: tree.YulFunction, values: list[Instruction], site: tree.Span) -> Instruction:
    """Inline a Yul function; one that recurses is left as it is."""
    builder, scope = lowering.builder, lowering.scope
    if id(function) in lowering.running:
        return builder.emit("yul", values, function.name, types.UINT256, site)
    lowering.running.append(id(function))
    environment = builder.environment
    builder.environment = {}
    lowering.scope = lowering.in_scope(names=[{}], layer=Layer([]), loop=None)
    for name, value in zip(function.parameters, values, strict=False):
        lowering.write(_named(lowering, name), value)
    results = [_named(lowering, name) for name in function.returns]
    for variable in results:
        lowering.write(variable, builder.constant(0, types.UINT256, site))
    yul_block(lowering, function.body)
    layer = lowering.scope.layer
    builder.join((layer.ways if layer else []) + builder.way())
    given: list[Instruction] = []
    if builder.block is not None:
        given = [lowering.read(variable, site) for variable in results]
    lowering.running.pop()
    lowering.scope, builder.environment = scope, environment
    if len(given) == 1:
        return given[0]
    kind = types.TupleType(tuple(value.type for value in given))
    return builder.emit("tuple", given, None, kind, site)


def _named(lowering: Lowering, name: str) -> Any:
    variable = lowering.declare("", types.UINT256)
    variable.name = name
    lowering.scope.names[-1][name] = variable
    return variable


_SPECIAL: dict[str, Callable[[Lowering, tree.YulCall, list[Instruction]], Instruction]] = {
    "sload": _sload,
    "tload": _sload,
    "sstore": _sstore,
    "tstore": _sstore,
    "revert": _stop,
    "invalid": _stop,
    "return": _stop,
    "stop": _stop,
    "selfdestruct": _selfdestruct,
    "create": _create,
    "create2": _create,
    "balance": _balance,
    "selfbalance": _balance,
    "keccak256": _keccak,
    "sha3": _keccak,
    "blockhash": _blockhash,
}
_LOWER: dict[type, Callable[[Lowering, Any], None]] = {
    tree.YulBlock: yul_block,
    tree.YulIf: _if,
    tree.YulSwitch: _switch,
    tree.YulLoop: _loop,
    tree.YulJump: _jump,
    tree.YulAssignment: _assignment,
    tree.YulFunction: _function,
    tree.YulCall: _call_statement,
}
