"""Something that happens in one exact second."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.clock import comparisons, moments
from scorpius_lab.security.contracts.analysis.origins import from_parameter
from scorpius_lab.security.contracts.analysis.paths import hit, place_of
from scorpius_lab.security.contracts.analysis.slices import inputs, is_environment
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit, Place
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for comparison, other in comparisons(entry, equality=True):
            if other.is_constant and other.data == 0:
                continue
            earlier = moments(contract, entry, other)
            message = "Only a block with exactly this time passes: its proposer decides whether there is one."
            if earlier:
                message = "Blocks are told apart by their time here, which on some chains two of them share."
            found = hit(entry, comparison, message, others=_noted(entry, earlier))
            yield found if _anyones(entry, other) else replace(found, severity=Severity.LOW)


def _anyones(entry: Entry, moment: Instruction) -> bool:
    """Whether the second is fixed in the code or named by whoever calls."""
    return entry.public and (moment.is_constant or from_parameter(entry.body, moment))


def _noted(entry: Entry, earlier: set[StateVariable]) -> tuple[Place, ...]:
    """Where the time is noted to be compared with later."""
    return tuple(
        place_of(store)
        for store in entry.body.of("store")
        if store.data.variable in earlier and any(is_environment(i, "block.timestamp") for i in inputs(store))
    )


EXACT_TIME = Detector(
    id="exact-time",
    title="Equality with the time of the block",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.TIME_MANIPULATION,
    swc=("SWC-116",),
    scwe=("SCWE-024",),
    cwe=("CWE-829",),
    wrong=(
        "Blocks come seconds apart, so that most seconds have none. Whether one has the wanted time is up to its "
        "proposer, who can take the prize that hangs on it or see to it that nobody does."
    ),
    fix="Ask for a time not before, or not after, and let a number of blocks decide where seconds matter.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Noon {
            address winner;
            function play(uint256 start) external {
                if (start + 5 days == block.timestamp) winner = msg.sender;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Noon {
            address winner;
            function play(uint256 start) external {
                if (block.timestamp >= start + 5 days) winner = msg.sender;
            }
        }
    """,
    find=_find,
)
