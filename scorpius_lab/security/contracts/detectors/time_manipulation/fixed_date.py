"""A date written into the code that the clock of one block passes."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.clock import comparisons
from scorpius_lab.security.contracts.analysis.paths import call_sites, hit
from scorpius_lab.security.contracts.analysis.slices import plain
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_FIRST, _LAST = 1_000_000_000, 10_000_000_000  # the dates from 2001 to 2286 as seconds


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for comparison, other in comparisons(entry, equality=False):
            if _is_date(plain(other)):
                message = "This moment is fixed in the code: proposers of the blocks around it decide who is in time."
                yield hit(entry, comparison, message, others=call_sites(comparison))


def _is_date(value: Instruction) -> bool:
    return value.is_constant and isinstance(value.data, int) and _FIRST <= value.data < _LAST


FIXED_DATE = Detector(
    id="fixed-date",
    title="Date in the code compared with the time of the block",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    dasp=Dasp.TIME_MANIPULATION,
    swc=("SWC-116",),
    scwe=("SCWE-024",),
    cwe=("CWE-829",),
    wrong=(
        "The contract starts or ends at a second that nobody can change any more. Around it the proposers of blocks "
        "decide who is in and who is not, and a mistake in the number is there for ever."
    ),
    fix="Give the date to the constructor, test that it lies ahead, and let nothing hang on the exact second.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Sale {
            function isOver() public view returns (bool) { return block.timestamp >= 1546300800; }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Sale {
            uint256 immutable end;
            constructor(uint256 end_) { require(end_ > block.timestamp); end = end_; }
            function isOver() public view returns (bool) { return block.timestamp >= end; }
        }
    """,
    find=_find,
)
