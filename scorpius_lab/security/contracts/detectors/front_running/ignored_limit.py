"""A number the caller gives and the function never looks at."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.authority import is_trusted
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.analysis.summaries import moves_value
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public or entry.function.reads_only or entry.body.truncated:
            continue
        payment = next((call for call in entry.body.calls if _pays(call)), None)
        if payment is None or is_trusted(entry, payment.block):
            continue
        for value in _ignored(entry):
            text = f"`{value.data}` is asked for and never looked at: what it was to limit is not limited."
            yield hit(entry, payment, text, site=True, root=str(value.data), others=(header_of(entry.function),))


def _pays(call: Instruction) -> bool:
    """Whether ether or tokens leave."""
    return moves_value(call) or (
        call.data.kind == "external" and call.data.name in {"transfer", "safeTransfer", "swap"}
    )


def _ignored(entry: Entry) -> list[Instruction]:
    """Integer parameters with a name that nothing uses, where another one is used: an interface alone leaves all."""
    numbers = [p for p in entry.body.parameters if types.integer_bits(p.type) >= _AMOUNT_BITS]
    named = {declared.name for declared in entry.function.declaration.parameters}
    unused = [p for p in numbers if not p.users and p.data in named]
    return unused if any(p.users for p in entry.body.parameters) else []


_AMOUNT_BITS = 64  # ids, versions and flags are narrower


IGNORED_LIMIT = Detector(
    id="ignored-limit",
    title="Limit that is never looked at",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.FRONT_RUNNING,
    swc=("SWC-114", "SWC-131"),
    scwe=("SCWE-037",),
    cwe=("CWE-1164", "CWE-362"),
    wrong=(
        "The function takes a number, a least amount or a deadline as a rule, and pays without ever using it. Whoever "
        "calls it believes to be protected and is not: what happens before the transaction decides what is paid."
    ),
    fix="Compare the result with the limit before anything is paid, or remove the parameter.",
    vulnerable="""
        pragma solidity ^0.8.0;
        interface IPool { function withdraw() external returns (uint256); }
        contract Exit {
            IPool pool;
            constructor(IPool pool_) { pool = pool_; }
            function leave(address payable to, uint256 least) external {
                uint256 amount = pool.withdraw();
                to.transfer(amount);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        interface IPool { function withdraw() external returns (uint256); }
        contract Exit {
            IPool pool;
            constructor(IPool pool_) { pool = pool_; }
            function leave(address payable to, uint256 least) external {
                uint256 amount = pool.withdraw();
                require(amount >= least);
                to.transfer(amount);
            }
        }
    """,
    find=_find,
)
