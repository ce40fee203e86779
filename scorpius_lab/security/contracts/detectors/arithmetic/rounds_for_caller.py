"""A debit that is rounded down while what is paid for it is exact."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.facts import widened
from scorpius_lab.security.contracts.analysis.paths import hit, place_of
from scorpius_lab.security.contracts.analysis.slices import inputs, plain
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for store in entry.body.of("store"):
            quotient = _debit(store)
            if quotient is not None and _paid_exactly(entry, quotient):
                message = "What is taken off is rounded down, what is paid is not: a small amount costs nothing."
                yield hit(entry, quotient, message, site=True, others=(place_of(store),))


def _debit(store: Instruction) -> Instruction | None:
    """The quotient that is taken off a record."""
    value = plain(store.arguments[0])
    if not store.data.path or value.operation != "binary" or value.data != "-":
        return None
    taken = widened(value.arguments[1])
    return taken if taken.operation == "binary" and taken.data == "/" and not _rounded_up(taken) else None


def _rounded_up(quotient: Instruction) -> bool:
    """`(x + y - 1) / y`."""
    divisor = widened(quotient.arguments[1]).key
    above = inputs(quotient.arguments[0])
    return any(i.operation == "binary" and i.data == "-" for i in above) and any(
        i.operation == "binary" and i.data == "+" and divisor in {widened(a).key for a in i.arguments} for i in above
    )


def _paid_exactly(entry: Entry, quotient: Instruction) -> bool:
    """Whether the caller's own number is divided, and paid as it is."""
    wanted = {i.number for i in inputs(quotient.arguments[0]) if i.operation == "parameter"}
    for call in entry.body.calls:
        paid = [call.data.value] if call.data.value is not None else []
        if call.data.kind == "external" and call.data.name in {"transfer", "safeTransfer"}:
            paid += call.data.arguments[-1:]
        if any(widened(amount).number in wanted for amount in paid):
            return True
    return False


ROUNDS_FOR_CALLER = Detector(
    id="rounds-for-caller",
    title="Rounding in favour of the caller",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.ARITHMETIC,
    swc=(),
    scwe=("SCWE-047",),
    cwe=("CWE-682", "CWE-1339"),
    wrong=(
        "The caller names the amount they are paid, and the shares it costs them are rounded down. Repeated with small "
        "amounts it costs nothing, and others pay."
    ),
    fix="Round what the caller gives up, and down what the caller gets.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Vault {
            mapping(address => uint256) shares;
            uint256 total;
            uint256 assets;
            function withdraw(uint256 amount) external {
                shares[msg.sender] -= amount * total / assets;
                assets -= amount;
                payable(msg.sender).transfer(amount);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Vault {
            mapping(address => uint256) shares;
            uint256 total;
            uint256 assets;
            function withdraw(uint256 amount) external {
                shares[msg.sender] -= (amount * total + assets - 1) / assets;
                assets -= amount;
                payable(msg.sender).transfer(amount);
            }
        }
    """,
    find=_find,
)
