"""A test of the caller that everybody passes."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.slices import inputs, is_environment, keys, plain
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Block, Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_EITHER = "The caller always differs from one of two accounts: with `||` between the tests this is true of everybody."


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for block in entry.body.blocks:
            condition = block.condition
            if condition is None:
                continue
            if _never_negative(condition) and _about_caller(entry, condition):
                yield hit(entry, condition, "An unsigned number is never below zero: everybody passes this test.")
            elif _differs_from_one_of_two(block, condition):
                yield hit(entry, condition, _EITHER)


def _never_negative(condition: Instruction) -> bool:
    """`x >= 0`, `0 <= x`, `x < 0` of an unsigned number."""
    if condition.operation != "binary" or condition.data not in {">=", "<=", "<", ">"}:
        return False
    left, right = condition.arguments
    if condition.data in {"<=", ">"}:
        left, right = right, left
    if not (plain(right).is_constant and plain(right).data == 0) or plain(left).operation != "load":
        return False
    return not types.is_signed(left.type) and (types.is_integer(left.type) or isinstance(left.type, types.EnumType))


def _about_caller(entry: Entry, condition: Instruction) -> bool:
    return any(
        "msg.sender" in origins(entry.body, key)
        for load in inputs(condition)
        if load.operation == "load"
        for key in keys(load)
    )


def _differs_from_one_of_two(block: Block, condition: Instruction) -> bool:
    """`msg.sender != a || msg.sender != b`: the way on where the first is equal tests the second."""
    following = block.successors[1] if len(block.successors) == 2 else None
    if following is None or not _differs(condition) or following.condition is None:
        return False
    other = following.condition
    return (
        _differs(other)
        and following.successors[0] is not None
        and _leads_to(block.successors[0], following.successors[0])
        and {a.key for a in condition.arguments} != {a.key for a in other.arguments}
    )


def _differs(condition: Instruction) -> bool:
    return (
        condition.operation == "binary"
        and condition.data == "!="
        and any(is_environment(argument, "msg.sender") for argument in condition.arguments)
    )


def _leads_to(first: Block, second: Block) -> bool:
    """Whether two ways are one: the same block, or empty ones before it."""
    while not first.instructions and len(first.successors) == 1:
        first = first.successors[0]
    while not second.instructions and len(second.successors) == 1:
        second = second.successors[0]
    return first is second and not (not first.successors and first.end == "revert")


EMPTY_CHECK = Detector(
    id="empty-check",
    title="Test of the caller that always passes",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    dasp=Dasp.ACCESS_CONTROL,
    swc=("SWC-105",),
    scwe=("SCWE-016",),
    cwe=("CWE-571", "CWE-863"),
    wrong=(
        "The condition looks like a test of who calls, but it holds for everybody: an unsigned number is always at "
        "least zero, and every account differs from one of two. What it was to protect is open."
    ),
    fix="Compare with what only those allowed have (`> 0`), and join refusals with `&&`.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Staff {
            mapping(address => uint256) level;
            receive() external payable {}
            function pay(address payable to) external {
                require(level[msg.sender] >= 0);
                to.transfer(1 ether);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Staff {
            mapping(address => uint256) level;
            receive() external payable {}
            function pay(address payable to) external {
                require(level[msg.sender] > 0);
                to.transfer(1 ether);
            }
        }
    """,
    find=_find,
)
