"""One envelope has one content: a payload that opens under two keys does not become an envelope with two contents."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from envelope_attacks import CHUNK, Parts, not_authentic

from scorpius_lab import quantum
from scorpius_lab.errors import UsageError
from scorpius_lab.quantum.envelope import header, payload, recipients
from scorpius_lab.quantum.envelope.header import encode_authenticated, encode_parameters
from scorpius_lab.quantum.envelope.key_schedule import KeySchedule
from scorpius_lab.quantum.envelope.operations import _hash
from scorpius_lab.quantum.envelope.suites import suite_named

POLYNOMIAL = 0xE1 << 120


def times(a: int, b: int) -> int:
    """Product in the field of GHASH (NIST SP 800-38D, algorithm 1); bit 0 is the leftmost."""
    product = 0
    for i in range(127, -1, -1):
        if b >> i & 1:
            product ^= a
        a = a >> 1 ^ (POLYNOMIAL if a & 1 else 0)
    return product


def inverse(a: int) -> int:
    result, power = 1 << 127, a
    for _ in range(127):
        power = times(power, power)
        result = times(result, power)
    return result


def power(base: int, exponent: int) -> int:
    result = 1 << 127
    for _ in range(exponent):
        result = times(result, base)
    return result


def block(key: bytes, content: bytes) -> int:
    encryptor = Cipher(algorithms.AES256(key), modes.ECB()).encryptor()  # noqa: S305 (one block, as GCM does)
    return int.from_bytes(encryptor.update(content), "big")


def ghash(h: int, associated: bytes, ciphertext: bytes) -> int:
    state = 0
    pad = lambda data: data + bytes(-len(data) % 16)  # noqa: E731
    lengths = (len(associated) * 8).to_bytes(8, "big") + (len(ciphertext) * 8).to_bytes(8, "big")
    whole = pad(associated) + pad(ciphertext) + lengths
    for start in range(0, len(whole), 16):
        state = times(state ^ int.from_bytes(whole[start : start + 16], "big"), h)
    return state


def two_key_ciphertext(keys: list[bytes], nonces: list[bytes], associated: list[bytes], body: bytes) -> bytes:
    """Ciphertext and tag that AES-GCM accepts under both keys: one block of `body` is solved for (Dodis et al. 2018)."""
    hashes = [block(key, bytes(16)) for key in keys]
    masks = [block(key, nonce + b"\0\0\0\1") for key, nonce in zip(keys, nonces, strict=True)]
    open_ended = body + bytes(16)
    tags = [ghash(h, a, open_ended) ^ m for h, a, m in zip(hashes, associated, masks, strict=True)]
    # The last block enters tag i multiplied by h_i squared: choose it so that both tags are equal.
    difference = times(power(hashes[0], 2), 1 << 127) ^ power(hashes[1], 2)
    solved = times(tags[0] ^ tags[1], inverse(difference))
    ciphertext = body + solved.to_bytes(16, "big")
    return ciphertext + (ghash(hashes[0], associated[0], ciphertext) ^ masks[0]).to_bytes(16, "big")


@pytest.fixture(scope="module")
def forged(pairs):
    """A dishonest sender's envelope: each recipient is given another file key, and the payload opens under both."""
    suite, salt = suite_named("AES-256-GCM"), os.urandom(32)
    file_keys = [os.urandom(32), os.urandom(32)]
    schedules = [KeySchedule.of(key, salt) for key in file_keys]
    parameters = encode_parameters(suite, CHUNK, salt)
    fixed = parameters + schedules[0].commitment(parameters, _hash(None))
    derived = [schedule.payload(fixed, _hash(None)) for schedule in schedules]
    nonces = [prefix + b"\0\0\0\0\1" for _, prefix in derived]
    keys = [key for key, _ in derived]
    sealed = two_key_ciphertext(keys, nonces, [fixed, fixed], os.urandom(64))
    readers = [pairs["X-Wing"], pairs["ML-KEM-768"]]
    stanzas = tuple(
        recipients.wrap_for({quantum.key_id(pair.public): pair.public}, key, suite=suite, salt=salt, fixed=fixed)[0]
        for pair, key in zip(readers, file_keys, strict=True)
    )
    authenticated = encode_authenticated(fixed, stanzas)
    parts = [Parts(fixed, stanzas, schedule.header_mac(authenticated), (sealed,)) for schedule in schedules]
    return readers, keys, nonces, fixed, sealed, parts


