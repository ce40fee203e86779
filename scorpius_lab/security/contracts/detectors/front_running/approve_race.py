"""An allowance that is overwritten."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.analysis.slices import conditions, inputs, is_environment, keys, plain
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public or entry.function.parameters != (types.ADDRESS, types.UINT256):
            continue
        for store in entry.body.of("store"):
            if _is_allowance(store) and not _compared(entry, store):
                text = (
                    "The new allowance replaces the old one: the spender can use up the old before and the new after."
                )
                yield hit(entry, store, text, others=(header_of(entry.function), header_of(store.frame.function)))


def _is_allowance(store: Instruction) -> bool:
    """`allowance[msg.sender][spender] = amount`, with spender and amount as given."""
    steps = keys(store)
    if len(steps) != 2 or len(store.data.path) != 2 or not is_environment(steps[0], "msg.sender"):
        return False
    spender, amount = plain(steps[1]), plain(store.arguments[0])
    if spender.operation != "parameter" or amount.operation != "parameter":
        return False
    return types.is_address(spender.type) and types.is_integer(amount.type)


def _compared(entry: Entry, store: Instruction) -> bool:
    """Whether the allowance that was there is looked at, or the way is open only for a first or last one."""
    variable = store.data.variable
    for _, condition in conditions(entry.body):
        if any(i.operation == "load" and i.data.variable is variable for i in inputs(condition)):
            return True
    return variable is not None and variable in origins(entry.body, store.arguments[0])


APPROVE_RACE = Detector(
    id="approve-race",
    title="Allowance overwritten, not changed",
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.FRONT_RUNNING,
    swc=("SWC-114",),
    scwe=("SCWE-037",),
    cwe=("CWE-362",),
    wrong=(
        "A spender who sees the change of an allowance waiting to be mined can spend the old allowance before "
        "it and the new one after: more than was ever meant."
    ),
    fix=(
        "Offer functions that raise and lower the allowance, or require the expected present value "
        "(or zero) when it is set."
    ),
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Token {
            mapping(address => mapping(address => uint256)) allowed;
            function approve(address spender, uint256 amount) external returns (bool) {
                allowed[msg.sender][spender] = amount;
                return true;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Token {
            mapping(address => mapping(address => uint256)) allowed;
            function approve(address spender, uint256 amount) external returns (bool) {
                require(amount == 0 || allowed[msg.sender][spender] == 0);
                allowed[msg.sender][spender] = amount;
                return true;
            }
        }
    """,
    find=_find,
)
