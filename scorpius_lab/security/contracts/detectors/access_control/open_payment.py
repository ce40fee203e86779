"""Ether or tokens of the contract that anyone may take."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.gates import chosen_by_caller, holds_something, is_open, owed
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.analysis.slices import conditions, inputs, is_environment
from scorpius_lab.security.contracts.analysis.summaries import moves_value
from scorpius_lab.security.contracts.analysis.tokens import token_call
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Block, Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_ASKED = frozenset({"balanceOf", "allowance"})  # of a token: answers, takes nothing


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for call in entry.body.calls:
            if not _gives_away(contract, call) or not is_open(entry, call):
                continue
            if not _earned(entry, call) and not _to_be_returned(entry, call):
                message = (
                    "Nothing asks who is calling or what they are owed: anyone who passes the other tests is paid."
                )
                yield hit(entry, call, message, site=True, others=(header_of(entry.function),))


def _gives_away(contract: Contract, call: Instruction) -> bool:
    """Whether a call sends ether or tokens to whom the caller says, or lets them take tokens, as much as that."""
    what = call.data
    if what.kind == "selfdestruct" or what.target is None:
        return False
    if moves_value(call):
        return chosen_by_caller(what.target) and not owed(what.value)
    asked = token_call(call)
    if asked is None or (chosen_by_caller(asked.token) and not holds_something(contract)):
        return False
    receiver, amount = asked.arguments[-2:]
    if asked.name == "transferFrom" and not is_environment(asked.arguments[0], "this"):
        return False
    return chosen_by_caller(receiver) and not owed(amount)


def _earned(entry: Entry, call: Instruction) -> bool:
    """Whether the caller gives something for it first: ether that came along, tokens, an account that is debited."""
    if any(value.data == "msg.value" for value in entry.body.of("environment")):
        return True
    if any(store.data.path and store.arguments[0].data == "-" for store in entry.body.of("store")):
        return True
    return any(
        other is not call and other.data.kind == "external" and other.data.name not in _ASKED
        for other in entry.body.calls
    )


def _to_be_returned(entry: Entry, call: Instruction) -> bool:
    """Whether a later condition looks at what the contract has then, as a lender's does: else it all reverts."""
    order = flow(entry.body)
    return any(
        _is_own_balance(value) and order.can_follow(call, value)
        for block, condition in conditions(entry.body)
        if order.can_follow(call, condition) and _may_fail(entry, block)
        for value in inputs(condition)
    )


def _is_own_balance(value: Instruction) -> bool:
    if value.operation == "member" and value.data == "balance":
        return is_environment(value.arguments[0], "this")
    asked = value.operation == "call" and value.data.kind == "external" and value.data.name == "balanceOf"
    return asked and any(is_environment(account, "this") for account in value.arguments)


def _may_fail(entry: Entry, block: Block) -> bool:
    """Whether one side of a branch ends in a revert."""
    kept = flow(entry.body).committed
    return any(not kept >> following.number & 1 for following in block.successors)


OPEN_PAYMENT = Detector(
    id="open-payment",
    title="Payment that anyone may ask for",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    dasp=Dasp.ACCESS_CONTROL,
    swc=("SWC-105",),
    scwe=("SCWE-016",),
    cwe=("CWE-284",),
    wrong=(
        "The function sends ether or tokens of the contract to its caller, or to whom the caller names, and nothing "
        "asks who that is or what they are owed. The first who notices takes everything; where an answer is asked for, "
        "the first who finds it, or reads it in somebody's pending transaction."
    ),
    fix="Let only a role call it, or pay out of what is recorded for the caller and take it off the record first.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Till {
            receive() external payable {}
            function empty(address payable to) external { to.transfer(address(this).balance); }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Till {
            address owner = msg.sender;
            receive() external payable {}
            function empty(address payable to) external {
                require(msg.sender == owner);
                to.transfer(address(this).balance);
            }
        }
    """,
    find=_find,
)
