"""Any call, to anyone, in the name of a contract."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.gates import chosen_by_caller, holds_something, is_open
from scorpius_lab.security.contracts.analysis.origins import from_parameter
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.analysis.slices import plain
from scorpius_lab.security.contracts.analysis.summaries import moves_value
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
            if _is_dictated(entry, call) and is_open(entry, call) and _has_something_to_lose(contract):
                message = "The caller chooses whom this contract calls and with what data: anyone can act in its name."
                yield hit(entry, call, message, site=True, others=(header_of(entry.function),))


def _is_dictated(entry: Entry, call: Instruction) -> bool:
    """Whether target and function called are arguments; where ether goes along it is a payment."""
    what = call.data
    if what.kind != "call" or what.target is None or not what.arguments or moves_value(call):
        return False
    target, data = plain(what.target), plain(what.arguments[0])
    if not chosen_by_caller(target) and not _is_part_of_argument(target):
        return False
    if data.operation == "encode":
        return False  # the contract says which function
    return from_parameter(entry.body, data) and (data.operation == "parameter" or _is_part_of_argument(data))


def _is_part_of_argument(value: Instruction) -> bool:
    """`targets[i]`, `call.target` of an argument."""
    while value.operation in {"index", "member", "convert"}:
        value = value.arguments[0]
    return value.operation == "parameter"


def _has_something_to_lose(contract: Contract) -> bool:
    """Whether the contract keeps accounts, trusts somebody, or is approved by users who let it take tokens."""
    return holds_something(contract) or any(
        asked is not None and asked.name == "transferFrom"
        for entry in contract.entries
        for asked in map(token_call, entry.body.calls)
    )


OPEN_CALL = Detector(
    id="open-call",
    title="Call to anyone that anyone may dictate",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.ACCESS_CONTROL,
    swc=("SWC-105",),
    scwe=("SCWE-016",),
    cwe=("CWE-441", "CWE-284"),
    wrong=(
        "Target and call data are arguments of a function that anyone may call. The contract can be made to transfer "
        "its own tokens, to spend what users have approved it for, and to use every right it has elsewhere."
    ),
    fix="Let only a role call it, or call only contracts and functions on a list.",
    vulnerable="""
        pragma solidity ^0.8.0;
        interface IToken { function transferFrom(address, address, uint256) external returns (bool); }
        contract Exchange {
            IToken immutable token;
            mapping(address => uint256) held;
            constructor(IToken token_) { token = token_; }
            function deposit(uint256 amount) external {
                require(token.transferFrom(msg.sender, address(this), amount));
                held[msg.sender] += amount;
            }
            function trade(address market, bytes calldata order) external {
                (bool ok, ) = market.call(order);
                require(ok);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        interface IToken { function transferFrom(address, address, uint256) external returns (bool); }
        contract Exchange {
            IToken immutable token;
            address owner = msg.sender;
            mapping(address => bool) markets;
            mapping(address => uint256) held;
            constructor(IToken token_) { token = token_; }
            function list(address market) external { require(msg.sender == owner); markets[market] = true; }
            function deposit(uint256 amount) external {
                require(token.transferFrom(msg.sender, address(this), amount));
                held[msg.sender] += amount;
            }
            function trade(address market, bytes calldata order) external {
                require(markets[market]);
                (bool ok, ) = market.call(order);
                require(ok);
            }
        }
    """,
    find=_find,
)
