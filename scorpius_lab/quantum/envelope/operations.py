"""Encrypt to recipients, decrypt, replace the recipients, look at a header: the envelope's four operations.

The format is in `docs/formats/envelope.md`. An envelope hides and protects what is in it; it does not say who made it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, overload

from scorpius_lab.core.runs import Progress, silent
from scorpius_lab.errors import EnvelopeError, UsageError
from scorpius_lab.quantum.envelope.connections import (
    BytesLike,
    Input,
    Output,
    Transfer,
    deliver,
    pour,
    require_output,
    source_of,
)
from scorpius_lab.quantum.envelope.ends import Sink, Source
from scorpius_lab.quantum.envelope.header import (
    MAC_BYTES,
    PARAMETERS_BYTES,
    SALT_BYTES,
    VERSION,
    Header,
    encode_authenticated,
    encode_parameters,
    read_header,
)
from scorpius_lab.quantum.envelope.key_schedule import FILE_KEY_BYTES, KeySchedule
from scorpius_lab.quantum.envelope.payload import PayloadCipher, seal, sealed_bytes, unseal, unsealed_bytes
from scorpius_lab.quantum.envelope.recipients import (
    NOT_AUTHENTIC,
    OpeningKey,
    Recipient,
    opening_keys,
    recipient_keys,
    unwrap_file_key,
    wrap_for,
)
from scorpius_lab.quantum.envelope.suites import DEFAULT_SUITE, policy_of, require_allowed, suite_named

DEFAULT_CHUNK_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class RecipientFacts:
    """One recipient as the header names it: the KEM, and the 16-byte id of the public key (`quantum.key_id`)."""

    algorithm: str
    key_id: bytes


@dataclass(frozen=True, slots=True)
class EnvelopeFacts:
    """What a header says. Nothing of it is authenticated before the envelope was decrypted."""

    version: int
    suite: str
    chunk_bytes: int
    header_bytes: int
    recipients: tuple[RecipientFacts, ...]


@overload
def encrypt(
    data: BytesLike,
    recipients: Sequence[Recipient],
    *,
    associated_data: BytesLike | None = None,
    output: None = None,
    suite: str = DEFAULT_SUITE,
    chunk_bytes: int = DEFAULT_CHUNK_BYTES,
    overwrite: bool = False,
    progress: Progress = silent,
) -> bytes: ...
@overload
def encrypt(
    data: Input,
    recipients: Sequence[Recipient],
    *,
    associated_data: BytesLike | None = None,
    output: Output,
    suite: str = DEFAULT_SUITE,
    chunk_bytes: int = DEFAULT_CHUNK_BYTES,
    overwrite: bool = False,
    progress: Progress = silent,
) -> Transfer: ...
def encrypt(
    data: Input,
    recipients: Sequence[Recipient],
    *,
    associated_data: BytesLike | None = None,
    output: Output | None = None,
    suite: str = DEFAULT_SUITE,
    chunk_bytes: int = DEFAULT_CHUNK_BYTES,
    overwrite: bool = False,
    progress: Progress = silent,
) -> bytes | Transfer:
    """An envelope that each of 1 to 1000 recipients can open.

    In: bytes, or a Path or blocking binary stream of any length; public keys, raw or typed, one given twice counts
    once; associated data that is not put into the envelope but must be given again to open it (None is the same as
    empty). Bytes without `output` give the envelope's bytes; everything else goes to `output`, in memory of about two
    chunks, and gives a Transfer. `chunk_bytes` is a power of two from 1 KiB to 1 MiB. A Path as output has mode 0600
    and appears whole or not at all; one that exists is refused unless `overwrite`.

    Raises InvalidKey: a recipient's key; UsageError: anything else of the call; EnvelopeError: the disk refused.
    """
    require_output(data, output)
    chosen = suite_named(suite)
    public_keys = recipient_keys(recipients)
    associated_data_hash = _hash(associated_data)
    file_key, salt = os.urandom(FILE_KEY_BYTES), os.urandom(SALT_BYTES)
    schedule = KeySchedule.of(file_key, salt)
    parameters = encode_parameters(chosen, chunk_bytes, salt)
    fixed = parameters + schedule.commitment(parameters, associated_data_hash)
    stanzas = wrap_for(public_keys, file_key, suite=chosen, salt=salt, fixed=fixed)
    authenticated = encode_authenticated(fixed, stanzas)
    header = authenticated + schedule.header_mac(authenticated)
    payload = PayloadCipher.of(chosen, schedule, associated_data_hash, fixed, chunk_bytes)

    with source_of(data) as source:

        def work(sink: Sink) -> int:
            sink.write(header)
            return seal(source, sink, payload, progress)

        size = _add(len(header), source.remaining(), chunk_bytes)
        return deliver(work, result_bytes=size, output=output, overwrite=overwrite)


@overload
def decrypt(
    envelope: BytesLike,
    private_key: OpeningKey | Sequence[OpeningKey],
    *,
    associated_data: BytesLike | None = None,
    output: None = None,
    allowed: Collection[str] | None = None,
    overwrite: bool = False,
    progress: Progress = silent,
) -> bytes: ...
@overload
def decrypt(
    envelope: Input,
    private_key: OpeningKey | Sequence[OpeningKey],
    *,
    associated_data: BytesLike | None = None,
    output: Output,
    allowed: Collection[str] | None = None,
    overwrite: bool = False,
    progress: Progress = silent,
) -> Transfer: ...
def decrypt(
    envelope: Input,
    private_key: OpeningKey | Sequence[OpeningKey],
    *,
    associated_data: BytesLike | None = None,
    output: Output | None = None,
    allowed: Collection[str] | None = None,
    overwrite: bool = False,
    progress: Progress = silent,
) -> bytes | Transfer:
    """What an envelope holds, by one private key or the first of several that belongs to a recipient.

    In: the envelope as bytes, Path or blocking binary stream, read to its end; raw private keys, PrivateKey, or KeyPair
    (which saves deriving the public key); the associated data of its making. Bytes without `output` give bytes, and
    none if anything is wrong. A Path as output appears whole or not at all. A stream as output gets each chunk after
    its tag was checked, so a cut or changed envelope raises only after the good chunks before it were written: use
    what was written when this returned, not before.

    `allowed` names the suites and KEMs that are accepted; default: all that are not legacy or experimental.

    Raises NotARecipient: no key is a recipient's; SuiteNotAllowed: before any private key is used; EnvelopeError:
    changed, damaged, cut, other associated data, not an envelope; InvalidKey; UsageError.
    """
    require_output(envelope, output)
    keys, policy = opening_keys(private_key), policy_of(allowed)
    associated_data_hash = _hash(associated_data)
    with source_of(envelope) as source:
        header, schedule, _ = _open_header(source, keys, policy)
        expected = schedule.commitment(header.fixed[:PARAMETERS_BYTES], associated_data_hash)
        if not hmac.compare_digest(expected, header.commitment):
            raise EnvelopeError(NOT_AUTHENTIC)
        payload = PayloadCipher.of(header.suite, schedule, associated_data_hash, header.fixed, header.chunk_bytes)

        def work(sink: Sink) -> int:
            return unseal(source, sink, payload, progress)

        remaining = source.remaining()
        size = None if remaining is None else unsealed_bytes(remaining, header.chunk_bytes)
        return deliver(work, result_bytes=size, output=output, overwrite=overwrite)


@overload
def rewrap(
    envelope: BytesLike,
    private_key: OpeningKey | Sequence[OpeningKey],
    recipients: Sequence[Recipient],
    *,
    output: None = None,
    allowed: Collection[str] | None = None,
    overwrite: bool = False,
) -> bytes: ...
@overload
def rewrap(
    envelope: Input,
    private_key: OpeningKey | Sequence[OpeningKey],
    recipients: Sequence[Recipient],
    *,
    output: Output,
    allowed: Collection[str] | None = None,
    overwrite: bool = False,
) -> Transfer: ...
def rewrap(
    envelope: Input,
    private_key: OpeningKey | Sequence[OpeningKey],
    recipients: Sequence[Recipient],
    *,
    output: Output | None = None,
    allowed: Collection[str] | None = None,
    overwrite: bool = False,
) -> bytes | Transfer:
    """The same envelope for other recipients: their list is replaced whole, the payload's bytes stay as they are.

    The header is verified, the payload is copied unread; the associated data is not needed and stays what it was.
    This revokes nothing: a former recipient who kept the file key or the old envelope still reads it. To shut someone
    out, decrypt and encrypt anew. With `overwrite` the output may be the envelope's own path.

    In and out as for `decrypt`; `bytes_read` counts the payload. Raises as `decrypt` and `encrypt` do.
    """
    require_output(envelope, output)
    keys, policy, public_keys = opening_keys(private_key), policy_of(allowed), recipient_keys(recipients)
    with source_of(envelope) as source:
        header, schedule, file_key = _open_header(source, keys, policy)
        stanzas = wrap_for(public_keys, file_key, suite=header.suite, salt=header.salt, fixed=header.fixed)
        authenticated = encode_authenticated(header.fixed, stanzas)
        start = authenticated + schedule.header_mac(authenticated)

        def work(sink: Sink) -> int:
            sink.write(start)
            return pour(source, sink)

        size = len(start) + (source.remaining() or 0)
        return deliver(work, result_bytes=size, output=output, overwrite=overwrite)


def inspect_envelope(envelope: Input) -> EnvelopeFacts:
    """What an envelope's header says, without a key and without any proof that it is true.

    In: bytes, a Path, or a stream, of which only the header is read. Raises EnvelopeError: not an envelope, of another
    version, cut inside the header, or not in the one form a header has; UsageError: cannot be read.
    """
    with source_of(envelope) as source:
        header = read_header(source)
    return EnvelopeFacts(
        version=VERSION,
        suite=header.suite.name,
        chunk_bytes=header.chunk_bytes,
        header_bytes=len(header.authenticated) + MAC_BYTES,
        recipients=tuple(RecipientFacts(stanza.kem, stanza.key_id) for stanza in header.stanzas),
    )


def _open_header(
    source: Source, keys: Sequence[OpeningKey], policy: frozenset[str]
) -> tuple[Header, KeySchedule, bytes]:
    """The header after its MAC was checked, the keys of the envelope, and the file key."""
    header = read_header(source)
    require_allowed(header.suite, {stanza.kem for stanza in header.stanzas}, policy)
    file_key = unwrap_file_key(header, keys)
    schedule = KeySchedule.of(file_key, header.salt)
    if not hmac.compare_digest(schedule.header_mac(header.authenticated), header.mac):
        raise EnvelopeError(NOT_AUTHENTIC)
    return header, schedule, file_key


def _hash(associated_data: BytesLike | None) -> bytes:
    if associated_data is None:
        return hashlib.sha512(b"").digest()
    if not isinstance(associated_data, bytes | bytearray | memoryview):
        raise UsageError(f"associated data is given as bytes, not as {type(associated_data).__name__}")
    try:
        return hashlib.sha512(associated_data).digest()
    except (BufferError, ValueError):
        raise UsageError("the memory given as associated data is not contiguous or was released") from None


def _add(header_bytes: int, data_bytes: int | None, chunk_bytes: int) -> int | None:
    return None if data_bytes is None else header_bytes + sealed_bytes(data_bytes, chunk_bytes)
