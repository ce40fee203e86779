"""A sum, product or power of a value a stranger chooses that is larger than its type can hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.wrapping import Wrap, named, root_of, wraps
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.program import Contract

_NAMES = {"+": "sum", "*": "product", "**": "power", "-": "difference"}


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for wrap in wraps(entry, "+", "*", "**"):
            yield _hit(entry, wrap)


def _hit(entry: Entry, wrap: Wrap) -> Hit:
    operation = wrap.instruction
    message = (
        f"The {_NAMES[operation.data]} wraps around for a large {named(wrap.culprit)}: nothing bounds it, and "
        f"{types.text(operation.type)} is not checked here."
    )
    found = hit(
        entry,
        operation,
        message,
        root=root_of(wrap.instruction, wrap.culprit),
        reason="the result is cut to the type's range",
    )
    return found if wrap.matters else replace(found, severity=Severity.LOW)


OVERFLOW = Detector(
    id="overflow",
    title="Arithmetic overflow",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.ARITHMETIC,
    swc=("SWC-101",),
    scwe=("SCWE-047",),
    cwe=("CWE-190",),
    wrong=(
        "The result does not fit its type and is cut off: a caller who picks the operand gets a small number where the "
        "contract expects a large one, pays little for much, or ends a lock at once. Before Solidity 0.8, in "
        "`unchecked` blocks and in assembly nothing reverts."
    ),
    fix="Use Solidity 0.8 checked arithmetic or a checked library, or test the operands against a bound before.",
    vulnerable="""
        pragma solidity ^0.4.24;
        contract Tickets {
            mapping(address => uint256) held;
            function buy(uint256 count) public payable {
                require(msg.value == count * 1 ether);
                held[msg.sender] = count;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.4.24;
        contract Tickets {
            mapping(address => uint256) held;
            function buy(uint256 count) public payable {
                require(count < 1000);
                require(msg.value == count * 1 ether);
                held[msg.sender] = count;
            }
        }
    """,
    find=_find,
)
