"""Ether sent to whoever calls, with nothing checked."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_SENDING = frozenset({"send", "transfer", "call"})


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for call in entry.body.calls:
            if call.data.kind in _SENDING and _given_away(entry, call):
                yield hit(entry, call, "Ether of the contract goes to whoever calls, and nothing is checked before.")


def _given_away(entry: Entry, call: Instruction) -> bool:
    """Whether a fixed amount goes to the caller on every way through the entry."""
    target, amount = call.data.target, call.data.value
    if amount is None or target is None or not amount.is_constant or not amount.data:
        return False
    if origins(entry.body, target) != {"msg.sender"}:
        return False
    return not flow(entry.body).controllers[call.block.number]


ETHER_TO_ANYONE = Detector(
    id="ether-to-anyone",
    title="Payment to the caller without any check",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    dasp=Dasp.UNCHECKED_CALLS,
    swc=("SWC-105",),
    scwe=("SCWE-049",),
    cwe=("CWE-284",),
    wrong=(
        "The function pays a fixed amount of the contract's ether to whoever calls it. It tests neither who that is, "
        "nor what is owed, nor whether it was paid before: anyone empties the contract by calling again and again."
    ),
    fix="Pay what is booked for the caller and clear it first, or let only the owner call.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Tap {
            function drink() external payable { payable(msg.sender).transfer(1 ether); }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Tap {
            mapping(address => bool) thirsty;
            function invite(address who) external payable {
                require(msg.value == 1 ether);
                thirsty[who] = true;
            }
            function drink() external {
                require(thirsty[msg.sender]);
                thirsty[msg.sender] = false;
                payable(msg.sender).transfer(1 ether);
            }
        }
    """,
    find=_find,
)
