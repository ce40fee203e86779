"""Keccak-256, the hash of Ethereum (not SHA3-256, whose padding differs)."""

from __future__ import annotations


def keccak256(data: bytes) -> bytes:
    """The 32-byte digest of `data`."""
    from Crypto.Hash import keccak

    return keccak.new(digest_bits=256, data=data).digest()
