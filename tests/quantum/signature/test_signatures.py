"""ML-DSA and the hybrid signature: what they promise, who else verifies them, and files larger than memory."""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature as Rejected
from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa
from hypothesis import given, settings
from hypothesis import strategies as st
from pqcrypto.sign import ml_dsa_44, ml_dsa_65, ml_dsa_87

from scorpius_lab import quantum

FAST = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "Ed25519+ML-DSA-65", "SLH-DSA-SHA2-128f"]
STREAMED_AS_WHOLE = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "Ed25519+ML-DSA-65"]
HYBRID = "Ed25519+ML-DSA-65"


@pytest.mark.parametrize("name", FAST)
def test_a_signature_holds_for_its_message_context_and_key_only(name: str) -> None:
    pair, other = quantum.generate_keypair(name), quantum.generate_keypair(name)
    signature = quantum.sign(name, pair.private, b"message", context=b"context")
    quantum.verify(name, pair.public, b"message", signature, context=b"context")
    for public, message, context in (
        (pair.public_key, b"messagE", b"context"),
        (pair.public_key, b"message", b"contexT"),
        (pair.public_key, b"message", b""),
        (pair.public_key, b"context" + b"message", b""),
        (other.public_key, b"message", b"context"),
    ):
        with pytest.raises(quantum.InvalidSignature, match="does not hold"):
            quantum.verify(name, public, message, signature, context=context)


@pytest.mark.parametrize("name", FAST)
@pytest.mark.parametrize("length", [0, 1, 254, 255])
def test_contexts_of_all_legal_lengths(name: str, length: int) -> None:
    pair = quantum.generate_keypair(name)
    context = bytes([length]) * length
    quantum.verify(name, pair.public_key, b"m", quantum.sign(name, pair.private_key, b"m", context), context)


@given(position=st.integers(min_value=0), bit=st.integers(0, 7))
@settings(max_examples=80, deadline=None)
def test_no_changed_bit_of_a_hybrid_signature_holds(position: int, bit: int) -> None:
    private = bytes(64)
    public = quantum.public_from_private(HYBRID, private)
    changed = bytearray(quantum.sign(HYBRID, private, b"message"))
    changed[position % len(changed)] ^= 1 << bit
    with pytest.raises(quantum.InvalidSignature):
        quantum.verify(HYBRID, public, b"message", changed)


def test_both_halves_of_the_hybrid_must_hold() -> None:
    pair = quantum.generate_keypair(HYBRID)
    first, second = (quantum.sign(HYBRID, pair.private_key, message) for message in (b"first", b"second"))
    for mixed in (first[:3309] + second[3309:], second[:3309] + first[3309:]):
        for message in (b"first", b"second"):
            with pytest.raises(quantum.InvalidSignature):
                quantum.verify(HYBRID, pair.public_key, message, mixed)


def test_the_hybrid_is_made_as_its_draft_says() -> None:
    """draft-ietf-lamps-pq-composite-sigs section 4.2: M' = Prefix || Label || len(ctx) || ctx || PH(M)."""
    pair = quantum.generate_keypair(HYBRID)
    message, context = bytes(range(10)), bytes.fromhex("0813061205162623")
    signed = (
        b"CompositeAlgorithmSignatures2025"
        b"COMPSIG-MLDSA65-Ed25519-SHA512" + bytes([8]) + context + hashlib.sha512(message).digest()
    )
    first = mldsa.MLDSA65PrivateKey.from_seed_bytes(pair.private_key[:32])
    second = ed25519.Ed25519PrivateKey.from_private_bytes(pair.private_key[32:])
    quantum.verify(
        HYBRID,
        first.public_key().public_bytes_raw() + second.public_key().public_bytes_raw(),
        message,
        first.sign(signed, b"COMPSIG-MLDSA65-Ed25519-SHA512") + second.sign(signed),
        context,
    )
    ours = quantum.sign(HYBRID, pair.private_key, message, context)
    first.public_key().verify(ours[:3309], signed, b"COMPSIG-MLDSA65-Ed25519-SHA512")
    second.public_key().verify(ours[3309:], signed)


def test_a_half_of_the_hybrid_is_no_signature_of_its_own() -> None:
    pair = quantum.generate_keypair(HYBRID)
    signature = quantum.sign(HYBRID, pair.private_key, b"message")
    with pytest.raises(quantum.InvalidSignature):
        quantum.verify("ML-DSA-65", pair.public_key[:1952], b"message", signature[:3309])
    with pytest.raises(Rejected):
        ed25519.Ed25519PublicKey.from_public_bytes(pair.public_key[1952:]).verify(signature[3309:], b"message")


