"""Entries of a contract: the functions run from outside, lowered with all they call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.builder import BodyTooLarge, Builder
from scorpius_lab.security.contracts.ir.inlining import run_body, view_of
from scorpius_lab.security.contracts.ir.instructions import Block, Body, Frame, Instruction, Storage
from scorpius_lab.security.contracts.ir.lowering import Lowering, Scope
from scorpius_lab.security.contracts.ir.program import Contract, Function
from scorpius_lab.security.contracts.ir.types import Type
from scorpius_lab.security.contracts.syntax import tree

PUBLIC = "public"
CONSTRUCTOR = "constructor"
INTERNAL = "internal"


@dataclass(eq=False)
class Entry:
    """A function of a contract, lowered.

    `exposure` is `public` (anyone can call it), `constructor` (run once by the deployer, base constructors and initial
    values included) or `internal`: nothing in the contract calls it, so that what it is given is not known.
    """

    contract: Contract
    function: Function
    body: Body
    exposure: str

    @property
    def public(self) -> bool:
        """Whether anyone can call it."""
        return self.exposure == PUBLIC

    @property
    def constructing(self) -> bool:
        """Whether it runs once, at deployment."""
        return self.exposure == CONSTRUCTOR

    def __repr__(self) -> str:
        return f"{self.contract.name}.{self.function.signature}"


def entries_of(contract: Contract) -> list[Entry]:
    """Entries of a contract, in the order of its functions; of an interface none."""
    if contract.kind == "interface":
        return []
    if contract.heirs:
        return _replaced(contract)
    entries: list[Entry] = []
    reached: set[int] = set()
    constructors = [c for c in contract.linearisation if _constructor(c) is not None or _initial_values(c)]
    if constructors and contract.kind == "contract":
        entries.append(_construction(contract))
    entries += [
        _entry(contract, function, PUBLIC)
        for function in contract.functions
        if function.public and function.implemented and function.kind != "constructor"
    ]
    for entry in entries:
        reached.update(id(frame.function.declaration) for frame in entry.body.frames)
    waiting = [f for f in _internal(contract) if id(f.declaration) not in reached]
    for function in waiting:
        if id(function.declaration) not in reached:
            entry = _entry(contract, function, INTERNAL)
            entries.append(entry)
            reached.update(id(frame.function.declaration) for frame in entry.body.frames)
    return entries


def _replaced(contract: Contract) -> list[Entry]:
    """Functions of a contract that none of its heirs runs."""
    shown = {
        id(frame.function.declaration)
        for heir in contract.heirs
        for entry in heir.entries
        for frame in entry.body.frames
    }
    return [
        _entry(contract, function, PUBLIC)
        for function in contract.own_functions
        if function.kind == "function"
        and function.public
        and function.implemented
        and id(function.declaration) not in shown
    ]


def _internal(contract: Contract) -> list[Function]:
    """Internal functions, those that call others of them first, so that a helper is seen from its caller."""
    found = [f for f in contract.functions if not f.public and f.implemented and f.kind == "function"]
    called: set[str] = set()
    for function in found:
        called |= _called_names(function)
    return sorted(found, key=lambda f: f.declaration.name in called)


def _called_names(function: Function) -> set[str]:
    own = function.declaration.name
    names: set[str] = set()
    waiting: list[Any] = [function.declaration.body]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list | tuple) and not isinstance(item, tree.Span):
            waiting.extend(item)
        elif isinstance(item, tree.Call):
            if (isinstance(item.callee, tree.Identifier) and item.callee.name != own) or (
                isinstance(item.callee, tree.Member) and item.callee.name != own
            ):
                names.add(item.callee.name)
            waiting += [item.callee, item.arguments]
        elif hasattr(item, "__dataclass_fields__"):
            waiting.extend(getattr(item, name) for name in item.__dataclass_fields__ if name != "span")
    return names


def _entry(contract: Contract, function: Function, exposure: str) -> Entry:
    contract.program.check()
    lowering, entry_block = _begin(contract, function)
    parameters = _parameters(lowering, function)
    lowering.running.append(id(function.declaration))
    truncated = ""
    try:
        view = view_of(Scope(contract, contract, contract.unit, [], checked=True), function)
        results = run_body(lowering, function, parameters, view)
        builder = lowering.builder
        if builder.block is not None:
            span = builder.block.span or function.declaration.span
            builder.end("return", span, [lowering.read(variable, span) for variable in results])
    except BodyTooLarge:
        truncated = "the function is too large to be looked at whole"
    return Entry(contract, function, _body(lowering, function, entry_block, parameters, truncated), exposure)


def _begin(contract: Contract, function: Function) -> tuple[Lowering, Block]:
    frame = Frame(function, None, None, 0)
    builder = Builder(frame, contract.program.check, frames=[frame])
    block = builder.start()
    scope = Scope(contract, function.contract, function.unit, [{}], checked=function.unit.version >= (0, 8, 0))
    return Lowering(builder, scope), block


def _parameters(lowering: Lowering, function: Function) -> list[Instruction]:
    values = []
    for position, (declared, kind) in enumerate(zip(function.declaration.parameters, function.parameters, strict=True)):
        name = declared.name or f"argument {position + 1}"
        value = lowering.builder.emit("parameter", (), name, kind, declared.span)
        if declared.location == "storage" or isinstance(kind, types.MappingType):
            value = lowering.reference(Storage(value, (), kind, ("parameter", value.key)), declared.span)
        values.append(value)
    return values


def _constructor(contract: Contract) -> Function | None:
    return next((f for f in contract.own_functions if f.kind == "constructor" and f.implemented), None)


def _initial_values(contract: Contract) -> bool:
    return any(v.declaration.value is not None and not v.constant for v in contract.own_variables)


def _construction(contract: Contract) -> Entry:
    """Initial values and constructors, most base-like contract first."""
    function = _constructor(contract) or next(
        (found for c in contract.linearisation if (found := _constructor(c)) is not None), None
    )
    function = function or _implicit(contract)
    lowering, block = _begin(contract, function)
    parameters = _parameters(lowering, function)
    truncated = ""
    try:
        for one in reversed(contract.linearisation):
            _initialise(lowering, one)
            constructor = _constructor(one)
            if constructor is not None:
                values = parameters if constructor is function else _given(lowering, contract, one, constructor)
                _construct(lowering, contract, constructor, values)
        if lowering.builder.block is not None:
            lowering.builder.end("return", function.declaration.span)
    except BodyTooLarge:
        truncated = "the constructor is too large to be looked at whole"
    return Entry(contract, function, _body(lowering, function, block, parameters, truncated), CONSTRUCTOR)


def _implicit(contract: Contract) -> Function:
    span = contract.declaration.header
    declared = tree.FunctionDeclaration(
        span, "constructor", "", [], [], "public", "", False, False, [], tree.Block(span, []), span
    )
    return Function(declared, contract, contract.unit, "constructor", "public")


def _initialise(lowering: Lowering, contract: Contract) -> None:
    from scorpius_lab.security.contracts.ir.lower_expressions import expression

    lowering.scope = Scope(
        lowering.scope.view, contract, contract.unit, [{}], checked=contract.unit.version >= (0, 8, 0)
    )
    for variable in contract.own_variables:
        value = variable.declaration.value
        if value is not None and not variable.constant and lowering.builder.block is not None:
            given = expression(lowering, value)
            lowering.store(lowering.storage_of(variable), given, variable.declaration.span)


def _given(lowering: Lowering, contract: Contract, base: Contract, constructor: Function) -> list[Instruction]:
    """Arguments of a base's constructor: `is Base(1)`, or `constructor() Base(1)`; unknown ones are parameters."""
    from scorpius_lab.security.contracts.ir.lower_expressions import expression

    for one in contract.linearisation:
        own = _constructor(one)
        for invocation in [*one.declaration.bases, *(own.declaration.invocations if own else ())]:
            if invocation.path[-1] == base.name and invocation.arguments:
                names = {p.name: p for p in own.declaration.parameters} if own else {}
                lowering.scope = Scope(contract, one, one.unit, [{}], checked=True)
                for name, declared in names.items():
                    variable = lowering.declare(name, lowering.resolve(declared.type))
                    lowering.write(variable, lowering.builder.emit("parameter", (), name, variable.type, declared.span))
                return [expression(lowering, argument) for argument in invocation.arguments]
    return _parameters(lowering, constructor)


