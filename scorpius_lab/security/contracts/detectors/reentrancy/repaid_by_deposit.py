"""A loan whose return is judged by the contract's balance, which a deposit raises too."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.handover import handovers
from scorpius_lab.security.contracts.analysis.locks import Locks, kept_out, locks_held
from scorpius_lab.security.contracts.analysis.origins import depends_on
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.analysis.summaries import moves_value
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public or not entry.body.of("member"):
            continue
        for call in handovers(entry):
            if not moves_value(call) or not _judged_by_balance(entry, call):
                continue
            deposit = _crediting(entry, locks_held(entry, call))
            if deposit is not None:
                message = (
                    f"Ether returned through {deposit.function.name} during this call counts twice: "
                    "it raises the balance "
                    "the loan is judged by and is credited to the borrower."
                )
                yield hit(entry, call, message, others=(header_of(deposit.function),))


def _judged_by_balance(entry: Entry, call: Instruction) -> bool:
    """Whether the balance after a call is compared with the balance before it."""
    order = flow(entry.body)
    balances = [i for i in entry.body.of("member") if i.data == "balance"]
    after = [i for i in balances if order.can_follow(call, i)]
    before = [i for i in balances if order.always_before(i, call)]
    if not after or not before:
        return False
    for block in entry.body.blocks:
        condition = block.condition
        if condition is not None and condition.operation == "binary":
            sides = [depends_on(entry.body, side, "balance") for side in condition.arguments]
            if all(sides) and order.can_follow(call, condition):
                return True
    return False


def _crediting(entry: Entry, held: Locks) -> Entry | None:
    """A function that books ether sent to it for the sender and can be run during the call."""
    for other in entry.contract.entries:
        if other is entry or not other.public or not other.function.payable:
            continue
        for store in other.body.of("store"):
            if depends_on(other.body, store.arguments[0], "msg.value") and not kept_out(other, store, held):
                return other
    return None


REPAID_BY_DEPOSIT = Detector(
    id="reentrancy-balance-check",
    title="Loan that a deposit repays",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.REENTRANCY,
    swc=("SWC-107",),
    scwe=("SCWE-046",),
    cwe=("CWE-841",),
    wrong=(
        "Whether the ether lent has come back is judged by the contract's balance. During "
        "the call the borrower can pay "
        "it in as a deposit: the loan counts as repaid, and the deposit can be withdrawn."
    ),
    fix="Take one lock in the loan and in all functions that book deposits and withdrawals.",
    vulnerable="""
        pragma solidity ^0.8.0;
        interface Borrower { function onLoan() external payable; }
        contract Lender {
            mapping(address => uint256) funds;
            function deposit() external payable { funds[msg.sender] += msg.value; }
            function lend(uint256 amount) external {
                uint256 before = address(this).balance;
                Borrower(msg.sender).onLoan{value: amount}();
                require(address(this).balance >= before);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        interface Borrower { function onLoan() external payable; }
        contract Lender {
            bool lending;
            mapping(address => uint256) funds;
            modifier locked() { require(!lending); lending = true; _; lending = false; }
            function deposit() external payable locked { funds[msg.sender] += msg.value; }
            function lend(uint256 amount) external locked {
                uint256 before = address(this).balance;
                Borrower(msg.sender).onLoan{value: amount}();
                require(address(this).balance >= before);
            }
        }
    """,
    find=_find,
)
