"""Shares priced by a balance that anyone can raise before the second deposit."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.facts import widened
from scorpius_lab.security.contracts.analysis.intervals import shape
from scorpius_lab.security.contracts.analysis.origins import from_parameter, origins
from scorpius_lab.security.contracts.analysis.paths import header_of, hit, place_of
from scorpius_lab.security.contracts.analysis.slices import conditions, inputs, is_environment, keys, plain
from scorpius_lab.security.contracts.analysis.summaries import writers
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public or entry.function.reads_only:
            continue
        for store in entry.body.of("store"):
            price = _price(entry, store)
            if price is None or _enough(entry, price) or _out_of_reach(contract, store):
                continue
            message = "The first depositor can send tokens straight to the contract: then later deposits buy no shares."
            others = (place_of(price), header_of(entry.function))
            yield hit(entry, price, message, others=(*others, place_of(store)))


def _price(entry: Entry, store: Instruction) -> Instruction | None:
    """The quotient of a deposit and the contract's own balance that is credited."""
    if not keys(store) or plain(store.arguments[0]).data != "+":
        return None
    for value in inputs(store.arguments[0]):
        if value.operation != "binary" or value.data != "/":
            continue
        above, below = (widened(argument) for argument in value.arguments)
        if _paid_in(entry, above) and ((_own_balance(below) and _times_supply(above)) or _per_share(below)):
            return value
    return None


def _own_balance(value: Instruction) -> bool:
    """The ether or tokens of the contract as they are or were before the deposit, with nothing virtual added."""
    value = plain(value)
    if value.operation == "binary" and value.data == "-":
        return is_environment(value.arguments[1], "msg.value") and _own_balance(value.arguments[0])
    if value.operation == "member":
        return bool(value.data == "balance")
    call = value.call
    return call is not None and call.name == "balanceOf" and any(is_environment(a, "this") for a in call.arguments)


def _paid_in(entry: Entry, above: Instruction) -> bool:
    """Whether what is divided is what came in, by the caller's word, as ether or by the balance."""
    paid = from_parameter(entry.body, above) or "msg.value" in origins(entry.body, above)
    return paid or any(map(_came_in, inputs(above)))


def _times_supply(above: Instruction) -> bool:
    return any(i.operation == "load" and not keys(i) for i in inputs(above))


def _per_share(below: Instruction) -> bool:
    """The balance for one share: the balance, perhaps times a fixed number, divided by the supply."""
    for value in below.arguments if below.operation == "phi" else [below]:
        price = widened(value)
        if price.operation != "binary" or price.data != "/":
            continue
        whole, supply = (widened(argument) for argument in price.arguments)
        factors = whole.arguments if whole.operation == "binary" and whole.data == "*" else [whole]
        if supply.operation == "load" and not keys(supply) and any(map(_own_balance, factors)):
            return True
    return False


def _came_in(value: Instruction) -> bool:
    """The balance after, less the balance before."""
    return value.operation == "binary" and value.data == "-" and all(map(_own_balance, map(widened, value.arguments)))


def _out_of_reach(contract: Contract, store: Instruction) -> bool:
    """Whether shares nobody can redeem are made: at deployment, or for an account fixed in the code."""
    return any(
        write.operation == "store"
        and shape(write) == shape(store)
        and not (write.arguments[0].is_constant and write.arguments[0].data == 0)
        and (entry.constructing or all(plain(key).is_constant for key in keys(write)))
        for entry, write in writers(contract, store.data.variable)
    )


def _enough(entry: Entry, price: Instruction) -> bool:
    """Whether the caller says how many shares are too few."""
    return any(
        price in inputs(side) and any(i.operation == "parameter" for i in inputs(other)) and price not in inputs(other)
        for _, condition in conditions(entry.body)
        if condition.operation == "binary" and condition.data in {"<", ">", "<=", ">="}
        for side, other in (condition.arguments, condition.arguments[::-1])
    )


SHARE_INFLATION = Detector(
    id="share-inflation",
    title="Share price the first depositor can inflate",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.ARITHMETIC,
    swc=(),
    scwe=("SCWE-047",),
    cwe=("CWE-682",),
    wrong=(
        "Shares are the deposit times the supply, divided by the contract's balance. Whoever holds the only share "
        "sends tokens to the contract without a deposit; the price rises so far that the next deposit is rounded to "
        "zero shares and belongs to the holder of the first."
    ),
    fix="Add virtual shares and assets to both sides, keep the books in a variable, or let the caller name a minimum.",
    vulnerable="""
        pragma solidity ^0.8.0;
        interface IToken {
            function balanceOf(address) external view returns (uint256);
            function transferFrom(address, address, uint256) external returns (bool);
        }
        contract Pool {
            IToken immutable token;
            uint256 supply;
            mapping(address => uint256) shares;
            constructor(IToken token_) { token = token_; }
            function deposit(uint256 amount) external {
                uint256 minted = supply == 0 ? amount : amount * supply / token.balanceOf(address(this));
                supply += minted;
                shares[msg.sender] += minted;
                require(token.transferFrom(msg.sender, address(this), amount));
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        interface IToken {
            function balanceOf(address) external view returns (uint256);
            function transferFrom(address, address, uint256) external returns (bool);
        }
        contract Pool {
            IToken immutable token;
            uint256 supply;
            mapping(address => uint256) shares;
            constructor(IToken token_) { token = token_; }
            function deposit(uint256 amount) external {
                uint256 minted = amount * (supply + 1e6) / (token.balanceOf(address(this)) + 1);
                supply += minted;
                shares[msg.sender] += minted;
                require(token.transferFrom(msg.sender, address(this), amount));
            }
        }
    """,
    find=_find,
)
