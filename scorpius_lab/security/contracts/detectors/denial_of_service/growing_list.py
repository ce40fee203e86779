"""A list that anyone can make too long to be walked or cleared."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.loops import (
    Loop,
    grown,
    growth,
    held_to_a_number,
    limits_of,
    loops,
)
from scorpius_lab.security.contracts.analysis.paths import hit, place_of
from scorpius_lab.security.contracts.analysis.payments import blocking_payments
from scorpius_lab.security.contracts.analysis.summaries import WRITES, writers
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable

Use = tuple[Entry, Instruction]


def _find(contract: Contract) -> Iterator[Hit]:
    """One finding for each list, at the first place that needs all of it."""
    for variable in contract.variables:
        uses = [*_walks(contract, variable), *_clearings(contract, variable)]
        if not uses:
            continue
        entry, use = uses[0]
        grows = [write for _, write in _growth_of(contract, variable, use)]
        text = f"Anyone can make `{variable.name}` so long that this takes more gas than a block has."
        others = tuple(place_of(i) for i in [*(i for _, i in uses[1:]), *grows])
        between = tuple((write, "the list grows here") for write in grows[:1])
        yield hit(entry, use, text, site=True, root=variable.name, between=between, others=others)


def _growth_of(contract: Contract, variable: StateVariable, use: Instruction) -> list[Use]:
    return grown(contract, variable) if use.operation in {"store", "delete"} else growth(contract, use)


def _walks(contract: Contract, variable: StateVariable) -> list[Use]:
    """Loops over the whole of a list, in functions that do something lasting."""
    return [
        (entry, limit)
        for entry in contract.entries
        if entry.public and not entry.function.reads_only and _does_something(entry)
        for loop in loops(entry.body)
        if not held_to_a_number(loop) and not _pays(entry, loop)
        for limit in limits_of(loop)
        if limit.data.variable is variable and growth(contract, limit)
    ]


def _does_something(entry: Entry) -> bool:
    return bool(entry.body.of(*WRITES) or entry.body.calls)


def _pays(entry: Entry, loop: Loop) -> bool:
    """Whether payments in the loop depend on each other, which is another detector's finding."""
    return any(other is loop for other, _ in blocking_payments(entry))


def _clearings(contract: Contract, variable: StateVariable) -> list[Use]:
    """Where a whole array is deleted at once: every element costs gas."""
    if not isinstance(variable.type, types.ArrayType) or variable.type.length is not None:
        return []
    clearings = [
        (entry, write)
        for entry, write in writers(contract, variable)
        if entry.public and _clears(write) and not blocking_payments(entry)
    ]
    return clearings if clearings and grown(contract, variable) else []


def _clears(write: Instruction) -> bool:
    path = write.data.path
    if write.operation == "delete":
        return not path
    if write.operation != "store":
        return False
    value = write.arguments[0]
    if path == ("length",):
        return value.is_constant and value.data == 0
    return not path and value.operation == "allocate"


GROWING_LIST = Detector(
    id="growing-list",
    title="List walked as a whole that anyone can make longer",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.DENIAL_OF_SERVICE,
    swc=("SWC-128",),
    scwe=("SCWE-032",),
    cwe=("CWE-400", "CWE-834"),
    wrong=(
        "Anyone can add to the list, and a function needs all of it in one transaction: it walks it or deletes it. "
        "Every entry costs gas; when they take more than a block has, the function can never be run again."
    ),
    fix=(
        "Work on one entry at a time or on a stretch the caller names, keep running totals, limit the length, or start "
        "a new list instead of clearing the old one."
    ),
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Club {
            address[] members;
            mapping(address => uint256) points;
            function join() external { members.push(msg.sender); }
            function award() external {
                for (uint256 i = 0; i < members.length; i++) {
                    points[members[i]] += 1;
                }
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Club {
            address[] members;
            uint256 next;
            mapping(address => uint256) points;
            function join() external { members.push(msg.sender); }
            function award(uint256 count) external {
                uint256 end = next + count;
                for (uint256 i = next; i < end && i < members.length; i++) {
                    points[members[i]] += 1;
                }
                next = end;
            }
        }
    """,
    find=_find,
)
