"""What decryption accepts: the suites and KEMs that are allowed, checked before any private key is used."""

from __future__ import annotations

import pytest

from scorpius_lab import quantum
from scorpius_lab.errors import EnvelopeError, SuiteNotAllowed, UsageError
from scorpius_lab.quantum.envelope import suites

EVERYTHING = {"AES-256-GCM", "ChaCha20-Poly1305", *suites.KEM_CODES}


@pytest.mark.parametrize("missing", sorted(EVERYTHING))
def test_an_algorithm_outside_the_policy_is_refused(pairs, missing):
    suite = missing if missing in {"AES-256-GCM", "ChaCha20-Poly1305"} else "AES-256-GCM"
    kem = missing if missing in suites.KEM_CODES else "X-Wing"
    envelope = quantum.encrypt(b"data", [pairs[kem].public], suite=suite)
    assert quantum.decrypt(envelope, pairs[kem], allowed=EVERYTHING) == b"data"
    with pytest.raises(SuiteNotAllowed, match=missing.replace("+", r"\+")):
        quantum.decrypt(envelope, pairs[kem], allowed=EVERYTHING - {missing})


def test_the_weakest_recipient_counts(pairs):
    """Whoever breaks one KEM has the file key, so one's own entry being strong does not help."""
    envelope = quantum.encrypt(b"data", [pairs["X-Wing"].public, pairs["ML-KEM-512"].public])
    with pytest.raises(SuiteNotAllowed, match="ML-KEM-512"):
        quantum.decrypt(envelope, pairs["X-Wing"], allowed=EVERYTHING - {"ML-KEM-512"})


def test_no_private_key_is_used_before(pairs, monkeypatch):
    envelope = quantum.encrypt(b"data", [pairs["ML-KEM-768"].public])

    def never(*_arguments):
        raise AssertionError("a private key was used")

    monkeypatch.setattr("scorpius_lab.quantum.envelope.recipients.decapsulate", never)
    monkeypatch.setattr("scorpius_lab.quantum.envelope.recipients.public_from_private", never)
    with pytest.raises(SuiteNotAllowed):
        quantum.decrypt(envelope, pairs["ML-KEM-768"].private_key, allowed={"AES-256-GCM", "X-Wing"})


def test_a_downgrade_of_the_header_is_refused_either_way(pairs):
    envelope = quantum.encrypt(b"data", [pairs["X-Wing"].public])
    changed = envelope[:9] + b"\x02" + envelope[10:]
    with pytest.raises(SuiteNotAllowed):
        quantum.decrypt(changed, pairs["X-Wing"], allowed={"AES-256-GCM", "X-Wing"})
    with pytest.raises(EnvelopeError):
        quantum.decrypt(changed, pairs["X-Wing"])


def test_the_default_leaves_out_legacy_and_experimental(pairs, monkeypatch):
    from dataclasses import replace

    rows = tuple(replace(a, status="legacy") if a.name == "ML-KEM-512" else a for a in suites.ALGORITHMS)
    monkeypatch.setattr(suites, "ALGORITHMS", rows)
    suites.default_policy.cache_clear()
    try:
        envelope = quantum.encrypt(b"data", [pairs["ML-KEM-512"].public])
        with pytest.raises(SuiteNotAllowed):
            quantum.decrypt(envelope, pairs["ML-KEM-512"])
        assert quantum.decrypt(envelope, pairs["ML-KEM-512"], allowed=EVERYTHING) == b"data"
    finally:
        suites.default_policy.cache_clear()


@pytest.mark.parametrize(
    "allowed",
    [set(), {"X-Wing"}, {"AES-256-GCM"}, {"AES-256-GCM", "X-Wing", "RSA"}, "X-Wing", {"AES-256-GCM", "X-Wing", 3}],
    ids=["empty", "no suite", "no KEM", "unknown name", "text", "no name"],
)
def test_a_policy_that_makes_no_sense_is_a_wrong_call(pair, allowed):
    envelope = quantum.encrypt(b"data", [pair.public])
    with pytest.raises(UsageError):
        quantum.decrypt(envelope, pair, allowed=allowed)
