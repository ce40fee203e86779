"""A window so short that the proposer's clock decides."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.clock import comparisons, moments, short_window
from scorpius_lab.security.contracts.analysis.paths import hit, place_of
from scorpius_lab.security.contracts.analysis.summaries import writers
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for comparison, _ in comparisons(entry, equality=False):
            window = short_window(contract, entry, comparison)
            if window is None:
                continue
            message = f"A window of {window} seconds decides, and the proposer of a block moves its time by as much."
            earlier = moments(contract, entry, comparison)
            others = tuple(place_of(s) for v in earlier for e, s in writers(contract, v) if not e.constructing)
            yield hit(entry, comparison, message, others=others)


SHORT_WINDOW = Detector(
    id="short-time-window",
    title="Time window of seconds",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.TIME_MANIPULATION,
    swc=("SWC-116",),
    scwe=("SCWE-024",),
    cwe=("CWE-829",),
    wrong=(
        "The time of a block is what its proposer says, within some seconds. A window hardly longer is open or shut as "
        "the proposer likes, who plays too: the last bid, the fastest answer, the bonus are theirs."
    ),
    fix="Measure short spans in blocks, or make the window much longer than the drift of the clock.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract LastOne {
            address last;
            uint256 since;
            function bid() external payable { last = msg.sender; since = block.timestamp; }
            function end() external {
                require(block.timestamp > since + 30 seconds);
                payable(last).transfer(address(this).balance);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract LastOne {
            address last;
            uint256 since;
            function bid() external payable { last = msg.sender; since = block.timestamp; }
            function end() external {
                require(block.timestamp > since + 2 days);
                payable(last).transfer(address(this).balance);
            }
        }
    """,
    find=_find,
)
