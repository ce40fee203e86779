"""An outcome drawn from the time of the block."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.draws import draws
from scorpius_lab.security.contracts.analysis.paths import hit, place_of
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for draw in draws(entry):
            if not draw.of_time:
                continue
            message = "The proposer of the block chooses its time within seconds, and with it this outcome."
            others = tuple(place_of(one) for one in (*draw.sources, *draw.sinks, *draw.earlier))
            root = draw.number.frame.function.name
            yield hit(entry, draw.number, message, root=root, others=others)


DRAWN_FROM_TIME = Detector(
    id="outcome-drawn-from-time",
    title="Outcome drawn from the time of the block",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    dasp=Dasp.TIME_MANIPULATION,
    swc=("SWC-116", "SWC-120"),
    scwe=("SCWE-024",),
    cwe=("CWE-829", "CWE-330"),
    wrong=(
        "A remainder, a bit or a hash of the block's time decides. The proposer of the block chooses its time within "
        "some seconds, and every contract in the same block knows it: both can make it come out as they like."
    ),
    fix="Do not draw from the time; use a verifiable source of randomness, or secrets that are committed to first.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Wheel {
            receive() external payable {}
            function spin() external payable {
                require(msg.value == 1 ether);
                if (block.timestamp % 15 == 0) payable(msg.sender).transfer(address(this).balance);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Wheel {
            uint256 spins;
            receive() external payable {}
            function spin() external payable {
                require(msg.value == 1 ether);
                spins = spins + 1;
                if (spins % 15 == 0) payable(msg.sender).transfer(address(this).balance);
            }
        }
    """,
    find=_find,
)
