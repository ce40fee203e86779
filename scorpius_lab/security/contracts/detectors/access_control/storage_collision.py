"""Code run in another contract's storage that takes its variables for its own."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.delegates import Delegation, delegations
from scorpius_lab.security.contracts.analysis.paths import header_of, hit, place_in, place_of
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit, Place
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.layout import Position, layout
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable


def _find(contract: Contract) -> Iterator[Hit]:
    for delegation in delegations(contract):
        collision = _collision(contract, delegation)
        if collision is None:
            continue
        ours, theirs, write = collision
        verb = "reads" if write.operation == "load" else "writes"
        message = (
            f"{delegation.code.name} {verb} {theirs.variable.name} where this contract keeps {ours.variable.name} "
            f"(slot {ours.slot})."
        )
        others = (_declared(ours.variable), _declared(theirs.variable), place_of(write))
        yield hit(delegation.entry, delegation.call, message, others=(*others, header_of(delegation.entry.function)))


def _collision(contract: Contract, delegation: Delegation) -> tuple[Position, Position, Instruction] | None:
    """A variable of the code that is written, or else read, and lies over one of another name or place."""
    own = layout(contract)
    code = {id(position.variable): position for position in layout(delegation.code)}
    bodies = [function.body for function in delegation.functions]
    accesses = [w for body in bodies for w in body.of("store", "delete", "push", "pop")]
    accesses += [read for body in bodies for read in body.of("load")]
    for access in accesses:
        theirs = code.get(id(access.data.variable))
        over = next((p for p in own if theirs and p.overlaps(theirs) and not _same(p, theirs)), None)
        if theirs is not None and over is not None:
            return over, theirs, access
    return None


def _same(ours: Position, theirs: Position) -> bool:
    """Whether both contracts mean the same by it: a base's variable, or one with the name, kind and place."""
    if ours.variable is theirs.variable:
        return True
    same_place = (ours.slot, ours.offset) == (theirs.slot, theirs.offset)
    return same_place and ours.variable.name.strip("_") == theirs.variable.name.strip("_")


def _declared(variable: StateVariable) -> Place:
    return place_in(variable.unit, variable.declaration.span)


STORAGE_COLLISION = Detector(
    id="storage-collision",
    title="Delegated code with another storage layout",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    dasp=Dasp.ACCESS_CONTROL,
    swc=("SWC-112", "SWC-124"),
    scwe=("SCWE-035",),
    cwe=("CWE-787", "CWE-843"),
    wrong=(
        "Code run by `delegatecall` knows variables by their slots only. What it writes as its own variable overwrites "
        "the one this contract keeps in that slot: the owner, the address of the code itself, a limit."
    ),
    fix="Let both inherit the same variables in the same order, or keep the proxy's own in slots derived from a hash.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Counter {
            uint256 count;
            function add() external { count += 1; }
        }
        contract Forwarder {
            address code = address(new Counter());
            fallback() external payable {
                (bool ok, ) = code.delegatecall(msg.data);
                require(ok);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Counter {
            uint256 count;
            function add() external { count += 1; }
        }
        contract Forwarder {
            address immutable code = address(new Counter());
            fallback() external payable {
                (bool ok, ) = code.delegatecall(msg.data);
                require(ok);
            }
        }
    """,
    find=_find,
)
