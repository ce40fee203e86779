"""Tokens pulled from an account the caller names."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.gates import is_unguarded
from scorpius_lab.security.contracts.analysis.origins import from_parameter, origins
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.analysis.slices import inputs
from scorpius_lab.security.contracts.analysis.tokens import token_call
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for call in entry.body.calls:
            if _pulls(entry, call) and is_unguarded(entry, call) and not _permitted(entry):
                message = "The caller names the account that pays: anyone can spend what others have approved here."
                yield hit(entry, call, message, site=True, others=(header_of(entry.function),))


def _pulls(entry: Entry, call: Instruction) -> bool:
    """Whether the account that pays is an argument; a token that is one too can be the caller's own."""
    asked = token_call(call)
    if asked is None or asked.name != "transferFrom":
        return False
    payer = asked.arguments[0]
    if "msg.sender" in origins(entry.body, payer) or not from_parameter(entry.body, payer):
        return False
    return not any(i.operation == "load" for i in inputs(payer))


def _permitted(entry: Entry) -> bool:
    """Whether the payer has signed, or given the caller an allowance that is lowered."""
    if any(value.data == "ecrecover" for value in entry.body.of("hash")):
        return True
    return any(call.data.name in {"permit", "isValidSignature"} for call in entry.body.calls)


PULL_FROM_ANYONE = Detector(
    id="pull-from-anyone",
    title="Tokens taken from an account the caller names",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.ACCESS_CONTROL,
    swc=("SWC-105",),
    scwe=("SCWE-016",),
    cwe=("CWE-284", "CWE-639"),
    wrong=(
        "Users approve a contract so that it can take tokens when they ask it to. Here the account that pays is an "
        "argument: anyone can spend the approval of anyone else, to their own account or to the victim's loss."
    ),
    fix="Take tokens from `msg.sender` only, or ask for a signature of the account that pays.",
    vulnerable="""
        pragma solidity ^0.8.0;
        interface IToken { function transferFrom(address, address, uint256) external returns (bool); }
        contract Stakes {
            IToken immutable token;
            mapping(address => uint256) stakes;
            constructor(IToken token_) { token = token_; }
            function stake(address payer, address to, uint256 amount) external {
                require(token.transferFrom(payer, address(this), amount));
                stakes[to] += amount;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        interface IToken { function transferFrom(address, address, uint256) external returns (bool); }
        contract Stakes {
            IToken immutable token;
            mapping(address => uint256) stakes;
            constructor(IToken token_) { token = token_; }
            function stake(address to, uint256 amount) external {
                require(token.transferFrom(msg.sender, address(this), amount));
                stakes[to] += amount;
            }
        }
    """,
    find=_find,
)