@pytest.mark.parametrize("value", [2**255 - 19, 2**255 - 1, 2**256 - 1])
def test_ed25519_values_outside_the_field_are_no_key(value: int) -> None:
    pair = quantum.generate_keypair(HYBRID)
    signature = quantum.sign(HYBRID, pair.private_key, b"message")
    with pytest.raises(quantum.InvalidKey, match="outside its range"):
        quantum.verify(HYBRID, pair.public_key[:1952] + value.to_bytes(32, "little"), b"message", signature)


@pytest.mark.parametrize(
    ("name", "peer"), [("ML-DSA-44", ml_dsa_44), ("ML-DSA-65", ml_dsa_65), ("ML-DSA-87", ml_dsa_87)]
)
def test_a_second_library_verifies_ml_dsa_and_is_verified(name: str, peer: object) -> None:
    pair = quantum.generate_keypair(name)
    signature = quantum.sign(name, pair.private_key, b"message", b"context")
    peer.verify(pair.public_key, b"message", signature, b"context")  # type: ignore[attr-defined]
    public, private = peer.keygen()  # type: ignore[attr-defined]
    quantum.verify(name, public, b"message", peer.sign(private, b"message", b"context"), b"context")  # type: ignore[attr-defined]


# -- files


@pytest.mark.parametrize("name", STREAMED_AS_WHOLE)
@pytest.mark.parametrize("size", [0, 1, 1024 * 1024, 2 * 1024 * 1024 + 77])
def test_a_file_is_signed_as_its_bytes_are(name: str, size: int, tmp_path: Path) -> None:
    pair, content = quantum.generate_keypair(name), bytes(size)
    path = tmp_path / "content"
    path.write_bytes(content)
    quantum.verify(name, pair.public_key, content, quantum.sign_file(name, pair.private_key, path, b"c"), b"c")
    quantum.verify_file(name, pair.public_key, path, quantum.sign(name, pair.private_key, content, b"c"), b"c")


@pytest.mark.parametrize("name", FAST)
def test_a_changed_file_or_context_is_refused(name: str, tmp_path: Path) -> None:
    pair, path = quantum.generate_keypair(name), tmp_path / "content"
    path.write_bytes(b"content")
    signature = quantum.sign_file(name, pair.private, str(path), b"context")
    quantum.verify_file(name, pair.public, path, signature, b"context")
    with pytest.raises(quantum.InvalidSignature):
        quantum.verify_file(name, pair.public, path, signature, b"other")
    path.write_bytes(b"Content")
    with pytest.raises(quantum.InvalidSignature):
        quantum.verify_file(name, pair.public, path, signature, b"context")


def test_a_file_signature_of_slh_dsa_is_pure_over_the_labelled_digest(tmp_path: Path) -> None:
    name, content = "SLH-DSA-SHA2-128f", b"content" * 1000
    pair, path = quantum.generate_keypair(name), tmp_path / "content"
    path.write_bytes(content)
    signature = quantum.sign_file(name, pair.private_key, path, b"context")
    message = b"scorpius SLH-DSA stream v1\x00" + hashlib.sha512(content).digest()
    quantum.verify(name, pair.public_key, message, signature, b"context")
    with pytest.raises(quantum.InvalidSignature):
        quantum.verify(name, pair.public_key, content, signature, b"context")


FLAT = """
import resource, sys
from scorpius_lab import quantum
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)
name, small, large = sys.argv[1:]
pair = quantum.generate_keypair(name)
def both(path): quantum.verify_file(name, pair.public_key, path, quantum.sign_file(name, pair.private_key, path))
both(small)
before = peak()
both(large)
print(peak() - before)
"""


@pytest.mark.skipif(not hasattr(resource, "RUSAGE_SELF"), reason="needs the peak of a process's memory")
@pytest.mark.parametrize("name", ["ML-DSA-65", "Ed25519+ML-DSA-65", "SLH-DSA-SHA2-128f"])
def test_memory_stays_flat_for_a_large_file(name: str, tmp_path: Path) -> None:
    """64 MiB of holes, which take no room on the disk."""
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(bytes(2 * 1024 * 1024))
    with large.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    command = [sys.executable, "-c", textwrap.dedent(FLAT), name, str(small), str(large)]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert int(found.stdout) < 4 * 1024  # KiB
