"""Signers recovered from signatures."""

from __future__ import annotations

from scorpius_lab.security.contracts.analysis.slices import inputs
from scorpius_lab.security.contracts.ir.entries import INTERNAL, Entry
from scorpius_lab.security.contracts.ir.instructions import Instruction


def recoveries(entry: Entry) -> list[Instruction]:
    """Calls of `ecrecover` with all its arguments: digest, v, r, s."""
    return [i for i in entry.body.of("hash") if i.data == "ecrecover" and len(i.arguments) == 4]


def is_offered(entry: Entry, recovery: Instruction) -> bool:
    """Whether a library hands the recovered signer to whoever uses it."""
    if entry.exposure != INTERNAL or entry.contract.kind != "library":
        return False
    return any(recovery in inputs(value) for block in entry.body.blocks for value in block.returned)
