"""Functions attached to types by `using … for …`."""

from __future__ import annotations

from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.inlining import choose
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.lowering import Lowering
from scorpius_lab.security.contracts.ir.program import Contract, Function, Unit, resolve_type
from scorpius_lab.security.contracts.ir.types import Type
from scorpius_lab.security.contracts.syntax import tree


def attached(lowering: Lowering, whole: Instruction, name: str, values: list[Instruction]) -> Function | None:
    """The function that `whole.name(values)` means, if a `using` in force here attaches one."""
    owner = lowering.scope.owner
    usings = owner.usings if owner is not None else lowering.scope.unit.usings
    candidates: list[Function] = []
    for using, unit in usings:
        if _applies(using, whole.type, unit, owner):
            candidates += _functions(using, name, unit, owner)
    taking = [f for f in candidates if f.parameters and _accepts(f.parameters[0], whole.type)]
    return choose(taking or candidates, [whole, *values], None)


def _functions(using: tree.Using, name: str, unit: Unit, owner: Contract | None) -> list[Function]:
    if using.library is not None:
        library = unit.lookup_contract(using.library)
        if library is None:
            return []
        return [f for f in library.own_functions if f.kind == "function" and f.declaration.name == name]
    found: list[Function] = []
    for path in using.functions:
        if path[-1] != name:
            continue
        if len(path) > 1:
            holder = unit.lookup_contract(path[:-1])
            found += [f for f in holder.own_functions if f.declaration.name == name] if holder else []
        else:
            free = unit.visible.get(name)
            found += free if isinstance(free, list) else []
            if owner is not None:
                found += [f for f in owner.own_functions if f.declaration.name == name]
    return found


def _applies(using: tree.Using, kind: Type, unit: Unit, owner: Contract | None) -> bool:
    return using.type is None or _accepts(resolve_type(using.type, unit, owner), kind)


def _accepts(wanted: Type, given: Type) -> bool:
    """Whether a value of one type may stand where another is wanted, judged generously."""
    if isinstance(given, types.UnknownType):
        return not given.name or types.text(wanted) == given.name
    if types.is_integer(wanted) and types.is_integer(given):
        return types.is_signed(wanted) == types.is_signed(given)
    if isinstance(wanted, types.ContractType) and isinstance(given, types.ContractType):
        return wanted.contract in given.contract.linearisation or wanted.contract.name == given.contract.name
    if isinstance(wanted, types.Elementary) and wanted == types.ADDRESS:
        return types.is_address(given)
    return types.text(wanted) == types.text(given)
