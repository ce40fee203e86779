"""Code in the same source that a contract runs by `delegatecall` in its own storage."""

from __future__ import annotations

from dataclasses import dataclass

from scorpius_lab.security.contracts.analysis.slices import inputs, is_environment
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_KINDS = frozenset({"delegatecall", "callcode"})
_WRITES = ("store", "delete", "push", "pop")


@dataclass(frozen=True, slots=True)
class Delegation:
    """A delegatecall and the contract whose code may run; `functions` are those it can reach."""

    entry: Entry
    call: Instruction
    code: Contract
    functions: tuple[Entry, ...]
    forwards: bool


def delegations(contract: Contract) -> list[Delegation]:
    """The delegatecalls of a contract to code in its own file: named by selector, created here, or the only one."""
    found = []
    for entry in contract.entries:
        for call in entry.body.calls:
            if call.data.kind in _KINDS and not _to_itself(call):
                found += _of_call(contract, entry, call)
    return found


def _to_itself(call: Instruction) -> bool:
    target = call.data.target
    return target is not None and is_environment(target, "this")


def _of_call(contract: Contract, entry: Entry, call: Instruction) -> list[Delegation]:
    passed_on = _forwards(entry, call)
    forwards = passed_on and entry.function.kind == "fallback"
    reached = {
        code: tuple(
            e
            for e in code.entries
            if e.public and _changes(e) and (forwards or _named(call, e) or (passed_on and _same(entry, e)))
        )
        for code in contract.unit.contracts.values()
        if _is_code(contract, code)
    }
    reached = {code: functions for code, functions in reached.items() if functions}
    return [
        Delegation(entry, call, code, functions, forwards)
        for code, functions in reached.items()
        if not forwards or len(reached) == 1 or _creates(contract, code)
    ]


def _same(entry: Entry, other: Entry) -> bool:
    """Whether the call data a function was called with would call the other one."""
    return entry.function.signature == other.function.signature


def _changes(entry: Entry) -> bool:
    return bool(entry.body.of(*_WRITES))


def _is_code(contract: Contract, other: Contract) -> bool:
    """Whether it can be the code that runs: deployed on its own, and nothing the contract inherits."""
    if other is contract or other.kind != "contract" or other.declaration.abstract or other.heirs:
        return False
    return other not in contract.linearisation and contract not in other.linearisation


def _forwards(entry: Entry, call: Instruction) -> bool:
    """Whether whatever the caller sent is passed on."""
    if any(is_environment(i, "msg.data") for argument in call.data.arguments for i in inputs(argument)):
        return True
    return any(i.data == "calldatacopy" and i.frame is call.frame for i in entry.body.of("yul"))


def _named(call: Instruction, function: Entry) -> bool:
    """Whether the call data names a function: by its signature, hashed or not, or by reference."""
    for argument in call.data.arguments:
        for value in inputs(argument):
            if not value.is_constant:
                continue
            if isinstance(value.type, types.FunctionType) and str(value.data) == function.function.signature:
                return True
            if isinstance(value.data, str) and value.data.strip("\"'") == function.function.signature:
                return True
    return False


def _creates(contract: Contract, code: Contract) -> bool:
    return any(
        call.data.kind == "create" and call.data.name == code.name
        for entry in contract.entries
        for call in entry.body.calls
    )
