"""Calls: what is called, and what happens then."""

from __future__ import annotations

from collections.abc import Callable

from scorpius_lab.security.contracts.ir import builtins, types
from scorpius_lab.security.contracts.ir.attached import attached
from scorpius_lab.security.contracts.ir.inlining import choose, run
from scorpius_lab.security.contracts.ir.instructions import LOW_LEVEL, Call, Instruction
from scorpius_lab.security.contracts.ir.lowering import Lowering
from scorpius_lab.security.contracts.ir.members import function_of, getter, member
from scorpius_lab.security.contracts.ir.program import Contract, Function, Unit
from scorpius_lab.security.contracts.ir.types import UNKNOWN, Type
from scorpius_lab.security.contracts.syntax import tree

_CHECKED = {"add": "+", "sub": "-", "mul": "*", "div": "/", "mod": "%"}
_SEVERAL = 2


def call(lowering: Lowering, node: tree.Call) -> Instruction:
    """The value of a call."""
    callee = node.callee
    while isinstance(callee, tree.Tuple) and len(callee.items) == 1 and callee.items[0] is not None:
        callee = callee.items[0]
    match callee:
        case tree.New():
            return _create(lowering, node, callee)
        case tree.TypeExpression():
            return _convert(lowering, node, lowering.resolve(callee.type))
        case tree.Identifier(name=name):
            return _by_name(lowering, node, name)
        case tree.Member():
            return _by_member(lowering, node, callee)
        case _:
            return _dynamic(lowering, node, _expression(lowering, callee))


def _expression(lowering: Lowering, node: tree.Expression) -> Instruction:
    from scorpius_lab.security.contracts.ir.lower_expressions import expression

    return expression(lowering, node)


def _values(lowering: Lowering, node: tree.Call) -> list[Instruction]:
    return [_expression(lowering, argument) for argument in node.arguments]


# By a plain name ------------------------------------------------------------------------------------------------------


def _by_name(lowering: Lowering, node: tree.Call, name: str) -> Instruction:
    if lowering.local(name) is not None or lowering.state_variable(name) is not None:
        return _dynamic(lowering, node, _expression(lowering, node.callee))
    candidates = lowering.functions(name)
    if candidates:
        values = _values(lowering, node)
        function = choose(candidates, values, node.names)
        if function is not None:
            return run(lowering, function, _ordered(values, node, function), node.span)
    found = lowering.named((name,))
    if isinstance(found, Contract):
        return _convert(lowering, node, types.ContractType(found))
    if found is not None and not isinstance(found, Unit | list):
        return _construct(lowering, node, found)  # type: ignore[arg-type]
    special = builtins.STATEMENTS.get(name)
    if special is not None:
        return special(lowering, node)
    values = _values(lowering, node)
    made = builtins.value(lowering, name, values, node.span)
    if made is not None:
        return made
    if _is_event(lowering, name):
        return lowering.builder.emit("emit", values, name, UNKNOWN, node.span)
    if len(values) == 1 and name[:1].isupper():
        # a contract of an import that is not there: `Token(address)`
        return lowering.builder.emit("convert", values, None, types.UnknownType(name), node.span)
    what = Call("internal", name, None, None, None, tuple(values))
    return lowering.builder.emit("call", values, what, UNKNOWN, node.span)


def _ordered(values: list[Instruction], node: tree.Call, function: Function) -> list[Instruction]:
    """Arguments in the order of the parameters, where they are given by name."""
    if node.names is None:
        return values
    given = dict(zip(node.names, values, strict=False))
    names = [parameter.name for parameter in function.declaration.parameters]
    return [given[name] for name in names if name in given]


def _is_event(lowering: Lowering, name: str) -> bool:
    owner = lowering.scope.view or lowering.scope.owner
    return owner is not None and any(e.name == name for c in owner.linearisation for e in c.declaration.events)


def _construct(lowering: Lowering, node: tree.Call, kind: Type) -> Instruction:
    if not isinstance(kind, types.StructType):
        return _convert(lowering, node, kind)
    values = _values(lowering, node)
    if node.names is not None:
        given = dict(zip(node.names, values, strict=False))
        values = [given[name] for name in kind.members if name in given]
    return lowering.builder.emit("tuple", values, None, kind, node.span)


def _convert(lowering: Lowering, node: tree.Call, kind: Type) -> Instruction:
    values = _values(lowering, node)
    builder = lowering.builder
    if not values:
        return builder.constant(0, kind, node.span)
    return convert(lowering, values[0], kind, node.span)


def convert(lowering: Lowering, value: Instruction, kind: Type, span: tree.Span) -> Instruction:
    """A value as another type; what changes nothing leaves no trace."""
    builder = lowering.builder
    if value.is_constant and type(value.data) is int:
        data = value.data
        if types.is_integer(kind):
            low, high = types.integer_range(kind)
            if not low <= data <= high:
                data &= high - low
                data = data - (high - low) - 1 if data > high else data
        return builder.constant(data, kind, span)
    if kind == value.type or (kind == types.ADDRESS and types.is_address(value.type)):
        return value
    return builder.emit("convert", [value], None, kind, span)


