"""A local variable that points to the first slot of storage."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for pointer in entry.body.of("uninitialised"):
            used = [i for i in entry.body.of("store", "push", "delete") if i.data.root is pointer]
            if used:
                text = f"{pointer.data} points to the first slot of storage: writing to it overwrites other variables."
                yield hit(entry, pointer, text, between=_first(used))


def _first(used: list[Instruction]) -> tuple[tuple[Instruction, str], ...]:
    return ((used[0], "writes through the pointer"),)


UNSET_STORAGE_POINTER = Detector(
    id="unset-storage-pointer",
    title="Storage pointer that was never set",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    dasp=Dasp.OTHER,
    swc=("SWC-109",),
    scwe=(),
    cwe=("CWE-824",),
    wrong=(
        "Before Solidity 0.5 a local struct or array without a location is a pointer into storage, and "
        "without a value it points to slot 0. Writing to it overwrites the first variables of the contract."
    ),
    fix="Say `memory`, or set the pointer to the element that is meant.",
    vulnerable="""
        pragma solidity ^0.4.24;
        contract Names {
            address owner = msg.sender;
            struct Entry { bytes32 name; address at; }
            mapping(bytes32 => address) book;
            function add(bytes32 name) public {
                Entry entry;
                entry.name = name;
                entry.at = msg.sender;
                book[name] = entry.at;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.4.24;
        contract Names {
            address owner = msg.sender;
            struct Entry { bytes32 name; address at; }
            mapping(bytes32 => address) book;
            function add(bytes32 name) public {
                Entry memory entry;
                entry.name = name;
                entry.at = msg.sender;
                book[name] = entry.at;
            }
        }
    """,
    find=_find,
)
