"""Code chosen by a stranger that runs in the contract's own storage."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.gates import is_unguarded
from scorpius_lab.security.contracts.analysis.handover import strange
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.analysis.slices import inputs
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_KINDS = frozenset({"delegatecall", "callcode"})


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for call in entry.body.calls:
            if call.data.kind in _KINDS and _is_chosen(entry, call) and is_unguarded(entry, call):
                message = "The caller decides whose code runs here, with this contract's storage and ether."
                yield hit(entry, call, message, site=True, others=(header_of(entry.function),))


def _is_chosen(entry: Entry, call: Instruction) -> bool:
    target = call.data.target
    if target is None or any(i.operation == "hash" for i in inputs(target)):
        return False
    return strange(entry, target) and not _listed(entry, call)


def _listed(entry: Entry, call: Instruction) -> bool:
    """Whether the target is looked up in a list of the contract's before."""
    wanted = {i.key for i in inputs(call.data.target) if not i.is_constant}
    return any(
        i.operation == "load" and any(argument.key in wanted for argument in i.arguments)
        for block in entry.body.blocks
        if block.condition is not None
        for i in inputs(block.condition)
    )


FOREIGN_CODE = Detector(
    id="foreign-code",
    title="Delegatecall to an address a stranger chooses",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    dasp=Dasp.ACCESS_CONTROL,
    swc=("SWC-112",),
    scwe=("SCWE-035",),
    cwe=("CWE-829", "CWE-284"),
    wrong=(
        "`delegatecall` runs another account's code as if it were this contract's: it may write every variable, send "
        "all ether and destroy the contract. Here that account is an argument, or kept where anyone can write."
    ),
    fix="Call only code that is fixed at deployment, or on a list that none but a trusted account can change.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Account {
            address owner = msg.sender;
            function run(address module, bytes calldata data) external {
                (bool ok, ) = module.delegatecall(data);
                require(ok);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Account {
            address owner = msg.sender;
            function run(address module, bytes calldata data) external {
                require(msg.sender == owner);
                (bool ok, ) = module.delegatecall(data);
                require(ok);
            }
        }
    """,
    find=_find,
)