def _construct(lowering: Lowering, contract: Contract, constructor: Function, values: list[Instruction]) -> None:
    builder = lowering.builder
    if builder.block is None:
        return
    frame, environment, scope = builder.frame, builder.environment, lowering.scope
    if constructor is not frame.function:
        lowering.enter(constructor, constructor.declaration.header)
    builder.environment = {}
    run_body(lowering, constructor, values, contract)
    builder.frame, builder.environment, lowering.scope = frame, environment, scope


def _body(lowering: Lowering, function: Function, entry: Block, parameters: list[Instruction], truncated: str) -> Body:
    """What can be reached of the blocks, in an order in which dominators come first."""
    order = _reverse_postorder(entry)
    reached = set(map(id, order))
    for number, block in enumerate(order):
        block.number = number
        if any(id(p) not in reached for p in block.predecessors):
            _forget(block, reached)
    return Body(function, entry, order, parameters, lowering.builder.frames, lowering.builder.check, truncated)


def _forget(block: Block, reached: set[int]) -> None:
    """Drop ways that cannot be gone, and what phis have for them."""
    kept = [position for position, p in enumerate(block.predecessors) if id(p) in reached]
    for instruction in block.instructions:
        if instruction.operation == "phi" and len(instruction.arguments) == len(block.predecessors):
            instruction.arguments = [instruction.arguments[position] for position in kept]
    block.predecessors = [block.predecessors[position] for position in kept]


def _reverse_postorder(entry: Block) -> list[Block]:
    order: list[Block] = []
    seen = {id(entry)}
    stack: list[tuple[Block, int]] = [(entry, 0)]
    while stack:
        block, position = stack[-1]
        if position < len(block.successors):
            stack[-1] = (block, position + 1)
            following = block.successors[position]
            if id(following) not in seen:
                seen.add(id(following))
                stack.append((following, 0))
        else:
            order.append(block)
            stack.pop()
    return order[::-1]


def parameter_types(entry: Entry) -> tuple[Type, ...]:
    """Types of an entry's parameters."""
    return entry.function.parameters
