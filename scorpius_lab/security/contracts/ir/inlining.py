"""Running a function of the same contract inside of its caller, modifiers around it."""

from __future__ import annotations

from collections.abc import Callable

from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.builder import Variable
from scorpius_lab.security.contracts.ir.instructions import Call, Instruction
from scorpius_lab.security.contracts.ir.lowering import DEEPEST_CALL, LARGEST_INLINED, Layer, Lowering, Scope
from scorpius_lab.security.contracts.ir.program import Contract, Function
from scorpius_lab.security.contracts.ir.types import Type
from scorpius_lab.security.contracts.syntax import tree


def choose(candidates: list[Function], values: list[Instruction], names: list[str] | None) -> Function | None:
    """The overload that fits the arguments best; the most derived of equals, one with a body before one without."""
    fitting = [f for f in candidates if len(f.parameters) == len(values)]
    if names is not None:
        wanted = set(names)
        fitting = [f for f in fitting if {p.name for p in f.declaration.parameters} == wanted]
    if len(fitting) > 1:
        scores = [_score(function, values) for function in fitting]
        best = max(scores)
        fitting = [f for f, score in zip(fitting, scores, strict=True) if score == best]
        fitting.sort(key=lambda f: not f.implemented)
    return fitting[0] if fitting else None


def _score(function: Function, values: list[Instruction]) -> int:
    return sum(_fit(wanted, value) for wanted, value in zip(function.parameters, values, strict=True))


def _fit(wanted: Type, value: Instruction) -> int:
    given = value.type
    if types.text(wanted) == types.text(given):
        return 3
    if types.is_integer(wanted):
        if value.is_constant and isinstance(value.data, int) and not isinstance(value.data, bool):
            return 2
        return 1 if types.integer_bits(given) and types.integer_bits(wanted) > types.integer_bits(given) else -1
    if isinstance(wanted, types.ContractType) and isinstance(given, types.ContractType):
        return 2 if wanted.contract in given.contract.linearisation else -1
    if wanted == types.ADDRESS and isinstance(given, types.ContractType):
        return 1
    return 0 if isinstance(given, types.UnknownType) else -1


def run(lowering: Lowering, function: Function, values: list[Instruction], site: tree.Span) -> Instruction:
    """Lower a call within the contract by lowering what it calls."""
    builder = lowering.builder
    identity = id(function.declaration)
    if (
        not function.implemented
        or identity in lowering.running
        or builder.frame.depth >= DEEPEST_CALL
        or builder.count > LARGEST_INLINED
    ):
        return _opaque(lowering, function, values, site)
    scope, frame, environment = lowering.scope, builder.frame, builder.environment
    lowering.enter(function, site)
    lowering.running.append(identity)
    builder.environment = {}
    results = run_body(lowering, function, values, view_of(scope, function))
    kind = types.TupleType(function.returns)
    given: Instruction | None = None
    if builder.block is not None:
        given = _result(lowering, results, site)
    lowering.running.pop()
    lowering.scope, builder.frame, builder.environment = scope, frame, environment
    return given if given is not None else builder.constant(None, kind, site)


def view_of(scope: Scope, function: Function) -> Contract | None:
    """The contract whose overrides count in a function: the library itself for one of a library."""
    owner = function.contract
    if owner is None or scope.view is None or owner not in scope.view.linearisation:
        return owner
    return scope.view


def _result(lowering: Lowering, results: list[Variable], site: tree.Span) -> Instruction:
    values = [lowering.read(variable, site) for variable in results]
    if len(values) == 1:
        return values[0]
    kind = types.TupleType(tuple(value.type for value in values))
    return lowering.builder.emit("tuple", values, None, kind, site)


def _opaque(lowering: Lowering, function: Function, values: list[Instruction], site: tree.Span) -> Instruction:
    kind = function.returns[0] if len(function.returns) == 1 else types.TupleType(function.returns)
    what = Call("internal", function.name, None, None, None, tuple(values), function)
    return lowering.builder.emit("call", values, what, kind, site)


def run_body(
    lowering: Lowering, function: Function, values: list[Instruction], view: Contract | None
) -> list[Variable]:
    """Lower a function with its modifiers; the current way is then the one after it returned."""
    declared = function.declaration
    lowering.scope = Scope(
        view,
        function.contract,
        function.unit,
        [{}],
        checked=function.unit.version >= (0, 8, 0),
    )
    bind(lowering, function, values)
    results = [
        lowering.declare(parameter.name, kind, _location(parameter, kind, function))
        for parameter, kind in zip(declared.returns, function.returns, strict=True)
    ]
    for variable in results:
        lowering.write(variable, lowering.default(variable, declared.span))
    _layers(lowering, function, results, 0)
    return results


