"""A stored stranger that must be paid before somebody else can take their place."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.handover import only_for_trusted
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.paths import call_sites, hit, place_of
from scorpius_lab.security.contracts.analysis.payments import carries_data, stops_on_failure
from scorpius_lab.security.contracts.analysis.slices import plain
from scorpius_lab.security.contracts.analysis.summaries import moves_value
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for call in entry.body.calls:
            place = _place_paid(call)
            if place is None or carries_data(call) or not stops_on_failure(entry.body, call):
                continue
            if only_for_trusted(entry, call):
                continue
            taken = _taken_over(entry, place)
            if taken is not None:
                text = f"If the account kept in `{place.data.name}` refuses this payment, nobody can ever replace it."
                others = (*call_sites(call), place_of(taken))
                yield hit(entry, call, text, site=True, between=((taken, "takes the place"),), others=others)


def _place_paid(call: Instruction) -> Instruction | None:
    """The load of the account that a call pays, perhaps as a member of a record read as a whole."""
    if call.data.kind not in {"transfer", "send", "call"} or call.data.target is None or not moves_value(call):
        return None
    account = plain(call.data.target)
    while account.operation in {"member", "convert"}:
        account = account.arguments[0]
    return account if account.operation == "load" and account.data.variable is not None else None


def _taken_over(entry: Entry, place: Instruction) -> Instruction | None:
    """The store that puts the caller, or whom they name, in the place of the one who is paid."""
    for store in entry.body.of("store"):
        if store.data.root is not place.data.root or not _same_record(store, place):
            continue
        if _brings_account(entry, store) and not flow(entry.body).always_before(store, place):
            return store
    return None


def _same_record(store: Instruction, place: Instruction) -> bool:
    shorter = min(len(store.data.path), len(place.data.path))
    return all(
        first == second if isinstance(first, str) or isinstance(second, str) else first.key == second.key
        for first, second in zip(store.data.path[:shorter], place.data.path[:shorter], strict=True)
    )


def _brings_account(entry: Entry, store: Instruction) -> bool:
    if not (types.is_address(store.type) or isinstance(store.type, types.StructType)):
        return False
    came = origins(entry.body, store.arguments[0])
    return "msg.sender" in came or any(
        isinstance(o, Instruction) and o.operation == "parameter" and types.is_address(o.type) for o in came
    )


FORCED_REFUND = Detector(
    id="forced-refund",
    title="Payment that its receiver can refuse for good",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    dasp=Dasp.DENIAL_OF_SERVICE,
    swc=("SWC-113",),
    scwe=(),
    cwe=("CWE-703",),
    wrong=(
        "To take the place of the account that holds it, that account must first be paid, and a payment that fails "
        "reverts everything. A contract that refuses ether holds the place for ever."
    ),
    fix="Book what the former holder is owed and let them collect it themselves, so that their failure is their own.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Auction {
            address payable leader;
            uint256 best;
            function bid() external payable {
                require(msg.value > best);
                leader.transfer(best);
                leader = payable(msg.sender);
                best = msg.value;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Auction {
            address leader;
            uint256 best;
            mapping(address => uint256) owed;
            function bid() external payable {
                require(msg.value > best);
                owed[leader] += best;
                leader = msg.sender;
                best = msg.value;
            }
            function collect() external {
                uint256 amount = owed[msg.sender];
                owed[msg.sender] = 0;
                payable(msg.sender).transfer(amount);
            }
        }
    """,
    find=_find,
)
