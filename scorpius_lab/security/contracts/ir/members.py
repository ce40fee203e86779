"""Names and members: what `x` and `x.y` mean."""

from __future__ import annotations

from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.lowering import Lowering
from scorpius_lab.security.contracts.ir.program import Contract, Function, StateVariable, Unit
from scorpius_lab.security.contracts.ir.types import UNKNOWN, Type
from scorpius_lab.security.contracts.syntax import tree

ENVIRONMENT: dict[str, Type] = {
    "msg.sender": types.ADDRESS,
    "msg.value": types.UINT256,
    "msg.data": types.BYTES,
    "msg.sig": types.BYTES4,
    "msg.gas": types.UINT256,
    "tx.origin": types.ADDRESS,
    "tx.gasprice": types.UINT256,
    "block.timestamp": types.UINT256,
    "block.number": types.UINT256,
    "block.coinbase": types.ADDRESS,
    "block.difficulty": types.UINT256,
    "block.prevrandao": types.UINT256,
    "block.gaslimit": types.UINT256,
    "block.basefee": types.UINT256,
    "block.blobbasefee": types.UINT256,
    "block.chainid": types.UINT256,
}
_GLOBALS = {"msg", "tx", "block"}
_ADDRESS_MEMBERS: dict[str, Type] = {"balance": types.UINT256, "code": types.BYTES, "codehash": types.BYTES32}
LOCKED = "its own body is being worked out"


def name_value(lowering: Lowering, name: str, span: tree.Span) -> Instruction:
    """The value of a plain name."""
    builder = lowering.builder
    variable = lowering.local(name)
    if variable is not None:
        return lowering.read(variable, span)
    state = lowering.state_variable(name)
    if state is not None:
        return state_value(lowering, state, span)
    if name == "this":
        view = lowering.scope.view
        return builder.emit("environment", (), "this", types.ContractType(view) if view else types.ADDRESS, span)
    if name == "now":
        return builder.emit("environment", (), "block.timestamp", types.UINT256, span)
    functions = lowering.functions(name)
    if functions:
        return builder.emit("constant", (), functions[0], types.FunctionType(external=False), span)
    return _declared(lowering, lowering.named((name,)), name, span)


def _declared(lowering: Lowering, found: object, name: str, span: tree.Span) -> Instruction:
    """A type, contract or file standing in an expression."""
    kind: Type = types.UnknownType(name)
    if isinstance(found, Contract):
        kind = types.TypeType(types.ContractType(found))
    elif isinstance(found, Unit):
        return lowering.builder.emit("constant", (), found, UNKNOWN, span)
    elif found is not None and not isinstance(found, list | StateVariable):
        kind = types.TypeType(found)  # type: ignore[arg-type]
    else:
        return lowering.builder.emit("unknown", (), name, kind, span)
    return lowering.builder.emit("constant", (), None, kind, span)


def state_value(lowering: Lowering, state: StateVariable, span: tree.Span) -> Instruction:
    """The value of a state variable; of a constant what it is declared as."""
    defined = state.constant and state.declaration.value is not None
    if defined and len(lowering.running) < LONGEST_CONSTANT and id(state) not in lowering.running:
        return _constant_value(lowering, state, span)
    return lowering.at(lowering.storage_of(state), span)


LONGEST_CONSTANT = 40  # constants defined by constants


def _constant_value(lowering: Lowering, state: StateVariable, span: tree.Span) -> Instruction:
    from scorpius_lab.security.contracts.ir.lower_expressions import expression

    scope = lowering.scope
    lowering.running.append(id(state))
    lowering.scope = lowering.in_scope(owner=state.contract, unit=state.unit, names=[{}])
    value = expression(lowering, state.declaration.value)  # type: ignore[arg-type]
    lowering.scope = scope
    lowering.running.pop()
    if value.is_constant:
        known = value.type if value.type not in {UNKNOWN, types.STRING} else state.type
        return lowering.builder.constant(value.data, known if types.is_integer(known) else state.type, span)
    return value