def bind(lowering: Lowering, function: Function, values: list[Instruction]) -> None:
    """Give the parameters their values."""
    from scorpius_lab.security.contracts.ir.assign import converted

    declared = function.declaration.parameters
    for parameter, kind, value in zip(declared, function.parameters, values, strict=False):
        location = _location(parameter, kind, function)
        variable = lowering.declare(parameter.name, kind, location)
        lowering.assign_declared(variable, converted(lowering, value, kind, parameter.span), parameter.span)


def _location(parameter: tree.Parameter, kind: Type, function: Function) -> str:
    if parameter.location:
        return parameter.location
    if isinstance(kind, types.MappingType):
        return "storage"
    old_internal = function.unit.version < (0, 5, 0) and not function.public
    return "storage" if old_internal and isinstance(kind, types.StructType | types.ArrayType) else ""


def _layers(lowering: Lowering, function: Function, results: list[Variable], position: int) -> None:
    """The modifier at a position around the rest; the body at the end."""
    from scorpius_lab.security.contracts.ir.lower_statements import statement

    invocations = function.declaration.invocations
    if position == len(invocations):
        if function.declaration.body is not None:
            layer = Layer(results)
            lowering.scope.layer = layer
            statement(lowering, function.declaration.body)
            builder = lowering.builder
            builder.join(layer.ways + builder.way())
        return
    modifier = _modifier(lowering, function, invocations[position])
    if modifier is None or modifier.declaration.body is None:
        if function.kind != "constructor":  # where it may be a base that is given its arguments
            _missing(lowering, modifier, invocations[position])
        _layers(lowering, function, results, position + 1)
        return
    _around(lowering, modifier, invocations[position], lambda: _layers(lowering, function, results, position + 1))


def _missing(lowering: Lowering, modifier: Function | None, invocation: tree.Invocation) -> None:
    """A modifier that is declared in a file that is not there, or left to heirs: what it does is not known."""
    from scorpius_lab.security.contracts.ir.lower_expressions import expression

    values = [expression(lowering, argument) for argument in invocation.arguments or ()]
    what = Call("internal", invocation.path[-1], None, None, None, tuple(values), modifier)
    lowering.builder.emit("call", values, what, types.NOTHING, invocation.span)


def _modifier(lowering: Lowering, function: Function, invocation: tree.Invocation) -> Function | None:
    view = lowering.scope.view or function.contract
    if view is None:
        return None
    name = invocation.path[-1]
    found = [f for f in view.dispatch.get(name, ()) if f.kind == "modifier"]
    if len(invocation.path) > 1:
        found = [f for f in found if f.contract is not None and f.contract.name == invocation.path[0]] or found
    return found[0] if found else None


def _around(lowering: Lowering, modifier: Function, invocation: tree.Invocation, body: Callable[[], None]) -> None:
    """Lower a modifier; `body` is lowered where it says `_`, with the scope and frame of the function."""
    from scorpius_lab.security.contracts.ir.lower_expressions import expression
    from scorpius_lab.security.contracts.ir.lower_statements import statement

    builder = lowering.builder
    values = [expression(lowering, argument) for argument in invocation.arguments or ()]
    scope, frame = lowering.scope, builder.frame
    within = lowering.enter(modifier, invocation.span)
    loops_around = builder.loops

    def placeholder() -> None:
        mine, loops = lowering.scope, builder.loops
        lowering.scope, builder.frame = scope, frame
        body()
        lowering.scope, builder.frame, builder.loops = mine, within, loops

    lowering.scope = Scope(
        scope.view,
        modifier.contract,
        modifier.unit,
        [{}],
        checked=modifier.unit.version >= (0, 8, 0),
        placeholder=placeholder,
    )
    bind(lowering, modifier, values)
    layer = Layer([])
    lowering.scope.layer = layer
    if modifier.declaration.body is not None:
        statement(lowering, modifier.declaration.body)
    builder.join(layer.ways + builder.way())
    lowering.scope, builder.frame, builder.loops = scope, frame, loops_around
