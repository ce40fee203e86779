"""Payments that others depend on: calls whose failure stops the entry, and who is paid."""

from __future__ import annotations

from scorpius_lab.security.contracts.analysis.facts import passes
from scorpius_lab.security.contracts.analysis.loops import Loop, chosen_by_caller, loops, varies
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.slices import inputs, plain
from scorpius_lab.security.contracts.analysis.summaries import moves_value
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Body, Instruction


def stops_on_failure(body: Body, call: Instruction) -> bool:
    """Whether the entry reverts if a call fails."""
    if call.data.tried:
        return False
    if call.data.kind in {"transfer", "external", "create"}:
        return True

    def succeeded(condition: Instruction, holds: bool) -> bool:
        condition = plain(condition)
        if condition.operation == "extract" and condition.data == 0:
            condition = condition.arguments[0]
        return holds and condition is call

    return passes(body, call.block, succeeded)


def blocking_payments(entry: Entry) -> list[tuple[Loop, Instruction]]:
    """Payments in loops to one stored account after the other, where one that fails undoes all.

    A caller who says which accounts are paid can leave out the one that refuses.
    """
    return [
        (loop, call)
        for loop in loops(entry.body)
        if not chosen_by_caller(loop)
        for call in entry.body.calls
        if call in loop and _pays_stored(entry, loop, call) and stops_on_failure(entry.body, call)
    ]


def _pays_stored(entry: Entry, loop: Loop, call: Instruction) -> bool:
    paid = call.data.target
    if call.data.kind not in {"transfer", "send", "call"} or paid is None or not moves_value(call):
        return False
    if not varies(loop, paid) or not any(i.operation == "load" for i in inputs(paid)):
        return False
    if any(isinstance(o, Instruction) and o.operation == "parameter" for o in origins(entry.body, paid)):
        return False
    return not carries_data(call)


def carries_data(call: Instruction) -> bool:
    """Whether a low-level call asks the callee to do something, rather than only paying it."""
    return call.data.kind == "call" and any(not (i.is_constant and not i.data) for i in call.data.arguments)
