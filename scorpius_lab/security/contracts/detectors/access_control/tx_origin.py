"""Authorisation by the account that signed the transaction instead of the one that calls."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.origins import depends_on
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.slices import keys
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for block in entry.body.blocks:
            if block.condition is not None and _trusts_origin(entry, block.condition):
                yield hit(
                    entry,
                    block.condition,
                    "`tx.origin` is who signed the transaction: any contract the trusted account calls passes too.",
                )


def _trusts_origin(entry: Entry, condition: Instruction) -> bool:
    """Whether `tx.origin` decides, compared or looked up; `tx.origin == msg.sender` only asks if a contract calls."""
    if condition.operation == "load":
        return any(depends_on(entry.body, key, "tx.origin") for key in keys(condition))
    if condition.operation != "binary" or condition.data not in {"==", "!="}:
        return False
    first, second = condition.arguments
    for who, known in ((first, second), (second, first)):
        if depends_on(entry.body, who, "tx.origin"):
            return not depends_on(entry.body, known, "msg.sender") and not (known.is_constant and known.data == 0)
    return False


TX_ORIGIN = Detector(
    id="tx-origin",
    title="Authorisation by tx.origin",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    dasp=Dasp.ACCESS_CONTROL,
    swc=("SWC-115",),
    scwe=("SCWE-018",),
    cwe=("CWE-477",),
    wrong=(
        "`tx.origin` is the account that signed the transaction, not the one that calls. Whoever gets the trusted "
        "account to call a contract of theirs can call this function through it and passes the test."
    ),
    fix="Compare `msg.sender` instead.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Safe {
            address owner = msg.sender;
            function pay(address payable to) external {
                require(tx.origin == owner);
                to.transfer(1 ether);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Safe {
            address owner = msg.sender;
            function pay(address payable to) external {
                require(msg.sender == owner);
                to.transfer(1 ether);
            }
        }
    """,
    find=_find,
)
