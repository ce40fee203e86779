"""Who is trusted because somebody else said so, and who only because they said so themselves."""

from __future__ import annotations

from scorpius_lab.security.contracts.analysis.guards import Test, authorises, guarded, is_authorised
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.slices import inputs, keys
from scorpius_lab.security.contracts.analysis.summaries import writers
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


def _names_caller(entry: Entry, store: Instruction) -> bool:
    values = store.arguments[:1] if store.operation in {"store", "push"} else []
    return any("msg.sender" in origins(entry.body, value) for value in [*values, *keys(store)])
