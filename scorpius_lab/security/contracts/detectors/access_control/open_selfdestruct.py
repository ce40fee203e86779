"""A contract that anyone may destroy."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.gates import is_unguarded
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for call in entry.body.calls:
            if call.data.kind == "selfdestruct" and is_unguarded(entry, call):
                message = "Anyone can get here: the contract is destroyed and all its ether sent away."
                yield hit(entry, call, message, others=(header_of(entry.function),))


OPEN_SELFDESTRUCT = Detector(
    id="open-selfdestruct",
    title="Destruction that anyone may call",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    dasp=Dasp.ACCESS_CONTROL,
    swc=("SWC-106",),
    scwe=("SCWE-016",),
    cwe=("CWE-284",),
    wrong=(
        "`selfdestruct` sends all ether of the contract to an account and removes its code. Here no test of the caller "
        "stands before it: a single transaction of a stranger ends the contract and all that rely on it."
    ),
    fix="Test that the caller is the one allowed to, or remove the function.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Season {
            receive() external payable {}
            function end() external { selfdestruct(payable(msg.sender)); }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Season {
            address owner = msg.sender;
            receive() external payable {}
            function end() external {
                require(msg.sender == owner);
                selfdestruct(payable(owner));
            }
        }
    """,
    find=_find,
)
