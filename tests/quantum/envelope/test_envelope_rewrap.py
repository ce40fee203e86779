"""Replacing the recipients leaves the payload alone, proves the header, and shows nothing to those who left."""

from __future__ import annotations

import io

import pytest
from envelope_attacks import Parts
from hypothesis import given, settings
from hypothesis import strategies as st

from scorpius_lab import quantum
from scorpius_lab.errors import EnvelopeError, NotARecipient, SuiteNotAllowed, UsageError
from scorpius_lab.quantum.envelope.recipients import NOT_AUTHENTIC

DATA = bytes(i % 256 for i in range(5000))


@settings(max_examples=30, deadline=None)
@given(new=st.sets(st.sampled_from(["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024", "P-384+ML-KEM-1024"]), min_size=1))
def test_the_payload_stays_byte_for_byte(pairs, new):
    envelope = quantum.encrypt(DATA, [pairs["X-Wing"].public], associated_data=b"context", chunk_bytes=1024)
    moved = quantum.rewrap(envelope, pairs["X-Wing"], [pairs[kem].public for kem in new])
    before, after = Parts.of(envelope), Parts.of(moved)
    assert after.chunks == before.chunks
    assert after.fixed == before.fixed
    for kem in new:
        assert quantum.decrypt(moved, pairs[kem], associated_data=b"context") == DATA
        with pytest.raises(EnvelopeError):
            quantum.decrypt(moved, pairs[kem], associated_data=b"other")
    with pytest.raises(NotARecipient):
        quantum.decrypt(moved, pairs["X-Wing"], associated_data=b"context")


def test_files_and_streams(tmp_path, pairs):
    first, second = pairs["X-Wing"], pairs["ML-KEM-1024"]
    sealed, moved = tmp_path / "sealed", tmp_path / "moved"
    quantum.encrypt(DATA, [first.public], output=sealed)
    done = quantum.rewrap(sealed, first, [second.public], output=moved)
    assert done.bytes_written == moved.stat().st_size
    assert quantum.decrypt(moved.read_bytes(), second) == DATA
    output = io.BytesIO()
    quantum.rewrap(io.BytesIO(sealed.read_bytes()), first, [second.public], output=output)
    assert quantum.decrypt(output.getvalue(), second) == DATA


def test_in_place(tmp_path, pairs):
    first, second = pairs["X-Wing"], pairs["ML-KEM-1024"]
    sealed = tmp_path / "sealed"
    quantum.encrypt(DATA, [first.public], output=sealed)
    with pytest.raises(UsageError, match="exists"):
        quantum.rewrap(sealed, first, [second.public], output=sealed)
    quantum.rewrap(sealed, first, [second.public], output=sealed, overwrite=True)
    assert quantum.decrypt(sealed.read_bytes(), second) == DATA
    assert [path.name for path in tmp_path.iterdir()] == ["sealed"]


def test_only_a_recipient_can(pairs, stranger):
    envelope = quantum.encrypt(DATA, [pairs["X-Wing"].public])
    with pytest.raises(NotARecipient):
        quantum.rewrap(envelope, stranger, [stranger.public])


def test_a_changed_header_is_not_rewrapped(tmp_path, pairs):
    pair = pairs["X-Wing"]
    envelope = quantum.encrypt(DATA, [pair.public, pairs["ML-KEM-768"].public])
    for position in range(11, quantum.inspect_envelope(envelope).header_bytes, 53):
        changed = bytearray(envelope)
        changed[position] ^= 1
        with pytest.raises(EnvelopeError):
            quantum.rewrap(bytes(changed), pair, [pair.public])
        with pytest.raises(EnvelopeError):
            quantum.rewrap(io.BytesIO(changed), pair, [pair.public], output=tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_changed_payload_is_found_when_it_is_opened(pairs):
    pair = pairs["X-Wing"]
    moved = quantum.rewrap(quantum.encrypt(DATA, [pair.public])[:-1], pair, [pair.public])
    with pytest.raises(EnvelopeError) as caught:
        quantum.decrypt(moved, pair)
    assert str(caught.value) == NOT_AUTHENTIC


def test_the_policy_holds_here_too(pairs):
    envelope = quantum.encrypt(DATA, [pairs["ML-KEM-512"].public])
    allowed = {"AES-256-GCM", "X-Wing"}
    with pytest.raises(SuiteNotAllowed):
        quantum.rewrap(envelope, pairs["ML-KEM-512"], [pairs["X-Wing"].public], allowed=allowed)
    moved = quantum.rewrap(envelope, pairs["ML-KEM-512"], [pairs["X-Wing"].public])
    assert quantum.decrypt(moved, pairs["X-Wing"], allowed=allowed) == DATA
