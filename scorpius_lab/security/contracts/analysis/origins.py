"""Where a value comes from: parameters, the environment, state variables, calls."""

from __future__ import annotations

from scorpius_lab.security.contracts.ir.instructions import Body, Instruction
from scorpius_lab.security.contracts.ir.program import StateVariable

Origin = str | StateVariable | Instruction
"""A name of the environment (`msg.sender`, `blockhash`, `balance`), a state variable, or a parameter or call."""

_NOTHING: frozenset[Origin] = frozenset()
_ROOTS = frozenset({"parameter", "unknown", "uninitialised"})


def origins(body: Body, value: Instruction) -> frozenset[Origin]:
    """All that a value is computed from, within one body.

    The key of a mapping decides which value is read, not what it is: it is no origin of the value. What a call gives
    has the call as its origin, not the call's arguments. A call that does not leave the contract passes on its
    arguments.
    """
    return _all(body)[value.number]


def _all(body: Body) -> dict[int, frozenset[Origin]]:
    found: dict[int, frozenset[Origin]] | None = body.__dict__.get("_origins")
    if found is not None:
        return found
    found = {}
    phis = []
    for instruction in body.instructions:
        if instruction.operation == "phi":
            phis.append(instruction)
        found[instruction.number] = _of(instruction, found)
    if any(argument.number not in found for phi in phis for argument in phi.arguments) or _has_loops(body):
        changed = True
        while changed:
            changed = False
            for instruction in body.instructions:
                new = _of(instruction, found)
                if new != found[instruction.number]:
                    found[instruction.number] = new
                    changed = True
    body.__dict__["_origins"] = found
    return found


def _has_loops(body: Body) -> bool:
    return any(block.loops for block in body.blocks)


def _of(instruction: Instruction, known: dict[int, frozenset[Origin]]) -> frozenset[Origin]:
    operation = instruction.operation
    if operation == "constant":
        return _NOTHING
    if operation in _ROOTS:
        return frozenset((instruction,))
    if operation == "environment":
        return frozenset((instruction.data,))
    if operation in {"load", "reference", "slot"}:
        root = instruction.data.root
        if isinstance(root, Instruction):
            return known.get(root.number, _NOTHING) if root.operation in _ROOTS else frozenset((root,))
        return frozenset((root,))
    if operation == "call" and instruction.data.kind not in {"internal", "dynamic"}:
        return frozenset((instruction,))
    merged = _NOTHING
    for argument in instruction.arguments:
        other = known.get(argument.number, _NOTHING)
        if other:
            merged = merged | other if merged else other
    if operation == "call":
        merged |= {instruction}
    elif operation == "member" and instruction.data == "balance":
        merged |= {"balance"}
    return merged


def from_parameter(body: Body, value: Instruction) -> bool:
    """Whether a caller chooses the value, or part of what it is computed from."""
    return any(isinstance(o, Instruction) and o.operation == "parameter" for o in origins(body, value))


def depends_on(body: Body, value: Instruction, *names: str) -> bool:
    """Whether a value is computed from one of these names of the environment."""
    return any(name in origins(body, value) for name in names)


def used_by(value: Instruction) -> list[Instruction]:
    """All that is computed from a value, directly or not, nearest first."""
    seen: dict[int, Instruction] = {}
    waiting = list(value.users)
    while waiting:
        user = waiting.pop(0)
        if user.number in seen:
            continue
        seen[user.number] = user
        waiting.extend(user.users)
    return list(seen.values())
