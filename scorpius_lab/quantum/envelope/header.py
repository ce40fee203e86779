"""The header of an envelope as bytes: a fixed part, the recipients, a MAC. `docs/formats/envelope.md` has the tables.

The parser accepts exactly one encoding of each header and reads no more than the header says, in pieces whose size is
bounded before they are read, so a hostile header cannot ask for memory. Nothing here is authenticated yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from scorpius_lab.errors import EnvelopeError, UsageError
from scorpius_lab.quantum.envelope.suites import KEM_CODES, Suite, encapsulation_bytes, kem_of_code, suite_of_code

MAGIC: Final = b"scorpenv"
VERSION: Final = 1
SALT_BYTES: Final = 32
COMMITMENT_BYTES: Final = 64
MAC_BYTES: Final = 64
KEY_ID_BYTES: Final = 16
WRAPPED_KEY_BYTES: Final = 48
PARAMETERS_BYTES: Final = len(MAGIC) + 3 + SALT_BYTES
FIXED_BYTES: Final = PARAMETERS_BYTES + COMMITMENT_BYTES
MAX_RECIPIENTS: Final = 1000
SMALLEST_CHUNK_EXPONENT: Final = 10
LARGEST_CHUNK_EXPONENT: Final = 20


class Readable(Protocol):
    """Where a header is read from."""

    def take(self, count: int) -> bytes:
        """The next `count` bytes, fewer only at the end."""


@dataclass(frozen=True, slots=True)
class Stanza:
    """One recipient's entry: which key, its encapsulation, and the file key wrapped under the encapsulated secret."""

    kem: str
    key_id: bytes
    encapsulation: bytes
    wrapped_key: bytes

    @property
    def order(self) -> bytes:
        """By what the entries of a header are sorted, ascending and without a repetition."""
        return stanza_prefix(self.kem, self.key_id)


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed header. `fixed` is what re-wrapping keeps; `authenticated` is all that the MAC covers."""

    suite: Suite
    chunk_bytes: int
    salt: bytes
    commitment: bytes
    fixed: bytes
    stanzas: tuple[Stanza, ...]
    authenticated: bytes
    mac: bytes


def stanza_prefix(kem: str, key_id: bytes) -> bytes:
    """KEM code and key id, the first 17 bytes of a recipient's entry."""
    return bytes((KEM_CODES[kem],)) + key_id


def encode_parameters(suite: Suite, chunk_bytes: int, salt: bytes) -> bytes:
    """The first 43 bytes. Raises UsageError if the chunk size is not a power of two from 1 KiB to 1 MiB."""
    exponent = chunk_bytes.bit_length() - 1 if isinstance(chunk_bytes, int) else -1
    if not SMALLEST_CHUNK_EXPONENT <= exponent <= LARGEST_CHUNK_EXPONENT or chunk_bytes != 1 << exponent:
        raise UsageError("the chunk size of an envelope must be a power of two from 1024 to 1048576 bytes")
    return MAGIC + bytes((VERSION, suite.code, exponent)) + salt


def encode_authenticated(fixed: bytes, stanzas: Iterable[Stanza]) -> bytes:
    """Everything before the MAC; the entries in their one order."""
    ordered = sorted(stanzas, key=lambda stanza: stanza.order)
    entries = [stanza.order + stanza.encapsulation + stanza.wrapped_key for stanza in ordered]
    return b"".join([fixed, len(entries).to_bytes(2, "big"), *entries])


def read_header(source: Readable) -> Header:
    """The header at the start of an envelope.

    Raises EnvelopeError: not an envelope, of an unknown version, suite or KEM, cut short, or not canonical.
    """
    start = source.take(len(MAGIC))
    if start != MAGIC:
        raise EnvelopeError("this is not an envelope: it does not begin with the envelope's mark")
    version = _exactly(source, 1)
    if version[0] != VERSION:
        raise EnvelopeError(f"the envelope has format version {version[0]}, and this version reads {VERSION} only")
    rest = _exactly(source, FIXED_BYTES - len(MAGIC) - 1)
    suite = suite_of_code(rest[0])
    if not SMALLEST_CHUNK_EXPONENT <= rest[1] <= LARGEST_CHUNK_EXPONENT:
        raise EnvelopeError("the envelope names a chunk size outside 1 KiB to 1 MiB; it is damaged")
    fixed = start + version + rest
    parts, stanzas = _read_stanzas(source)
    return Header(
        suite=suite,
        chunk_bytes=1 << rest[1],
        salt=rest[2 : 2 + SALT_BYTES],
        commitment=rest[2 + SALT_BYTES :],
        fixed=fixed,
        stanzas=stanzas,
        authenticated=b"".join([fixed, *parts]),
        mac=_exactly(source, MAC_BYTES),
    )


def _read_stanzas(source: Readable) -> tuple[list[bytes], tuple[Stanza, ...]]:
    encoded_count = _exactly(source, 2)
    count = int.from_bytes(encoded_count, "big")
    if not 1 <= count <= MAX_RECIPIENTS:
        raise EnvelopeError(f"the envelope claims {count} recipients and must have 1 to {MAX_RECIPIENTS}")
    parts, stanzas = [encoded_count], []
    previous = b""
    for _ in range(count):
        prefix = _exactly(source, 1 + KEY_ID_BYTES)
        kem = kem_of_code(prefix[0])
        if prefix <= previous:
            raise EnvelopeError("the envelope's recipients are repeated or out of order; it was changed or damaged")
        length = encapsulation_bytes(kem)
        body = _exactly(source, length + WRAPPED_KEY_BYTES)
        stanzas.append(Stanza(kem, prefix[1:], body[:length], body[length:]))
        parts += (prefix, body)
        previous = prefix
    return parts, tuple(stanzas)


def _exactly(source: Readable, count: int) -> bytes:
    found = source.take(count)
    if len(found) != count:
        raise EnvelopeError("the envelope ends inside its header; it was cut short")
    return found
