"""Who is trusted can be set by anyone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.paths import header_of, hit, place_of
from scorpius_lab.security.contracts.analysis.seizures import Seizure, seizures
from scorpius_lab.security.contracts.analysis.slots import stored_in
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.program import Contract

_CONSTRUCTOR_KEYWORD = (0, 5, 0)


def _find(contract: Contract) -> Iterator[Hit]:
    for seizure in seizures(contract):
        if not seizure.once:
            yield _hit(contract, seizure)


def _hit(contract: Contract, seizure: Seizure) -> Hit:
    entry, store = seizure.entry, seizure.store
    name = stored_in(store, seizure.name)
    message = f"Anyone can set {name}, by which the contract decides whom it trusts, calls or pays."
    if _meant_as_constructor(contract, seizure):
        message = f"This is no constructor but a function like any other: whoever calls it sets {name}."
    found = hit(entry, store, message, root=seizure.name, others=(place_of(store), *seizure.others))
    return replace(found, place=header_of(entry.function), function=entry.function.signature)


def _meant_as_constructor(contract: Contract, seizure: Seizure) -> bool:
    """Whether a function of an old compiler sets who is trusted to the caller, and no constructor does."""
    return contract.version < _CONSTRUCTOR_KEYWORD and seizure.to_caller and not seizure.constructed


OPEN_AUTHORITY = Detector(
    id="open-authority",
    title="Trusted account that anyone can set",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    dasp=Dasp.ACCESS_CONTROL,
    swc=("SWC-118", "SWC-105"),
    scwe=("SCWE-016",),
    cwe=("CWE-284", "CWE-665"),
    wrong=(
        "A variable says who may do what in this contract, and a function that anyone can call, at any time, writes "
        "it: a constructor that is misspelled, a setter without a modifier, an initialiser that runs twice. Whoever "
        "calls it takes the contract over."
    ),
    fix="Set it in the constructor (`constructor(...)`), or let only who is trusted already hand it on.",
    vulnerable="""
        pragma solidity ^0.4.24;
        contract Strongbox {
            address owner;
            function StrongBox() public { owner = msg.sender; }
            function () public payable {}
            function withdraw() public {
                require(msg.sender == owner);
                owner.transfer(address(this).balance);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.4.24;
        contract Strongbox {
            address owner;
            constructor() public { owner = msg.sender; }
            function () public payable {}
            function withdraw() public {
                require(msg.sender == owner);
                owner.transfer(address(this).balance);
            }
        }
    """,
    find=_find,
)
