"""A broken signature of nobody."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.guards import guarded
from scorpius_lab.security.contracts.analysis.paths import hit
from scorpius_lab.security.contracts.analysis.signatures import is_offered, recoveries
from scorpius_lab.security.contracts.analysis.slices import plain
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        for recovery in recoveries(entry):
            if is_offered(entry, recovery) and not _tested(recovery):
                yield hit(entry, recovery, "For an invalid signature this library returns zero instead of reverting.")
            if not entry.public or entry.function.reads_only:
                continue
            for user in recovery.users:
                if _compares_with_argument(user, recovery) and not _nonzero(entry, user, recovery):
                    text = "An invalid signature recovers the zero address, and the caller may give zero as the signer."
                    yield hit(entry, user, text, site=True, between=((recovery, "recovers a signer"),))


def _tested(recovery: Instruction) -> bool:
    """Whether the library looks at all whether the zero address was recovered."""
    return any(
        user.operation == "binary" and any(side.is_constant and side.data == 0 for side in user.arguments)
        for user in recovery.users
    )


def _compares_with_argument(user: Instruction, recovery: Instruction) -> bool:
    if user.operation != "binary" or user.data not in {"==", "!="}:
        return False
    return any(side is not recovery and plain(side).operation == "parameter" for side in user.arguments)


def _nonzero(entry: Entry, comparison: Instruction, recovery: Instruction) -> bool:
    """Whether the recovered or the expected address is kept from being zero before anything is done."""
    same = {recovery.key, *(plain(side).key for side in comparison.arguments)}

    def test(condition: Instruction, holds: bool) -> bool:
        if condition.operation != "binary" or condition.data not in {"==", "!="}:
            return False
        zero = any(side.is_constant and side.data == 0 for side in condition.arguments)
        return zero and holds == (condition.data == "!=") and any(s.key in same for s in condition.arguments)

    order = flow(entry.body)
    acts = [act for act in [*entry.body.of("store"), *entry.body.calls] if order.can_follow(comparison, act)]
    return bool(acts) and all(guarded(entry.body, act.block, test) for act in acts)


ZERO_SIGNER = Detector(
    id="zero-signer",
    title="Recovered address may be zero",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    dasp=Dasp.OTHER,
    swc=("SWC-122",),
    scwe=("SCWE-056",),
    cwe=("CWE-347",),
    wrong=(
        "`ecrecover` gives zero for a signature that is none. Compared with an address that the caller gives, "
        "zero equals zero: whatever belongs to the zero address can be taken with no signature at all."
    ),
    fix="Refuse a recovered address of zero.",
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Permits {
            mapping(address => mapping(address => uint256)) allowed;
            mapping(address => uint256) nonces;
            function permit(address owner, address spender, uint256 value, uint8 v, bytes32 r, bytes32 s) external {
                uint256 nonce = nonces[owner]++;
                bytes32 digest = keccak256(abi.encode(block.chainid, address(this), owner, spender, value, nonce));
                require(ecrecover(digest, v, r, s) == owner);
                allowed[owner][spender] = value;
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Permits {
            mapping(address => mapping(address => uint256)) allowed;
            mapping(address => uint256) nonces;
            function permit(address owner, address spender, uint256 value, uint8 v, bytes32 r, bytes32 s) external {
                uint256 nonce = nonces[owner]++;
                bytes32 digest = keccak256(abi.encode(block.chainid, address(this), owner, spender, value, nonce));
                address signer = ecrecover(digest, v, r, s);
                require(signer != address(0) && signer == owner);
                allowed[owner][spender] = value;
            }
        }
    """,
    find=_find,
)
