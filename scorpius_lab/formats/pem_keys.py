"""Telling a private key in PEM armor from a text that only speaks of one, by what stands between the lines.

Layouts: RFC 7468 (armor), RFC 1421 section 4.6 (encapsulated headers), PKCS #8 (RFC 5958), SEC 1 and PKCS #1 (all DER
sequences), OpenSSH's PROTOCOL.key, OpenPGP (RFC 9580 section 6).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from enum import StrEnum

# The shortest private key in use, Ed25519 in PKCS #8, takes 48 bytes; SEC 1 without its public half a little less.
LEAST_BYTES = 40
MOST_LINES = 200
_DER_SEQUENCE = 0x30
_OPENSSH = b"openssh-key-v1\x00"
_UNENCRYPTED = b"\x00\x00\x00\x04none"
_HEADER = re.compile(r"-----BEGIN ((?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?)-----")
_ARMOR_FIELD = re.compile(r"^[A-Z][A-Za-z-]{2,30}: ?.*$")
_LINE_END = re.compile(r"\\r|\\n|\r|\n")
# What a program, a listing or a configuration file may put around a line of the key.
_AROUND = " \t\"'`,;()[]{}>|*#"
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


class PrivateKey(StrEnum):
    """What stands behind a header line."""

    PLAIN = "private key"
    ENCRYPTED = "encrypted private key"
    NONE = "no key"


def private_key_after(line: str, following: Iterable[str]) -> PrivateKey:
    """Judge the block that begins in `line` and goes on in the `following` lines (at most 200 are read).

    A block is a key if at least 40 bytes can be decoded from it and begin as its kind must: a DER sequence, OpenSSH's
    magic word, or an OpenPGP packet; what the armor calls encrypted may begin as it likes. A block that is cut off
    counts with what is there.
    """
    header = _HEADER.search(line)
    if header is None:
        return PrivateKey.NONE
    encrypted, body = _body(line[header.end() :], following)
    content = _decoded(body)
    if len(content) < LEAST_BYTES or not (encrypted or _begins_as_key(header.group(1), content)):
        return PrivateKey.NONE
    if header.group(1).startswith("OPENSSH"):
        encrypted = not content[len(_OPENSSH) :].startswith(_UNENCRYPTED)
    return PrivateKey.ENCRYPTED if encrypted or header.group(1).startswith("ENCRYPTED") else PrivateKey.PLAIN


def _body(rest: str, following: Iterable[str]) -> tuple[bool, str]:
    """Whether the armor says that it is encrypted, and the signs up to its end."""
    encrypted, parts = False, [""]
    for number, line in enumerate((rest, *following)):
        for piece in _LINE_END.split(line):
            text = piece.strip(_AROUND).removesuffix(" +").strip(_AROUND)
            if "-----END" in text:
                return encrypted, "".join(parts) + text.partition("-----END")[0].strip(_AROUND)
            if _ARMOR_FIELD.match(text):
                encrypted = encrypted or (text.startswith("Proc-Type:") and "ENCRYPTED" in text)
            elif _BASE64.fullmatch(text):
                parts.append(text)
            elif text and not (text.startswith("=") and len(parts) > 1):
                return encrypted, "".join(parts)
        if number >= MOST_LINES:
            break
    return encrypted, "".join(parts)


def _decoded(body: str) -> bytes:
    whole = body.rstrip("=")
    whole = whole[: len(whole) - (len(whole) % 4 == 1)]
    try:
        return base64.b64decode(whole + "=" * (-len(whole) % 4), validate=True)
    except binascii.Error:
        return b""


def _begins_as_key(kind: str, content: bytes) -> bool:
    if kind.startswith("PGP"):
        return content[0] & 0x80 != 0
    if kind.startswith("OPENSSH"):
        return content.startswith(_OPENSSH)
    return content[0] == _DER_SEQUENCE
