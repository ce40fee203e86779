"""A view that others may ask while the state it reads is half written."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.handover import handovers, late_writes
from scorpius_lab.security.contracts.analysis.locks import Locks, kept_out, locks_held
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.detectors.reentrancy.cross_function import sibling_without_lock
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for call in handovers(entry):
            held = locks_held(entry, call)
            if not held or sibling_without_lock(entry, call, held) is not None:
                continue
            found = _asked_midway(entry, call, held)
            if found is None:
                continue
            view, write = found
            message = (
                f"During this call {view.function.name} tells others a {write.data.name} that is out of date: the lock "
                "does not keep readers out."
            )
            between = ((write, f"{write.data.name} is written after the call"),)
            yield hit(entry, call, message, between=between, others=(header_of(view.function),))


def _asked_midway(entry: Entry, call: Instruction, held: Locks) -> tuple[Entry, Instruction] | None:
    """A view that reads what is written after a locked call, and that write."""
    for write, _ in late_writes(entry, call):
        variable = write.data.variable
        if variable in held:
            continue
        for view in entry.contract.entries:
            if not view.public or not view.function.reads_only:
                continue
            reads = [read for read in view.body.of("load") if read.data.variable is variable]
            if any(not kept_out(view, read, held) for read in reads):
                return view, write
    return None


READ_ONLY = Detector(
    id="reentrancy-read-only",
    title="View that can be asked while state is half written",
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.REENTRANCY,
    swc=("SWC-107",),
    scwe=("SCWE-046",),
    cwe=("CWE-841", "CWE-362"),
    wrong=(
        "The lock keeps others from changing state during the call, not from reading it. A contract that takes this "
        "one's view for a price or a balance can be made to ask in the middle of the call, and gets a wrong answer."
    ),
    fix="Write the state before the call, or let the view revert while the lock is held.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Pool {
            bool busy;
            uint256 reserve;
            uint256 shares;
            modifier locked() { require(!busy); busy = true; _; busy = false; }
            function leave() external locked {
                uint256 amount = reserve / 2;
                shares -= 1;
                (bool ok, ) = msg.sender.call{value: amount}("");
                require(ok);
                reserve -= amount;
            }
            function price() external view returns (uint256) { return reserve / shares; }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Pool {
            bool busy;
            uint256 reserve;
            uint256 shares;
            modifier locked() { require(!busy); busy = true; _; busy = false; }
            function leave() external locked {
                uint256 amount = reserve / 2;
                shares -= 1;
                (bool ok, ) = msg.sender.call{value: amount}("");
                require(ok);
                reserve -= amount;
            }
            function price() external view returns (uint256) {
                require(!busy);
                return reserve / shares;
            }
        }
    """,
    find=_find,
)
