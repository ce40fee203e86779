"""Envelopes: data encrypted once, for any number of recipients, in flat memory. Format: `docs/formats/envelope.md`."""

from __future__ import annotations

from scorpius_lab.quantum.envelope.connections import Transfer
from scorpius_lab.quantum.envelope.operations import (
    EnvelopeFacts,
    RecipientFacts,
    decrypt,
    encrypt,
    inspect_envelope,
    rewrap,
)

__all__ = ["EnvelopeFacts", "RecipientFacts", "Transfer", "decrypt", "encrypt", "inspect_envelope", "rewrap"]
