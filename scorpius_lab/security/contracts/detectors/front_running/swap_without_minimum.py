"""A trade at any price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.guards import is_authorised
from scorpius_lab.security.contracts.analysis.limits import held_to_limit
from scorpius_lab.security.contracts.analysis.origins import from_parameter, origins
from scorpius_lab.security.contracts.analysis.paths import call_sites, header_of, hit, place_of
from scorpius_lab.security.contracts.analysis.slices import conditions, inputs, plain
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable

_MINIMUM = {
    "swapExactTokensForTokens": (1,),
    "swapExactTokensForETH": (1,),
    "swapExactETHForTokens": (0,),
    "swapExactTokensForTokensSupportingFeeOnTransferTokens": (1,),
    "swapExactTokensForETHSupportingFeeOnTransferTokens": (1,),
    "swapExactETHForTokensSupportingFeeOnTransferTokens": (0,),
    "addLiquidity": (4, 5),
    "addLiquidityETH": (2, 3),
    "removeLiquidity": (3, 4),
    "removeLiquidityETH": (2, 3),
    "exactInput": (4,),
    "exactInputSingle": (6,),
}
"""Where the routers of Uniswap v2 and v3 take the least amounts; of v3 within the struct of the parameters."""


_POOL = frozenset({("swap", 4), ("swap", 5), ("burn", 1)})
"""Trades and withdrawals of pairs of Uniswap v2 and pools of v3, with their numbers of arguments."""


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if entry.constructing:
            continue
        for call in entry.body.calls:
            if call.data.kind == "external" and _accepts_anything(call):
                text = (
                    f"{call.data.name} is asked for a least amount of zero: a trade placed before takes the difference."
                )
                yield hit(entry, call, text)
        yield from _own_market(entry)
        yield from _pool_trades(entry)


def _accepts_anything(call: Instruction) -> bool:
    positions = _MINIMUM.get(call.data.name)
    if positions is None:
        return False
    arguments = list(call.data.arguments)
    if call.data.name.startswith("exact") and arguments and arguments[0].operation == "tuple":
        arguments = arguments[0].arguments
    taken = [plain(arguments[position]) for position in positions if position < len(arguments)]
    return bool(taken) and all(value.is_constant and value.data == 0 for value in taken)


def _own_market(entry: Entry) -> Iterator[Hit]:
    """A price worked out from reserves that every trade moves, paid to the caller without a limit of theirs."""
    if not entry.public or entry.function.reads_only:
        return
    for call in entry.body.calls:
        paid = _paid(call)
        if paid is None or is_authorised(entry.body, call.block):
            continue
        price = next((i for i in inputs(paid) if _is_price(entry, i)), None)
        if price is None or _limited(entry, paid) or not _moved(entry, price):
            continue
        text = "The caller is paid what the reserves give at that moment, and cannot say how little is too little."
        yield hit(entry, call, text, others=(header_of(entry.function),))


def _pool_trades(entry: Entry) -> Iterator[Hit]:
    """Trades with a pool itself: it gives what its reserves make of it, and only the caller's limit holds that."""
    if not entry.public or entry.function.reads_only:
        return
    for call in entry.body.calls:
        if call.data.kind != "external" or (call.data.name, len(call.data.arguments)) not in _POOL:
            continue
        if is_authorised(entry.body, call.block) or _held(entry, call) or not _for_caller(entry, call):
            continue
        text = (
            f"The caller cannot say how much {call.data.name} must give at least: a trade placed before takes the rest."
        )
        sites = call_sites(call)
        found = hit(entry, call, text, others=(header_of(entry.function), *sites, place_of(call)))
        # the function that is to hold the limit is the one that is called, not the one that trades for many
        yield replace(found, place=sites[-1], function=entry.function.signature) if sites else found


def _for_caller(entry: Entry, call: Instruction) -> bool:
    """Whether the caller says how much is traded; a pool's own callback or a flash loan is none of that."""
    given = [a for a in entry.body.parameters if types.is_integer(a.type)]
    paid = {i.number for c in entry.body.calls for a in c.arguments for i in inputs(a)}
    return any(value.number in paid for value in given) and call.data.target is not None


def _held(entry: Entry, call: Instruction) -> bool:
    arguments = call.data.arguments
    if call.data.name == "swap" and len(arguments) == 5 and from_parameter(entry.body, arguments[3]):
        return True
    return held_to_limit(entry, list(arguments))


def _paid(call: Instruction) -> Instruction | None:
    """What a call gives to the caller: ether, or tokens by `transfer`."""
    what = call.data
    if what.kind == "external" and what.name == "transfer" and len(what.arguments) == 2:
        receiver, amount = what.arguments
        return amount if plain(receiver).data == "msg.sender" else None
    if what.kind in {"transfer", "send", "call"} and what.value is not None and what.target is not None:
        return what.value if plain(what.target).data == "msg.sender" else None
    return None


def _is_price(entry: Entry, value: Instruction) -> bool:
    """`given * reserve / (other reserve + given)`: the given amount and storage on both sides of a division."""
    if value.operation != "binary" or value.data != "/":
        return False
    above, below = value.arguments
    if not from_parameter(entry.body, above) or not from_parameter(entry.body, below):
        return False
    return all(any(isinstance(o, StateVariable) for o in origins(entry.body, part)) for part in (above, below))


def _moved(entry: Entry, price: Instruction) -> bool:
    """Whether the trade itself changes what the price is worked out from."""
    used = {o for o in origins(entry.body, price) if isinstance(o, StateVariable)}
    return any(store.data.variable in used for store in entry.body.of("store"))


def _limited(entry: Entry, paid: Instruction) -> bool:
    """Whether what is paid is compared with an argument it is not computed from."""
    own = {i.number for i in inputs(paid)}
    for _, condition in conditions(entry.body):
        if condition.operation != "binary" or len(condition.arguments) != 2:
            continue
        sides = [{i.number for i in inputs(side)} for side in condition.arguments]
        for side, other in (sides, sides[::-1]):
            limit = [p for p in entry.body.parameters if p.number in other and p.number not in own]
            if paid.number in side and limit:
                return True
    return False


SWAP_WITHOUT_MINIMUM = Detector(
    id="swap-without-minimum",
    title="Swap without a least amount",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.FRONT_RUNNING,
    swc=("SWC-114",),
    scwe=("SCWE-037",),
    cwe=("CWE-362", "CWE-682"),
    wrong=(
        "A swap that accepts any amount can be sandwiched: a trade before it moves the price, one after it "
        "moves it back, and the difference is taken from the one who swaps."
    ),
    fix=(
        "Take the least acceptable amount (and a deadline) from the caller and hand it on, or "
        "compare the result with it."
    ),
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Pool {
            uint256 tokens; uint256 ethers;
            function sell(uint256 amount) external {
                uint256 paid = amount * ethers / (tokens + amount);
                tokens += amount;
                ethers -= paid;
                payable(msg.sender).transfer(paid);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Pool {
            uint256 tokens; uint256 ethers;
            function sell(uint256 amount, uint256 least) external {
                uint256 paid = amount * ethers / (tokens + amount);
                require(paid >= least);
                tokens += amount;
                ethers -= paid;
                payable(msg.sender).transfer(paid);
            }
        }
    """,
    find=_find,
)
