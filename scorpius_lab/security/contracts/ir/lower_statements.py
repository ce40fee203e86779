"""Statements to instructions, blocks and branches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.assigned import assigned_names
from scorpius_lab.security.contracts.ir.builder import Variable, Way
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.lower_expressions import assign, condition, expression, extract
from scorpius_lab.security.contracts.ir.lower_yul import yul_block
from scorpius_lab.security.contracts.ir.lowering import Loop, Lowering
from scorpius_lab.security.contracts.ir.types import UNKNOWN, Type
from scorpius_lab.security.contracts.syntax import tree

STORAGE_BY_DEFAULT = (0, 5, 0)  # before, a local struct or array without a location lies in storage


def statement(lowering: Lowering, node: tree.Statement) -> None:
    """Lower one statement; nothing after a return is lowered."""
    if lowering.builder.block is not None:
        _LOWER[type(node)](lowering, node)


def _block(lowering: Lowering, node: tree.Block) -> None:
    scope = lowering.scope
    scope.names.append({})
    checked = scope.checked
    if node.unchecked:
        scope.checked = False
    for inner in node.statements:
        statement(lowering, inner)
    scope.checked = checked
    scope.names.pop()


def _if(lowering: Lowering, node: tree.If) -> None:
    builder = lowering.builder
    holds, fails = condition(lowering, node.condition)
    builder.join(holds)
    statement(lowering, node.then)
    ends = builder.way()
    builder.join(fails)
    if node.otherwise is not None:
        statement(lowering, node.otherwise)
    builder.join(ends + builder.way())


def _loop(lowering: Lowering, node: tree.Loop) -> None:
    lowering.scope.names.append({})
    if node.initial is not None:
        statement(lowering, node.initial)
    names = assigned_names(node)
    changed = [variable for name in names if (variable := lowering.local(name)) is not None]
    test, update = node.condition, node.update
    run_loop(
        lowering,
        changed,
        test=None if test is None else lambda: condition(lowering, test),
        body=lambda: statement(lowering, node.body),
        update=None if update is None else lambda: expression(lowering, update),
        test_last=node.test_last,
    )
    lowering.scope.names.pop()


def run_loop(
    lowering: Lowering,
    changed: list[Variable],
    *,
    test: Callable[[], tuple[list[Way], list[Way]]] | None,
    body: Callable[[], None],
    update: Callable[[], Any] | None,
    test_last: bool = False,
) -> None:
    """Lower a loop; `changed` are the variables assigned in it, which get a phi at its head."""
    builder = lowering.builder
    if builder.block is None:
        return
    for variable in changed:
        lowering.read(variable, tree.NOWHERE)
    before, outer = builder.block, builder.loops
    header = builder.start([before])
    header.loops = builder.loops = (*outer, header)
    phis: dict[Variable, Instruction] = {}
    for variable in changed:
        value = builder.environment[variable]
        phis[variable] = builder.emit("phi", [value], None, variable.type, value.span)
        builder.environment[variable] = phis[variable]
    loop, around = Loop(), lowering.scope.loop
    lowering.scope.loop = loop
    leaving: list[Way] = []
    if test is not None and not test_last:
        holds, leaving = test()
        builder.join(holds)
    if builder.block is not None:
        body()
    builder.join(builder.way() + loop.rounds)
    if builder.block is not None:
        if update is not None:
            update()
        if test is not None and test_last:
            holds, leaving = test()
            builder.join(holds)
    _close(lowering, header, phis)
    lowering.scope.loop = around
    builder.loops = outer
    for block, _ in loop.breaks + leaving:
        block.loops = outer if not block.instructions else block.loops
    builder.join(loop.breaks + leaving)
    if builder.block is not None and builder.block.loops != outer:
        _continue_outside(lowering)


def _continue_outside(lowering: Lowering) -> None:
    """A block that ends a loop by `break` belongs to the loop; what follows does not."""
    builder = lowering.builder
    if builder.block is not None:
        builder.start([builder.block])


def _close(lowering: Lowering, header: Any, phis: dict[Variable, Instruction]) -> None:
    """Lead the current way back to the head of the loop."""
    builder = lowering.builder
    if builder.block is None:
        return
    builder.block.successors.append(header)
    header.predecessors.append(builder.block)
    for variable, phi in phis.items():
        value = builder.environment.get(variable, phi)
        phi.arguments.append(value)
        value.users.append(phi)
    builder.block = None


def _return(lowering: Lowering, node: tree.Return) -> None:
    layer = lowering.scope.layer
    if layer is None:
        lowering.builder.end("return", node.span)
        return
    if node.value is not None:
        value = expression(lowering, node.value)
        if lowering.builder.block is None:
            return
        give_back(lowering, layer.results, value, node.span)
    lowering.builder.block.span = node.span  # type: ignore[union-attr]
    layer.ways += lowering.builder.way()
    lowering.builder.block = None


def give_back(lowering: Lowering, results: list[Variable], value: Instruction, span: tree.Span) -> None:
    """Assign what a return gives to the return variables."""
    if len(results) == 1:
        lowering.assign_declared(results[0], value, span)
        return
    for position, variable in enumerate(results):
        lowering.assign_declared(variable, extract(lowering, value, position, variable.type, span), span)


def _jump(lowering: Lowering, node: tree.Jump) -> None:
    scope, builder = lowering.scope, lowering.builder
    if node.kind == "placeholder":
        if scope.placeholder is not None:
            scope.placeholder()
        return
    if scope.loop is not None:
        target = scope.loop.breaks if node.kind == "break" else scope.loop.rounds
        target += builder.way()
    builder.block = None


def _revert(lowering: Lowering, node: tree.Revert) -> None:
    for argument in node.arguments:
        expression(lowering, argument)
    lowering.builder.end("revert", node.span)


def _emit(lowering: Lowering, node: tree.Emit) -> None:
    values = [expression(lowering, argument) for argument in node.arguments]
    name = node.event.name if isinstance(node.event, tree.Identifier | tree.Member) else ""
    lowering.builder.emit("emit", values, name, UNKNOWN, node.span)


def _expression(lowering: Lowering, node: tree.ExpressionStatement) -> None:
    expression(lowering, node.expression)


def _declaration(lowering: Lowering, node: tree.Declaration) -> None:
    value = None if node.value is None else expression(lowering, node.value)
    for position, declared in enumerate(node.variables):
        if declared is None:
            continue
        kind = lowering.resolve(declared.type)
        given = value
        if value is not None and node.is_tuple:
            given = extract(lowering, value, position, UNKNOWN if _is_var(declared) else kind, declared.span)
        if _is_var(declared):
            kind = _deduced(given)
        variable = lowering.declare(declared.name, kind, _location(lowering, declared, kind))
        if given is None:
            lowering.write(variable, lowering.default(variable, declared.span))
        else:
            lowering.assign_declared(variable, assign.converted(lowering, given, kind, node.span), declared.span)


def _is_var(declared: tree.Parameter) -> bool:
    return isinstance(declared.type, tree.ElementaryName) and declared.type.name == "var"


def _deduced(value: Instruction | None) -> Type:
    """The type of `var x = value`: for a literal the smallest that holds it."""
    if value is None:
        return types.UINT256
    if value.is_constant and type(value.data) is int and not types.is_integer(value.type):
        sign = "int" if value.data < 0 else "uint"
        needed = (value.data if value.data >= 0 else -value.data * 2 - 1).bit_length()
        return types.Elementary(f"{sign}{max(8, (needed + 7) // 8 * 8)}")
    return value.type


def _location(lowering: Lowering, declared: tree.Parameter, kind: Type) -> str:
    if declared.location or not types.is_reference(kind):
        return declared.location
    return "storage" if lowering.scope.unit.version < STORAGE_BY_DEFAULT and kind != types.STRING else "memory"


def _try(lowering: Lowering, node: tree.Try) -> None:
    builder = lowering.builder
    call = expression(lowering, node.call)
    if call.call is not None:
        call.call.tried = True
    succeeded = builder.emit("succeeded", [call], None, types.BOOL, node.call.span)
    holds, fails = builder.branch(succeeded, node.call.span)
    builder.take(holds)
    lowering.scope.names.append({})
    results = [(lowering.declare(p.name, lowering.resolve(p.type), p.location), p) for p in node.returns]
    for position, (variable, declared) in enumerate(results):
        value = call if len(results) == 1 else extract(lowering, call, position, variable.type, declared.span)
        lowering.write(variable, value)
    statement(lowering, node.body)
    lowering.scope.names.pop()
    ends = builder.way()
    last = fails
    for position, clause in enumerate(node.catches):
        if position + 1 < len(node.catches):
            builder.take(last)
            which = builder.emit("yul", [call], "error", types.BOOL, clause.span)
            here, last = builder.branch(which, clause.span)
            builder.take(here)
        else:
            builder.take(last)
        lowering.scope.names.append({})
        for p in clause.parameters:
            variable = lowering.declare(p.name, lowering.resolve(p.type), p.location)
            lowering.write(variable, builder.emit("yul", [call], "returndata", variable.type, p.span))
        statement(lowering, clause.body)
        lowering.scope.names.pop()
        ends += builder.way()
    builder.join(ends)


def _assembly(lowering: Lowering, node: tree.Assembly) -> None:
    yul_block(lowering, node.body)


_LOWER: dict[type, Callable[[Lowering, Any], None]] = {
    tree.Block: _block,
    tree.If: _if,
    tree.Loop: _loop,
    tree.Return: _return,
    tree.Jump: _jump,
    tree.Revert: _revert,
    tree.Emit: _emit,
    tree.ExpressionStatement: _expression,
    tree.Declaration: _declaration,
    tree.Try: _try,
    tree.Assembly: _assembly,
}
