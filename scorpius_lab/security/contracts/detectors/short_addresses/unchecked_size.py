"""An amount behind an address in call data whose size nobody looks at."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.handover import only_for_trusted
from scorpius_lab.security.contracts.analysis.paths import header_of, place_of, steps_to
from scorpius_lab.security.contracts.analysis.slices import conditions, inputs, keys, plain
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Body, Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_DECODER_LOOKS = (0, 5, 0)  # from here on a call with too little data reverts


def _find(contract: Contract) -> Iterator[Hit]:
    """One finding for a contract: what is missing is missing once, however many functions move amounts."""
    found = [(entry, debit) for entry in contract.entries if (debit := _moved(entry)) is not None]
    if not found:
        return
    entry, debit = found[0]
    text = "Nobody looks at the size of the call data: a shortened address multiplies the amount behind it by 256."
    others = [place_of(debit), *(header_of(other.function) for other, _ in found[1:])]
    yield Hit(
        place=header_of(entry.function),
        function=entry.function.signature,
        message=text,
        root="size",
        steps=steps_to(entry, debit, "the amount is taken as it came"),
        others=tuple(others),
    )


def _moved(entry: Entry) -> Instruction | None:
    """Where an amount given last is taken from an account, to go to the address given just before it."""
    if not entry.public or entry.function.unit.version >= _DECODER_LOOKS or len(entry.body.parameters) < 2:
        return None
    receiver, amount = entry.body.parameters[-2:]
    if receiver.type != types.ADDRESS or types.integer_bits(amount.type) != 256 or _size_matters(entry.body):
        return None
    debit = next((store for store in entry.body.of("store") if _takes(store, amount)), None)
    if debit is None or not _reaches(entry, receiver, amount) or only_for_trusted(entry, debit):
        return None
    return debit if _announced(entry, amount) else None


def _announced(entry: Entry, amount: Instruction) -> bool:
    """Whether an event tells the amount: an exchange, whose users' addresses it passes on, follows payments by events.

    Without one nobody but the sender writes the call, who would only cheat themselves.
    """
    return any(amount in inputs(event) for event in entry.body.of("emit"))


def _size_matters(body: Body) -> bool:
    """Whether any condition looks at how much call data there is."""
    return any(_is_size(value) for _, condition in conditions(body) for value in inputs(condition))


def _is_size(value: Instruction) -> bool:
    if value.operation == "yul":
        return bool(value.data == "calldatasize")
    return value.operation == "environment" and value.data == "msg.data"


def _takes(store: Instruction, amount: Instruction) -> bool:
    value = store.arguments[0]
    return (
        bool(keys(store)) and value.operation == "binary" and value.data == "-" and plain(value.arguments[1]) is amount
    )


def _reaches(entry: Entry, receiver: Instruction, amount: Instruction) -> bool:
    """Whether the receiver is credited with the amount, or paid it."""
    credited = any(
        receiver in map(plain, keys(store)) and amount in inputs(store.arguments[0]) for store in entry.body.of("store")
    )
    return credited or any(
        call.data.target is not None
        and plain(call.data.target) is receiver
        and call.data.value is not None
        and amount in inputs(call.data.value)
        for call in entry.body.calls
    )


UNCHECKED_SIZE = Detector(
    id="short-address",
    title="Size of the call data not looked at",
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.SHORT_ADDRESSES,
    swc=(),
    scwe=(),
    cwe=("CWE-130",),
    wrong=(
        "Compilers before 0.5 fill call data that is too short with zeros. If an exchange passes on an address of 19 "
        "bytes, the amount behind it moves up by one byte: 256 times as much leaves the sender's account, and the "
        "address with a zero at its end gets it."
    ),
    fix="Require `msg.data.length` to be at least four bytes plus 32 for each parameter, or use a compiler since 0.5.",
    vulnerable="""
        pragma solidity ^0.4.24;
        contract Coin {
            mapping(address => uint256) balances;
            event Transfer(address indexed from, address indexed to, uint256 value);
            function transfer(address to, uint256 value) public {
                require(balances[msg.sender] >= value);
                balances[msg.sender] -= value;
                balances[to] += value;
                emit Transfer(msg.sender, to, value);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.4.24;
        contract Coin {
            mapping(address => uint256) balances;
            event Transfer(address indexed from, address indexed to, uint256 value);
            function transfer(address to, uint256 value) public {
                require(msg.data.length >= 68);
                require(balances[msg.sender] >= value);
                balances[msg.sender] -= value;
                balances[to] += value;
                emit Transfer(msg.sender, to, value);
            }
        }
    """,
    find=_find,
)
