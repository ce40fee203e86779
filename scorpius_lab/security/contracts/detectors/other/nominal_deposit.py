"""Tokens booked that never came."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.paths import hit, place_of
from scorpius_lab.security.contracts.analysis.slices import inputs, is_environment, keys, plain
from scorpius_lab.security.contracts.analysis.tokens import token_call
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public or entry.function.reads_only:
            continue
        for call in entry.body.calls:
            amount = _deposited(entry, call)
            if amount is None or _measured(entry):
                continue
            for store in entry.body.of("store"):
                if _books(store, amount):
                    text = "The amount asked for is booked, not what arrived: a token with a fee delivers less."
                    yield hit(entry, store, text, between=((call, "takes the tokens"),), others=(place_of(call),))


def _deposited(entry: Entry, call: Instruction) -> Instruction | None:
    """The amount of a `transferFrom` of a token of the caller's choice, from them to this contract."""
    asked = token_call(call)
    if asked is None or asked.name != "transferFrom":
        return None
    _, receiver, amount = asked.arguments
    chosen = any(isinstance(o, Instruction) and o.operation == "parameter" for o in origins(entry.body, asked.token))
    return plain(amount) if chosen and is_environment(receiver, "this") else None


def _measured(entry: Entry) -> bool:
    """Whether the balance before or after is looked at."""
    return any(call.data.name == "balanceOf" for call in entry.body.calls)


def _books(store: Instruction, amount: Instruction) -> bool:
    value = store.arguments[0]
    return bool(keys(store)) and value.operation == "binary" and value.data == "+" and amount in inputs(value)


NOMINAL_DEPOSIT = Detector(
    id="nominal-deposit",
    title="Token deposit booked at its nominal amount",
    severity=Severity.MEDIUM,
    confidence=Confidence.LOW,
    dasp=Dasp.OTHER,
    swc=(),
    scwe=(),
    cwe=("CWE-682",),
    wrong=(
        "Some tokens keep a fee when they move. If the contract takes any token and books the amount it asked "
        "for, it owes more than it holds, and the last to withdraw are not paid."
    ),
    fix="Book the difference of the balance before and after the transfer, or take only tokens known to have no fee.",
    vulnerable="""
        pragma solidity ^0.8.0;
        interface IToken { function transferFrom(address from, address to, uint256 amount) external returns (bool); }
        contract Store {
            mapping(IToken => mapping(address => uint256)) books;
            function put(IToken token, uint256 amount) external {
                require(token.transferFrom(msg.sender, address(this), amount));
                books[token][msg.sender] += amount;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        interface IToken {
            function transferFrom(address from, address to, uint256 amount) external returns (bool);
            function balanceOf(address who) external view returns (uint256);
        }
        contract Store {
            mapping(IToken => mapping(address => uint256)) books;
            function put(IToken token, uint256 amount) external {
                uint256 before = token.balanceOf(address(this));
                require(token.transferFrom(msg.sender, address(this), amount));
                books[token][msg.sender] += token.balanceOf(address(this)) - before;
            }
        }
    """,
    find=_find,
)
