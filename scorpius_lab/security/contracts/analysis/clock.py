"""Comparisons of the time of the block."""

from __future__ import annotations

from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.slices import inputs, is_environment, plain
from scorpius_lab.security.contracts.analysis.summaries import writers
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable

TIME = "block.timestamp"
_ORDER = frozenset({"<", ">", "<=", ">="})
_EQUALITY = frozenset({"==", "!="})
_SHORT = 120  # seconds: ten blocks, and several times what a proposer may move the time


def comparisons(entry: Entry, *, equality: bool) -> list[tuple[Instruction, Instruction]]:
    """Comparisons of a sum of the block's time with something else: each with what it is compared with."""
    wanted = _EQUALITY if equality else _ORDER
    found = []
    for comparison in entry.body.of("binary"):
        if comparison.data not in wanted:
            continue
        for side, other in (comparison.arguments, comparison.arguments[::-1]):
            if is_time(side) and not is_time(other):
                found.append((comparison, other))
                break
    return found


def is_time(value: Instruction) -> bool:
    """Whether a value is the block's time, moved by something or not."""
    return any(is_environment(term, TIME) for term in terms(value))


def moments(contract: Contract, entry: Entry, value: Instruction) -> set[StateVariable]:
    """The variables a value is worked out from that hold the time of an earlier block."""
    return {o for o in origins(entry.body, value) if isinstance(o, StateVariable) and _holds_time(contract, o)}


def _holds_time(contract: Contract, variable: StateVariable) -> bool:
    return any(
        store.operation in {"store", "push"}
        and store.arguments
        and any(is_environment(i, TIME) for i in inputs(store.arguments[0]))
        for _, store in writers(contract, variable)
    )


def fixed_number(contract: Contract, value: Instruction) -> int | None:
    """A number written in the source: a literal, or a variable that is given one and never another."""
    value = plain(value)
    if value.is_constant:
        return value.data if isinstance(value.data, int) and not isinstance(value.data, bool) else None
    variable = value.data.variable if value.operation == "load" and not value.data.path else None
    if variable is None or any(not entry.constructing for entry, _ in writers(contract, variable)):
        return None
    stored = [store.arguments[0] for _, store in writers(contract, variable) if store.operation == "store"]
    return fixed_number(contract, stored[0]) if len(stored) == 1 and stored[0].is_constant else None


def terms(value: Instruction) -> list[Instruction]:
    """The parts of a sum or difference, each once."""
    found: list[Instruction] = []
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        part = plain(waiting.pop())
        if part.number in seen:
            continue  # `x + x` again and again would be more parts than there are atoms
        seen.add(part.number)
        if part.operation == "binary" and part.data in {"+", "-"}:
            waiting.extend(reversed(part.arguments))
        else:
            found.append(part)
    return found


def short_window(contract: Contract, entry: Entry, comparison: Instruction) -> int | None:
    """The seconds a comparison of now asks for since the time of an earlier block, if they are few."""
    if not moments(contract, entry, comparison):
        return None
    parts = [term for side in comparison.arguments for term in terms(side)]
    numbers = [number for part in parts if (number := fixed_number(contract, part)) is not None]
    seconds = [number for number in numbers if number]
    return seconds[0] if len(seconds) == 1 and 0 < seconds[0] <= _SHORT else None
