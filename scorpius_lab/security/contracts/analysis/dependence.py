"""All that a value depends on: what it is worked out from, and what decided which of several values it is."""

from __future__ import annotations

from collections.abc import Iterable

from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.ir.instructions import Body, Instruction


def sources(body: Body, values: Iterable[Instruction], *, through_calls: bool = True) -> dict[int, Instruction]:
    """The values and all they are worked out from, by number; for one that depends on the way taken its conditions.

    Without `through_calls` what a call answers does not depend on what it was given.
    """
    controllers = flow(body).controllers
    seen: dict[int, Instruction] = {}
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if value.number in seen:
            continue
        seen[value.number] = value
        if through_calls or value.call is None:
            waiting.extend(value.arguments)
        if value.operation == "phi":
            for way in value.block.predecessors:
                waiting.extend(condition for condition, _ in controllers[way.number])
                waiting.extend([way.condition] if way.condition is not None else [])
    return seen
