"""A state variable declared a second time by an heir."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.paths import place_in
from scorpius_lab.security.contracts.analysis.summaries import WRITES
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit, Step
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable

_REFUSED_SINCE = (0, 6, 0)


def _find(contract: Contract) -> Iterator[Hit]:
    """One finding for each variable declared again, in the contract or in what it inherits."""
    for heir in contract.linearisation:
        if heir.unit.version >= _REFUSED_SINCE:
            continue
        for own in heir.own_variables:
            hidden = _hidden_by(heir, own)
            if hidden is not None and _accessed(contract, hidden, "load", *WRITES) and _is_used(contract, own, hidden):
                yield _hit(contract, own, hidden)


def _hidden_by(heir: Contract, own: StateVariable) -> StateVariable | None:
    """The nearest inherited variable of the same name that the heir could have used."""
    return next(
        (
            inherited
            for base in heir.ancestors
            for inherited in base.own_variables
            if inherited.name == own.name and inherited.declaration.visibility != "private"
        ),
        None,
    )


def _is_used(contract: Contract, own: StateVariable, hidden: StateVariable) -> bool:
    """Whether the second variable is read, or was given the value that the first one never gets.

    What is stored in a variable that nobody reads decides nothing.
    """
    if own.declaration.visibility == "public" or _accessed(contract, own, "load"):
        return True
    return _accessed(contract, own, *WRITES) and not _accessed(contract, hidden, *WRITES)


def _accessed(contract: Contract, variable: StateVariable, *operations: str) -> bool:
    return any(access.data.variable is variable for entry in contract.entries for access in entry.body.of(*operations))


def _hit(contract: Contract, own: StateVariable, hidden: StateVariable) -> Hit:
    place, other = (place_in(variable.unit, variable.declaration.span) for variable in (own, hidden))
    return Hit(
        place=place,
        function="",
        message=f"`{own.name}` is declared again, as a second variable: functions of {hidden.contract} use the first.",
        root=own.name,
        steps=(Step(other, "declared here first"), Step(place, "declared again")),
        others=(other,),
        severity=None if _accessed(contract, own, *WRITES) else Severity.LOW,
    )


SHADOWED_VARIABLE = Detector(
    id="shadowed-variable",
    title="State variable declared twice",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    dasp=Dasp.OTHER,
    swc=("SWC-119",),
    scwe=(),
    cwe=("CWE-710",),
    wrong=(
        "Compilers before 0.6 let an heir declare a variable again that it already inherits. There are then two: the "
        "heir's functions use one, the inherited functions and modifiers the other, and what one says the other never "
        "learns."
    ),
    fix="Remove the second declaration and use the inherited variable, or give it a name of its own.",
    vulnerable="""
        pragma solidity ^0.5.0;
        contract Owned {
            address owner;
            modifier onlyOwner() { require(msg.sender == owner); _; }
        }
        contract Shop is Owned {
            address owner;
            uint256 price;
            constructor() public { owner = msg.sender; }
            function set(uint256 next) external onlyOwner { price = next; }
        }
    """,
    fixed="""
        pragma solidity ^0.5.0;
        contract Owned {
            address owner;
            modifier onlyOwner() { require(msg.sender == owner); _; }
        }
        contract Shop is Owned {
            uint256 price;
            constructor() public { owner = msg.sender; }
            function set(uint256 next) external onlyOwner { price = next; }
        }
    """,
    find=_find,
)
