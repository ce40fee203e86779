"""A lock that another function using the same state does not take."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.handover import handovers, late_writes, only_for_trusted
from scorpius_lab.security.contracts.analysis.locks import Locks, kept_out, locks_held
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.analysis.summaries import writers
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for call in handovers(entry):
            held = locks_held(entry, call)
            found = sibling_without_lock(entry, call, held) if held else None
            if found is None:
                continue
            sibling, write = found
            message = (
                f"{sibling.function.name} does not take the lock held here and can change "
                f"{write.data.name} during this "
                "call, before it is written."
            )
            between = ((write, f"{write.data.name} is written after the call"),)
            yield hit(entry, call, message, site=True, between=between, others=(header_of(sibling.function),))


def sibling_without_lock(entry: Entry, call: Instruction, held: Locks) -> tuple[Entry, Instruction] | None:
    """Another function a stranger can run during a locked call, and the late write to the state both use."""
    for late, _ in late_writes(entry, call):
        variable = late.data.variable
        if variable in held:
            continue
        for sibling, write in writers(entry.contract, variable):
            if not sibling.public or sibling is entry or only_for_trusted(sibling, write):
                continue
            if not kept_out(sibling, write, held):
                return sibling, late
    return None


CROSS_FUNCTION = Detector(
    id="reentrancy-cross-function",
    title="Lock that a sibling function does not take",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.REENTRANCY,
    swc=("SWC-107",),
    scwe=("SCWE-046",),
    cwe=("CWE-841", "CWE-667"),
    wrong=(
        "The function holds a lock while it calls a stranger, but has yet to write state that another function "
        "changes without taking the lock. The stranger calls that one: what it does there is overwritten, or is done "
        "with money that is just being paid out."
    ),
    fix="Put every function that uses the state under the same lock, and write the state before the call.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Points {
            bool busy;
            mapping(address => uint256) points;
            modifier locked() { require(!busy); busy = true; _; busy = false; }
            function redeem() external locked {
                uint256 held = points[msg.sender];
                (bool ok, ) = msg.sender.call{value: held}("");
                require(ok);
                points[msg.sender] = 0;
            }
            function move(address to, uint256 amount) external {
                points[msg.sender] -= amount;
                points[to] += amount;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Points {
            bool busy;
            mapping(address => uint256) points;
            modifier locked() { require(!busy); busy = true; _; busy = false; }
            function redeem() external locked {
                uint256 held = points[msg.sender];
                (bool ok, ) = msg.sender.call{value: held}("");
                require(ok);
                points[msg.sender] = 0;
            }
            function move(address to, uint256 amount) external locked {
                points[msg.sender] -= amount;
                points[to] += amount;
            }
        }
    """,
    find=_find,
)
