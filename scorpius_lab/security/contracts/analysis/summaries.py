"""What an entry does, in short: what it reads, writes, calls and sends, and who gets to it."""

from __future__ import annotations

from dataclasses import dataclass

from scorpius_lab.security.contracts.analysis.guards import is_authorised
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable

WRITES = ("store", "delete", "push", "pop")


@dataclass(frozen=True, slots=True)
class Summary:
    """One entry. `value_flow` are the calls and self-destructions that move ether out of the contract."""

    entry: Entry
    reads: frozenset[StateVariable]
    writes: frozenset[StateVariable]
    external_calls: tuple[Instruction, ...]
    value_flow: tuple[Instruction, ...]
    authorised: bool


def summary(entry: Entry) -> Summary:
    """The summary of an entry, worked out once."""
    found: Summary | None = entry.__dict__.get("_summary")
    if found is None:
        found = entry.__dict__["_summary"] = _summary(entry)
    return found


def _summary(entry: Entry) -> Summary:
    body = entry.body
    reads = frozenset(i.data.variable for i in body.of("load") if i.data.variable is not None)
    writes = frozenset(i.data.variable for i in body.of(*WRITES) if i.data.variable is not None)
    calls = tuple(i for i in body.calls if i.data.leaves)
    effects = [*body.of(*WRITES), *body.calls]
    authorised = bool(effects) and all(is_authorised(body, i.block) for i in effects)
    return Summary(entry, reads, writes, calls, tuple(i for i in body.calls if moves_value(i)), authorised)


def moves_value(instruction: Instruction) -> bool:
    """Whether a call sends ether, or may: a constant amount of zero does not."""
    call = instruction.call
    if call is None:
        return False
    if call.kind == "selfdestruct":
        return True
    return call.value is not None and not (call.value.is_constant and call.value.data == 0)


def writers(contract: Contract, variable: StateVariable) -> list[tuple[Entry, Instruction]]:
    """Everything in a contract that changes a state variable."""
    index: dict[int, list[tuple[Entry, Instruction]]] | None = contract.__dict__.get("_writers")
    if index is None:
        index = {}
        for entry in contract.entries:
            for instruction in entry.body.of(*WRITES):
                if instruction.data.variable is not None:
                    index.setdefault(id(instruction.data.variable), []).append((entry, instruction))
        contract.__dict__["_writers"] = index
    return index.get(id(variable), [])
