"""Balances that anyone may raise, or lower for others."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.gates import asks_for_payment, is_unguarded
from scorpius_lab.security.contracts.analysis.intervals import moved
from scorpius_lab.security.contracts.analysis.origins import from_parameter, origins
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.analysis.slices import keys, plain
from scorpius_lab.security.contracts.analysis.summaries import writers
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public or _exchanges(entry):
            continue
        for store in entry.body.of("store"):
            if not _is_balance(store) or not is_unguarded(entry, store) or asks_for_payment(entry, store):
                continue
            if _raised(entry, store) and _is_spent(contract, store.data.variable):
                message = f"Anyone can raise {store.data.name} as far as they like and gives nothing in return."
                yield hit(entry, store, message, others=(header_of(entry.function),))
            elif _lowered_for_others(entry, store):
                message = f"Anyone can lower {store.data.name} of other accounts."
                yield hit(entry, store, message, others=(header_of(entry.function),))


def _exchanges(entry: Entry) -> bool:
    """Whether something else happens for it: tokens come in, another contract is asked, ether came along."""
    if any(call.data.kind in {"external", "call"} for call in entry.body.calls):
        return True
    return any(value.data == "msg.value" for value in entry.body.of("environment")) or any(
        value.data == "ecrecover" for value in entry.body.of("hash")
    )


def _is_balance(store: Instruction) -> bool:
    """A number kept for an address."""
    return types.is_integer(store.type) and any(types.is_address(plain(key).type) for key in keys(store))


def _raised(entry: Entry, store: Instruction) -> bool:
    value = plain(store.arguments[0])
    if value.operation != "binary" or value.data != "+" or moved(entry, store, value):
        return False
    if len(keys(store)) > 1 and any("msg.sender" in origins(entry.body, key) for key in keys(store)):
        return False  # what the caller allows another
    own = [a for a in value.arguments if plain(a).operation == "load" and plain(a).data.key == store.data.key]
    added = [a for a in value.arguments if a not in own]
    return len(own) == 1 and from_parameter(entry.body, added[0])


def _is_spent(contract: Contract, variable: StateVariable | None) -> bool:
    """Whether it is spent somewhere: lowered by its holder."""
    return variable is not None and any(
        write.operation == "store" and plain(write.arguments[0]).data == "-" for _, write in writers(contract, variable)
    )


def _lowered_for_others(entry: Entry, store: Instruction) -> bool:
    """Whether the account of an argument is debited, and none of the caller's."""
    value = plain(store.arguments[0])
    if value.operation != "binary" or value.data != "-":
        return False
    held = [key for key in keys(store) if types.is_address(plain(key).type)]
    if not all(from_parameter(entry.body, key) for key in held):
        return False
    return not any("msg.sender" in origins(entry.body, key) for other in entry.body.of("store") for key in keys(other))


OPEN_MINT = Detector(
    id="open-mint",
    title="Balances that anyone may change",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.ACCESS_CONTROL,
    swc=("SWC-105",),
    scwe=("SCWE-016",),
    cwe=("CWE-284",),
    wrong=(
        "The function adds to an account, or takes from one, what its caller says, and asks neither for a role nor for "
        "anything in return. A stranger writes themselves as much as they like, or empties the accounts of others."
    ),
    fix="Let only a role mint, and let only the holder, or who has their allowance, burn.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Points {
            mapping(address => uint256) balanceOf;
            function issue(address to, uint256 amount) external { balanceOf[to] += amount; }
            function spend(uint256 amount) external { balanceOf[msg.sender] -= amount; }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Points {
            address owner = msg.sender;
            mapping(address => uint256) balanceOf;
            function issue(address to, uint256 amount) external {
                require(msg.sender == owner);
                balanceOf[to] += amount;
            }
            function spend(uint256 amount) external { balanceOf[msg.sender] -= amount; }
        }
    """,
    find=_find,
)
