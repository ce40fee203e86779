"""A second valid form of a signature."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.signatures import is_offered, recoveries
from scorpius_lab.security.contracts.analysis.slices import conditions, inputs, keys, plain
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract

_BOTH_FORMS = "This library takes both valid forms of a signature: one that was used can be used again in the other."


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for recovery in recoveries(entry):
            half = recovery.arguments[3]
            if is_offered(entry, recovery) and not _low(entry, half):
                yield hit(entry, recovery, _BOTH_FORMS)
            if not entry.public:
                continue
            mark = _marked(entry, half)
            if mark is not None and not _low(entry, half):
                text = "Used signatures are known by their bytes, and each has a second valid form with other bytes."
                yield hit(entry, mark, text, between=((recovery, "checks the signature"),))


def _marked(entry: Entry, half: Instruction) -> Instruction | None:
    """A store under a key that is worked out from the second half of the signature."""
    parts = {i.key for i in inputs(half)} - {i.key for i in inputs(half) if i.is_constant}
    for store in entry.body.of("store"):
        if any(parts & {i.key for i in inputs(key)} for key in keys(store)):
            return store
    return None


def _low(entry: Entry, half: Instruction) -> bool:
    """Whether only the lower of the two forms is taken (EIP-2)."""
    key = plain(half).key
    return any(
        condition.operation == "binary"
        and condition.data in {"<", "<=", ">", ">="}
        and any(plain(side).key == key for side in condition.arguments)
        for _, condition in conditions(entry.body)
    )


SIGNATURE_MALLEABILITY = Detector(
    id="signature-malleability",
    title="Use noted by the bytes of a signature",
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    dasp=Dasp.OTHER,
    swc=("SWC-117",),
    scwe=("SCWE-054",),
    cwe=("CWE-347",),
    wrong=(
        "For every ECDSA signature (r, s) there is a second one, (r, n - s), that anyone can work out. If the "
        "signature itself is the key under which its use is noted, the second form is taken for a new one."
    ),
    fix="Note the use of the signed digest, not of the signature; and take only signatures with s in the lower half.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Passes {
            address immutable signer;
            mapping(bytes32 => bool) used;
            constructor(address signer_) { require(signer_ != address(0)); signer = signer_; }
            function enter(uint256 serial, uint8 v, bytes32 r, bytes32 s) external {
                bytes32 key = keccak256(abi.encode(v, r, s));
                require(!used[key]);
                used[key] = true;
                bytes32 digest = keccak256(abi.encode(address(this), block.chainid, msg.sender, serial));
                require(ecrecover(digest, v, r, s) == signer);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Passes {
            address immutable signer;
            mapping(bytes32 => bool) used;
            constructor(address signer_) { require(signer_ != address(0)); signer = signer_; }
            function enter(uint256 serial, uint8 v, bytes32 r, bytes32 s) external {
                bytes32 digest = keccak256(abi.encode(address(this), block.chainid, msg.sender, serial));
                require(!used[digest]);
                used[digest] = true;
                require(ecrecover(digest, v, r, s) == signer);
            }
        }
    """,
    find=_find,
)
