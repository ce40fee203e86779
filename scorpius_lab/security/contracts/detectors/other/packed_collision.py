"""Different arguments with one hash."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.origins import from_parameter
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if entry.constructing:
            continue
        for packed in entry.body.of("encode"):
            if packed.data == "abi.encodePacked" and _ambiguous(entry, packed) and _decides(packed):
                text = (
                    "Two values of variable length stand next to each other: moving bytes between them keeps the hash."
                )
                yield hit(entry, packed, text)


def _ambiguous(entry: Entry, packed: Instruction) -> bool:
    """Two neighbours of variable length, both of the caller's choice."""
    values = packed.arguments
    return any(_free(entry, first) and _free(entry, second) for first, second in pairwise(values))


def _free(entry: Entry, value: Instruction) -> bool:
    return types.is_dynamic(value.type) and not value.is_constant and from_parameter(entry.body, value)


def _decides(packed: Instruction) -> bool:
    """Whether its hash is looked up, compared, stored or signed."""
    hashes = [user for user in packed.users if user.operation == "hash"]
    seen: set[int] = set()
    waiting = list(hashes)
    while waiting:
        value = waiting.pop()
        if value.number in seen:
            continue
        seen.add(value.number)
        for user in value.users:
            if user.operation in {"store", "load", "reference"}:
                return True
            if user.operation == "binary" and user.data in {"==", "!="}:
                return True
            if user.operation in {"hash", "encode", "convert", "phi", "tuple", "extract"}:
                waiting.append(user)
            if user.operation == "hash" and user.data == "ecrecover":
                return True
    return False


PACKED_COLLISION = Detector(
    id="packed-collision",
    title="Hash of packed values of variable length",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.OTHER,
    swc=("SWC-133",),
    scwe=("SCWE-074",),
    cwe=("CWE-294",),
    wrong=(
        "`abi.encodePacked` writes strings, bytes and arrays without their lengths. With two of them side by "
        "side, bytes can be moved from the end of one to the start of the other without a change of the hash, "
        "so that other arguments pass for the ones that were approved."
    ),
    fix="Use `abi.encode`, or hash each of them on its own first.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Registry {
            mapping(bytes32 => address) owners;
            function register(string calldata first, string calldata last) external {
                bytes32 key = keccak256(abi.encodePacked(first, last));
                require(owners[key] == address(0));
                owners[key] = msg.sender;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Registry {
            mapping(bytes32 => address) owners;
            function register(string calldata first, string calldata last) external {
                bytes32 key = keccak256(abi.encode(first, last));
                require(owners[key] == address(0));
                owners[key] = msg.sender;
            }
        }
    """,
    find=_find,
)
