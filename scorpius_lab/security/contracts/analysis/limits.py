"""Limits a caller sets: the most to pay, the least to get."""

from __future__ import annotations

from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.slices import conditions, inputs, is_environment
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction


def held_to_limit(entry: Entry, traded: list[Instruction]) -> bool:
    """Whether something another contract told is compared with what the caller gives for nothing but a limit.

    `traded` are the values of the trade itself: an argument they are worked out from is no limit.
    """
    own = {i.number for value in traded for i in inputs(value)}
    for _, condition in conditions(entry.body):
        if condition.operation != "binary" or condition.data not in {"<", ">", "<=", ">="}:
            continue
        for side, other in (condition.arguments, condition.arguments[::-1]):
            if _told(entry, side) and any(_is_limit(value, own) for value in inputs(other)):
                return True
    return False


def _told(entry: Entry, side: Instruction) -> bool:
    return any(isinstance(o, Instruction) and o.call is not None for o in origins(entry.body, side))


def _is_limit(value: Instruction, own: set[int]) -> bool:
    return value.number not in own and (value.operation == "parameter" or is_environment(value, "msg.value"))
