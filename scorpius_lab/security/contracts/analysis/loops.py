"""Loops of a body, what their number of rounds depends on, and what strangers can make grow without end."""

from __future__ import annotations

from dataclasses import dataclass

from scorpius_lab.security.contracts.analysis.facts import facts_at
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.handover import only_for_trusted
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.slices import inputs, keys, plain
from scorpius_lab.security.contracts.analysis.summaries import writers
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Block, Body, Instruction
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable

# With more rounds than this, rounds that pay or store (20 to 40 thousand gas) do not fit a block of 30 million.
_ROUNDS_THAT_FIT = 1000
_COMPARISONS = frozenset({"<", ">", "<=", ">=", "==", "!="})


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop: the block its rounds begin with, its blocks, and the conditions that end it."""

    header: Block
    blocks: tuple[Block, ...]
    leaving: tuple[Instruction, ...]

    def __contains__(self, instruction: Instruction) -> bool:
        """Whether an instruction can run in every round."""
        return instruction.block in self.blocks


def loops(body: Body) -> list[Loop]:
    """The loops of a body, in order of their first blocks."""
    cache: list[Loop] | None = body.__dict__.get("_loops")
    if cache is None:
        headers = [block for block in body.blocks if block.loops and block.loops[-1] is block]
        cache = body.__dict__["_loops"] = [_loop(body, header) for header in headers]
    return cache


def _loop(body: Body, header: Block) -> Loop:
    order = flow(body)
    # what a `return` inside a loop leads to is still marked as inside: it does not come round again
    inside = tuple(b for b in body.blocks if header in b.loops and order.reachable[b.number] >> header.number & 1)
    leaving = [
        block.condition
        for block in inside
        if block.condition is not None and any(after not in inside for after in block.successors)
    ]
    return Loop(header, inside, tuple(leaving))


def leaves(value: Instruction) -> list[Instruction]:
    """What a number is worked out from: through sums, conversions and rounds of a loop, not through keys of places."""
    found: dict[int, Instruction] = {}
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if current.number in seen:
            continue
        seen.add(current.number)
        if current.operation in {"binary", "convert", "phi", "unary", "member"}:
            waiting.extend(current.arguments)
        else:
            found[current.number] = current
    return list(found.values())


def held_to_a_number(loop: Loop) -> bool:
    """Whether the caller or a constant limits the rounds: a piece of the work can be done at a time."""
    return any(_limits(loop, condition) for condition in loop.leaving)


def chosen_by_caller(loop: Loop) -> bool:
    """Whether the caller says how many rounds there are, or which."""
    return any(
        leaf.operation == "parameter" or _is_gas(leaf)
        for condition in loop.leaving
        if _counts(loop, condition)
        for leaf in leaves(condition)
    )


def _counts(loop: Loop, condition: Instruction) -> bool:
    """Whether a condition compares something that changes from round to round, or the gas that is left."""
    if condition.operation != "binary" or condition.data not in _COMPARISONS:
        return False
    return any(i.operation == "phi" and i.block is loop.header for i in _through_sums(condition)) or any(
        _is_gas(leaf) for leaf in leaves(condition)
    )


def _through_sums(value: Instruction) -> list[Instruction]:
    """Values a number is worked out from on the way to its leaves."""
    seen: dict[int, Instruction] = {}
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if current.number not in seen and current.operation in {"binary", "convert", "phi", "unary"}:
            seen[current.number] = current
            waiting.extend(current.arguments)
    return list(seen.values())


def _limits(loop: Loop, condition: Instruction) -> bool:
    if not _counts(loop, condition):
        return False
    ends = leaves(condition)
    if any(leaf.operation == "parameter" or _is_gas(leaf) for leaf in ends):
        return True
    return all(leaf.is_constant or _is_fixed(leaf) for leaf in ends)


def _is_gas(value: Instruction) -> bool:
    return value.operation == "environment" and value.data in {"gasleft", "msg.gas"}


def _is_fixed(value: Instruction) -> bool:
    variable = value.data.variable if value.operation == "load" else None
    return variable is not None and variable.fixed


def limits_of(loop: Loop) -> list[Instruction]:
    """The numbers kept in storage, lengths of arrays included, that the rounds are counted against.

    A loop that starts where a stored number says, as a cursor does, only sees what has come since.
    """
    found: dict[int, Instruction] = {}
    for condition in loop.leaving:
        if not _counts(loop, condition):
            continue
        starts = {leaf.number: leaf for leaf in _starts(loop, condition) if _is_stored(leaf)}
        ends = {leaf.number: leaf for leaf in leaves(condition) if _is_stored(leaf) and leaf.number not in starts}
        if not (starts and ends):
            found |= starts | ends
    return list(found.values())


def _starts(loop: Loop, condition: Instruction) -> list[Instruction]:
    """What the counters of a condition are before the first round."""
    return [
        leaf
        for phi in _through_sums(condition)
        if phi.operation == "phi" and phi.block is loop.header
        for before, argument in zip(loop.header.predecessors, phi.arguments, strict=False)
        if before not in loop.blocks
        for leaf in leaves(argument)
    ]


def _is_stored(value: Instruction) -> bool:
    return value.operation == "load" and value.data.variable is not None


# What grows -----------------------------------------------------------------------------------------------------------


def growth(contract: Contract, read: Instruction) -> list[tuple[Entry, Instruction]]:
    """Where anyone can make a stored number or array larger, as often as they like."""
    variable = read.data.variable
    if variable is None or variable.fixed:
        return []
    return [
        (entry, write)
        for entry, write in writers(contract, variable)
        if _members(write) == _members(read) and grows(entry, write)
    ]


def grown(contract: Contract, variable: StateVariable) -> list[tuple[Entry, Instruction]]:
    """Where anyone can make an array larger, whatever it is read for."""
    return [
        (entry, write)
        for entry, write in writers(contract, variable)
        if (write.operation == "push" or "length" in write.data.path) and grows(entry, write)
    ]


def grows(entry: Entry, write: Instruction) -> bool:
    """Whether a write makes something larger that others use, at a stranger's wish and without a limit."""
    if not entry.public or not _adds(write) or not flow(entry.body).can_commit(write):
        return False
    if any("msg.sender" in origins(entry.body, key) for key in keys(write)):
        return False  # what only the one who makes it grow has to bear
    return not only_for_trusted(entry, write) and not _capped(entry, write)


