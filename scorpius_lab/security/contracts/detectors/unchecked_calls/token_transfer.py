"""A token's transfer that reports failure by returning false, to nobody."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.outcomes import outcome_unused
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_TRANSFERS = {"transfer": 2, "transferFrom": 3}  # the interface of ERC-20


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if entry.constructing:
            continue
        for call in entry.body.calls:
            if _may_return_false(call) and outcome_unused(entry.body, call):
                yield hit(entry, call, f"A token may return false for a failed {call.data.name}: it is ignored here.")


def _may_return_false(call: Instruction) -> bool:
    """Whether an ERC-20 whose code is not known is asked to move tokens."""
    asked = call.data
    if asked.kind != "external" or asked.tried or _TRANSFERS.get(asked.name) != len(asked.arguments):
        return False
    function = asked.function
    return function is not None and function.returns == (types.BOOL,) and not function.implemented


UNCHECKED_TOKEN_TRANSFER = Detector(
    id="unchecked-token-transfer",
    title="Token transfer without a look at its answer",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.UNCHECKED_CALLS,
    swc=("SWC-104",),
    scwe=("SCWE-048",),
    cwe=("CWE-252",),
    wrong=(
        "ERC-20 lets a token report a failed transfer by returning false instead of reverting. Here the answer is "
        "dropped: with such a token, what was never moved is booked as moved."
    ),
    fix="Test the answer, or use a wrapper such as SafeERC20, which also takes tokens that return nothing.",
    vulnerable="""
        pragma solidity ^0.8.0;
        interface Token { function transferFrom(address from, address to, uint256 amount) external returns (bool); }
        contract Till {
            mapping(Token => mapping(address => uint256)) credit;
            function pay(Token token, uint256 amount) external {
                token.transferFrom(msg.sender, address(this), amount);
                credit[token][msg.sender] += amount;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        interface Token { function transferFrom(address from, address to, uint256 amount) external returns (bool); }
        contract Till {
            mapping(Token => mapping(address => uint256)) credit;
            function pay(Token token, uint256 amount) external {
                require(token.transferFrom(msg.sender, address(this), amount));
                credit[token][msg.sender] += amount;
            }
        }
    """,
    find=_find,
)
