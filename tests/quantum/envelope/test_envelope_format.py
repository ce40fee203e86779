"""The format is what its document says: the test vector, and a second reader written from the document alone."""

from __future__ import annotations

import re

import pytest
from envelope_second_reader import KEMS as DOCUMENTED_KEMS
from envelope_second_reader import read_envelope
from envelope_vector import ASSOCIATED_DATA, PLAINTEXT, SEEDS, encapsulations_in
from envelope_vector import vector as make_vector

from scorpius_lab import quantum
from scorpius_lab.quantum.algorithms import algorithm
from scorpius_lab.quantum.envelope.header import MAX_RECIPIENTS
from scorpius_lab.quantum.envelope.suites import KEM_CODES, SUITES

READABLE = ("ML-KEM-768", "ML-KEM-1024", "X-Wing", "P-384+ML-KEM-1024")


def test_the_vector_opens_for_each_of_its_recipients(vector):
    envelope = bytes.fromhex("".join(vector["envelope"]))
    for kem, seed in SEEDS.items():
        key = quantum.PrivateKey(kem, seed)
        assert quantum.decrypt(envelope, key, associated_data=ASSOCIATED_DATA) == PLAINTEXT
        assert quantum.decrypt(envelope, seed, associated_data=ASSOCIATED_DATA) == PLAINTEXT
        assert read_envelope(envelope, kem, seed, ASSOCIATED_DATA) == PLAINTEXT


def test_the_vector_and_its_intermediate_values_come_out_again(vector):
    envelope = bytes.fromhex("".join(vector["envelope"]))
    assert make_vector(encapsulations_in(envelope)) == vector


@pytest.mark.parametrize("suite", [suite.name for suite in SUITES])
@pytest.mark.parametrize("size", [0, 1, 1023, 1024, 1025, 2048, 5000])
def test_the_second_reader_reads_what_we_write(pairs, suite, size):
    data = bytes(i % 256 for i in range(size))
    keys = [pairs[kem].public for kem in KEM_CODES]
    envelope = quantum.encrypt(data, keys, associated_data=b"context", suite=suite, chunk_bytes=1024)
    for kem in READABLE:
        assert read_envelope(envelope, kem, pairs[kem].private_key, b"context") == data


def test_the_second_reader_reads_what_we_rewrapped(pairs):
    envelope = quantum.encrypt(b"data", [pairs["X-Wing"].public], associated_data=b"context")
    moved = quantum.rewrap(envelope, pairs["X-Wing"], [pairs["ML-KEM-1024"].public])
    assert read_envelope(moved, "ML-KEM-1024", pairs["ML-KEM-1024"].private_key, b"context") == b"data"


def test_codes_and_lengths_are_those_of_the_document():
    for code, (kem, length) in DOCUMENTED_KEMS.items():
        assert KEM_CODES[kem] == code
        assert algorithm(kem).ciphertext_bytes == length
    assert len(KEM_CODES) == len(DOCUMENTED_KEMS)
    assert {suite.code: suite.name for suite in SUITES} == {1: "AES-256-GCM", 2: "ChaCha20-Poly1305"}


def test_the_document_names_the_longest_header(document):
    longest = 109 + MAX_RECIPIENTS * (17 + 1665 + 48) + 64
    said = re.search(r"at most ([\d,]+) bytes long", document)
    assert said is not None
    assert int(said.group(1).replace(",", "")) == longest


def test_inspection_shows_the_header_without_a_key(pairs):
    envelope = quantum.encrypt(b"x" * 5000, [p.public for p in pairs.values()], chunk_bytes=4096)
    facts = quantum.inspect_envelope(envelope)
    assert (facts.version, facts.suite, facts.chunk_bytes) == (1, "AES-256-GCM", 4096)
    assert {(r.algorithm, r.key_id) for r in facts.recipients} == {
        (kem, quantum.key_id(pair.public)) for kem, pair in pairs.items()
    }
    assert len(envelope) == facts.header_bytes + 5000 + 2 * 16
