"""A difference of unsigned numbers that a stranger can drive below zero."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.wrapping import Wrap, named, root_of, wraps
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for wrap in wraps(entry, "-"):
            yield _hit(entry, wrap)


def _hit(entry: Entry, wrap: Wrap) -> Hit:
    if wrap.culprit is None:
        message = "The difference is below zero, which an unsigned number cannot be: it wraps around."
    else:
        message = f"Nothing makes sure that the difference is not below zero: {named(wrap.culprit)} decides."
    found = hit(
        entry,
        wrap.instruction,
        message,
        root=root_of(wrap.instruction, wrap.culprit),
        reason="a negative result becomes a huge number",
    )
    return found if wrap.matters else replace(found, severity=Severity.LOW)


UNDERFLOW = Detector(
    id="underflow",
    title="Arithmetic underflow",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.ARITHMETIC,
    swc=("SWC-101",),
    scwe=("SCWE-047",),
    cwe=("CWE-191",),
    wrong=(
        "An unsigned difference below zero wraps around to nearly 2**256. Whoever takes more than there is ends up "
        "with almost everything, and a test like `balance - amount >= 0` always passes."
    ),
    fix="Test that the first operand is at least the second, or use checked arithmetic.",
    vulnerable="""
        pragma solidity ^0.4.24;
        contract Points {
            mapping(address => uint256) points;
            function give(address to, uint256 amount) public {
                require(points[msg.sender] - amount >= 0);
                points[msg.sender] -= amount;
                points[to] += 1;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.4.24;
        contract Points {
            mapping(address => uint256) points;
            function give(address to, uint256 amount) public {
                require(points[msg.sender] >= amount);
                points[msg.sender] -= amount;
                points[to] += 1;
            }
        }
    """,
    find=_find,
)
