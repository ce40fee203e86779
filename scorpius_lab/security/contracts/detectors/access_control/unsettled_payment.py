"""A payment of the caller's own money that is never taken off their account, or bounded the wrong way round."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.facts import facts_at, same
from scorpius_lab.security.contracts.analysis.guards import is_authorised
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.analysis.slices import inputs, is_environment, keys, plain
from scorpius_lab.security.contracts.analysis.summaries import WRITES, moves_value, writers
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for call in entry.body.calls:
            if not moves_value(call) or call.data.value is None or is_authorised(entry.body, call.block):
                continue
            if _never_taken_off(contract, entry, call):
                message = "The caller's balance is paid out and left as it was: it can be paid out again and again."
                yield hit(entry, call, message, others=(header_of(entry.function),))
            elif _bounded_from_below(entry, call):
                message = "The amount must be at least the caller's balance instead of at most: more than that is paid."
                yield hit(entry, call, message, others=(header_of(entry.function),))


def _never_taken_off(contract: Contract, entry: Entry, call: Instruction) -> bool:
    """Whether a record of the caller's is paid, and nothing kept for the caller changes."""
    amount = plain(call.data.value)
    if amount.operation != "load" or not _of_caller(amount) or amount.data.variable is None:
        return False
    if any(_of_caller(write) or write.data.root is amount.data.root for write in entry.body.of(*WRITES)):
        return False
    return any(
        write.operation == "store" and plain(write.arguments[0]).data == "+"
        for _, write in writers(contract, amount.data.variable)
    )


def _bounded_from_below(entry: Entry, call: Instruction) -> bool:
    amount = plain(call.data.value)
    if amount.operation != "parameter":
        return False
    known = facts_at(entry.body, call.block)
    below = [f for f in known if same(entry.body, f.greater, amount) and _is_record(f.lesser)]
    above = [f for f in known if same(entry.body, f.lesser, amount) and not f.greater.is_constant]
    return bool(below) and not above


def _is_record(value: Instruction) -> bool:
    return plain(value).operation == "load" and _of_caller(plain(value))


def _of_caller(access: Instruction) -> bool:
    return any(is_environment(i, "msg.sender") for key in keys(access) for i in inputs(key))


UNSETTLED_PAYMENT = Detector(
    id="unsettled-payment",
    title="Payment that is not held to the caller's balance",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    dasp=Dasp.ACCESS_CONTROL,
    swc=("SWC-105",),
    scwe=("SCWE-016",),
    cwe=("CWE-284", "CWE-697"),
    wrong=(
        "What is recorded for the caller is paid but not taken off the record, or the amount is compared with it the "
        "wrong way round. Either way the caller is paid from what belongs to others."
    ),
    fix="Test that the amount does not exceed the balance, and take it off before it is paid.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Purse {
            mapping(address => uint256) balances;
            function deposit() external payable { balances[msg.sender] += msg.value; }
            function refund() external { payable(msg.sender).transfer(balances[msg.sender]); }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Purse {
            mapping(address => uint256) balances;
            function deposit() external payable { balances[msg.sender] += msg.value; }
            function refund() external {
                uint256 amount = balances[msg.sender];
                balances[msg.sender] = 0;
                payable(msg.sender).transfer(amount);
            }
        }
    """,
    find=_find,
)
