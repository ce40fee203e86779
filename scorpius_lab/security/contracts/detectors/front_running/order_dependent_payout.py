"""An amount paid out that another transaction changes first."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.guards import is_authorised
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.slices import plain
from scorpius_lab.security.contracts.analysis.summaries import moves_value, writers
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable


def _find(contract: Contract) -> Iterator[Hit]:
    paid: dict[StateVariable, list[tuple[Entry, Instruction]]] = {}
    for entry in contract.entries:
        if entry.constructing:
            continue
        for call in entry.body.calls:
            variable = _amount(call)
            if variable is not None:
                paid.setdefault(variable, []).append((entry, call))
    for variable, payments in paid.items():
        if not any(e.public and not is_authorised(e.body, c.block) for e, c in payments):
            continue
        if not _set_by_other(contract, variable, payments):
            continue
        for entry, call in payments:
            text = f"The amount is what {variable.name} holds when this runs; a transaction before it can change it."
            yield hit(entry, call, text)


def _amount(call: Instruction) -> StateVariable | None:
    """The plain state variable whose whole value is sent."""
    if not moves_value(call) or call.data.value is None:
        return None
    amount = plain(call.data.value)
    if amount.operation != "load" or amount.data.path:
        return None
    variable: StateVariable | None = amount.data.variable
    return None if variable is None or variable.fixed or _to_fixed_account(call) else variable


def _to_fixed_account(call: Instruction) -> bool:
    """Whether the payee was named at deployment: nobody claims anything that somebody else could get ahead of."""
    payee = plain(call.data.target) if call.data.target is not None else None
    if payee is None or payee.operation != "load" or payee.data.path:
        return False
    named: StateVariable | None = payee.data.variable
    return named is not None and named.fixed


def _set_by_other(contract: Contract, variable: StateVariable, payments: list[tuple[Entry, Instruction]]) -> bool:
    """Whether someone can set it to a value of their choice without being paid it."""
    claims = [e for e, c in payments if e.public and not is_authorised(e.body, c.block)]
    for entry, store in writers(contract, variable):
        if entry.constructing or store.operation != "store" or entry in claims:
            continue
        value = plain(store.arguments[0])
        if value.operation == "parameter" or (value.operation == "environment" and value.data == "msg.value"):
            return True
    return False


ORDER_DEPENDENT_PAYOUT = Detector(
    id="order-dependent-payout",
    title="Payout depends on the order of transactions",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.FRONT_RUNNING,
    swc=("SWC-114",),
    scwe=("SCWE-037",),
    cwe=("CWE-362",),
    wrong=(
        "What is paid is read from a variable that another transaction may set. Whoever sees a claim waiting "
        "to be mined can have the amount changed before it: the claimant gets less than what was promised "
        "when the claim was sent."
    ),
    fix="Let the claimant name the least amount they accept, or fix the amount once claims are open.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Bounty {
            address owner = msg.sender;
            uint256 reward;
            bool done;
            function offer() external payable {
                require(msg.sender == owner && !done);
                reward = msg.value;
            }
            function claim(uint256 answer) external {
                require(!done && answer * answer == 1369);
                done = true;
                payable(msg.sender).transfer(reward);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Bounty {
            address owner = msg.sender;
            uint256 immutable reward;
            bool done;
            constructor() payable {
                reward = msg.value;
            }
            function claim(uint256 answer) external {
                require(!done && answer * answer == 1369);
                done = true;
                payable(msg.sender).transfer(reward);
            }
        }
    """,
    find=_find,
)
