"""State that is settled only after a stranger's code has run, with nothing to keep the stranger from coming back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.handover import handovers, late_writes, paid_by, payments, strange
from scorpius_lab.security.contracts.analysis.locks import locks_held
from scorpius_lab.security.contracts.analysis.paths import hit, steps_to
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        paid = payments(entry)
        for call in [*handovers(entry), *paid]:
            late = late_writes(entry, call)
            if call in paid:
                late = [(write, read) for write, read in late if paid_by(entry, call, read)]
            if not late or locks_held(entry, call):
                continue
            write, read = late[0]
            message = f"The account called can come back before {write.data.name}, read for this call, is written."
            between = ((read, f"{read.data.name} is read"), (write, f"{write.data.name} is written after the call"))
            others = tuple(step.place for step in steps_to(entry, call, "")[1:-1])
            reason = "a stranger's code runs here"
            found = hit(entry, call, message, site=True, between=between, others=others, reason=reason)
            grave = call in paid or strange(entry, call.data.target)
            yield found if grave else replace(found, severity=Severity.MEDIUM)


STATE_AFTER_CALL = Detector(
    id="reentrancy",
    title="State written after a call to a stranger",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    dasp=Dasp.REENTRANCY,
    swc=("SWC-107",),
    scwe=("SCWE-046",),
    cwe=("CWE-841",),
    wrong=(
        "The code of the account called runs before this function has written what it read. It can call the contract "
        "again, which then sees the old state and pays, mints or executes a second time. Safe transfers and mints of "
        "ERC-721, ERC-1155 and ERC-777 tokens call the receiver back too."
    ),
    fix="Write the state first and make the call last; a lock that every function using that state takes also helps.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Bank {
            mapping(address => uint256) balances;
            function deposit() external payable { balances[msg.sender] += msg.value; }
            function withdraw() external {
                (bool ok, ) = msg.sender.call{value: balances[msg.sender]}("");
                require(ok);
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
                (bool ok, ) = msg.sender.call{value: amount}("");
                require(ok);
            }
        }
    """,
    find=_find,
)