# By a member ----------------------------------------------------------------------------------------------------------


def _by_member(lowering: Lowering, node: tree.Call, callee: tree.Member) -> Instruction:
    inner = callee.object
    if isinstance(inner, tree.Identifier) and lowering.local(inner.name) is None:
        if inner.name == "super":
            return _super(lowering, node, callee.name)
        if inner.name in builtins.NAMESPACES and lowering.state_variable(inner.name) is None:
            return builtins.namespaced(lowering, f"{inner.name}.{callee.name}", node)
    whole = _expression(lowering, inner)
    if isinstance(whole.type, types.TypeType):
        return _static(lowering, node, whole.type.type, callee)
    if isinstance(whole.data, Unit):
        return _of_unit(lowering, node, whole.data, callee.name)
    if whole.operation == "unknown" and str(whole.data)[:1].isupper():
        # a library of an import that is not there
        values = _values(lowering, node)
        what = Call("internal", callee.name, None, None, None, tuple(values))
        return lowering.builder.emit("call", values, what, UNKNOWN, node.span)
    return _of_value(lowering, node, whole, callee)


def _super(lowering: Lowering, node: tree.Call, name: str) -> Instruction:
    values = _values(lowering, node)
    view, owner = lowering.scope.view, lowering.scope.owner
    above: list[Contract] = []
    if view is not None and owner is not None:
        line = view.linearisation
        above = line[line.index(owner) + 1 :] if owner in line else owner.ancestors
    candidates = [
        function
        for contract in above
        for function in contract.own_functions
        if function.kind == "function" and function.declaration.name == name and function.implemented
    ]
    function = choose(candidates, values, node.names)
    if function is not None:
        return run(lowering, function, _ordered(values, node, function), node.span)
    what = Call("internal", name, None, None, None, tuple(values))
    return lowering.builder.emit("call", values, what, UNKNOWN, node.span)


def _static(lowering: Lowering, node: tree.Call, kind: Type, callee: tree.Member) -> Instruction:
    """`Library.f()`, `Base.f()`, `Contract.Struct()`, `Type.wrap()`."""
    if isinstance(kind, types.ContractType):
        contract = kind.contract
        candidates = [f for f in contract.dispatch.get(callee.name, ()) if f.kind == "function"]
        if candidates:
            values = _values(lowering, node)
            function = choose(candidates, values, node.names)
            if function is not None:
                return run(lowering, function, _ordered(values, node, function), node.span)
        found = contract.place(callee.name)
        if found is not None:
            return _construct(lowering, node, found)  # type: ignore[arg-type]
    if callee.name in {"wrap", "unwrap"}:
        return _convert(lowering, node, kind)
    values = _values(lowering, node)
    if isinstance(kind, types.Elementary) and callee.name == "concat":
        return lowering.builder.emit("encode", values, "abi.encodePacked", kind, node.span)
    what = Call("internal", callee.name, None, None, None, tuple(values))
    return lowering.builder.emit("call", values, what, UNKNOWN, node.span)


def _of_unit(lowering: Lowering, node: tree.Call, unit: Unit, name: str) -> Instruction:
    found = unit.visible.get(name)
    if isinstance(found, list):
        values = _values(lowering, node)
        function = choose(found, values, node.names)
        if function is not None:
            return run(lowering, function, _ordered(values, node, function), node.span)
    if isinstance(found, Contract):
        return _convert(lowering, node, types.ContractType(found))
    if found is not None and not isinstance(found, list | Unit):
        return _construct(lowering, node, found)  # type: ignore[arg-type]
    return _dynamic(lowering, node, lowering.builder.constant(None))


def _of_value(lowering: Lowering, node: tree.Call, whole: Instruction, callee: tree.Member) -> Instruction:
    name = callee.name
    if _is_low_level(whole, name, node):
        return _low_level_or_attached(lowering, node, whole, name)
    place = lowering.place_of(whole)
    if place is not None and name in {"push", "pop"} and not isinstance(place.type, types.StructType):
        return builtins.array_call(lowering, place, name, _values(lowering, node), node.span)
    if isinstance(whole.type, types.ContractType):
        contract = whole.type.contract
        if contract.dispatch.get(name) or getter(contract, name):
            return _external(lowering, node, whole, name)
    values = _values(lowering, node)
    function = attached(lowering, whole, name, values)
    if function is not None:
        return run(lowering, function, [whole, *_ordered(values, node, function)], node.span)
    if name in _CHECKED and len(values) == 1 and not types.is_address(whole.type) and _from_missing(lowering):
        # SafeMath of an import that is not there
        return lowering.builder.emit("binary", [whole, values[0]], _CHECKED[name], whole.type, node.span)
    if isinstance(_member_type(whole, name), types.FunctionType):
        return _dynamic(lowering, node, member(lowering, callee), values)
    if types.is_integer(whole.type) or isinstance(whole.type, types.ArrayType | types.StructType):
        what = Call("internal", name, None, None, None, (whole, *values))
        return lowering.builder.emit("call", [whole, *values], what, UNKNOWN, node.span)
    return _external(lowering, node, whole, name, values)


