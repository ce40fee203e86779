"""Addresses as people write them. The mixed-case ones are the examples of EIP-55."""

from __future__ import annotations

import pytest

from scorpius_lab.errors import UsageError
from scorpius_lab.security.chain.addresses import parse_address

EXAMPLES = [
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_in_any_case(text: str) -> None:
    assert parse_address(text) == text.lower()
    assert parse_address(text.lower()) == text.lower()
    assert parse_address("0X" + text[2:].upper()) == text.lower()


@pytest.mark.parametrize("text", EXAMPLES)
def test_a_checksum_that_does_not_hold(text: str) -> None:
    with pytest.raises(UsageError, match="checksum"):
        parse_address(text[:2] + text[2:].swapcase())
    with pytest.raises(UsageError, match="checksum"):
        parse_address(text[:-1] + ("0" if text[-1] != "0" else "1"))


@pytest.mark.parametrize(
    "text", ["", "0x", "hello", "0x12", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x" + "g" * 40]
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="is no address"):
        parse_address(text)
