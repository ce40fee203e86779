"""A signature that can be used again."""

from __future__ import annotations

from collections.abc import Iterator

from scorpius_lab.core.rules import Confidence, Severity
from scorpius_lab.security.contracts.analysis.paths import header_of, hit, place_of
from scorpius_lab.security.contracts.analysis.slices import conditions, inputs, keys, plain
from scorpius_lab.security.contracts.detection import Dasp, Detector, Hit, Place
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction
from scorpius_lab.security.contracts.ir.program import Contract
from scorpius_lab.security.contracts.ir.types import BYTES32, UINT256


def _find(contract: Contract) -> Iterator[Hit]:
    for entry in contract.entries:
        if not entry.public or entry.function.reads_only or not _acts(entry):
            continue
        for recovery in entry.body.of("hash"):
            if recovery.data != "ecrecover" or len(recovery.arguments) != 4:
                continue
            reason = _reusable(entry, recovery)
            if reason:
                yield hit(
                    entry, recovery, reason, site=True, others=(header_of(entry.function), *_digest_place(recovery))
                )


def _acts(entry: Entry) -> bool:
    return bool(entry.body.of("store")) or bool(entry.body.calls)


def _digest_place(recovery: Instruction) -> list[Place]:
    hashes = [i for i in inputs(recovery.arguments[0]) if i.operation == "hash"]
    return [place_of(i) for i in hashes]


def _reusable(entry: Entry, recovery: Instruction) -> str:
    digest = plain(recovery.arguments[0])
    if digest.operation == "parameter":
        return "The signed digest is an argument and not worked out here: any old signature of the signer passes."
    if not any(i.operation == "hash" for i in inputs(digest)) or _in_memory(digest):
        return ""
    if not _used_up(entry, digest):
        return "Nothing in the signed message is used up by using it: it can be handed in again and again."
    if not _bound(digest):
        return "The signed message names neither chain nor contract: it works on every copy of this contract."
    return ""


def _in_memory(digest: Instruction) -> bool:
    """Whether it is hashed in assembly from memory, so that what is in it is not known."""
    return any(
        i.operation == "hash" and len(i.arguments) == 2 and all(a.type == UINT256 or a.is_constant for a in i.arguments)
        for i in inputs(digest)
    )


def _used_up(entry: Entry, digest: Instruction) -> bool:
    """Whether a nonce of the message changes, or its use is noted where it is looked up."""
    within = inputs(digest)
    numbers = {i.key for i in within}
    stored = {store.data.key for store in entry.body.of("store", "delete")}
    if any(i.operation == "load" and i.data.key in stored for i in within):
        return True
    looked_up = {i.data.variable for _, c in conditions(entry.body) for i in inputs(c) if i.operation == "load"}
    for store in entry.body.of("store", "delete"):
        if store.data.variable in looked_up and any(key.key in numbers or _shares(key, numbers) for key in keys(store)):
            return True
    named = {i.data.variable for i in within if i.operation == "load"}
    if any(i.call is not None and i.data.kind == "internal" for i in within) or _handed_on(entry):
        return True  # what heirs are to write may well count
    return any(
        (_advances(store) and store.data.variable in named) or _counts_on(entry, store, numbers) or _marks(entry, store)
        for store in entry.body.of("store")
    )


def _handed_on(entry: Entry) -> bool:
    """Whether the signer is handed to a function that heirs are to write."""
    return any(
        call.data.kind == "internal"
        and not (call.data.function is not None and call.data.function.reads_only)
        and any(i.operation == "hash" and i.data == "ecrecover" for given in call.arguments for i in inputs(given))
        for call in entry.body.of("call")
    )


def _marks(entry: Entry, store: Instruction) -> bool:
    """Whether what a signer has done is marked for good where it was looked up before: a vote, a claim."""
    if not store.arguments[0].is_constant or not any(
        i.operation == "hash" and i.data == "ecrecover" for key in keys(store) for i in inputs(key)
    ):
        return False
    return any(
        i.operation == "load" and i.data.key == store.data.key for _, c in conditions(entry.body) for i in inputs(c)
    )


def _advances(store: Instruction) -> bool:
    """Whether a store changes what it finds, as a nonce goes up."""
    return any(i.operation == "load" and i.data.key == store.data.key for i in inputs(store.arguments[0]))


def _counts_on(entry: Entry, store: Instruction, numbers: set[int]) -> bool:
    """Whether a counter that goes up is compared with what the message says it should be."""
    return any(
        i.operation == "load" and i.data.key == store.data.key and _advances(store)
        for _, condition in conditions(entry.body)
        if any(side.key in numbers and not side.is_constant for side in condition.arguments)
        for i in inputs(condition)
    )


def _shares(key: Instruction, numbers: set[int]) -> bool:
    """Whether a key is worked out from the message, such as its own hash, or is the signer it names."""
    return plain(key).operation in {"hash", "binary"} and bool(numbers & {i.key for i in inputs(key)})


def _bound(digest: Instruction) -> bool:
    for value in inputs(digest):
        if value.operation == "environment" and value.data in {"this", "block.chainid", "msg.sender"}:
            return True
        if value.operation in {"load", "unknown", "call"} and _may_bind(value):
            return True
        if value.operation == "yul" and value.data == "chainid":
            return True
    return False


def _may_bind(value: Instruction) -> bool:
    """A domain separator that was stored, or comes from code that is not at hand."""
    return value.operation != "load" or (not keys(value) and value.data.type == BYTES32)


SIGNATURE_REPLAY = Detector(
    id="signature-replay",
    title="Signed message can be used again",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    dasp=Dasp.OTHER,
    swc=("SWC-121", "SWC-122"),
    scwe=("SCWE-055",),
    cwe=("CWE-294", "CWE-347"),
    wrong=(
        "A signature proves that someone agreed to a message, not when, how often or where. Unless the "
        "message holds a nonce that its use changes, or its use is noted, and names chain and contract, it "
        "can be used again."
    ),
    fix=(
        "Sign (EIP-712) over chain id, contract and a nonce of the signer, raise the nonce when "
        "the signature is used, and build the digest in the contract."
    ),
    vulnerable="""
        pragma solidity ^0.8.0;
        contract Vouchers {
            address immutable signer;
            constructor(address signer_) { require(signer_ != address(0)); signer = signer_; }
            function redeem(uint256 amount, uint8 v, bytes32 r, bytes32 s) external {
                bytes32 digest = keccak256(abi.encode(address(this), block.chainid, msg.sender, amount));
                require(ecrecover(digest, v, r, s) == signer);
                payable(msg.sender).transfer(amount);
            }
        }
    """,
    fixed="""
        pragma solidity ^0.8.0;
        contract Vouchers {
            address immutable signer;
            mapping(bytes32 => bool) used;
            constructor(address signer_) { require(signer_ != address(0)); signer = signer_; }
            function redeem(uint256 amount, uint256 nonce, uint8 v, bytes32 r, bytes32 s) external {
                bytes32 digest = keccak256(abi.encode(address(this), block.chainid, msg.sender, amount, nonce));
                require(!used[digest]);
                used[digest] = true;
                require(ecrecover(digest, v, r, s) == signer);
                payable(msg.sender).transfer(amount);
            }
        }
    """,
    find=_find,
)
