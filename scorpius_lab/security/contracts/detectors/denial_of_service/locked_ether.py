"""Ether that comes in and never gets out."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.paths import header_of, steps_to
from scorpius_lab.security.contracts.analysis.slices import is_environment
from scorpius_lab.security.contracts.analysis.summaries import moves_value
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import LOW_LEVEL, Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_RUN_FOREIGN_CODE = frozenset({"delegatecall", "callcode", "dynamic", "internal"})


def _find(contract: Contract) -> Iterator[Hit]:
    if contract.kind != "contract" or contract.heirs or contract.missing_bases or contract.declaration.abstract:
        return
    if contract.unit.source.syntax_errors:
        return  # what pays may stand where the file could not be read
    doors = [entry for entry in contract.entries if _takes(entry)]
    if not doors or any(_may_pay(entry) for entry in contract.entries):
        return
    first = doors[0]
    yield Hit(
        place=header_of(first.function),
        function=first.function.signature,
        message=f"{contract.name} takes ether here, and nothing in it can send any out again.",
        root="ether",
        steps=steps_to(first, first.body.instructions[0], "ether comes in") if first.body.instructions else (),
        others=tuple(header_of(entry.function) for entry in doors[1:]),
    )


def _takes(entry: Entry) -> bool:
    """Whether a call with ether can end well."""
    if not entry.public or not entry.function.payable or not entry.body.returns:
        return False
    return not any(is_environment(value, "msg.value") and _must_be_zero(value) for value in entry.body)


def _must_be_zero(value: Instruction) -> bool:
    return any(
        user.operation == "binary" and user.data == "==" and any(a.is_constant and a.data == 0 for a in user.arguments)
        for user in value.users
    )


def _may_pay(entry: Entry) -> bool:
    """Whether an entry sends ether, or runs code that is not at hand and may."""
    if entry.body.truncated:
        return True
    return any(
        moves_value(call) or call.data.kind in _RUN_FOREIGN_CODE or _never_made(call) for call in entry.body.of("call")
    )


def _never_made(call: Instruction) -> bool:
    """Whether a payment was meant but only its options are written: that is another detector's finding."""
    target = call.data.target
    return target is not None and target.operation == "member" and target.data in LOW_LEVEL


LOCKED_ETHER = Detector(
    id="locked-ether",
    title="Ether that cannot be taken out",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    dasp=Dasp.DENIAL_OF_SERVICE,
    swc=(),
    scwe=(),
    cwe=("CWE-404",),
    wrong=(
        "The contract has a payable function but none that sends ether, destroys the contract or lets other code run "
        "in its name. What is paid in is lost for good."
    ),
    fix="Add a way to withdraw for those it belongs to, or do not take ether: leave out `payable`.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Tickets {
            mapping(address => uint256) count;
            function buy() external payable {
                count[msg.sender] += msg.value / 1 ether;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Tickets {
            address payable immutable owner = payable(msg.sender);
            mapping(address => uint256) count;
            function buy() external payable {
                count[msg.sender] += msg.value / 1 ether;
            }
            function collect() external {
                owner.transfer(address(this).balance);
            }
        }
    """,
    find=_find,
)
