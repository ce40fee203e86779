"""One payment that counts several times."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.analysis.slices import inputs
from scorpius_lab.security.contracts.analysis.summaries import moves_value
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public or not entry.function.payable:
            continue
        use = _counted(entry) or _called_again(contract, entry)
        if use is not None:
            text = "Each round of the loop sees the same msg.value: one payment counts as many."
            yield hit(entry, use, text, others=(header_of(entry.function),))


def _counted(entry: Entry) -> Instruction | None:
    """A comparison or a credit by the whole value, in a loop."""
    for block in entry.body.blocks:
        if not block.loops:
            continue
        if block.condition is not None and _is_comparison(entry, block.condition):
            return block.condition
        for store in block.instructions:
            if store.operation == "store" and _creditsinputs(entry, store):
                return store
    return None


def _creditsinputs(entry: Entry, store: Instruction) -> bool:
    value = store.arguments[0]
    if "msg.value" not in origins(entry.body, value) or _shrinks(store):
        return False
    return not any(i.operation == "binary" and i.data in {"/", "%"} for i in inputs(value))


def _is_comparison(entry: Entry, condition: Instruction) -> bool:
    if condition.operation != "binary" or condition.data not in {"==", "!=", "<", ">", "<=", ">="}:
        return False
    for value, other in (condition.arguments, condition.arguments[::-1]):
        if value.operation == "environment" and value.data == "msg.value":
            return (
                other.operation != "phi"
                and not any(i.operation == "phi" for i in inputs(other))
                and bool(origins(entry.body, other) or other.is_constant)
            )
    return False


def _shrinks(store: Instruction) -> bool:
    return store.arguments[0].operation == "binary" and store.arguments[0].data == "-"


def _called_again(contract: Contract, entry: Entry) -> Instruction | None:
    """A delegatecall to itself in a loop, where another function credits msg.value."""
    for call in entry.body.calls:
        if call.data.kind != "delegatecall" or not call.block.loops or not _is_itself(call):
            continue
        # who builds on an abstract contract cannot know that each of its calls sees the payment
        if contract.declaration.abstract or _credits(contract, entry):
            return call
    return None


def _is_itself(call: Instruction) -> bool:
    target = call.data.target
    return target is not None and target.operation == "environment" and target.data == "this"


def _credits(contract: Contract, batch: Entry) -> bool:
    return any(
        "msg.value" in origins(entry.body, store.arguments[0])
        for entry in contract.entries
        if entry is not batch and entry.public and entry.function.payable and not _only_moves(entry)
        for store in entry.body.of("store")
    )


def _only_moves(entry: Entry) -> bool:
    return any(moves_value(call) for call in entry.body.calls)


VALUE_IN_LOOP = Detector(
    id="value-in-loop",
    title="msg.value counted in a loop",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    dasp=Dasp.OTHER,
    swc=(),
    scwe=(),
    cwe=("CWE-837",),
    wrong=(
        "`msg.value` does not go down when it is counted. In a loop, and in a delegatecall to the same "
        "contract, every round sees the whole payment again, so that one payment buys many times."
    ),
    fix="Add up what all rounds cost and compare once after the loop, or keep what is left in a variable.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Plots {
            mapping(uint256 => address) owners;
            function buy(uint256[] calldata plots) external payable {
                for (uint256 i = 0; i < plots.length; i++) {
                    require(msg.value >= 1 ether);
                    owners[plots[i]] = msg.sender;
                }
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Plots {
            mapping(uint256 => address) owners;
            function buy(uint256[] calldata plots) external payable {
                require(msg.value == plots.length * 1 ether);
                for (uint256 i = 0; i < plots.length; i++) {
                    owners[plots[i]] = msg.sender;
                }
            }
        }
    """,
    find=_find,
)
