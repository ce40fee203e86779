"""Books kept in another contract, changed only after a stranger has been paid by them."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.handover import behind, handovers, only_for_trusted, strange
from scorpius_lab.security.contracts.analysis.locks import locks_held
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.summaries import WRITES
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for call in handovers(entry):
            found = _booked_late(entry, call)
            if found is None or (locks_held(entry, call) and not _open_books(found[0])):
                continue
            asked, booked = found
            message = (
                f"{asked.data.name} of another contract decides this call, but {booked.data.name} is called there only "
                "afterwards: until then it can be used again."
            )
            between = ((asked, "the other contract is asked"), (booked, "the other contract is told after the call"))
            yield hit(entry, call, message, between=between)


def _booked_late(entry: Entry, call: Instruction) -> tuple[Instruction, Instruction] | None:
    """What a trusted contract was asked for a call, and what it is told about the same matter after it."""
    order = flow(entry.body)
    others = [c for c in entry.body.calls if c.data.kind == "external" and not strange(entry, c.data.target)]
    late = [c for c in others if not _asks(c) and order.can_follow(call, c) and order.can_commit(c)]
    if not late:
        return None
    decisive = behind(entry.body, call)
    for asked in others:
        if not _asks(asked) or asked.number not in decisive or not order.can_follow(asked, call):
            continue
        for booked in late:
            told_before = any(
                _same_contract(booked, c) and not _asks(c) and order.always_before(c, call) for c in others
            )
            if _same_contract(asked, booked) and _same_matter(asked, booked) and not told_before:
                return asked, booked
    return None


def _asks(call: Instruction) -> bool:
    """Whether a call only reads: a view, or the getter of a public variable."""
    function = call.data.function
    if function is None:
        return isinstance(call.data.target.type, types.ContractType)
    return bool(function.reads_only)


def _same_contract(first: Instruction, second: Instruction) -> bool:
    return bool(first.data.target.key == second.data.target.key) or _variable(first) is _variable(second) is not None


def _variable(call: Instruction) -> object | None:
    storage = call.data.target.storage
    return storage.variable if storage is not None and not storage.path else None


def _same_matter(asked: Instruction, booked: Instruction) -> bool:
    """Whether both are about the same account or record."""
    keys = {argument.key for argument in asked.data.arguments}
    return bool(keys & {argument.key for argument in booked.data.arguments})


def _open_books(asked: Instruction) -> bool:
    """Whether strangers can change the other contract's state directly, where a lock held here does not count."""
    kind = asked.data.target.type
    if not isinstance(kind, types.ContractType):
        return False
    names = _read_there(kind.contract, asked)
    for entry in kind.contract.entries:
        for write in entry.body.of(*WRITES):
            variable = write.data.variable
            if entry.public and variable is not None and variable.name in names and not only_for_trusted(entry, write):
                return True
    return False


def _read_there(contract: Contract, asked: Instruction) -> set[str]:
    names = {asked.data.name}
    for entry in contract.entries:
        if entry.function is asked.data.function:
            names |= {load.data.variable.name for load in entry.body.of("load") if load.data.variable is not None}
    return names


OTHER_LEDGER = Detector(
    id="reentrancy-cross-contract",
    title="Another contract's books changed after the payment they allow",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.REENTRANCY,
    swc=("SWC-107",),
    scwe=("SCWE-046",),
    cwe=("CWE-841",),
    wrong=(
        "What is owed is kept in another contract. This one asks it, pays a stranger, and only then tells it. During "
        "the payment the stranger can claim again, or use the other contract directly, where a lock of this one does "
        "not count."
    ),
    fix="Change the other contract's books before the payment.",
    vulnerable="""
        pragma solidity ^0.8.0;
        interface Ledger {
            function balanceOf(address who) external view returns (uint256);
            function clear(address who) external;
        }
        contract Router {
            Ledger immutable ledger;
            constructor(Ledger ledger_) { ledger = ledger_; }
            function pay() external {
                uint256 amount = ledger.balanceOf(msg.sender);
                (bool ok, ) = msg.sender.call{value: amount}("");
                require(ok);
                ledger.clear(msg.sender);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        interface Ledger {
            function balanceOf(address who) external view returns (uint256);
            function clear(address who) external;
        }
        contract Router {
            Ledger immutable ledger;
            constructor(Ledger ledger_) { ledger = ledger_; }
            function pay() external {
                uint256 amount = ledger.balanceOf(msg.sender);
                ledger.clear(msg.sender);
                (bool ok, ) = msg.sender.call{value: amount}("");
                require(ok);
            }
        }
    """,
    find=_find,
)
