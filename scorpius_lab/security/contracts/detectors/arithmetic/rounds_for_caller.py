"""A debit or a price that is rounded down while what is paid or credited for it is exact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.facts import widened
from scorpius_lab.security.contracts.analysis.paths import call_sites, hit, place_of
from scorpius_lab.security.contracts.analysis.slices import conditions, inputs, is_environment, plain
from scorpius_lab.security.contracts.analysis.tokens import TokenCall, token_call
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_DIGITS = 10**6  # a fixed divisor below this takes a percentage: only amounts nobody bothers with come to nothing


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for store in entry.body.of("store"):
            quotient = _debit(entry, store)
            if quotient is not None:
                message = "What is charged is rounded down, what is paid is not: a small amount costs nothing."
                yield hit(entry, quotient, message, site=True, others=(place_of(store), *call_sites(quotient)))
            cost = _cost(entry, store)
            if cost is not None:
                message = "What is credited is exact, what it costs is rounded down: a small amount costs nothing."
                found = hit(entry, cost, message, site=True, others=(place_of(store), *call_sites(cost)))
                # a fixed divisor also fixes how little is had for nothing: usually less than a call costs
                yield replace(found, severity=Severity.LOW) if cost.arguments[1].is_constant else found


def _debit(entry: Entry, store: Instruction) -> Instruction | None:
    """The quotient that is taken off a record, or added to a record of debts, for an amount paid out as it is."""
    for quotient in _quotients(_taken_off(store)):
        if _paid_exactly(entry, quotient):
            return quotient
    for quotient in _quotients(_added(store)):
        if _reads_rate(quotient.arguments[1]) and _paid_exactly(entry, quotient):
            return quotient
    return None


def _cost(entry: Entry, store: Instruction) -> Instruction | None:
    """The quotient that has to be paid for a number that is credited as the caller gave it."""
    credited = _added(store)
    if credited is None or widened(credited).operation != "parameter":
        return None
    wanted, prices = widened(credited), [widened(price) for price in _prices(entry)]
    if wanted in prices:
        return None  # a fee on top of what is paid in full
    for price in prices:
        for quotient in _quotients(price):
            percentage = quotient.arguments[1].is_constant and quotient.arguments[1].data < _DIGITS
            if not percentage and _reads_rate(quotient) and wanted in inputs(quotient.arguments[0]):
                return quotient
    return None


def _taken_off(store: Instruction) -> Instruction | None:
    """What is subtracted from a record of somebody's."""
    value = plain(store.arguments[0])
    lowered = store.data.path and value.operation == "binary" and value.data == "-"
    return value.arguments[1] if lowered else None


def _added(store: Instruction) -> Instruction | None:
    """What is added to a record of somebody's."""
    value = plain(store.arguments[0])
    if not store.data.path or value.operation != "binary" or value.data != "+":
        return None
    for base, amount in (value.arguments, value.arguments[::-1]):
        before = widened(base)
        if before.operation == "load" and before.data.variable is store.data.variable:
            return amount
    return None


def _quotients(amount: Instruction | None) -> list[Instruction]:
    """The divisions an amount comes from, on whatever way; none if it is rounded up on any."""
    if amount is None:
        return []
    amount = _without_nothing(widened(amount))
    ways = [widened(way) for way in (amount.arguments if amount.operation == "phi" else [amount])]
    found = [way for way in ways if way.operation == "binary" and way.data == "/"]
    raised = any(way.operation == "binary" and way.data == "+" for way in ways)
    return [] if raised or any(map(_rounded_up, found)) else found


def _without_nothing(amount: Instruction) -> Instruction:
    """A sum without what is known to be zero: the unit a library adds where it is asked to round up."""
    while amount.operation == "binary" and amount.data == "+":
        rest = [one for one in amount.arguments if not _is_nothing(one)]
        if len(rest) != 1:
            break
        amount = widened(rest[0])
    return amount


def _is_nothing(value: Instruction) -> bool:
    turned = False
    value = plain(value)
    while value.operation == "unary" and value.data == "!":
        value, turned = plain(value.arguments[0]), not turned
    return value.is_constant and value.data in {0, 1} and bool(value.data) == turned


def _rounded_up(quotient: Instruction) -> bool:
    """`(x + y - 1) / y`."""
    divisor = widened(quotient.arguments[1])
    above = inputs(quotient.arguments[0])
    sums = [widened(one) for i in above if i.operation == "binary" and i.data == "+" for one in i.arguments]
    if divisor.is_constant and any(one.is_constant and one.data == divisor.data - 1 for one in sums):
        return True
    less = any(i.operation == "binary" and i.data == "-" for i in above)
    return less and any(one.key == divisor.key for one in sums)


def _reads_rate(value: Instruction) -> bool:
    """Whether a rate that may change goes into it: more than a fixed part of the amount itself."""
    loads = [i for i in inputs(value) if i.operation == "load"]
    return any(load.data.variable is None or not load.data.variable.constant for load in loads)


def _prices(entry: Entry) -> list[Instruction]:
    """What a caller has to pay: in tokens that are collected, or in the ether that is asked for."""
    collected = [asked.arguments[-1] for asked in _asked_of_tokens(entry, "transferFrom")]
    compared = [
        price
        for _, condition in conditions(entry.body)
        if condition.operation == "binary"
        for price, paid in (condition.arguments, condition.arguments[::-1])
        if is_environment(paid, "msg.value")
    ]
    return collected + compared


def _paid_exactly(entry: Entry, quotient: Instruction) -> bool:
    """Whether the caller's own number is divided, and paid as it is."""
    wanted = {i.number for i in inputs(quotient.arguments[0]) if i.operation == "parameter"}
    paid = [call.data.value for call in entry.body.calls if call.data.value is not None]
    paid += [asked.arguments[-1] for asked in _asked_of_tokens(entry, "transfer")]
    return any(widened(amount).number in wanted for amount in paid)


def _asked_of_tokens(entry: Entry, name: str) -> list[TokenCall]:
    asked = [token_call(call) for call in entry.body.calls]
    return [one for one in asked if one is not None and one.name == name]


ROUNDS_FOR_CALLER = Detector(
    id="rounds-for-caller",
    title="Rounding in favour of the caller",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.ARITHMETIC,
    swc=(),
    scwe=("SCWE-047",),
    cwe=("CWE-682", "CWE-1339"),
    wrong=(
        "The caller names the amount they get, and what it costs them is rounded down. Repeated with small amounts it "
        "costs nothing, and others pay."
    ),
    fix="Round what the caller gives up, and down what the caller gets.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Vault {
            mapping(address => uint256) shares;
            uint256 total;
            uint256 assets;
            function withdraw(uint256 amount) external {
                shares[msg.sender] -= amount * total / assets;
                assets -= amount;
                payable(msg.sender).transfer(amount);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Vault {
            mapping(address => uint256) shares;
            uint256 total;
            uint256 assets;
            function withdraw(uint256 amount) external {
                shares[msg.sender] -= (amount * total + assets - 1) / assets;
                assets -= amount;
                payable(msg.sender).transfer(amount);
            }
        }
    """,
    find=_find,
)
