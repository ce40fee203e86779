"""What keeps callers from a place: nothing a stranger cannot arrange, or something kept in the contract."""

from __future__ import annotations

from scorpius_lab.security.contracts.analysis.authority import authorities
from scorpius_lab.security.contracts.analysis.dependence import sources
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.guards import is_authorised, locks_of
from scorpius_lab.security.contracts.analysis.slices import inputs, is_environment, keys, plain
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def is_open(entry: Entry, at: Instruction) -> bool:
    """Whether any caller gets to an instruction with arguments of their choice: no state, payment or answer decides."""
    if not entry.public or is_authorised(entry.body, at.block) or not flow(entry.body).can_commit(at):
        return False
    locks = locks_of(entry.body, at)
    asked = [condition for condition in conditions_of(entry, at) if condition.number not in _idle(entry, at)]
    decisive = sources(entry.body, asked).values()
    return not hook_before(entry, at) and all(_in_callers_hand(value, at, locks) for value in decisive)


def conditions_of(entry: Entry, at: Instruction) -> list[Instruction]:
    """The conditions that decide whether an instruction runs."""
    return [condition for condition, _ in flow(entry.body).controllers[at.block.number]]


def _idle(entry: Entry, at: Instruction) -> set[int]:
    """The conditions on the way that turn away nobody but one account: who is not trusted passes them."""
    return {
        condition.number
        for condition, holds in flow(entry.body).controllers[at.block.number]
        if condition.operation == "binary"
        and condition.data in {"==", "!="}
        and holds == (condition.data == "!=")
        and any(is_environment(side, "msg.sender") for side in condition.arguments)
        and any(plain(side).operation == "load" and not keys(plain(side)) for side in condition.arguments)
    }


def _in_callers_hand(value: Instruction, at: Instruction, locks: frozenset[object]) -> bool:
    if value.operation == "load":
        return value.data.root in locks or _is_size(value)
    if value.operation == "environment":
        return bool(value.data != "msg.value")
    if value.operation == "hash":
        return bool(value.data != "ecrecover")
    return value is at or value.call is None or value.data.kind not in {"external", "internal", "dynamic"}


def _is_size(load: Instruction) -> bool:
    """The length of an array, which callers that may push decide."""
    return bool(load.data.path) and load.data.path[-1] == "length"


def hook_before(entry: Entry, at: Instruction) -> bool:
    """Whether a modifier or function that heirs are to write, or that is not here, runs before: what does it ask?"""
    order = flow(entry.body)
    return any(_is_unseen(call) and order.always_before(call, at) for call in entry.body.of("call"))


def _is_unseen(call: Instruction) -> bool:
    """Whether nobody knows here what an internal call does but give a value."""
    if call.data.kind != "internal":
        return False
    if call.data.function is None:
        return not call.users
    return not call.data.function.implemented


def asks_about_caller(entry: Entry, at: Instruction) -> bool:
    """Whether the way to an instruction has any test of the caller, or a signer, against what is stored or told."""
    order, idle = flow(entry.body), _idle(entry, at)
    for block in entry.body.blocks:
        if block.condition is None or block.condition.number in idle or not order.can_follow(block.condition, at):
            continue
        asked = sources(entry.body, [block.condition], through_calls=False).values()
        if any(_recovers(value) or _told_about_caller(value) for value in asked):
            return True
        named = any(value.data == "msg.sender" for value in asked if value.operation == "environment")
        if named and any(value.operation == "load" for value in asked):
            return True
    return False


def _told_about_caller(value: Instruction) -> bool:
    """Whether another contract, or code that is not here, is asked about the caller."""
    if value.call is None or value.data.kind not in {"external", "internal", "dynamic"}:
        return False
    if value.data.kind == "internal" and value.data.function is None:
        return True
    return any(plain(given).data == "msg.sender" for given in value.data.arguments)


def _recovers(value: Instruction) -> bool:
    if value.operation == "hash":
        return bool(value.data == "ecrecover")
    return value.call is not None and value.data.name in {"isValidSignature", "staticcall"}


def is_unguarded(entry: Entry, at: Instruction) -> bool:
    """Whether nothing on the way to an instruction asks who calls, in any way that can be seen here."""
    if is_authorised(entry.body, at.block) or not flow(entry.body).can_commit(at):
        return False
    return not hook_before(entry, at) and not asks_about_caller(entry, at)


def asks_for_payment(entry: Entry, at: Instruction) -> bool:
    """Whether something has to be paid to get to an instruction."""
    return any(
        value.operation == "environment" and value.data == "msg.value"
        for condition in conditions_of(entry, at)
        for value in inputs(condition)
    )


def owed(value: Instruction) -> bool:
    """Whether an amount is looked up: a balance, a share, a claim."""
    return any(i.operation == "load" and keys(i) for i in inputs(value)) or any(
        i.operation == "environment" and i.data == "msg.value" for i in inputs(value)
    )


def chosen_by_caller(account: Instruction) -> bool:
    """Whether an account is the caller, or an argument."""
    account = plain(account)
    if account.operation == "parameter":
        return True
    return account.operation == "environment" and account.data in {"msg.sender", "tx.origin"}


def holds_something(contract: Contract) -> bool:
    """Whether a contract keeps accounts or trusts somebody: it has more than what passes through it in one call."""
    return bool(authorities(contract)) or any(
        types.is_address(plain(key).type)
        for entry in contract.entries
        for store in entry.body.of("store")
        for key in keys(store)
    )
