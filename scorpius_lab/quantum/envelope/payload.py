"""The payload: chunks under STREAM nonces (Hoang, Reyhanitabar, Rogaway, Vizar, CRYPTO 2015, the nOAE construction).

A nonce is 7 bytes derived from the file key, the chunk's number in 4 bytes and one byte that is 1 for the last chunk,
so a chunk dropped, repeated, moved, appended or cut off changes the nonce some tag was made with. Every chunk has the
header's fixed part as associated data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag

from scorpius_lab.core.runs import Progress
from scorpius_lab.errors import EnvelopeError, UsageError
from scorpius_lab.quantum.envelope.ends import Sink, Source
from scorpius_lab.quantum.envelope.key_schedule import KeySchedule
from scorpius_lab.quantum.envelope.recipients import NOT_AUTHENTIC
from scorpius_lab.quantum.envelope.suites import Aead, Suite

TAG_BYTES: Final = 16
MAX_CHUNKS: Final = 2**32
_REPORT_EVERY: Final = 8 * 1024 * 1024
_FLAGS: Final = (b"\x00", b"\x01")


@dataclass(frozen=True, slots=True)
class PayloadCipher:
    """All that chunks are encrypted with: cipher and nonce prefix, the header's fixed part, and the chunk size."""

    cipher: Aead = field(repr=False)
    nonce_prefix: bytes = field(repr=False)
    fixed: bytes
    chunk_bytes: int

    @classmethod
    def of(
        cls, suite: Suite, schedule: KeySchedule, associated_data_hash: bytes, fixed: bytes, chunk_bytes: int
    ) -> PayloadCipher:
        """The cipher of one envelope's payload."""
        key, nonce_prefix = schedule.payload(fixed, associated_data_hash)
        return cls(suite.aead(key), nonce_prefix, fixed, chunk_bytes)


def seal(source: Source, sink: Sink, payload: PayloadCipher, progress: Progress) -> int:
    """Encrypt all of `source` into `sink`; how many bytes were read. Raises UsageError above 2^32 chunks."""
    report = _Report(progress, source.remaining(), "encrypted")
    cipher, prefix, fixed, chunk_bytes = payload.cipher, payload.nonce_prefix, payload.fixed, payload.chunk_bytes
    number, last = 0, False
    while not last:
        if number == MAX_CHUNKS:
            raise UsageError("the data is too long for one envelope; take larger chunks or split it")
        chunk, last = source.block(chunk_bytes)
        nonce = prefix + number.to_bytes(4, "big") + _FLAGS[last]
        cipher.encrypt_into(nonce, chunk, fixed, sink.room(len(chunk) + TAG_BYTES))
        sink.keep()
        report.add(len(chunk))
        number += 1
    return report.finish()


def unseal(source: Source, sink: Sink, payload: PayloadCipher, progress: Progress) -> int:
    """Decrypt all of `source` into `sink`, each chunk after its tag was checked; how many bytes were read.

    Raises EnvelopeError at the first chunk that is not authentic; the sink keeps what was verified before it.
    """
    report = _Report(progress, source.remaining(), "decrypted")
    cipher, prefix, fixed, chunk_bytes = payload.cipher, payload.nonce_prefix, payload.fixed, payload.chunk_bytes
    number, last = 0, False
    while not last:
        chunk, last = source.block(chunk_bytes + TAG_BYTES)
        plaintext_bytes = len(chunk) - TAG_BYTES
        # Only empty data has an empty chunk; so there is one way to cut data into chunks.
        if plaintext_bytes < (1 if number else 0) or number == MAX_CHUNKS:
            raise EnvelopeError(NOT_AUTHENTIC)
        nonce = prefix + number.to_bytes(4, "big") + _FLAGS[last]
        try:
            cipher.decrypt_into(nonce, chunk, fixed, sink.room(plaintext_bytes))
        except InvalidTag:
            raise EnvelopeError(NOT_AUTHENTIC) from None
        sink.keep()
        report.add(len(chunk))
        number += 1
    return report.finish()


def sealed_bytes(plaintext_bytes: int, chunk_bytes: int) -> int:
    """Length of the payload of so much data."""
    return plaintext_bytes + TAG_BYTES * max(1, -(-plaintext_bytes // chunk_bytes))


def unsealed_bytes(payload_bytes: int, chunk_bytes: int) -> int:
    """Length of the data in a payload; what is too short for a tag at its end counts nothing."""
    full, rest = divmod(payload_bytes, chunk_bytes + TAG_BYTES)
    return full * chunk_bytes + max(0, rest - TAG_BYTES)


class _Report:
    """Tells `progress` now and then, not at every chunk."""

    def __init__(self, progress: Progress, total: int | None, text: str) -> None:
        self._progress, self._total, self._text = progress, total, text
        self._done = 0
        self._next = _REPORT_EVERY

    def add(self, size: int) -> None:
        self._done += size
        if self._done >= self._next:
            self._next = self._done + _REPORT_EVERY
            self._progress(self._done, self._total, self._text)

    def finish(self) -> int:
        self._progress(self._done, self._total, self._text)
        return self._done
