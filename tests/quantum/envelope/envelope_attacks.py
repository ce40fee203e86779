"""What tests of tampering share: an envelope taken apart, and the demand that nothing of a bad one gets through."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import pytest

from scorpius_lab import quantum
from scorpius_lab.errors import EnvelopeError, ScorpiusError
from scorpius_lab.quantum.envelope.ends import MemorySource
from scorpius_lab.quantum.envelope.header import Stanza, encode_authenticated, read_header
from scorpius_lab.quantum.envelope.recipients import NOT_AUTHENTIC

CHUNK = 1024
SEALED = CHUNK + 16


@dataclass(frozen=True)
class Parts:
    """An envelope in pieces that can be exchanged and put together again."""

    fixed: bytes
    stanzas: tuple[Stanza, ...]
    mac: bytes
    chunks: tuple[bytes, ...]

    @classmethod
    def of(cls, envelope: bytes) -> Parts:
        header = read_header(MemorySource(envelope))
        payload = envelope[len(header.authenticated) + 64 :]
        chunks = tuple(payload[i : i + SEALED] for i in range(0, len(payload), SEALED))
        return cls(header.fixed, header.stanzas, header.mac, chunks)

    def bytes(self) -> bytes:
        return encode_authenticated(self.fixed, self.stanzas) + self.mac + b"".join(self.chunks)

    def with_chunks(self, *chunks: bytes) -> bytes:
        return replace(self, chunks=chunks).bytes()


def refused(envelope: bytes, key, *, associated_data: bytes = b"", message: str | None = None, allowed=None) -> None:
    """Refused from memory, and from a stream, with one and the same error; a stream got only whole good chunks."""
    with pytest.raises(EnvelopeError) as from_memory:
        quantum.decrypt(envelope, key, associated_data=associated_data, allowed=allowed)
    output = io.BytesIO()
    with pytest.raises(EnvelopeError) as from_stream:
        quantum.decrypt(io.BytesIO(envelope), key, associated_data=associated_data, output=output, allowed=allowed)
    assert type(from_memory.value) is type(from_stream.value)
    assert str(from_memory.value) == str(from_stream.value)
    assert isinstance(from_memory.value, ScorpiusError)
    assert len(output.getvalue()) % CHUNK == 0
    if message is not None:
        assert str(from_memory.value) == message


def not_authentic(envelope: bytes, key, *, associated_data: bytes = b"") -> None:
    """Refused with the one message of all authentication failures."""
    refused(envelope, key, associated_data=associated_data, message=NOT_AUTHENTIC)
