"""A trade that may be carried out at any later time."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.origins import depends_on, from_parameter, origins
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.slices import conditions, plain
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_DEADLINE = {
    "swapExactTokensForTokens": (5, 4),
    "swapTokensForExactTokens": (5, 4),
    "swapExactTokensForETH": (5, 4),
    "swapTokensForExactETH": (5, 4),
    "swapExactETHForTokens": (4, 3),
    "swapETHForExactTokens": (4, 3),
    "swapExactTokensForTokensSupportingFeeOnTransferTokens": (5, 4),
    "swapExactTokensForETHSupportingFeeOnTransferTokens": (5, 4),
    "swapExactETHForTokensSupportingFeeOnTransferTokens": (4, 3),
    "addLiquidity": (8, 7),
    "addLiquidityETH": (6, 5),
    "removeLiquidity": (7, 6),
    "removeLiquidityETH": (6, 5),
    "exactInput": (5, 2),
    "exactOutput": (5, 2),
    "exactInputSingle": (8, 4),
    "exactOutputSingle": (8, 4),
}
"""Numbers of arguments, and where the routers of Uniswap v2 and v3 take the deadline; of v3 within the struct."""

_CENTURIES = 1 << 33  # seconds: a constant beyond it, usually the greatest number there is, is no limit


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if entry.constructing or _has_own_deadline(entry):
            continue
        for call in entry.body.calls:
            deadline = _deadline(call)
            if deadline is not None and _never_passes(entry, deadline):
                text = f"{call.data.name} gets a deadline that cannot pass: the trade may be held back until it suits."
                yield hit(entry, call, text)


def _deadline(call: Instruction) -> Instruction | None:
    expected = _DEADLINE.get(call.data.name)
    if call.data.kind != "external" or expected is None:
        return None
    arguments = list(call.data.arguments)
    if len(arguments) == 1 and arguments[0].operation == "tuple":
        arguments = arguments[0].arguments
    count, position = expected
    return plain(arguments[position]) if len(arguments) == count else None


def _never_passes(entry: Entry, deadline: Instruction) -> bool:
    """Whether the deadline is worked out when the trade is carried out, or lies beyond all time."""
    if deadline.is_constant:
        return isinstance(deadline.data, int) and deadline.data > _CENTURIES
    return origins(entry.body, deadline) == {"block.timestamp"}


def _has_own_deadline(entry: Entry) -> bool:
    """Whether the entry compares the time with what its caller gave."""
    return any(
        depends_on(entry.body, condition, "block.timestamp") and from_parameter(entry.body, condition)
        for _, condition in conditions(entry.body)
    )


SWAP_WITHOUT_DEADLINE = Detector(
    id="swap-without-deadline",
    title="Trade with a deadline that cannot pass",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.FRONT_RUNNING,
    swc=(),
    scwe=("SCWE-037",),
    cwe=("CWE-362",),
    wrong=(
        "A deadline of `block.timestamp` is the time of the block that includes the trade, so it never has passed. "
        "Whoever orders transactions can hold the trade back and include it when its least amount, fair when it was "
        "signed, is far below the price."
    ),
    fix="Let the caller give the deadline and hand it on.",
    vulnerable="""
        pragma solidity ^0.8.0;
        interface IRouter {
            function swapExactTokensForTokens(
                uint256 amount, uint256 least, address[] calldata path, address to, uint256 deadline
            ) external returns (uint256[] memory);
        }
        contract Trader {
            IRouter immutable router;
            constructor(IRouter used) { router = used; }
            function trade(uint256 amount, uint256 least, address[] calldata path) external {
                router.swapExactTokensForTokens(amount, least, path, msg.sender, block.timestamp + 60);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        interface IRouter {
            function swapExactTokensForTokens(
                uint256 amount, uint256 least, address[] calldata path, address to, uint256 deadline
            ) external returns (uint256[] memory);
        }
        contract Trader {
            IRouter immutable router;
            constructor(IRouter used) { router = used; }
            function trade(uint256 amount, uint256 least, address[] calldata path, uint256 deadline) external {
                router.swapExactTokensForTokens(amount, least, path, msg.sender, deadline);
            }
        }
    """,
    find=_find,
)
