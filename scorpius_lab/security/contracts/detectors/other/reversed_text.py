"""Characters that make a reader see another program than the compiler does."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.paths import place_in
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit, Step
from scorpius_lab.security.contracts.ir.program import Contract, Unit
from scorpius_lab.security.contracts.syntax import tree

# U+202D and U+202E turn the direction of what follows; marks that only embed a stretch are common in real texts.
_OVERRIDES = ("\u202d".encode(), "\u202e".encode())


def _find(contract: Contract) -> Iterator[Hit]:
    """The first place in each file the contract stands in: what follows it cannot be trusted to the eye anyway."""
    for unit in {id(one.unit): one.unit for one in contract.linearisation}.values():
        text = unit.source.text
        starts = [at for override in _OVERRIDES if (at := text.find(override)) >= 0]
        if starts:
            yield _hit(unit, min(starts))


def _hit(unit: Unit, start: int) -> Hit:
    line = unit.source.text.count(b"\n", 0, start) + 1
    place = place_in(unit, tree.Span(start, start + len(_OVERRIDES[0]), line, line))
    text = "From here on text is shown in another order than it is compiled in."
    return Hit(place=place, function="", message=text, root="text", steps=(Step(place, text),))


REVERSED_TEXT = Detector(
    id="reversed-text",
    title="Control character that reverses text",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    dasp=Dasp.OTHER,
    swc=("SWC-130",),
    scwe=(),
    cwe=("CWE-451",),
    wrong=(
        "An override of the writing direction shows what follows in another order. Code can look like a comment, a "
        "comment like code, and two arguments can change places before the reader's eyes."
    ),
    fix="Remove the control characters; write text that runs from right to left without them.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Prize {
            uint256 number;
            function guess(uint256 n) external { set(/*the guess\u202e*/ n, /*\u202d the limit */ 5); }
            function set(uint256 a, uint256 b) internal { number = a + b; }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Prize {
            uint256 number;
            function guess(uint256 n) external { set(/* the guess */ n, /* the limit */ 5); }
            function set(uint256 a, uint256 b) internal { number = a + b; }
        }
    """,
    find=_find,
)
