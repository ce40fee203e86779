"""`to.call.value(amount);`: the options of a call that is never made."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.instructions import LOW_LEVEL, Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_OPTIONS = frozenset({"value", "gas"})


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for call in entry.body.calls:
            if _only_options(call):
                yield hit(
                    entry, call, "This only names the options of a call; the call is never made and nothing is sent."
                )


def _only_options(call: Instruction) -> bool:
    target = call.data.target
    return (
        call.data.kind == "external"
        and call.data.name in _OPTIONS
        and not call.users
        and target is not None
        and ((target.operation == "member" and target.data in LOW_LEVEL) or _only_option_of(target))
    )


def _only_option_of(target: Instruction) -> bool:
    inner = target.call
    return inner is not None and inner.name in _OPTIONS and inner.target is not None and inner.target.data in LOW_LEVEL


CALL_NEVER_MADE = Detector(
    id="call-never-made",
    title="Options of a call that is never made",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    dasp=Dasp.UNCHECKED_CALLS,
    swc=("SWC-104",),
    scwe=("SCWE-048",),
    cwe=("CWE-252",),
    wrong=(
        "Before 0.7 `to.call.value(amount)` gives a function that would send the amount. Without the brackets that "
        "run it nothing is sent, nothing fails, and the function goes on as if it had paid."
    ),
    fix="Make the call and test its result: `require(to.call.value(amount)());`.",
    vulnerable="""
        pragma solidity ^0.4.24;
        contract Purse {
            function pay(address to) public payable { to.call.value(msg.value); }
        }
    """,
    fixed="""
        pragma solidity ^0.4.24;
        contract Purse {
            function pay(address to) public payable { require(to.call.value(msg.value)()); }
        }
    """,
    find=_find,
)
