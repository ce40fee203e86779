"""A quotient that is multiplied: the remainder is lost many times over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.authority import is_trusted
from scorpius_lab.security.contracts.analysis.facts import widened
from scorpius_lab.security.contracts.analysis.paths import hit, place_of
from scorpius_lab.security.contracts.analysis.slices import keys
from scorpius_lab.security.contracts.analysis.summaries import writers
from scorpius_lab.security.contracts.analysis.wrapping import weighty, worked_out_of_bits
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Block, Body, Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_DIGITS = 10**6  # a fixed divisor below this drops less than a millionth of any amount worth paying
_FACTOR = 1000  # a fixed factor below this multiplies the loss by next to nothing


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for product in entry.body.of("binary"):
            if product.data != "*" or not types.is_integer(product.type) or worked_out_of_bits(product):
                continue
            lossy = _quotient(entry.body, product) or _stored_quotient(entry, product)
            if lossy is None or not (weighty(entry.body, product) or _answered(entry.body.returns, product)):
                continue
            quotient, grave = lossy
            if not grave and is_trusted(entry, product.block):
                continue
            message = "The division drops its remainder, and what is lost is multiplied: multiply first, then divide."
            found = hit(entry, product, message, others=(place_of(quotient),))
            yield found if grave else replace(found, severity=Severity.LOW)


def _quotient(body: Body, product: Instruction) -> tuple[Instruction, bool] | None:
    """The division whose result is multiplied, by something else than its divisor, and whether much is lost by it."""
    for side, factor in (product.arguments, product.arguments[::-1]):
        quotient = widened(side)
        if not _drops(quotient) or widened(factor).key == widened(quotient.arguments[1]).key:
            continue
        if not _remainder_kept(body, quotient):
            return quotient, _much(quotient.arguments[1], _DIGITS) and _much(factor, _FACTOR)
    return None


def _stored_quotient(entry: Entry, product: Instruction) -> tuple[Instruction, bool] | None:
    """The same where the quotient was stored before, for all accounts, and is multiplied by what one of them has."""
    for side, factor in (product.arguments, product.arguments[::-1]):
        rate, part = widened(side), widened(factor)
        if rate.operation != "load" or keys(rate) or part.operation != "load" or not keys(part):
            continue
        quotient = _written_quotient(entry.contract, rate)
        if quotient is not None:
            return quotient, True
    return None


def _written_quotient(contract: Contract, rate: Instruction) -> Instruction | None:
    """The division of which all that is ever stored at a place comes, as it is or added up."""
    if rate.data.variable is None or rate.data.path:
        return None
    found = None
    for entry, store in writers(contract, rate.data.variable):
        if store.operation != "store" or widened(store.arguments[0]).is_constant:
            continue
        quotient = _addend(widened(store.arguments[0]), rate)
        if not _drops(quotient) or quotient.arguments[1].is_constant or _remainder_kept(entry.body, quotient):
            return None
        found = quotient
    return found


def _addend(value: Instruction, rate: Instruction) -> Instruction:
    """What is added where a place is raised, else the value itself."""
    if value.operation == "binary" and value.data == "+":
        for base, added in (value.arguments, value.arguments[::-1]):
            before = widened(base)
            if before.operation == "load" and before.data.variable is rate.data.variable:
                return widened(added)
    return value


def _drops(value: Instruction) -> bool:
    """Whether it is a quotient of something that was not multiplied before, so that it lacks digits."""
    if value.operation != "binary" or value.data != "/":
        return False
    dividend = widened(value.arguments[0])
    return dividend.operation != "binary" or dividend.data not in {"*", "<<"}


def _remainder_kept(body: Body, quotient: Instruction) -> bool:
    """Whether the remainder of the same division is worked with too: `x / n * y + x % n * y / n`."""
    whole, part = (widened(argument).key for argument in quotient.arguments)
    return any(
        other.data == "%" and widened(other.arguments[0]).key == whole and widened(other.arguments[1]).key == part
        for other in body.of("binary")
    )


def _much(number: Instruction, least: int) -> bool:
    return not number.is_constant or not isinstance(number.data, int) or number.data >= least


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
