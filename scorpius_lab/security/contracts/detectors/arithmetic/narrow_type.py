"""Unchecked arithmetic on a caller's value in a type of few bits: only the other operand's size keeps it right."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.wrapping import named, narrow, root_of
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for found in narrow(entry):
            kind = types.text(found.instruction.type)
            most = types.integer_range(found.instruction.type)[1]
            yield hit(
                entry,
                found.instruction,
                f"Any {named(found.culprit)} goes into this {kind} arithmetic unchecked: above {most} it wraps around.",
                root=root_of(found.instruction, found.culprit),
            )


NARROW_TYPE = Detector(
    id="narrow-arithmetic",
    title="Unchecked arithmetic in a narrow type",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    dasp=Dasp.ARITHMETIC,
    swc=("SWC-101",),
    scwe=("SCWE-047",),
    cwe=("CWE-190",),
    wrong=(
        "A type of 8 or 16 bits wraps around at 255 or 65,535, which any caller reaches. The other operand is small "
        "enough today; the first change to it makes the result wrong without a sign."
    ),
    fix="Work in `uint256`, or check the caller's value, or use Solidity 0.8.",
    vulnerable="""
        pragma solidity ^0.5.0;
        contract Level {
            uint8 level;
            function raise(uint8 by) public {
                uint8 base = 0;
                level = base + by;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.5.0;
        contract Level {
            uint8 level;
            function raise(uint8 by) public {
                uint8 base = 0;
                require(by < 100);
                level = base + by;
            }
        }
    """,
    find=_find,
)
