"""A price that can go up between order and purchase."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.guards import is_authorised
from scorpius_lab.security.contracts.analysis.paths import header_of, hit, place_of
from scorpius_lab.security.contracts.analysis.slices import conditions, inputs, is_environment, keys, plain
from scorpius_lab.security.contracts.analysis.summaries import writers
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public or entry.function.reads_only:
            continue
        for at, cost in _charges(entry):
            price = _price(contract, entry, cost)
            if price is None or is_authorised(entry.body, at.block) or _capped(entry, cost):
                continue
            text = f"The buyer pays whatever {price.name} is by then; it can be raised while the purchase is pending."
            yield hit(entry, at, text, others=(header_of(entry.function), place_of(cost)))
        for given, price in _sold_for_value(contract, entry):
            if is_authorised(entry.body, given.block) or _capped(entry, given.arguments[0]):
                continue
            text = f"What the payment buys depends on {price.name}, which can be raised while the purchase is pending."
            yield hit(entry, given, text, site=True, others=(header_of(entry.function),))


def _sold_for_value(contract: Contract, entry: Entry) -> list[tuple[Instruction, StateVariable]]:
    """What the caller is given for ether: the value sent divided by a plain variable that a setter replaces."""
    found = []
    for store in entry.body.of("store"):
        if not any(is_environment(step, "msg.sender") for step in keys(store)):
            continue
        for value in inputs(store.arguments[0]):
            if value.operation != "binary" or value.data != "/":
                continue
            paid, price = (plain(argument) for argument in value.arguments)
            variable = price.data.variable if price.operation == "load" and not price.data.path else None
            if variable is not None and is_environment(paid, "msg.value") and _settable(contract, entry, variable):
                found.append((store, variable))
    return found


def _charges(entry: Entry) -> list[tuple[Instruction, Instruction]]:
    """What is taken from the caller's credit or tokens, and how much."""
    found = []
    for store in entry.body.of("store"):
        value, steps = store.arguments[0], keys(store)
        taken = value.operation == "binary" and value.data == "-"
        if taken and len(steps) == 1 and is_environment(steps[0], "msg.sender"):
            found.append((store, value.arguments[1]))
    for call in entry.body.calls:
        given = call.data.arguments
        if call.data.name == "transferFrom" and len(given) == 3 and is_environment(given[0], "msg.sender"):
            found.append((call, given[2]))
    return found


def _price(contract: Contract, entry: Entry, cost: Instruction) -> StateVariable | None:
    """The plain variable that is multiplied by how much the caller wants, and that a setter replaces."""
    value = plain(cost)
    if value.operation != "binary" or value.data != "*":
        return None
    for count, unit in (value.arguments, value.arguments[::-1]):
        price = plain(unit)
        if plain(count).operation != "parameter" or price.operation != "load" or price.data.path:
            continue
        variable: StateVariable | None = price.data.variable
        if variable is not None and _settable(contract, entry, variable):
            return variable
    return None


def _settable(contract: Contract, buyer: Entry, variable: StateVariable) -> bool:
    return any(
        entry is not buyer and entry.public and plain(store.arguments[0]).operation == "parameter"
        for entry, store in writers(contract, variable)
        if store.operation == "store"
    )


def _capped(entry: Entry, cost: Instruction) -> bool:
    """Whether cost or price is compared with a limit that the caller gives."""
    used = {i.key for i in inputs(cost)}
    for _, condition in conditions(entry.body):
        if condition.operation != "binary":
            continue
        for side, other in (condition.arguments, condition.arguments[::-1]):
            if plain(other).operation == "parameter" and plain(other).key not in used and side.key in used:
                return True
    return False


CHANGEABLE_PRICE = Detector(
    id="changeable-price",
    title="Purchase at a price that may change",
    severity=Severity.MEDIUM,
    confidence=Confidence.LOW,
    dasp=Dasp.FRONT_RUNNING,
    swc=("SWC-114",),
    scwe=("SCWE-037",),
    cwe=("CWE-362",),
    wrong=(
        "The price is read when the purchase is mined, not when it was sent. Whoever may set it can "
        "raise it in between and take more from the buyer than they agreed to."
    ),
    fix="Take the highest acceptable cost from the buyer and compare with it.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Shop {
            address owner = msg.sender;
            uint256 price = 1;
            mapping(address => uint256) credit;
            mapping(address => uint256) goods;
            function setPrice(uint256 to) external { require(msg.sender == owner); price = to; }
            function fund() external payable { credit[msg.sender] += msg.value; }
            function buy(uint256 count) external {
                credit[msg.sender] -= count * price;
                goods[msg.sender] += count;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Shop {
            address owner = msg.sender;
            uint256 price = 1;
            mapping(address => uint256) credit;
            mapping(address => uint256) goods;
            function setPrice(uint256 to) external { require(msg.sender == owner); price = to; }
            function fund() external payable { credit[msg.sender] += msg.value; }
            function buy(uint256 count, uint256 highest) external {
                uint256 cost = count * price;
                require(cost <= highest);
                credit[msg.sender] -= cost;
                goods[msg.sender] += count;
            }
        }
    """,
    find=_find,
)
