"""Seconds turned into a number of blocks."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.clock import fixed_number
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.slices import is_environment, plain
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_SHORTEST, _LONGEST = 2, 30  # seconds from one block to the next, on the chains there are


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for total in entry.body.of("binary"):
            if total.data not in {"+", "-"}:
                continue
            for number, span in (total.arguments, total.arguments[::-1]):
                if is_environment(number, "block.number") and _is_rate(contract, plain(span)):
                    yield hit(entry, total, "Blocks do not always come at this rate: the moment that is meant moves.")
                    break


def _is_rate(contract: Contract, value: Instruction) -> bool:
    """A span, not itself a constant, divided by a number of seconds that a block may take."""
    if value.operation != "binary" or value.data != "/" or value.arguments[0].is_constant:
        return False
    seconds = fixed_number(contract, value.arguments[1])
    return seconds is not None and _SHORTEST <= seconds <= _LONGEST


COUNTED_BLOCKS = Detector(
    id="seconds-counted-in-blocks",
    title="Seconds turned into a number of blocks",
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.TIME_MANIPULATION,
    swc=("SWC-116",),
    scwe=("SCWE-024",),
    cwe=("CWE-829",),
    wrong=(
        "A span of time is divided by the seconds a block takes and added to the block's number. That rate has changed "
        "with every upgrade, differs between chains, and proposers who skip blocks stretch it: what should end at a "
        "known time ends earlier or later."
    ),
    fix="Store and compare times where a time is meant, and numbers of blocks where blocks are.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Lock {
            mapping(address => uint256) until;
            function lock(uint256 span) external { until[msg.sender] = block.number + span / 14; }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Lock {
            mapping(address => uint256) until;
            function lock(uint256 span) external { until[msg.sender] = block.timestamp + span; }
        }
    """,
    find=_find,
)
