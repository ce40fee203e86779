"""Locks against coming back, and whether another function keeps to them."""

from __future__ import annotations

from typing import Any

from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.guards import guarded, locks_of
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import StateVariable

_DEEPEST = 8

Locks = dict[StateVariable | str, Any]
"""Each lock with what is stored in it while it is held; None where that is not a fixed value."""


def locks_held(entry: Entry, call: Instruction) -> Locks:
    """The locks an entry holds during a call."""
    order = flow(entry.body)
    held: Locks = dict.fromkeys(_taken(entry, call))
    for store in entry.body.of("store") if held else ():
        name = _name(store)
        if name in held and not store.data.path and order.always_before(store, call):
            held[name] = store.arguments[0].data if store.arguments[0].is_constant else None
    return held


def _taken(entry: Entry, at: Instruction) -> set[StateVariable | str]:
    """Locks taken before an instruction."""
    found = locks_of(entry.body, at)
    if not found:
        return set()
    return {_name(store) for store in entry.body.of("store") if not store.data.path and _key(store) in found}


def kept_out(other: Entry, at: Instruction, held: Locks) -> bool:
    """Whether another entry does not get to an instruction while the locks are held: it takes one, or tests one."""
    if not held:
        return False
    if _taken(other, at) & held.keys():
        return True

    def test(condition: Instruction, holds: bool) -> bool:
        return _fails_while_held(condition, holds, held)

    return guarded(other.body, at.block, test)


def _fails_while_held(condition: Instruction, holds: bool, held: Locks) -> bool:
    """Whether a condition cannot be `holds` while a lock is held."""
    if condition.operation == "load" and not condition.data.path:
        value = held.get(_name(condition))
        return value is not None and bool(value) != holds
    if condition.operation != "binary" or condition.data not in {"==", "!="}:
        return False
    equal = holds == (condition.data == "==")
    for read, other in (condition.arguments, condition.arguments[::-1]):
        if read.operation == "load" and not read.data.path and other.is_constant:
            value = held.get(_name(read))
            if value is not None:
                return bool(bool(value == other.data) != equal)
    return False


def _key(access: Instruction) -> StateVariable | int:
    root = access.data.root
    return root.key if isinstance(root, Instruction) else root


def _name(access: Instruction) -> StateVariable | str:
    """What is the same in all entries: the variable, or how the slot is worked out."""
    root = access.data.root
    return written_out(root) if isinstance(root, Instruction) else root


def written_out(value: Instruction, depth: int = 0) -> str:
    """An expression as text, the same wherever it stands; what is nested deeper than a slot ever is stays out."""
    if depth > _DEEPEST:
        return "…"
    parts = ",".join(written_out(argument, depth + 1) for argument in value.arguments if value.operation != "phi")
    return f"{value.operation} {value.data}({parts})"