def _member_type(whole: Instruction, name: str) -> Type:
    return whole.type.members.get(name, UNKNOWN) if isinstance(whole.type, types.StructType) else UNKNOWN


def _from_missing(lowering: Lowering) -> bool:
    """Whether a `using` here names a library that nobody found."""
    view = lowering.scope.owner
    return view is not None and any(
        using.library is not None and unit.lookup(using.library) is None for using, unit in view.usings
    )


def _is_low_level(whole: Instruction, name: str, node: tree.Call) -> bool:
    if name not in LOW_LEVEL:
        return False
    kind = whole.type
    if name in {"send", "transfer"} and len(node.arguments) != 1:
        return False
    if isinstance(kind, types.ContractType):
        return not kind.contract.dispatch.get(name)
    return kind == types.ADDRESS or isinstance(kind, types.UnknownType) or types.is_integer(kind)


def _low_level_or_attached(lowering: Lowering, node: tree.Call, target: Instruction, name: str) -> Instruction:
    """A library's function of that name comes first: an address that is not payable has no `send` of its own."""
    options = {key: _expression(lowering, value) for key, value in node.options}
    values = _values(lowering, node)
    function = None if options else attached(lowering, target, name, values)
    if function is not None:
        return run(lowering, function, [target, *_ordered(values, node, function)], node.span)
    sent = values[0] if name in {"send", "transfer"} else options.get("value")
    gas = options.get("gas")
    what = Call(name, name, target, sent, gas, tuple(values))
    arguments = [target, *_distinct(sent, gas, values)]
    return lowering.builder.emit("call", arguments, what, types.BOOL, node.span)


def _distinct(value: Instruction | None, gas: Instruction | None, values: list[Instruction]) -> list[Instruction]:
    extra = [part for part in (value, gas) if part is not None and part not in values]
    return [*extra, *values]


def _external(
    lowering: Lowering, node: tree.Call, target: Instruction, name: str, given: list[Instruction] | None = None
) -> Instruction:
    options = {key: _expression(lowering, value) for key, value in node.options}
    values = _values(lowering, node) if given is None else given
    function: Function | None = None
    kind: Type = UNKNOWN
    if isinstance(target.type, types.ContractType):
        contract = target.type.contract
        function = function_of(contract, name, len(values))
        if function is not None:
            kind = _given_back(function)
            values = _ordered(values, node, function)
        elif (variable := getter(contract, name)) is not None:
            kind = _getter_type(variable.type)
    sent, gas = options.get("value"), options.get("gas")
    what = Call("external", name, target, sent, gas, tuple(values), function)
    return lowering.builder.emit("call", [target, *_distinct(sent, gas, values)], what, kind, node.span)


def _given_back(function: Function) -> Type:
    if len(function.returns) == 1:
        return function.returns[0]
    return types.TupleType(function.returns)


def _getter_type(kind: Type) -> Type:
    while isinstance(kind, types.MappingType | types.ArrayType):
        kind = kind.value if isinstance(kind, types.MappingType) else kind.base
    if isinstance(kind, types.StructType):
        simple = [k for k in kind.members.values() if not isinstance(k, types.MappingType | types.ArrayType)]
        return simple[0] if len(simple) == 1 else types.TupleType(tuple(simple))
    return kind


def _create(lowering: Lowering, node: tree.Call, callee: tree.New) -> Instruction:
    kind = lowering.resolve(callee.type)
    options = {key: _expression(lowering, value) for key, value in node.options}
    values = _values(lowering, node)
    if isinstance(kind, types.ArrayType) or kind in {types.BYTES, types.STRING}:
        return lowering.builder.emit("allocate", values, None, kind, node.span)
    what = Call("create", types.text(kind), None, options.get("value"), None, tuple(values), salt=options.get("salt"))
    extra = [part for part in options.values() if part not in values]
    return lowering.builder.emit("call", [*extra, *values], what, kind, node.span)


def _dynamic(
    lowering: Lowering, node: tree.Call, target: Instruction, given: list[Instruction] | None = None
) -> Instruction:
    """A call of a function held in a value; a known one is run."""
    values = _values(lowering, node) if given is None else given
    if target.is_constant and isinstance(target.data, Function):
        return run(lowering, target.data, values, node.span)
    kind: Type = UNKNOWN
    external = False
    if isinstance(target.type, types.FunctionType):
        returned = target.type.returns
        kind = returned[0] if len(returned) == 1 else types.TupleType(returned)
        external = target.type.external
    what = Call("external" if external else "dynamic", "", target, None, None, tuple(values))
    return lowering.builder.emit("call", [target, *values], what, kind, node.span)


Special = Callable[[Lowering, tree.Call], Instruction]
