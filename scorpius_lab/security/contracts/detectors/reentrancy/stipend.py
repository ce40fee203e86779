"""State written after `send` or `transfer`, which only the price of gas keeps safe."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.handover import late_writes, only_for_trusted, strange
from scorpius_lab.security.contracts.analysis.locks import locks_held
from scorpius_lab.security.contracts.analysis.outcomes import outcome_unused
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.summaries import moves_value
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for call in entry.body.calls:
            if not _pays_stranger(entry, call):
                continue
            late = late_writes(entry, call)
            if not late or locks_held(entry, call):
                continue
            write, read = late[0]
            message = f"{write.data.name} is written after this payment: only the 2300 gas it carries keep it safe."
            between = ((read, f"{read.data.name} is read"), (write, f"{write.data.name} is written after the payment"))
            yield hit(entry, call, message, root=write.data.name, between=between, reason="a stranger is paid here")


def _pays_stranger(entry: Entry, call: Instruction) -> bool:
    """Whether a stranger is paid; a `send` whose failure nobody notices is another detector's."""
    if call.data.kind == "send" and outcome_unused(entry.body, call):
        return False
    if call.data.kind not in {"send", "transfer"}:
        return False
    return moves_value(call) and strange(entry, call.data.target) and not only_for_trusted(entry, call)


STIPEND = Detector(
    id="reentrancy-stipend",
    title="State written after send or transfer",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    dasp=Dasp.REENTRANCY,
    swc=("SWC-107",),
    scwe=("SCWE-046",),
    cwe=("CWE-841",),
    wrong=(
        "`send` and `transfer` leave the receiver 2300 gas, today too little to call back. Prices of gas have changed "
        "before (EIP-1884, EIP-2929) and differ between chains; where they allow it, the "
        "receiver comes back before the "
        "state is written."
    ),
    fix="Write the state before the payment.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Bank {
            mapping(address => uint256) balances;
            function deposit() external payable { balances[msg.sender] += msg.value; }
            function withdraw() external {
                payable(msg.sender).transfer(balances[msg.sender]);
                balances[msg.sender] = 0;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Bank {
            mapping(address => uint256) balances;
            function deposit() external payable { balances[msg.sender] += msg.value; }
            function withdraw() external {
                uint256 amount = balances[msg.sender];
                balances[msg.sender] = 0;
                payable(msg.sender).transfer(amount);
            }
        }
    """,
    find=_find,
)
