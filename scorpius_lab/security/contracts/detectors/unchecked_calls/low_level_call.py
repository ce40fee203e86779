"""A low-level call whose success nobody looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.guards import is_authorised
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.outcomes import outcome_unused
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_REPORTING = frozenset({"call", "send", "delegatecall", "callcode", "staticcall"})
_LAST_PRECOMPILE = 0x11


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for call in entry.body.calls:
            if call.data.kind in _REPORTING and not _built_in(call) and outcome_unused(entry.body, call):
                message = (
                    f"The result of this {call.data.kind} is ignored: if it fails, the function goes on all the same."
                )
                found = hit(entry, call, message)
                yield replace(found, severity=Severity.LOW) if _harmless(entry, call) else found


def _harmless(entry: Entry, call: Instruction) -> bool:
    """Whether only a caller the contract trusts is paid, who can look itself; or assembly asks and drops the flag.

    Assembly that drops the flag of a `staticcall` on purpose reads the memory the answer would have filled.
    """
    if call.data.kind == "staticcall" and any(user.operation == "yul" for user in call.users):
        return True
    body = entry.body
    return origins(body, call.data.target) == {"msg.sender"} and is_authorised(body, call.block)


def _built_in(call: Instruction) -> bool:
    """Whether the callee is a precompiled contract, such as the one that copies memory."""
    target = call.data.target
    while target is not None and target.operation == "convert":
        target = target.arguments[0]
    return (
        target is not None and target.is_constant and type(target.data) is int and 0 < target.data <= _LAST_PRECOMPILE
    )


UNCHECKED_LOW_LEVEL_CALL = Detector(
    id="unchecked-low-level-call",
    title="Low-level call without a look at its result",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    dasp=Dasp.UNCHECKED_CALLS,
    swc=("SWC-104",),
    scwe=("SCWE-048",),
    cwe=("CWE-252",),
    wrong=(
        "`call`, `send`, `delegatecall` and `staticcall` do not revert when the callee fails: they return false. "
        "Here nothing depends on it, so a payment that never arrived is booked as made."
    ),
    fix='Test the result: `(bool ok, ) = to.call{value: amount}(""); require(ok);`.',
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Purse {
            mapping(address => uint256) owed;
            function collect() external {
                uint256 amount = owed[msg.sender];
                owed[msg.sender] = 0;
                payable(msg.sender).send(amount);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Purse {
            mapping(address => uint256) owed;
            function collect() external {
                uint256 amount = owed[msg.sender];
                owed[msg.sender] = 0;
                require(payable(msg.sender).send(amount));
            }
        }
    """,
    find=_find,
)
