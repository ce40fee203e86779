"""Payments to many in one loop, which all fail if one does."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.paths import call_sites, hit
from scorpius_lab.security.contracts.analysis.payments import blocking_payments
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if entry.constructing:
            continue
        for _, call in blocking_payments(entry):
            text = "One account that refuses the payment, by mistake or on purpose, keeps all the others from theirs."
            yield hit(entry, call, text, site=True, others=call_sites(call))


PAYMENTS_IN_LOOP = Detector(
    id="payments-in-loop",
    title="Payments in a loop that fail together",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    dasp=Dasp.DENIAL_OF_SERVICE,
    swc=("SWC-113",),
    scwe=(),
    cwe=("CWE-703", "CWE-834"),
    wrong=(
        "The accounts on the list are paid one after the other, and one payment that fails reverts all. A contract "
        "without a payable fallback on the list, or too many entries for one block, and nobody is ever paid."
    ),
    fix="Book what everybody is owed and let each collect it, or go on when one payment fails and keep it for later.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Shares {
            address payable[] holders;
            constructor(address payable[] memory first) { holders = first; }
            function distribute() external payable {
                uint256 part = msg.value / holders.length;
                for (uint256 i = 0; i < holders.length; i++) {
                    holders[i].transfer(part);
                }
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Shares {
            address payable[] holders;
            mapping(address => uint256) owed;
            constructor(address payable[] memory first) { holders = first; }
            function distribute() external payable {
                uint256 part = msg.value / holders.length;
                for (uint256 i = 0; i < holders.length; i++) {
                    owed[holders[i]] += part;
                }
            }
            function collect() external {
                uint256 amount = owed[msg.sender];
                owed[msg.sender] = 0;
                payable(msg.sender).transfer(amount);
            }
        }
    """,
    find=_find,
)
