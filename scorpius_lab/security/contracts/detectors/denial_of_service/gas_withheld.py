"""A relayed call that counts as done although the relayer gave it too little gas."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.guards import guarded, is_authorised
from scorpius_lab.security.contracts.analysis.handover import strange
from scorpius_lab.security.contracts.analysis.origins import depends_on, origins
from scorpius_lab.security.contracts.analysis.paths import hit, place_of
from scorpius_lab.security.contracts.analysis.payments import carries_data, stops_on_failure
from scorpius_lab.security.contracts.analysis.signatures import recoveries
from scorpius_lab.security.contracts.analysis.slices import conditions, inputs, plain
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Body, Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public or _looks_at_gas(entry.body):
            continue
        for call in entry.body.calls:
            if not _relays(entry, call) or stops_on_failure(entry.body, call) or _looks_itself(call):
                continue
            spent = _spent(entry, call)
            if spent is not None:
                text = "With little gas this call fails, yet what was asked for counts as done and cannot be repeated."
                yield hit(entry, call, text, site=True, between=((spent, "counts as done"),), others=(place_of(spent),))


def _relays(entry: Entry, call: Instruction) -> bool:
    """Whether anyone can have this contract call an account of somebody else's choice, with data of theirs."""
    if call.data.target is None or not carries_data(call):
        return False
    if "msg.sender" in origins(entry.body, call.data.target) or not strange(entry, call.data.target):
        return False
    return not _for_few(entry, call)


def _for_few(entry: Entry, call: Instruction) -> bool:
    """Whether only trusted callers get there; a signature vouches for what is asked, not for who hands it in."""
    if not is_authorised(entry.body, call.block):
        return False
    if not recoveries(entry):
        return True
    return guarded(entry.body, call.block, lambda condition, _holds: depends_on(entry.body, condition, "msg.sender"))


def _looks_at_gas(body: Body) -> bool:
    """Whether anything depends on how much gas is left."""
    return any(_is_gas(value) for _, condition in conditions(body) for value in inputs(condition))


def _is_gas(value: Instruction) -> bool:
    if value.operation == "yul":
        return bool(value.data == "gas")
    return value.operation == "environment" and value.data in {"gasleft", "msg.gas"}


def _looks_itself(call: Instruction) -> bool:
    """Whether the called contract is at hand and tests what gas it got."""
    kind = plain(call.data.target).type
    return isinstance(kind, types.ContractType) and any(_looks_at_gas(other.body) for other in kind.contract.entries)


def _spent(entry: Entry, call: Instruction) -> Instruction | None:
    """The store that keeps the same request from being made again, where a failure does not take it back."""
    marks = [store for store in entry.body.of("store") if _marks(store)]
    if any(_takes_back(store) for store in entry.body.of("store")):
        return None

    def test_of(store: Instruction) -> bool:
        return guarded(entry.body, call.block, lambda condition, _holds: _asks(condition, store))

    return next((store for store in marks if test_of(store)), None)


def _marks(store: Instruction) -> bool:
    value = plain(store.arguments[0])
    if value.is_constant:
        return bool(value.data)
    return value.operation == "binary" and value.data == "+"


def _takes_back(store: Instruction) -> bool:
    """Whether a mark is taken away again."""
    value = store.arguments[0]
    return value.is_constant and value.data is False


def _asks(condition: Instruction, store: Instruction) -> bool:
    return any(
        value.operation == "load" and value.data.root is store.data.root and _members(value) == _members(store)
        for value in inputs(condition)
    )


def _members(access: Instruction) -> list[str]:
    return [step for step in access.data.path if isinstance(step, str)]


GAS_WITHHELD = Detector(
    id="gas-withheld",
    title="Relayed call that may be starved of gas",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.DENIAL_OF_SERVICE,
    swc=("SWC-126",),
    scwe=(),
    cwe=("CWE-691",),
    wrong=(
        "Whoever hands in the request chooses the gas of the transaction. An inner call gets at most 63 of 64 parts of "
        "it: with too little it fails, the rest still runs, and the request is used up without having been carried out."
    ),
    fix=(
        "Let the signer say how much gas the call needs and revert unless that much is left, or revert when the call "
        "fails."
    ),
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Relay {
            mapping(bytes32 => bool) done;
            function forward(address to, bytes calldata data) external returns (bool ok) {
                bytes32 id = keccak256(abi.encode(to, data));
                require(!done[id]);
                done[id] = true;
                (ok, ) = to.call(data);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Relay {
            mapping(bytes32 => bool) done;
            function forward(address to, bytes calldata data, uint256 needed) external returns (bool ok) {
                bytes32 id = keccak256(abi.encode(to, data, needed));
                require(!done[id]);
                done[id] = true;
                require(gasleft() * 63 / 64 > needed);
                (ok, ) = to.call{gas: needed}(data);
            }
        }
    """,
    find=_find,
)
