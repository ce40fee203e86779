"""Everything a value is computed from, keys of mappings included."""

from __future__ import annotations

from scorpius_lab.security.contracts.ir.instructions import Block, Body, Instruction


def inputs(value: Instruction) -> list[Instruction]:
    """The instruction itself and all that it is computed from, directly or not, keys of places included."""
    seen: dict[int, Instruction] = {}
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if current.number not in seen:
            seen[current.number] = current
            waiting.extend(current.arguments)
    return list(seen.values())


def conditions(body: Body) -> list[tuple[Block, Instruction]]:
    """Blocks that branch, with what they branch on."""
    return [(block, block.condition) for block in body.blocks if block.condition is not None]


def keys(instruction: Instruction) -> list[Instruction]:
    """The mapping keys and indices of the place an instruction reads or writes."""
    place = instruction.storage
    return [] if place is None else [step for step in place.path if isinstance(step, Instruction)]


def is_environment(value: Instruction, name: str) -> bool:
    """Whether a value is exactly a name of the environment."""
    while value.operation == "convert":
        value = value.arguments[0]
    return value.operation == "environment" and value.data == name


def plain(value: Instruction) -> Instruction:
    """A value without conversions around it."""
    while value.operation == "convert":
        value = value.arguments[0]
    return value


def committed(body: Body, block: Block) -> bool:
    """Whether the way to a block passes a test of what the caller committed to: a stored hash that includes them."""
    from scorpius_lab.security.contracts.analysis.guards import guarded

    def test(condition: Instruction, _holds: bool) -> bool:
        used = inputs(condition)
        if any(i.operation == "load" for i in used):
            return any(i.operation == "hash" and _of_caller(i) for i in used)
        return False

    return guarded(body, block, test)


def _of_caller(value: Instruction) -> bool:
    return any(is_environment(i, "msg.sender") for i in inputs(value))
