"""A balance that must be met exactly."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.slices import conditions, plain
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if entry.constructing or entry.function.reads_only:
            continue
        for _, condition in conditions(entry.body):
            if condition.operation == "binary" and condition.data in {"==", "!="} and _exact(condition):
                text = "Anyone can force ether into a contract, and so keep its balance from ever equaling this."
                yield hit(entry, condition, text)


def _exact(condition: Instruction) -> bool:
    """The balance of this contract, or of one it has just made, against anything but nothing."""
    for side, other in (condition.arguments, condition.arguments[::-1]):
        value = plain(side)
        if value.operation == "member" and value.data == "balance" and _is_known_before(value.arguments[0]):
            return not (other.is_constant and other.data == 0) and plain(other).operation != "member"
    return False


def _is_known_before(account: Instruction) -> bool:
    """Whether anyone can send ether there first: an address is known before the contract is made."""
    account = plain(account)
    if account.operation == "environment":
        return bool(account.data == "this")
    return account.call is not None and account.call.kind == "create"


EXACT_BALANCE = Detector(
    id="exact-balance",
    title="Exact balance of ether required",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    dasp=Dasp.OTHER,
    swc=("SWC-132",),
    scwe=(),
    cwe=("CWE-667",),
    wrong=(
        "Ether reaches a contract without running its code: by a selfdestruct elsewhere, as a block reward, "
        "before deployment. A test that its balance is exactly something can then be broken for good by "
        "anyone."
    ),
    fix="Keep your own account of what was paid in, and compare that; or use an inequality.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Goal {
            address payable winner;
            function finish() external {
                require(address(this).balance == 10 ether);
                winner.transfer(10 ether);
            }
            function pay() external payable { winner = payable(msg.sender); }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Goal {
            address payable winner;
            uint256 collected;
            function finish() external {
                require(collected == 10 ether);
                winner.transfer(10 ether);
            }
            function pay() external payable { winner = payable(msg.sender); collected += msg.value; }
        }
    """,
    find=_find,
)
