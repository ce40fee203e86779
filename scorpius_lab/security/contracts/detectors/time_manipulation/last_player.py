"""A prize for whoever came last before the time ran out."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.authority import Place, place_key
from scorpius_lab.security.contracts.analysis.clock import comparisons, moments, short_window
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.guards import is_authorised
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.paths import hit, place_of
from scorpius_lab.security.contracts.analysis.slices import inputs, keys
from scorpius_lab.security.contracts.analysis.summaries import moves_value, writers
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for comparison, _ in comparisons(entry, equality=False):
            if short_window(contract, entry, comparison) is not None:
                continue  # too short for anybody, whoever is paid: that is found on its own
            restarts = [
                store
                for moment in moments(contract, entry, comparison) & _common(comparison)
                for player, store in writers(contract, moment)
                if _names_the_player(player, store, _paid_after(entry, comparison))
            ]
            if restarts:
                message = "The last to play before this moment is paid: the proposers around it decide who that is."
                yield hit(entry, comparison, message, others=tuple(place_of(store) for store in restarts))


def _common(comparison: Instruction) -> set[StateVariable]:
    """The variables read for a comparison that are one for all, not one for each order or account."""
    loads = [value for value in inputs(comparison) if value.operation == "load" and not keys(value)]
    return {load.data.variable for load in loads if load.data.variable is not None}


def _paid_after(entry: Entry, comparison: Instruction) -> list[Place]:
    """Where those are stored whom the contract pays once the time has come."""
    known = flow(entry.body).controllers
    return [
        place_key(target)
        for call in entry.body.calls
        if moves_value(call) and call.data.target is not None
        if any(comparison in inputs(condition) for condition, _ in known[call.block.number])
        for target in inputs(call.data.target)
        if target.operation == "load"
    ]


def _names_the_player(entry: Entry, restart: Instruction, paid: list[Place]) -> bool:
    """Whether anyone can start the clock again, and is entered as the one to be paid by that."""
    if not entry.public or is_authorised(entry.body, restart.block):
        return False
    return any(
        place[: len(place_key(store))] == place_key(store)
        for store in entry.body.of("store", "push")
        if store.arguments and "msg.sender" in origins(entry.body, store.arguments[0])
        for place in paid
    )


LAST_PLAYER = Detector(
    id="prize-for-the-last",
    title="Prize for the last player before a deadline that each moves",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    dasp=Dasp.TIME_MANIPULATION,
    swc=("SWC-116",),
    scwe=("SCWE-024",),
    cwe=("CWE-829",),
    wrong=(
        "Every player starts the clock again, and the one who was last when it runs out is paid. Who fills or proposes "
        "the blocks around that moment keeps the others out, and sets the time of the block that ends the game."
    ),
    fix="End at a moment nobody can move, or pay by something else than who came last.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Crown {
            address payable king;
            uint256 since;
            function play() external payable {
                require(msg.value == 1 ether);
                king = payable(msg.sender);
                since = block.timestamp;
            }
            function end() external {
                require(block.timestamp > since + 12 hours);
                king.transfer(address(this).balance);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Crown {
            address payable king;
            uint256 highest;
            uint256 immutable end;
            constructor() { end = block.timestamp + 7 days; }
            function play() external payable {
                require(block.timestamp < end && msg.value > highest);
                highest = msg.value;
                king = payable(msg.sender);
            }
            function finish() external {
                require(block.timestamp >= end);
                king.transfer(address(this).balance);
            }
        }
    """,
    find=_find,
)
