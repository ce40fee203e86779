"""Ways for a stranger to become who a contract trusts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from scorpius_lab.security.contracts.analysis.authority import Place as Authority
from scorpius_lab.security.contracts.analysis.authority import authorities, place_key
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.gates import (
    asks_about_caller,
    asks_for_payment,
    hook_before,
)
from scorpius_lab.security.contracts.analysis.guards import guarded, is_authorised
from scorpius_lab.security.contracts.analysis.origins import from_parameter, origins
from scorpius_lab.security.contracts.analysis.paths import call_sites, header_of, place_of
from scorpius_lab.security.contracts.analysis.slices import inputs, keys, plain
from scorpius_lab.security.contracts.analysis.summaries import moves_value
from scorpius_lab.security.contracts.analysis.tokens import token_call
from scorpius_lab.security.contracts.detection import Place
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_WORKED_OUT = frozenset({"constant", "hash", "binary", "convert", "encode"})
_TARGETS = frozenset({"delegatecall", "callcode"})


@dataclass(frozen=True, slots=True)
class Seizure:
    """An entry in which anyone can write a place that says who is trusted, or whose code runs.

    `once` if it works only before the contract is initialised; `constructed` if the constructor has done that.
    """

    entry: Entry
    store: Instruction
    name: str
    once: bool
    constructed: bool
    to_caller: bool
    others: tuple[Place, ...]


def seizures(contract: Contract) -> list[Seizure]:
    """One for each place of authority and each statement that writes it: the entry that does most is named."""
    found: list[Seizure] | None = contract.__dict__.get("_seizures")
    if found is None:
        found = contract.__dict__["_seizures"] = list(_find(contract))
    return found


def _find(contract: Contract) -> Iterator[Seizure]:
    wanted = _wanted(contract)
    if not wanted:
        return
    by_name: dict[str, list[tuple[Entry, Instruction]]] = {}
    for entry in contract.entries:
        for store in entry.body.of("store", "delete") if entry.public else ():
            name = _name_within(wanted, store)
            if name is not None and _is_taken(entry, store):
                by_name.setdefault(name, []).append((entry, store))
    for name, ways in by_name.items():
        entry, store = max(ways, key=lambda way: len(way[0].body.frames))
        rest = [header_of(other.function) for other, _ in ways if other is not entry]
        yield Seizure(
            entry,
            store,
            name,
            once=_only_once(entry, store),
            constructed=_constructed(contract, entry, store),
            to_caller=store.operation == "store" and "msg.sender" in origins(entry.body, store.arguments[0]),
            others=(*rest, *(p for _, s in ways for p in (place_of(s), *call_sites(s))), *_ends(contract)),
        )


def _name_within(wanted: dict[Authority, str], store: Instruction) -> str | None:
    """The name of the place that is written, or of one in the struct that is written whole."""
    place = place_key(store)
    if place in wanted or not isinstance(store.type, types.StructType):
        return wanted.get(place)
    return next((name for inner, name in wanted.items() if inner[: len(place)] == place), None)


def _wanted(contract: Contract) -> dict[Authority, str]:
    trusted = authorities(contract)
    wanted = {
        **trusted,
        **_code_places(contract),
        **_reserved_slots(contract),
        **_relied_on(contract),
        **_paid(contract),
    }
    return {**wanted, **_accounts(contract)} if trusted else wanted


def _relied_on(contract: Contract) -> dict[Authority, str]:
    """Variables that hold the contracts this one calls: tokens, pools, registries."""
    return {
        place_key(target): target.data.name
        for entry in contract.entries
        for call in entry.body.calls
        if call.data.kind == "external" and call.data.target is not None
        for target in [plain(call.data.target)]
        if target.operation == "load" and not keys(target) and not target.data.path
    }


def _paid(contract: Contract) -> dict[Authority, str]:
    """Variables that hold an account the contract sends ether or tokens to: who can write one is paid in its stead."""
    found = {}
    for entry in contract.entries:
        for call in entry.body.calls:
            receiver = _receiver(call)
            if receiver is not None and receiver.operation == "load" and not receiver.data.path:
                found[place_key(receiver)] = receiver.data.name
    return found


def _receiver(call: Instruction) -> Instruction | None:
    if moves_value(call):
        return plain(call.data.target) if call.data.target is not None else None
    asked = token_call(call)
    return plain(asked.arguments[-2]) if asked is not None and len(asked.arguments) > 1 else None


def _accounts(contract: Contract) -> dict[Authority, str]:
    """All plain variables with an address, of a contract that trusts somebody."""
    return {
        place_key(store): store.data.name
        for entry in contract.entries
        for store in entry.body.of("store")
        if store.data.variable is not None and not store.data.path and types.is_address(store.type)
    }


def _ends(contract: Contract) -> list[Place]:
    """Functions that end the contract for who is trusted."""
    return [
        header_of(entry.function)
        for entry in contract.entries
        if entry.public and any(call.data.kind == "selfdestruct" for call in entry.body.calls)
    ]


def _code_places(contract: Contract) -> dict[Authority, str]:
    """Where the address of code is kept that runs as the contract's own."""
    return {
        place_key(load): load.data.name
        for entry in contract.entries
        for call in entry.body.calls
        if call.data.kind in _TARGETS and call.data.target is not None
        for load in inputs(call.data.target)
        if load.operation == "load"
    }


