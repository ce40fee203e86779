"""A conversion that cuts off or turns around what it converts."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.authority import is_trusted
from scorpius_lab.security.contracts.analysis.facts import widened
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.intervals import intervals, limits
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.wrapping import (
    held_to_limit,
    kept_within,
    named,
    root_of,
    weighty,
    worked_out_of_bits,
)
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public or entry.function.reads_only:
            continue
        for cast in entry.body.of("convert"):
            if is_trusted(entry, cast.block) and not held_to_limit(entry.body, cast):
                continue
            if _loses(entry, cast):
                value = cast.arguments[0]
                message = f"A {named(value)} too large for {types.text(cast.type)} silently loses its upper bits."
                if types.is_signed(cast.type) != types.is_signed(value.type):
                    message = f"A {named(value)} out of the range of {types.text(cast.type)} silently changes its sign."
                yield hit(entry, cast, message, root=root_of(cast, value))


def _loses(entry: Entry, cast: Instruction) -> bool:
    """Whether a converted number may not fit, a stranger or another contract gives it, and it is kept or sent."""
    value = cast.arguments[0]
    if not types.is_integer(cast.type) or not types.is_integer(value.type) or value.is_constant:
        return False
    if not flow(entry.body).can_commit(cast) or worked_out_of_bits(cast):
        return False
    known = intervals(entry)
    interval = known.at(cast.block, value)
    low, high = limits(cast.type)
    if interval.within(low, high) or not (_given(entry, value, interval.chosen) or interval.low < low):
        return False
    if cast.users and all(user.operation == "convert" and types.is_address(user.type) for user in cast.users):
        return False  # an account in the lower bytes of a word
    return weighty(entry.body, cast) and not _tried(cast) and not kept_within(entry, known, cast)


def _given(entry: Entry, value: Instruction, chosen: bool) -> bool:
    if chosen:
        return True
    return any(isinstance(o, Instruction) and o.call is not None for o in origins(entry.body, value))


def _tried(cast: Instruction) -> bool:
    """Whether the result is compared with the value it came from: `uint96(x) == x`."""
    original = widened(cast.arguments[0]).key
    return any(
        user.operation == "binary"
        and user.data in {"==", "!="}
        and any(widened(side).key == original for side in user.arguments)
        for one in (cast, *(u for u in cast.users if u.operation == "convert"))
        for user in one.users
    )


LOSSY_CAST = Detector(
    id="lossy-cast",
    title="Conversion that loses digits or the sign",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.ARITHMETIC,
    swc=("SWC-101",),
    scwe=("SCWE-047",),
    cwe=("CWE-681", "CWE-197", "CWE-195"),
    wrong=(
        "An explicit conversion never reverts, in no version: what does not fit is cut off, and a large unsigned "
        "number becomes a negative one. An amount is booked far smaller than it was, a deadline lies in the past, a "
        "limit is never reached."
    ),
    fix="Test that the value fits before, or use a conversion that reverts.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Book {
            mapping(address => uint96) booked;
            function book(uint256 amount) external { booked[msg.sender] = uint96(amount); }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Book {
            mapping(address => uint96) booked;
            function book(uint256 amount) external {
                require(amount <= type(uint96).max);
                booked[msg.sender] = uint96(amount);
            }
        }
    """,
    find=_find,
)