def test_the_payload_alone_does_open_under_two_keys(forged):
    _, keys, nonces, fixed, sealed, _ = forged
    texts = [AESGCM(key).decrypt(nonce, sealed, fixed) for key, nonce in zip(keys, nonces, strict=True)]
    assert texts[0] != texts[1]


def test_the_envelope_opens_for_one_content_only(forged):
    readers, _, _, _, _, parts = forged
    # Committed to the first file key: its reader gets a text, the second gets an error whichever MAC is written.
    assert len(quantum.decrypt(parts[0].bytes(), readers[0])) == 80
    not_authentic(parts[0].bytes(), readers[1])
    not_authentic(parts[1].bytes(), readers[0])
    not_authentic(parts[1].bytes(), readers[1])


def test_the_commitment_is_checked_before_any_chunk(forged, monkeypatch):
    readers, _, _, _, _, parts = forged

    def never(*_arguments):
        raise AssertionError("a chunk was touched")

    monkeypatch.setattr("scorpius_lab.quantum.envelope.operations.unseal", never)
    not_authentic(parts[1].bytes(), readers[1])  # its header MAC holds; only the commitment does not


def test_two_associated_data_do_not_open_one_envelope(pair):
    """The commitment covers the associated data: a recipient cannot show one envelope as the content of two cases."""
    suite, salt, file_key = suite_named("AES-256-GCM"), os.urandom(32), os.urandom(32)
    schedule = KeySchedule.of(file_key, salt)
    parameters = encode_parameters(suite, CHUNK, salt)
    fixed = parameters + schedule.commitment(parameters, _hash(b"one"))
    derived = [schedule.payload(fixed, _hash(data)) for data in (b"one", b"two")]
    nonces = [prefix + b"\0\0\0\0\1" for _, prefix in derived]
    sealed = two_key_ciphertext([key for key, _ in derived], nonces, [fixed, fixed], os.urandom(64))
    stanzas = recipients.wrap_for(
        {quantum.key_id(pair.public): pair.public}, file_key, suite=suite, salt=salt, fixed=fixed
    )
    mac = schedule.header_mac(encode_authenticated(fixed, stanzas))
    envelope = Parts(fixed, tuple(stanzas), mac, (sealed,)).bytes()
    assert len(quantum.decrypt(envelope, pair, associated_data=b"one")) == 80
    not_authentic(envelope, pair, associated_data=b"two")


def test_no_two_chunks_of_any_envelopes_share_key_and_nonce(pair, monkeypatch):
    """Keys and nonces as the cipher sees them, over many envelopes of one recipient with the same data."""
    seen = []

    class Watched:
        def __init__(self, key):
            self.key, self.real = key, AESGCM(key)

        def encrypt(self, nonce, data, associated):
            seen.append((self.key, bytes(nonce)))
            return self.real.encrypt(nonce, data, associated)

        def encrypt_into(self, nonce, data, associated, buffer):
            seen.append((self.key, bytes(nonce)))
            return self.real.encrypt_into(nonce, data, associated, buffer)

    watched = replace(suite_named("AES-256-GCM"), aead=Watched)
    monkeypatch.setattr("scorpius_lab.quantum.envelope.operations.suite_named", lambda _: watched)
    for _ in range(50):
        quantum.encrypt(b"x" * 5 * CHUNK, [pair.public], chunk_bytes=CHUNK)
    assert len(seen) == len(set(seen)) == 50 * 6
    flags = [nonce[-1] for _, nonce in seen if nonce != bytes(12)]
    assert flags == [0, 0, 0, 0, 1] * 50


def test_more_chunks_than_the_counter_holds_are_refused(pair, monkeypatch):
    monkeypatch.setattr(payload, "MAX_CHUNKS", 3)
    fits = quantum.encrypt(b"x" * 3 * CHUNK, [pair.public], chunk_bytes=CHUNK)
    assert quantum.decrypt(fits, pair) == b"x" * 3 * CHUNK
    with pytest.raises(UsageError, match="too long"):
        quantum.encrypt(b"x" * (3 * CHUNK + 1), [pair.public], chunk_bytes=CHUNK)
    monkeypatch.setattr(payload, "MAX_CHUNKS", 2)
    not_authentic(fits, pair)
    assert header.LARGEST_CHUNK_EXPONENT + 32 == 52