def _reserved_slots(contract: Contract) -> dict[Authority, str]:
    """Slots with a fixed number of their own that an address is written to: proxies keep code and admin so."""
    return {
        place_key(store): "the reserved slot"
        for entry in contract.entries
        for store in entry.body.of("store")
        if isinstance(store.data.root, Instruction)
        and not keys(store)
        and all(i.operation in _WORKED_OUT for i in inputs(store.data.root))
        and types.is_address(plain(store.arguments[0]).type)
    }


def _is_taken(entry: Entry, store: Instruction) -> bool:
    """Whether a stranger decides who is written, and may."""
    body = entry.body
    if is_authorised(body, store.block) or not flow(body).can_commit(store) or asks_for_payment(entry, store):
        return False
    if hook_before(entry, store) or asks_about_caller(entry, store):
        return False
    cleared = _is_cleared(store)
    if not keys(store) and cleared:
        return False
    if not keys(store):
        value = store.arguments[0]
        return from_parameter(body, value) or ("msg.sender" in origins(body, value) and _is_trusted(entry, store))
    # who enters only themselves joins, who opens a record owns it; who can name any account appoints
    if any("msg.sender" in origins(body, key) for key in keys(store)):
        return False
    named = [key for key in keys(store) if from_parameter(body, key)]
    if any(types.is_address(plain(key).type) for key in named):
        return not cleared
    return bool(named) and types.is_address(store.data.type) and not _was_empty(entry, store)


def _is_cleared(store: Instruction) -> bool:
    """Whether nothing is left of what was written."""
    return store.operation == "delete" or (store.arguments[0].is_constant and store.arguments[0].data in {0, None})


def _is_trusted(entry: Entry, store: Instruction) -> bool:
    """Whether the place says who is trusted; other variables may well hold who called last."""
    return place_key(store) in authorities(entry.contract)


def _was_empty(entry: Entry, store: Instruction) -> bool:
    """Whether a record is only written where there was none."""

    def test(condition: Instruction, holds: bool) -> bool:
        if condition.operation != "binary" or condition.data not in {"==", "!="}:
            return False
        equal = holds == (condition.data == "==")
        sides = [plain(side) for side in condition.arguments]
        empty = any(side.is_constant and side.data == 0 for side in sides)
        read = any(side.operation == "load" and side.data.root is store.data.root for side in sides)
        return equal and empty and read

    return guarded(entry.body, store.block, test)


def _only_once(entry: Entry, store: Instruction) -> bool:
    """Whether a mark is tested on the way that the entry sets for good; a lock is set and taken off again."""
    written = Counter(place_key(write) for write in entry.body.of("store"))
    return any(written.get(place_key(load), 0) == 1 for load in _tested_before(entry, store))


def _tested_before(entry: Entry, store: Instruction) -> Iterator[Instruction]:
    """Plain variables that conditions on some way to the store look at; `||` makes several conditions of one."""
    order = flow(entry.body)
    for block in entry.body.blocks:
        if block.condition is not None and order.can_follow(block.condition, store):
            yield from (load for load in inputs(block.condition) if load.operation == "load" and not keys(load))


def _constructed(contract: Contract, entry: Entry, store: Instruction) -> bool:
    """Whether the constructor writes the place, or sets a mark that the entry looks at."""
    marks = {place_key(load) for load in _tested_before(entry, store)}
    marks.add(place_key(store))
    return any(
        place_key(written) in marks and not _is_cleared(written)
        for constructor in contract.entries
        if constructor.constructing
        for written in constructor.body.of("store")
    )
