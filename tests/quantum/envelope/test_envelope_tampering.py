"""Every change to an envelope ends in one clear error, and hands out nothing that was not authentic."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from envelope_attacks import CHUNK, SEALED, Parts, not_authentic, refused
from hypothesis import given, settings
from hypothesis import strategies as st

from scorpius_lab import quantum
from scorpius_lab.errors import EnvelopeError, NotARecipient

DATA = bytes(i % 251 for i in range(3 * CHUNK + 100))


@pytest.fixture(scope="module")
def envelope(pair, pairs) -> bytes:
    """Four chunks for two recipients."""
    keys = [pair.public, pairs["ML-KEM-768"].public]
    return quantum.encrypt(DATA, keys, associated_data=b"case 7", chunk_bytes=CHUNK)


@pytest.fixture(scope="module")
def other(pair, pairs) -> bytes:
    """Another envelope of the same data for the same recipients."""
    keys = [pair.public, pairs["ML-KEM-768"].public]
    return quantum.encrypt(DATA, keys, associated_data=b"case 7", chunk_bytes=CHUNK)


def flipped(data: bytes, position: int, bit: int = 0) -> bytes:
    changed = bytearray(data)
    changed[position] ^= 1 << bit
    return bytes(changed)


def bad(envelope: bytes, key) -> None:
    refused(envelope, key, associated_data=b"case 7")


def test_every_byte_of_the_header_counts(envelope, pair):
    for position in range(quantum.inspect_envelope(envelope).header_bytes):
        with pytest.raises(EnvelopeError):
            quantum.decrypt(flipped(envelope, position, position % 8), pair, associated_data=b"case 7")


def test_every_byte_of_the_payload_counts(envelope, pair):
    start = quantum.inspect_envelope(envelope).header_bytes
    for position in range(start, len(envelope), 7):
        with pytest.raises(EnvelopeError):
            quantum.decrypt(flipped(envelope, position, position % 8), pair, associated_data=b"case 7")


@pytest.mark.full
def test_every_bit_counts(envelope, pair):
    for position in range(len(envelope)):
        for bit in range(8):
            with pytest.raises(EnvelopeError):
                quantum.decrypt(flipped(envelope, position, bit), pair, associated_data=b"case 7")


@pytest.mark.parametrize("chunk", [0, 1, 2, 3])
@pytest.mark.parametrize("offset", [0, 50, -1])
def test_a_changed_chunk_stops_the_stream_before_it(envelope, pair, chunk, offset):
    parts = Parts.of(envelope)
    chunks = [flipped(piece, offset) if i == chunk else piece for i, piece in enumerate(parts.chunks)]
    changed = parts.with_chunks(*chunks)
    bad(changed, pair)
    output = io.BytesIO()
    with pytest.raises(EnvelopeError):
        quantum.decrypt(io.BytesIO(changed), pair, associated_data=b"case 7", output=output)
    assert output.getvalue() == DATA[: chunk * CHUNK]


def test_cut_anywhere(envelope, pair):
    header = quantum.inspect_envelope(envelope).header_bytes
    boundaries = {0, 8, 9, 10, 11, 43, 107, 109, header - 64, header}
    boundaries |= {header + i * SEALED + d for i in range(4) for d in (-16, -1, 0, 1, 15, 16, 17)}
    for end in sorted(boundaries | set(range(0, len(envelope), 61)) | {len(envelope) - 1}):
        bad(envelope[:end], pair)


def test_appended(envelope, other, pair):
    for tail in (b"\x00", b"\x00" * 16, b"\x00" * SEALED, Parts.of(other).chunks[-1], envelope):
        bad(envelope + tail, pair)


def test_chunks_dropped_repeated_and_moved(envelope, pair):
    parts = Parts.of(envelope)
    a, b, c, d = parts.chunks
    for chunks in ((b, c, d), (a, c, d), (a, b, d), (a, b, c), (a, a, b, c, d), (a, b, b, c, d), (a, b, c, d, d)):
        not_authentic(parts.with_chunks(*chunks), pair, associated_data=b"case 7")
    for chunks in ((b, a, c, d), (a, c, b, d), (d, b, c, a), (a, b, d, c), (d,), (a,), ()):
        not_authentic(parts.with_chunks(*chunks), pair, associated_data=b"case 7")


def test_chunks_of_another_envelope(envelope, other, pair):
    ours, theirs = Parts.of(envelope), Parts.of(other)
    for position in range(4):
        chunks = [theirs.chunks[i] if i == position else piece for i, piece in enumerate(ours.chunks)]
        not_authentic(ours.with_chunks(*chunks), pair, associated_data=b"case 7")
    not_authentic(ours.with_chunks(*theirs.chunks), pair, associated_data=b"case 7")
    not_authentic(replace(theirs, chunks=ours.chunks).bytes(), pair, associated_data=b"case 7")


def test_headers_spliced(envelope, other, pair):
    ours, theirs = Parts.of(envelope), Parts.of(other)
    for change in (
        {"fixed": theirs.fixed},
        {"fixed": ours.fixed[:43] + theirs.fixed[43:]},
        {"fixed": theirs.fixed[:43] + ours.fixed[43:]},
        {"stanzas": theirs.stanzas},
        {"mac": theirs.mac},
        {"stanzas": theirs.stanzas, "mac": theirs.mac},
        {"fixed": theirs.fixed, "stanzas": theirs.stanzas},
    ):
        not_authentic(replace(ours, **change).bytes(), pair, associated_data=b"case 7")


def test_recipients_added_removed_and_exchanged(envelope, other, pair, stranger):
    ours, theirs = Parts.of(envelope), Parts.of(other)
    mine = next(s for s in ours.stanzas if s.kem == "X-Wing")
    second = next(s for s in ours.stanzas if s.kem != "X-Wing")
    third = Parts.of(quantum.encrypt(DATA, [stranger.public], chunk_bytes=CHUNK)).stanzas[0]
    foreign = next(s for s in theirs.stanzas if s.kem == "X-Wing")
    for stanzas in (
        (mine,),
        (*ours.stanzas, third),
        (mine, third),
        (foreign, second),
        (replace(mine, wrapped_key=second.wrapped_key), second),
        (replace(mine, encapsulation=foreign.encapsulation), second),
        (replace(mine, wrapped_key=foreign.wrapped_key), second),
    ):
        not_authentic(replace(ours, stanzas=stanzas).bytes(), pair, associated_data=b"case 7")
    with pytest.raises(NotARecipient):
        quantum.decrypt(replace(ours, stanzas=(second,)).bytes(), pair, associated_data=b"case 7")
    renamed = replace(mine, key_id=quantum.key_id(stranger.public))
    not_authentic(replace(ours, stanzas=(renamed, second)).bytes(), stranger, associated_data=b"case 7")


def test_entries_repeated_or_out_of_order_are_no_header(envelope, pair):
    ours = Parts.of(envelope)
    entries = [s.order + s.encapsulation + s.wrapped_key for s in ours.stanzas]
    for order in ([1, 0], [0, 0], [0, 0, 1], [0, 1, 1]):
        body = b"".join(entries[i] for i in order)
        changed = ours.fixed + len(order).to_bytes(2, "big") + body + ours.mac + b"".join(ours.chunks)
        refused(
            changed, pair, message="the envelope's recipients are repeated or out of order; it was changed or damaged"
        )


@pytest.mark.parametrize("given_data", [None, b"", b"case 8", b"case 7\x00", b"case"])
def test_other_associated_data(envelope, pair, given_data):
    not_authentic(envelope, pair, associated_data=given_data)


def test_another_key(envelope, stranger, pairs):
    with pytest.raises(NotARecipient):
        quantum.decrypt(envelope, stranger, associated_data=b"case 7")
    with pytest.raises(NotARecipient):
        quantum.decrypt(envelope, [stranger, pairs["ML-KEM-1024"]], associated_data=b"case 7")
    assert quantum.decrypt(envelope, [stranger, pairs["ML-KEM-768"]], associated_data=b"case 7") == DATA


def test_version_suite_and_chunk_size_cannot_be_changed(envelope, pair):
    for version in (0, 2, 255):
        refused(
            envelope[:8] + bytes([version]) + envelope[9:],
            pair,
            message=f"the envelope has format version {version}, and this version reads 1 only",
        )
    not_authentic(envelope[:9] + b"\x02" + envelope[10:], pair, associated_data=b"case 7")
    for suite in (0, 3, 255):
        bad(envelope[:9] + bytes([suite]) + envelope[10:], pair)
    for exponent in (0, 9, 11, 12, 20, 21, 255):
        bad(envelope[:10] + bytes([exponent]) + envelope[11:], pair)


def test_an_error_says_nothing_about_key_or_content(envelope, pair):
    with pytest.raises(EnvelopeError) as caught:
        quantum.decrypt(flipped(envelope, -1), pair, associated_data=b"case 7")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert pair.private_key.hex() not in str(caught.value)


def test_empty_final_chunk_is_refused_even_from_a_recipient(pair):
    """A chunk of nothing after a full one would be a second way to write the same data."""
    from scorpius_lab.quantum.envelope import operations
    from scorpius_lab.quantum.envelope.payload import PayloadCipher

    envelope = quantum.encrypt(b"x" * CHUNK, [pair.public], chunk_bytes=CHUNK)
    parts = Parts.of(envelope)
    header, schedule, _ = operations._open_header(
        operations.source_of(envelope), [pair], frozenset({"X-Wing", "AES-256-GCM"})
    )
    payload = PayloadCipher.of(header.suite, schedule, operations._hash(None), header.fixed, CHUNK)
    first = payload.cipher.encrypt(payload.nonce_prefix + b"\0\0\0\0\0", b"x" * CHUNK, header.fixed)
    second = payload.cipher.encrypt(payload.nonce_prefix + b"\0\0\0\1\1", b"", header.fixed)
    assert len(parts.chunks) == 1
    not_authentic(parts.with_chunks(first, second), pair)
    assert quantum.decrypt(parts.bytes(), pair) == b"x" * CHUNK


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=3000))
def test_any_bytes_at_all_are_refused(pair, data):
    for content in (data, b"scorpenv" + data, b"scorpenv\x01\x01\x0a" + data):
        bad(content, pair)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_edit_is_refused(envelope, pair, data):
    start = data.draw(st.integers(0, len(envelope)))
    end = data.draw(st.integers(start, min(len(envelope), start + 2000)))
    piece = data.draw(st.binary(max_size=60))
    changed = envelope[:start] + piece + envelope[end:]
    if changed != envelope:
        bad(changed, pair)
