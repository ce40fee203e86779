"""Addresses as people write them, checked."""

from __future__ import annotations

import re

from scorpius_lab.errors import UsageError

ADDRESS = re.compile(r"0x[0-9a-f]{40}")
"""An address in lower case."""

_CAPITAL = 8
_WRITTEN = re.compile(r"0[xX][0-9a-fA-F]{40}")


def parse_address(text: str) -> str:
    """An address in lower case. In mixed case its checksum must hold (EIP-55), as a mistyped one is somebody else's.

    Raises UsageError.
    """
    if not _WRITTEN.fullmatch(text):
        raise UsageError(f"{text!r} is no address; write 0x and 40 hex digits")
    digits = text[2:]
    mixed = digits not in (digits.lower(), digits.upper())
    if mixed and digits != checksummed(digits.lower()):
        raise UsageError(f"the checksum of {text} does not hold: a digit or the case of a letter is wrong")
    return "0x" + digits.lower()


def checksummed(digits: str) -> str:
    """Forty lower-case digits with the capitals that EIP-55 gives them."""
    from scorpius_lab.security.chain.keccak import keccak256

    digest = keccak256(digits.encode()).hex()
    return "".join(
        digit.upper() if int(mark, 16) >= _CAPITAL else digit for digit, mark in zip(digits, digest, strict=False)
    )
