"""A move in a game of two that the other can see before moving."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.guards import is_authorised
from scorpius_lab.security.contracts.analysis.origins import Origin, origins
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.analysis.slices import inputs, plain
from scorpius_lab.security.contracts.analysis.summaries import moves_value
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable


def _find(contract: Contract) -> Iterator[Hit]:
    deciding = _deciding(contract)
    if not deciding:
        return
    for entry in contract.entries:
        if not entry.public or not entry.function.payable:
            continue
        for store in entry.body.of("store", "push"):
            variable = store.data.variable
            if variable in deciding and _keeps_choice(store) and not is_authorised(entry.body, store.block):
                text = (
                    f"The choice stored in {variable.name} decides who is paid, and others see it before they choose."
                )
                yield hit(entry, store, text, others=(header_of(entry.function),), root=variable.name)


def _deciding(contract: Contract) -> set[Origin]:
    """State variables whose parity or remainder decides who is paid, where that one is read from the same place."""
    found: set[Origin] = set()
    for entry in contract.entries:
        if entry.constructing:
            continue
        for call in entry.body.calls:
            if not moves_value(call) or call.data.target is None:
                continue
            paid = {o for o in origins(entry.body, call.data.target) if isinstance(o, StateVariable)}
            found |= paid & _deciders(entry, call)
    return found


def _deciders(entry: Entry, call: Instruction) -> set[Origin]:
    """What the remainders come from that decide whether, or to whom, a call pays."""
    deciding = [condition for condition, _ in flow(entry.body).controllers[call.block.number]]
    deciding.append(call.data.target)
    remainders = [i for value in deciding for i in inputs(value) if i.operation == "binary" and i.data in {"%", "^"}]
    return {origin for value in remainders for origin in origins(entry.body, value)}


def _keeps_choice(store: Instruction) -> bool:
    """Whether a number of the caller's choice is stored as it is, beside who chose it."""
    value = plain(store.arguments[0])
    parts = [plain(part) for part in (value.arguments if value.operation == "tuple" else [value])]
    chosen = any(part.operation == "parameter" and types.is_integer(part.type) for part in parts)
    sender = any(part.operation == "environment" and part.data == "msg.sender" for part in parts)
    return chosen and (sender or value.operation != "tuple")


OPEN_CHOICE = Detector(
    id="open-choice",
    title="Choice in the open decides who is paid",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.FRONT_RUNNING,
    swc=("SWC-114", "SWC-136"),
    scwe=("SCWE-037",),
    cwe=("CWE-362", "CWE-767"),
    wrong=(
        "Each player sends their choice in the open. Whoever moves last, or reads the pending transaction, or "
        "the storage of the contract, knows the result before choosing."
    ),
    fix="Let all players commit to the hash of choice and salt first, and reveal when all have committed.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Parity {
            struct Move { address payable player; uint256 number; }
            Move[2] moves;
            uint256 count;
            function play(uint256 number) external payable {
                require(msg.value == 1 ether);
                moves[count] = Move(payable(msg.sender), number);
                count++;
                if (count == 2) finish();
            }
            function finish() private {
                count = 0;
                uint256 sum = moves[0].number + moves[1].number;
                moves[sum % 2].player.transfer(2 ether);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Parity {
            struct Move { address payable player; bytes32 digest; uint256 number; }
            Move[2] moves;
            uint256 count;
            uint256 shown;
            function play(bytes32 digest) external payable {
                require(msg.value == 1 ether && count < 2);
                moves[count] = Move(payable(msg.sender), digest, 0);
                count++;
            }
            function reveal(uint256 which, uint256 number, bytes32 salt) external {
                require(count == 2 && keccak256(abi.encode(msg.sender, number, salt)) == moves[which].digest);
                moves[which].digest = 0;
                moves[which].number = number;
                shown++;
                if (shown == 2) moves[(moves[0].number + moves[1].number) % 2].player.transfer(2 ether);
            }
        }
    """,
    find=_find,
)
