"""One PEM block (RFC 7468), read strictly, or the DER it holds."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Final

from scorpius_lab.errors import InvalidKey

LARGEST: Final = 64 * 1024
LINE: Final = 64
_DER_SEQUENCE: Final = b"\x30"
_BLOCK: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\r\n]+?)\r?\n-----END ([A-Z0-9 ]+)-----")


@dataclass(frozen=True, slots=True)
class Block:
    """DER bytes and the label they stood under; the label is None where DER came without PEM around it."""

    label: str | None
    der: bytes = field(repr=False)


def pem_text(label: str, der: bytes) -> bytes:
    """PEM text: the label lines around base64 in lines of 64 characters, ended by a newline."""
    text = base64.b64encode(der).decode("ascii")
    lines = [text[start : start + LINE] for start in range(0, len(text), LINE)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode("ascii")


def read_block(data: bytes | bytearray | memoryview) -> Block:
    """The one block in `data`, PEM or DER told apart by content.

    Lines may have any length and end in LF or CRLF, and white space may stand around the block, but no other text and
    no second block. Raises InvalidKey: not bytes, over 64 KiB, neither form, or a block that is not whole.
    """
    if not isinstance(data, bytes | bytearray | memoryview):
        raise InvalidKey(f"a key file is given as bytes, not as {type(data).__name__}")
    content = _bounded(data)
    if content.startswith(_DER_SEQUENCE):
        return Block(None, content)
    return _read_pem(content.strip(b" \t\r\n"))


def _bounded(data: bytes | bytearray | memoryview) -> bytes:
    try:
        if memoryview(data).nbytes <= LARGEST:
            return bytes(data)
    except ValueError:
        raise InvalidKey("the memory given as key file was released already") from None
    raise InvalidKey("the key file is larger than 64 KiB, which no key of these algorithms needs")


def _read_pem(text: bytes) -> Block:
    begins = text.count(b"-----BEGIN ")
    if not begins:
        raise InvalidKey("the key file holds neither PEM nor DER; check that the whole file was read")
    if begins > 1:
        raise InvalidKey("the key file holds several PEM blocks; give one key at a time")
    match = _BLOCK.fullmatch(text)
    if match is None:
        raise InvalidKey("the PEM text is cut short or has other text or headers around its base64 lines")
    if match[1] != match[3]:
        raise InvalidKey("the PEM text begins and ends with different labels")
    return Block(match[1].decode("ascii"), _decode(match[2]))


def _decode(body: bytes) -> bytes:
    packed = body.replace(b"\r", b"").replace(b"\n", b"")
    try:
        der = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidKey("the PEM text is damaged: its lines are not base64") from None
    # Base64 has spare bits at its end: two texts must not mean the same key.
    if base64.b64encode(der) != packed:
        raise InvalidKey("the PEM text is damaged: its base64 has bits beyond its end")
    return der
