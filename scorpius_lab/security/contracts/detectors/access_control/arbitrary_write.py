"""Storage at a place a stranger picks."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.gates import is_unguarded
from scorpius_lab.security.contracts.analysis.origins import from_parameter
from scorpius_lab.security.contracts.analysis.paths import header_of, hit, place_of
from scorpius_lab.security.contracts.analysis.proofs import proved
from scorpius_lab.security.contracts.analysis.slices import inputs, keys, plain
from scorpius_lab.security.contracts.analysis.summaries import writers
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit, Place
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public:
            continue
        for store in entry.body.of("store"):
            if not (_picks_slot(store) or _frees_length(entry, store)) or not is_unguarded(entry, store):
                continue
            if _picks_slot(store):
                message = "The caller picks the slot: any variable of the contract can be written, the owner too."
                yield hit(entry, store, message, site=True, others=(place_of(store), header_of(entry.function)))
            else:
                message = "The caller can make the array as long as storage: its elements reach every variable."
                yield hit(entry, store, message, others=_elements(contract, store))


def _picks_slot(store: Instruction) -> bool:
    """Whether a slot is worked out from an argument and no hash keeps it apart from others."""
    root = store.data.root
    if not isinstance(root, Instruction) or not isinstance(root.type, types.Elementary):
        return False  # a pointer that is handed in points to what its caller has
    return _reaches_parameter(root)


def _reaches_parameter(value: Instruction) -> bool:
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if current.number in seen or current.operation == "hash":
            continue
        seen.add(current.number)
        if current.operation == "parameter":
            return True
        if current.operation not in {"load", "call", "reference", "slot"}:
            waiting.extend(current.arguments)
    return False


def _frees_length(entry: Entry, store: Instruction) -> bool:
    """Whether a length is set to what the caller says, or lowered without a test that there is something."""
    if not store.data.path or store.data.path[-1] != "length":
        return False
    value = plain(store.arguments[0])
    if value.operation == "binary" and value.data == "-" and not value.checked:
        base = plain(value.arguments[0])
        return base.operation == "load" and base.data.key == store.data.key and not _positive(entry, value)
    return from_parameter(entry.body, value) and not any(i.operation == "load" for i in inputs(value))


def _positive(entry: Entry, difference: Instruction) -> bool:
    """Whether the length is known not to be zero: by a test, or because an element was looked at before."""
    from scorpius_lab.security.contracts.analysis.intervals import intervals

    known = intervals(entry)
    length, step = difference.arguments
    return proved(entry.body, difference) or known.at(difference.block, length).low >= known.of(step).high


def _elements(contract: Contract, store: Instruction) -> tuple[Place, ...]:
    variable = store.data.variable
    if variable is None:
        return ()
    return tuple(place_of(write) for _, write in writers(contract, variable) if keys(write) or write is store)


ARBITRARY_WRITE = Detector(
    id="arbitrary-write",
    title="Storage write at a place the caller picks",
    severity=Severity.CRITICAL,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.ACCESS_CONTROL,
    swc=("SWC-124",),
    scwe=("SCWE-049",),
    cwe=("CWE-123",),
    wrong=(
        "All variables of a contract lie in one space of 2**256 slots. Who may write to a slot of their choice, or to "
        "elements of an array whose length they made that large, can write every variable, the owner and the balances."
    ),
    fix="Derive slots from a hash of the key, test indices against the real length, and set no length from outside.",
    vulnerable="""
        pragma solidity ^0.4.24;
        contract Notes {
            address owner = msg.sender;
            uint256[] notes;
            function add(uint256 note) public { notes.push(note); }
            function drop() public { notes.length--; }
            function set(uint256 index, uint256 note) public { require(index < notes.length); notes[index] = note; }
        }
    """,
    fixed="""
        pragma solidity ^0.4.24;
        contract Notes {
            address owner = msg.sender;
            uint256[] notes;
            function add(uint256 note) public { notes.push(note); }
            function drop() public { require(notes.length > 0); notes.length--; }
            function set(uint256 index, uint256 note) public { require(index < notes.length); notes[index] = note; }
        }
    """,
    find=_find,
)
