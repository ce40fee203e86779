"""An answer that whoever reads it in a pending transaction can hand in first."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.guards import guarded, is_authorised
from scorpius_lab.security.contracts.analysis.origins import Origin, origins
from scorpius_lab.security.contracts.analysis.paths import header_of, hit, place_of
from scorpius_lab.security.contracts.analysis.slices import committed, is_environment, keys, plain
from scorpius_lab.security.contracts.analysis.summaries import moves_value, writers
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit, Place
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Block, Body, Instruction
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable

_CALLER = {"msg.sender", "tx.origin"}


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public or entry.function.reads_only:
            continue
        for sink in _rewards(entry):
            if is_authorised(entry.body, sink.block) or not _answered(entry.body, sink.block):
                continue
            if committed(entry.body, sink.block):
                continue
            text = "Whoever gives the right answer is rewarded, and anyone can read the answer before it is mined."
            others = (header_of(entry.function), *_paid(contract, sink))
            yield hit(entry, sink, text, others=others)


def _rewards(entry: Entry) -> list[Instruction]:
    """Where the caller becomes the one who is paid."""
    found = [
        call
        for call in entry.body.calls
        if moves_value(call) and call.data.target is not None and is_environment(call.data.target, "msg.sender")
    ]
    return found + [
        store
        for store in entry.body.of("store")
        if not keys(store) and is_environment(store.arguments[0], "msg.sender")
    ]


def _paid(contract: Contract, sink: Instruction) -> list[Place]:
    """Payments to the variable the winner is kept in."""
    variable = sink.data.variable if sink.operation == "store" else None
    if not isinstance(variable, StateVariable) or not writers(contract, variable):
        return []
    return [
        place_of(call)
        for entry in contract.entries
        for call in entry.body.calls
        if call.data.target is not None and plain(call.data.target).operation == "load"
        if plain(call.data.target).data.variable is variable
    ]


def _answered(body: Body, block: Block) -> bool:
    """Whether one gets there by an argument, or its hash, being equal to something known beforehand."""

    def test(condition: Instruction, holds: bool) -> bool:
        if condition.operation != "binary" or condition.data not in {"==", "!="}:
            return False
        if holds != (condition.data == "=="):
            return False
        first, second = condition.arguments
        return _is_answer(body, first, second) or _is_answer(body, second, first)

    return guarded(body, block, test)


def _is_answer(body: Body, given: Instruction, known: Instruction) -> bool:
    value = plain(given)
    if value.type in {types.BOOL, types.ADDRESS} or not _given(origins(body, given)):
        return False
    if value.operation == "hash":
        if value.data == "ecrecover":
            return False
    elif value.operation == "parameter" and known.is_constant:
        return False  # a choice among fixed values, not an answer
    trusted = origins(body, known)
    if trusted & (_CALLER | {"msg.value", "block.timestamp", "block.number"}) or _given(trusted):
        return False
    known = plain(known)
    if known.operation == "load":
        return value.operation == "hash" and not any(_chosen(body, key) for key in keys(known))
    return known.is_constant or known.operation == "hash"


def _given(found: frozenset[Origin]) -> bool:
    """Computed from an argument, and not bound to the caller."""
    if found & (_CALLER | {"msg.value"}) or any(isinstance(o, StateVariable) for o in found):
        return False
    return any(isinstance(o, Instruction) and o.operation == "parameter" for o in found)


def _chosen(body: Body, key: Instruction) -> bool:
    return bool(origins(body, key) & _CALLER)


COPIED_ANSWER = Detector(
    id="copied-answer",
    title="Secret shown before it is used",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.FRONT_RUNNING,
    swc=("SWC-114",),
    scwe=("SCWE-037",),
    cwe=("CWE-362",),
    wrong=(
        "The reward goes to whoever sends the right answer, and the answer can be read while the transaction "
        "waits to be mined. Anyone can copy it, pay more for gas and be first."
    ),
    fix=(
        "Take a commitment first: the hash of answer, sender and a salt; accept the answer only "
        "from who committed to it blocks before."
    ),
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Riddle {
            bytes32 immutable digest;
            constructor(bytes32 digest_) payable { digest = digest_; }
            function solve(string calldata answer) external {
                require(keccak256(bytes(answer)) == digest);
                payable(msg.sender).transfer(address(this).balance);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Riddle {
            bytes32 immutable digest;
            mapping(address => bytes32) commitment;
            mapping(address => uint256) since;
            constructor(bytes32 digest_) payable { digest = digest_; }
            function commit(bytes32 sealed_) external {
                commitment[msg.sender] = sealed_;
                since[msg.sender] = block.number;
            }
            function solve(string calldata answer, bytes32 salt) external {
                require(block.number > since[msg.sender] + 5);
                require(keccak256(abi.encode(answer, msg.sender, salt)) == commitment[msg.sender]);
                require(keccak256(bytes(answer)) == digest);
                payable(msg.sender).transfer(address(this).balance);
            }
        }
    """,
    find=_find,
)