def member(lowering: Lowering, node: tree.Member) -> Instruction:
    """The value of `object.name` where it is not called."""
    builder = lowering.builder
    if isinstance(node.object, tree.Identifier):
        prefix = node.object.name
        if prefix in _GLOBALS and lowering.local(prefix) is None:
            kind = ENVIRONMENT.get(f"{prefix}.{node.name}")
            if kind is not None:
                return builder.emit("environment", (), f"{prefix}.{node.name}", kind, node.span)
        if prefix == "super":
            return builder.emit("constant", (), node.name, UNKNOWN, node.span)
    if isinstance(node.object, tree.MetaType):
        return _of_type(lowering, lowering.resolve(node.object.type), node)
    from scorpius_lab.security.contracts.ir.lower_expressions import expression

    whole = expression(lowering, node.object)
    if isinstance(whole.type, types.TypeType):
        return _static(lowering, whole.type.type, node)
    if isinstance(whole.data, Unit):
        found = whole.data.visible.get(node.name)
        if isinstance(found, StateVariable):
            return state_value(lowering, found, node.span)
        return _declared(lowering, found, node.name, node.span)
    return value_member(lowering, whole, node.name, node.span)


def value_member(lowering: Lowering, whole: Instruction, name: str, span: tree.Span) -> Instruction:
    """A member of a value."""
    builder = lowering.builder
    place = lowering.place_of(whole)
    if place is not None:
        return lowering.at(lowering.inside(place, name, member_type(place.type, name)), span)
    if whole.operation == "tuple" and isinstance(whole.type, types.StructType) and name in whole.type.members:
        position = list(whole.type.members).index(name)
        if position < len(whole.arguments):
            return whole.arguments[position]
    current = whole
    while current.operation == "update":
        if current.data == name:
            return current.arguments[1]
        current = current.arguments[0]
    if name in {"selector", "address"} and isinstance(whole.type, types.FunctionType):
        return builder.emit("constant", (), (name, str(whole.data)), types.BYTES4, span)
    return builder.emit("member", [whole], name, member_type(whole.type, name), span)


def _of_type(lowering: Lowering, kind: Type, node: tree.Member) -> Instruction:
    """`type(T).max`, `type(T).interfaceId`."""
    builder = lowering.builder
    if node.name in {"max", "min"} and types.is_integer(kind):
        low, high = types.integer_range(kind)
        return builder.constant(high if node.name == "max" else low, kind, node.span)
    return builder.emit("constant", (), (node.name, types.text(kind)), types.BYTES32, node.span)


def _static(lowering: Lowering, kind: Type, node: tree.Member) -> Instruction:
    """A member of a type: a value of an enum, a constant or function of a contract, a type in it."""
    builder = lowering.builder
    if isinstance(kind, types.EnumType):
        position = kind.values.index(node.name) if node.name in kind.values else 0
        return builder.constant(position, kind, node.span)
    if isinstance(kind, types.ContractType):
        contract = kind.contract
        variable = contract.variables_by_name.get(node.name)
        if variable is not None:
            return state_value(lowering, variable, node.span)
        functions = [f for f in contract.dispatch.get(node.name, ()) if f.kind == "function"]
        if functions:
            return builder.emit("constant", (), functions[0], types.FunctionType(external=True), node.span)
        return _declared(lowering, contract.place(node.name), node.name, node.span)
    return builder.emit("constant", (), (node.name, types.text(kind)), UNKNOWN, node.span)


def member_type(kind: Type, name: str) -> Type:
    """The type of a member."""
    if isinstance(kind, types.StructType):
        return kind.members.get(name, UNKNOWN)
    if name == "length":
        return types.UINT256
    if name in _ADDRESS_MEMBERS and (types.is_address(kind) or isinstance(kind, types.UnknownType)):
        return _ADDRESS_MEMBERS[name]
    return UNKNOWN


def getter(contract: Contract, name: str) -> StateVariable | None:
    """The public state variable a call of this name reads."""
    variable = contract.variables_by_name.get(name)
    return variable if variable is not None and variable.declaration.visibility == "public" else None


def function_of(contract: Contract, name: str, count: int) -> Function | None:
    """A function of another contract by name and number of arguments."""
    candidates = [f for f in contract.dispatch.get(name, ()) if f.kind == "function" and f.public]
    return next((f for f in candidates if len(f.parameters) == count), None)
