"""An answer so long that copying it takes all the gas."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.handover import only_for_trusted, strange
from scorpius_lab.security.contracts.analysis.origins import from_parameter, origins
from scorpius_lab.security.contracts.analysis.paths import call_sites, hit
from scorpius_lab.security.contracts.analysis.payments import stops_on_failure
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public or entry.function.reads_only:
            continue
        for call in entry.body.calls:
            if _copies_answer(call) and _somebody_elses(entry, call) and not stops_on_failure(entry.body, call):
                text = "The callee may answer with so much data that copying it uses up the gas of the whole call."
                yield hit(entry, call, text, site=True, others=call_sites(call))


def _copies_answer(call: Instruction) -> bool:
    """Whether the answer of a low-level call is kept in memory, as long as it may be."""
    if call.data.kind not in {"call", "staticcall"}:
        return False
    return any(user.operation == "extract" and user.data == 1 for user in call.users)


def _somebody_elses(entry: Entry, call: Instruction) -> bool:
    """Whether neither the caller nor those the contract trusts chose the callee, but a stranger did before."""
    target = call.data.target
    if target is None or not strange(entry, target) or only_for_trusted(entry, call):
        return False
    return "msg.sender" not in origins(entry.body, target) and not from_parameter(entry.body, target)


OVERSIZED_ANSWER = Detector(
    id="oversized-answer",
    title="Answer of any length copied from a stranger",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.DENIAL_OF_SERVICE,
    swc=(),
    scwe=(),
    cwe=("CWE-400",),
    wrong=(
        "The contract wants to go on if the callee fails, but copies whatever it answers into its own memory and pays "
        "for that. A callee that returns or reverts with a very long answer makes the copying run out of gas."
    ),
    fix="Call in assembly with a fixed place for the answer, so that no more than that is copied.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Watch {
            address[] watchers;
            event Told(bool ok, bytes answer);
            function watch() external { watchers.push(msg.sender); }
            function tell(uint256 number) external {
                (bool ok, bytes memory answer) = watchers[number].call{gas: 50000}("");
                emit Told(ok, answer);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Watch {
            address[] watchers;
            event Told(bool ok);
            function watch() external { watchers.push(msg.sender); }
            function tell(uint256 number) external {
                address watcher = watchers[number];
                bool ok;
                assembly {
                    ok := call(50000, watcher, 0, 0, 0, 0, 0)
                }
                emit Told(ok);
            }
        }
    """,
    find=_find,
)
