"""Who is trusted because somebody else said so, and who only because they said so themselves."""

from __future__ import annotations

from scorpius_lab.security.contracts.analysis.guards import Test, authorises, guarded, is_authorised
from scorpius_lab.security.contracts.analysis.locks import written_out
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.slices import inputs, keys, plain
from scorpius_lab.security.contracts.analysis.summaries import writers
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Block, Instruction
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable


def is_trusted(entry: Entry, block: Block) -> bool:
    """Whether only callers the contract trusts get to a block, and none who can enter themselves in its books.

    `orders[id].seller == msg.sender` keeps out other sellers, but anyone can be one.
    """
    cache: dict[int, bool] = entry.__dict__.setdefault("_trusted", {})
    if block.number not in cache:
        cache[block.number] = is_authorised(entry.body, block) and guarded(entry.body, block, _appointed(entry))
    return cache[block.number]


def _appointed(entry: Entry) -> Test:
    test = authorises(entry.body)

    def appointed(condition: Instruction, holds: bool) -> bool:
        return test(condition, holds) and not any(
            any(not key.is_constant for key in keys(load))
            and load.data.variable is not None
            and _claimed(entry.contract, load.data.variable)
            for load in inputs(condition)
            if load.operation == "load"
        )

    return appointed


def _claimed(contract: Contract, variable: StateVariable) -> bool:
    """Whether anyone can write themselves into a mapping or array."""
    cache: dict[int, bool] = contract.__dict__.setdefault("_claimed", {})
    if id(variable) not in cache:
        cache[id(variable)] = any(
            entry.public and _names_caller(entry, store) and not is_authorised(entry.body, store.block)
            for entry, store in writers(contract, variable)
        )
    return cache[id(variable)]


Place = tuple[object, ...]
"""A variable, or how a slot is worked out in assembly, and the steps into it with all keys of a mapping alike."""


def place_key(access: Instruction) -> Place:
    """What is the same, in all entries, for all accesses to a variable at the same depth."""
    root = access.data.root
    where = written_out(root) if isinstance(root, Instruction) else id(root)
    return (where, *(step if isinstance(step, str) else "[]" for step in access.data.path))


def authorities(contract: Contract) -> dict[Place, str]:
    """The places that say who is trusted, by name: compared with the caller, or looked up for the caller."""
    found: dict[Place, str] | None = contract.__dict__.get("_authorities")
    if found is None:
        found = contract.__dict__["_authorities"] = {}
        for entry in contract.entries:
            test = authorises(entry.body)
            for block in entry.body.blocks:
                condition = block.condition
                if condition is None:
                    continue
                if test(condition, True) or test(condition, False) or _is_index_of_caller(entry, condition):
                    found.update({place_key(load): load.data.name for load in _compared(entry, condition)})
    return found


def _is_index_of_caller(entry: Entry, condition: Instruction) -> bool:
    """`number[msg.sender] == 0` of a number that is given, never added to: a place on a list, no balance."""
    if condition.operation != "binary" or condition.data not in {"==", "!="}:
        return False
    for load, other in (condition.arguments, condition.arguments[::-1]):
        known = plain(load)
        if known.operation != "load" or not other.is_constant or known.data.variable is None:
            continue
        given = [s for _, s in writers(entry.contract, known.data.variable) if s.operation == "store"]
        added = any(plain(s.arguments[0]).data in {"+", "-"} and _adds_to_itself(s) for s in given)
        return _looked_up_for_caller(entry, known) and bool(given) and not added
    return False


def _adds_to_itself(store: Instruction) -> bool:
    return any(i.operation == "load" and i.data.variable is store.data.variable for i in inputs(store.arguments[0]))


def _compared(entry: Entry, condition: Instruction) -> list[Instruction]:
    """The loads a test of the caller rests on."""
    sides = [plain(side) for side in (condition, *condition.arguments)]
    loads = [side for side in sides if side.operation == "load"]
    return [load for load in loads if _is_account(load) or _looked_up_for_caller(entry, load)]


def _is_account(load: Instruction) -> bool:
    return types.is_address(load.type) or isinstance(load.type, types.UnknownType)


def _looked_up_for_caller(entry: Entry, load: Instruction) -> bool:
    return any("msg.sender" in origins(entry.body, key) for key in keys(load))


def _names_caller(entry: Entry, store: Instruction) -> bool:
    values = store.arguments[:1] if store.operation in {"store", "push"} else []
    return any("msg.sender" in origins(entry.body, value) for value in [*values, *keys(store)])
