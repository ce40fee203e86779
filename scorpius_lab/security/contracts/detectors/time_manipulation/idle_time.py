"""A time that a contract notes and never asks for again."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.clock import is_time
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.summaries import writers
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable


def _find(contract: Contract) -> Iterator[Hit]:
    used = _used(contract)
    for variable in contract.variables:
        if id(variable) in used or _may_be_read_elsewhere(contract, variable):
            continue
        for entry, store in writers(contract, variable):
            if store.operation == "store" and not store.data.path and is_time(store.arguments[0]):
                text = f"The time is kept in {variable.name}, and nothing reads it: whatever it should limit is open."
                yield hit(entry, store, text, root=variable.name)


def _used(contract: Contract) -> set[int]:
    """The variables that anything in the contract reads, points to or finds the slot of."""
    return {
        id(place.data.variable)
        for entry in contract.entries
        for place in entry.body.of("load", "reference", "slot")
        if place.data.variable is not None
    }


def _may_be_read_elsewhere(contract: Contract, variable: StateVariable) -> bool:
    """Whether it has a getter, contracts yet to be written build on it, or a part of the file was not read."""
    visibility = variable.declaration.visibility
    if visibility == "public" or contract.heirs or contract.missing_bases or contract.kind != "contract":
        return True
    if contract.unit.source.syntax_errors:
        return True
    return contract.declaration.abstract and visibility != "private"


IDLE_TIME = Detector(
    id="time-noted-in-vain",
    title="Time noted that nothing reads",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    dasp=Dasp.TIME_MANIPULATION,
    swc=("SWC-116", "SWC-131"),
    scwe=(),
    cwe=("CWE-563",),
    wrong=(
        "The time of a block is stored where no function reads it and no getter shows it. Either it is left over, or "
        "the deadline, the pause between two withdrawals or the start that it was noted for is not enforced anywhere."
    ),
    fix="Compare the time where it should limit something, or remove the variable.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Faucet {
            uint256 private last;
            receive() external payable {}
            function drip() external {
                last = block.timestamp;
                payable(msg.sender).transfer(0.1 ether);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Faucet {
            uint256 private last;
            receive() external payable {}
            function drip() external {
                require(block.timestamp >= last + 1 days);
                last = block.timestamp;
                payable(msg.sender).transfer(0.1 ether);
            }
        }
    """,
    find=_find,
)