def _adds(write: Instruction) -> bool:
    if write.operation == "push":
        return True
    if write.operation != "store" or not (types.is_integer(write.type) or "length" in write.data.path):
        return False
    value = plain(write.arguments[0])
    if value.operation != "binary" or value.data != "+":
        return False
    return any(plain(a).operation == "load" and plain(a).data.key == write.data.key for a in value.arguments)


def _members(access: Instruction) -> list[str]:
    """The members on the way to a number, an array's own length left out."""
    return [step for step in access.data.path if isinstance(step, str) and step != "length"]


def _capped(entry: Entry, write: Instruction) -> bool:
    """Whether the way to a write passes a test of what grows against a limit that strangers cannot move."""
    return any(
        any(_reads(leaf, write) for leaf in leaves(fact.lesser)) and _is_limit(entry, fact.greater)
        for fact in facts_at(entry.body, write.block)
    )


def _reads(value: Instruction, write: Instruction) -> bool:
    return value.operation == "load" and value.data.root is write.data.root and _members(value) == _members(write)


def _is_limit(entry: Entry, value: Instruction) -> bool:
    ends = leaves(value)
    if all(end.is_constant for end in ends):
        return isinstance(value.data, int) and value.data <= _ROUNDS_THAT_FIT if value.is_constant else True
    return all(end.is_constant or (end.operation == "load" and _kept_by_owner(entry.contract, end)) for end in ends)


def _kept_by_owner(contract: Contract, read: Instruction) -> bool:
    variable = read.data.variable
    return variable is not None and not any(
        entry.public and not only_for_trusted(entry, write) for entry, write in writers(contract, variable)
    )


def varies(loop: Loop, value: Instruction) -> bool:
    """Whether a value depends on the round: on a variable of the loop, keys of places included."""
    return any(i.operation == "phi" and i.block is loop.header for i in inputs(value))
