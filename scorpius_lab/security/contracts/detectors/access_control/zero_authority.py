"""Authority handed to an address that may be zero."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.guards import guarded, is_authorised
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.slices import conditions, inputs, is_environment, plain
from scorpius_lab.security.contracts.analysis.summaries import writers
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for store in entry.body.of("store"):
            variable = store.data.variable
            if variable is None or not _given_whole(store) or not is_authorised(entry.body, store.block):
                continue
            if _may_be_zero(entry, store) and _lost_for_good(contract, variable):
                text = f"`{variable.name}` may become the zero address: then nobody has this authority, for good."
                yield hit(entry, store, text, root=variable.name)


def _given_whole(store: Instruction) -> bool:
    """Whether an address given by the caller is stored as it is."""
    value = plain(store.arguments[0])
    return not store.data.path and store.type == types.ADDRESS and value.operation == "parameter"


def _may_be_zero(entry: Entry, store: Instruction) -> bool:
    given = plain(store.arguments[0])
    return not any(given in inputs(condition) for _, condition in conditions(entry.body))


def _lost_for_good(contract: Contract, variable: StateVariable) -> bool:
    """Whether only the account in a variable can replace it."""
    return all(
        entry.constructing or guarded(entry.body, write.block, lambda c, holds: _is_holder(c, holds, variable))
        for entry, write in writers(contract, variable)
    )


def _is_holder(condition: Instruction, holds: bool, variable: StateVariable) -> bool:
    if condition.operation != "binary" or condition.data not in {"==", "!="} or holds != (condition.data == "=="):
        return False
    return any(
        is_environment(who, "msg.sender")
        and plain(known).operation == "load"
        and plain(known).data.variable is variable
        for who, known in (condition.arguments, condition.arguments[::-1])
    )


ZERO_AUTHORITY = Detector(
    id="zero-authority",
    title="Authority given away without a look at the address",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    dasp=Dasp.ACCESS_CONTROL,
    swc=(),
    scwe=(),
    cwe=("CWE-20",),
    wrong=(
        "Only the account in this variable can replace it, and the new one is stored as it is given. A forgotten "
        "argument or a typing mistake gives the authority to the zero address, from where nobody gets it back."
    ),
    fix="Require the new address not to be zero, or let it accept the authority in a call of its own.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Board {
            address admin = msg.sender;
            function hand(address next) external {
                require(msg.sender == admin);
                admin = next;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Board {
            address admin = msg.sender;
            function hand(address next) external {
                require(msg.sender == admin);
                require(next != address(0));
                admin = next;
            }
        }
    """,
    find=_find,
)
