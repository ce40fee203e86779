"""A call whose success is tested to no effect."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.outcomes import outcome_pointless
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.program import Contract

_REPORTING = frozenset({"call", "send", "callcode"})


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for call in entry.body.calls:
            if call.data.kind in _REPORTING and outcome_pointless(entry.body, call):
                message = (
                    f"The result of this {call.data.kind} is tested, but nothing comes of a failure: the function "
                    "neither reverts because of it nor undoes what it booked."
                )
                yield hit(entry, call, message)


POINTLESS_CHECK = Detector(
    id="pointless-call-check",
    title="Check of a call that does not handle its failure",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.UNCHECKED_CALLS,
    swc=("SWC-104",),
    scwe=("SCWE-048",),
    cwe=("CWE-252", "CWE-390"),
    wrong=(
        "The result of the call is tested, but both ways do the same, or the function goes on where the call failed "
        "and reverts where it succeeded. The failure is as unhandled as if nobody had looked."
    ),
    fix="Revert, or undo what was booked, where the call failed.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Purse {
            uint256 failures;
            function collect(address payable to) external {
                if (!to.send(1 ether)) { failures += 1; } else { revert(); }
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Purse {
            uint256 payments;
            function collect(address payable to) external {
                if (to.send(1 ether)) { payments += 1; } else { revert(); }
            }
        }
    """,
    find=_find,
)
