"""An initialiser that the first caller may run, on a contract nobody has initialised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.paths import header_of, hit, place_of
from scorpius_lab.security.contracts.analysis.seizures import seizures
from scorpius_lab.security.contracts.analysis.slots import stored_in
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    if contract.declaration.abstract or contract.kind != "contract":
        return
    for seizure in seizures(contract):
        if seizure.once and not seizure.constructed:
            entry, store = seizure.entry, seizure.store
            message = f"Deployment does not set {stored_in(store, seizure.name)}: whoever calls this first does."
            found = hit(entry, store, message, root=seizure.name, others=(place_of(store), *seizure.others))
            yield replace(found, place=header_of(entry.function), function=entry.function.signature)


OPEN_INITIALISER = Detector(
    id="open-initialiser",
    title="Implementation left uninitialised",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.ACCESS_CONTROL,
    swc=("SWC-118", "SWC-106"),
    scwe=("SCWE-016",),
    cwe=("CWE-909", "CWE-284"),
    wrong=(
        "The contract is given its owner by a function that works once, and nothing calls it at deployment. Until "
        "somebody does, anyone can; on the implementation behind proxies nobody ever does, and who takes it can "
        "destroy the code that all proxies run."
    ),
    fix="Initialise in the constructor, or in it shut the initialiser of the implementation for good.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Vault {
            address owner;
            bool ready;
            function initialize(address owner_) external {
                require(!ready);
                ready = true;
                owner = owner_;
            }
            function sweep() external {
                require(msg.sender == owner);
                payable(owner).transfer(address(this).balance);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Vault {
            address owner;
            bool ready;
            constructor() { ready = true; }
            function initialize(address owner_) external {
                require(!ready);
                ready = true;
                owner = owner_;
            }
            function sweep() external {
                require(msg.sender == owner);
                payable(owner).transfer(address(this).balance);
            }
        }
    """,
    find=_find,
)
