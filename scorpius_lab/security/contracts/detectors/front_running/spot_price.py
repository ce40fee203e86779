"""A price that one trade in the same transaction moves."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.limits import held_to_limit
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.slices import inputs
from scorpius_lab.security.contracts.analysis.summaries import moves_value
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_SPOT = frozenset({"getReserves", "slot0"})
"""What the pairs of Uniswap v2 and the pools of v3 tell of their present state."""


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public or entry.function.reads_only:
            continue
        spots = {c.number: c for c in entry.body.calls if c.data.kind == "external" and c.data.name in _SPOT}
        for call in spots.values():
            price = _priced(entry, call)
            if price is not None and _is_relied_on(entry, price) and not _trade_with_limit(entry, price):
                text = (
                    f"{call.data.name} gives the reserves of this moment, which a trade in the same transaction moves."
                )
                yield hit(entry, price, text, between=((call, "reads the present reserves"),), others=())


def _trade_with_limit(entry: Entry, price: Instruction) -> bool:
    """Whether the pool is only traded with, at no worse a price than the caller accepts."""
    trades = any(call.data.name in {"swap", "mint", "burn"} for call in entry.body.calls)
    return trades and held_to_limit(entry, [price])


def _priced(entry: Entry, call: Instruction) -> Instruction | None:
    """A quotient of what the pool said."""
    for value in entry.body.of("binary"):
        if value.data == "/" and call in origins(entry.body, value):
            return value
    return None


def _is_relied_on(entry: Entry, price: Instruction) -> bool:
    """Whether something is decided, stored or paid by it."""
    for block in entry.body.blocks:
        if block.condition is not None and price in inputs(block.condition):
            return True
    values = [store.arguments[0] for store in entry.body.of("store")]
    for call in entry.body.calls:
        if moves_value(call) and call.data.value is not None:
            values.append(call.data.value)
        values += call.data.arguments
    return any(price in inputs(value) for value in values)


SPOT_PRICE = Detector(
    id="spot-price",
    title="Price read from the present reserves of a pool",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.FRONT_RUNNING,
    swc=(),
    scwe=("SCWE-028",),
    cwe=("CWE-682", "CWE-829"),
    wrong=(
        "The reserves of a pool are whatever the last trade left. Within one transaction an attacker can "
        "borrow, move the reserves, be valued by them here, and move them back."
    ),
    fix=(
        "Use a time-weighted average or an oracle that no single transaction moves, and bound how "
        "far it may be from the last value."
    ),
    vulnerable="""
        pragma solidity ^0.8.0;
        interface IPair { function getReserves() external view returns (uint112, uint112, uint32); }
        contract Lender {
            IPair pair;
            mapping(address => uint256) collateral;
            constructor(IPair pair_) { pair = pair_; }
            function borrow(uint256 amount) external {
                (uint112 tokens, uint112 ethers, ) = pair.getReserves();
                uint256 worth = collateral[msg.sender] * ethers / tokens;
                require(amount <= worth / 2);
                collateral[msg.sender] = 0;
                payable(msg.sender).transfer(amount);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        interface IFeed { function average() external view returns (uint256); }
        contract Lender {
            IFeed feed;
            mapping(address => uint256) collateral;
            constructor(IFeed feed_) { feed = feed_; }
            function borrow(uint256 amount) external {
                uint256 worth = collateral[msg.sender] * feed.average() / 1 ether;
                require(amount <= worth / 2);
                collateral[msg.sender] = 0;
                payable(msg.sender).transfer(amount);
            }
        }
    """,
    find=_find,
)
