"""Every call forwarded to code in which anyone can take over."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.delegates import delegations
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.analysis.seizures import seizures
from scorpius_lab.security.contracts.analysis.slots import stored_in
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for delegation in delegations(contract):
        if not delegation.forwards or not delegation.entry.public:
            continue
        open_ones = [seizure for seizure in seizures(delegation.code) if not seizure.once]
        if open_ones:
            taken = open_ones[0]
            message = (
                f"Any call is passed on to {delegation.code.name}, where {taken.entry.function.name} lets anyone set "
                f"{stored_in(taken.store, taken.name)}: called through this contract, it sets this contract's own."
            )
            yield hit(delegation.entry, delegation.call, message, others=(header_of(delegation.entry.function),))


OPEN_DELEGATE = Detector(
    id="open-delegate",
    title="Calls forwarded to code that anyone can take over",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    dasp=Dasp.ACCESS_CONTROL,
    swc=("SWC-112", "SWC-118"),
    scwe=("SCWE-035",),
    cwe=("CWE-284", "CWE-749"),
    wrong=(
        "The contract passes on whatever it is called with to a library, in its own storage. One function of the "
        "library was meant to run once, at the start, and nothing stops anyone from calling it through this contract."
    ),
    fix="Pass on only functions on a list, and let initialisers run once.",
    vulnerable="""
        pragma solidity ^0.4.24;
        contract WalletCode {
            address owner;
            function setup() public { owner = msg.sender; }
            function pay(address to) public { require(msg.sender == owner); to.transfer(1 ether); }
        }
        contract Wallet {
            address owner;
            address constant code = 0x1234567890123456789012345678901234567890;
            function () public payable { require(code.delegatecall(msg.data)); }
        }
    """,
    fixed="""
        pragma solidity ^0.4.24;
        contract WalletCode {
            address owner;
            function setup() public { require(owner == 0); owner = msg.sender; }
            function pay(address to) public { require(msg.sender == owner); to.transfer(1 ether); }
        }
        contract Wallet {
            address owner;
            address constant code = 0x1234567890123456789012345678901234567890;
            function Wallet() public { require(code.delegatecall(bytes4(keccak256("setup()")))); }
            function () public payable { require(code.delegatecall(msg.data)); }
        }
    """,
    find=_find,
)
