"""Where state variables lie: slot and offset of each.

Source: Solidity documentation, "Layout of State Variables in Storage": in the order of the linearisation from the most
base-like contract on, packed into slots of 32 bytes; structs and arrays begin a slot of their own, and so does what
follows them.
"""

from __future__ import annotations

from dataclasses import dataclass

from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable
from scorpius_lab.security.contracts.ir.types import Type

SLOT = 32  # bytes
_DEEPEST = 6  # structs within structs
_LARGEST = 1 << 32  # slots: a longer array is not worked out


@dataclass(frozen=True, slots=True)
class Position:
    """A variable with its first slot, its offset in bytes in it, and its size in bytes."""

    variable: StateVariable
    slot: int
    offset: int
    size: int

    def overlaps(self, other: Position) -> bool:
        """Whether two variables share a byte."""
        first, second = self.slot * SLOT + self.offset, other.slot * SLOT + other.offset
        return first < second + other.size and second < first + self.size


def layout(contract: Contract) -> list[Position]:
    """The positions of all variables of a contract that have one, its bases' first."""
    found: list[Position] = []
    at = 0
    for one in reversed(contract.linearisation):
        for variable in one.own_variables:
            if variable.fixed:
                continue
            size, whole = size_of(variable.type)
            if whole or at % SLOT + size > SLOT:
                at = -(-at // SLOT) * SLOT
            found.append(Position(variable, at // SLOT, at % SLOT, size))
            at += size
            if whole:
                at = -(-at // SLOT) * SLOT
    return found


def size_of(kind: Type, depth: int = 0) -> tuple[int, bool]:
    """Bytes a type takes in storage, and whether it has its slots to itself; of what is nested too deeply a slot."""
    if depth > _DEEPEST:
        return SLOT, True
    match kind:
        case types.Elementary(name="bool"):
            return 1, False
        case types.Elementary(name="address"):
            return 20, False
        case types.Elementary(name=name) if types.is_integer(kind):
            del name
            return types.integer_bits(kind) // 8, False
        case types.Elementary(name=name) if name.startswith("bytes") and name[5:].isdigit():
            return int(name[5:]), False
        case types.ContractType():
            return 20, False
        case types.EnumType():
            return 1, False
        case types.StructType(members=members):
            return _struct_size(list(members.values()), depth), True
        case types.ArrayType(base=base, length=int(length)):
            return _array_size(base, length, depth), True
        case _:
            return SLOT, True


def _struct_size(members: list[Type], depth: int) -> int:
    at = 0
    for member in members:
        size, whole = size_of(member, depth + 1)
        if whole or at % SLOT + size > SLOT:
            at = -(-at // SLOT) * SLOT
        at += size
    return max(SLOT, -(-at // SLOT) * SLOT)


def _array_size(base: Type, length: int, depth: int) -> int:
    size, whole = size_of(base, depth + 1)
    per_slot = 1 if whole else max(1, SLOT // size)
    slots = -(-length // per_slot) * (-(-size // SLOT))
    return min(_LARGEST, max(1, slots)) * SLOT
