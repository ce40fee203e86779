"""A name that goes to whoever asks first."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.guards import is_authorised
from scorpius_lab.security.contracts.analysis.origins import from_parameter, origins
from scorpius_lab.security.contracts.analysis.paths import header_of, hit
from scorpius_lab.security.contracts.analysis.slices import committed, conditions, inputs, is_environment, keys
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_NAMES = frozenset({types.BYTES32, types.STRING, types.BYTES})


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public or entry.function.reads_only:
            continue
        for store in entry.body.of("store"):
            if not _takes_name(entry, store) or is_authorised(entry.body, store.block):
                continue
            if committed(entry.body, store.block):
                continue
            text = "The name goes to whoever asks first, and it can be read in the pending transaction."
            yield hit(entry, store, text, others=(header_of(entry.function),))


def _takes_name(entry: Entry, store: Instruction) -> bool:
    """Whether the caller becomes the owner of a free name they chose."""
    steps = keys(store)
    value = store.arguments[0]
    parts = value.arguments if value.operation == "tuple" else [value]
    if len(steps) != 1 or not any(is_environment(part, "msg.sender") for part in parts):
        return False
    name = steps[0]
    if name.type not in _NAMES or not from_parameter(entry.body, name) or "msg.sender" in origins(entry.body, name):
        return False
    return any(
        i.operation == "load" and i.data.variable is store.data.variable and name.key in {k.key for k in keys(i)}
        for _, condition in conditions(entry.body)
        for i in inputs(condition)
    )


NAME_RACE = Detector(
    id="name-race",
    title="Name taken by whoever is first",
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.FRONT_RUNNING,
    swc=("SWC-114",),
    scwe=("SCWE-037",),
    cwe=("CWE-362",),
    wrong=(
        "A wanted name stands in the open while its registration waits to be mined. Someone who watches "
        "can register it first and sell it back."
    ),
    fix="Take a commitment to name, owner and salt first, and register only what was committed to blocks before.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Names {
            mapping(bytes32 => address) owners;
            function register(bytes32 name) external {
                require(owners[name] == address(0));
                owners[name] = msg.sender;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Names {
            mapping(bytes32 => address) owners;
            mapping(bytes32 => uint256) promised;
            function promise(bytes32 commitment) external { promised[commitment] = block.number; }
            function register(bytes32 name, bytes32 salt) external {
                uint256 since = promised[keccak256(abi.encode(name, msg.sender, salt))];
                require(since != 0 && block.number > since + 5);
                require(owners[name] == address(0));
                owners[name] = msg.sender;
            }
        }
    """,
    find=_find,
)
