"""A quotient that is multiplied: the remainder is lost many times over."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.facts import widened
from scorpius_lab.security.contracts.analysis.paths import hit, place_of
from scorpius_lab.security.contracts.analysis.wrapping import weighty, worked_out_of_bits
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.instructions import Block, Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for product in entry.body.of("binary"):
            quotient = _quotient(product)
            if quotient is None or worked_out_of_bits(product):
                continue
            if weighty(entry.body, product) or _answered(entry.body.returns, product):
                message = "What the division drops is multiplied: up to the whole factor is lost."
                yield hit(entry, product, message, others=(place_of(quotient),))


def _quotient(product: Instruction) -> Instruction | None:
    """The division whose result is multiplied, by something else than its divisor."""
    if product.data != "*" or not types.is_integer(product.type):
        return None
    for side, factor in (product.arguments, product.arguments[::-1]):
        quotient = widened(side)
        if quotient.operation != "binary" or quotient.data != "/" or quotient.arguments[1].is_constant:
            continue
        if factor.is_constant or widened(factor).key == widened(quotient.arguments[1]).key:
            continue
        if not _scaled(quotient.arguments[0]):
            return quotient
    return None


def _scaled(dividend: Instruction) -> bool:
    """Whether what is divided was multiplied before, so that the quotient keeps its digits."""
    value = widened(dividend)
    return value.operation == "binary" and value.data in {"*", "<<"}


def _answered(ends: list[Block], product: Instruction) -> bool:
    return any(product in end.returned for end in ends)


DIVIDES_FIRST = Detector(
    id="divides-before-multiplying",
    title="Division before multiplication",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.ARITHMETIC,
    swc=(),
    scwe=("SCWE-047",),
    cwe=("CWE-682", "CWE-1339"),
    wrong=(
        "Integer division drops the remainder. What is multiplied afterwards multiplies the loss: a share below one is "
        "zero, whatever it is a share of."
    ),
    fix="Multiply first and divide last, in a width that holds the product.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Pot {
            mapping(address => uint256) stake;
            uint256 total;
            uint256 pot;
            function join() external payable { stake[msg.sender] += msg.value; total += msg.value; }
            function claim() external {
                uint256 part = stake[msg.sender] / total * pot;
                stake[msg.sender] = 0;
                payable(msg.sender).transfer(part);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Pot {
            mapping(address => uint256) stake;
            uint256 total;
            uint256 pot;
            function join() external payable { stake[msg.sender] += msg.value; total += msg.value; }
            function claim() external {
                uint256 part = stake[msg.sender] * pot / total;
                stake[msg.sender] = 0;
                payable(msg.sender).transfer(part);
            }
        }
    """,
    find=_find,
)
