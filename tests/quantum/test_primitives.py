"""Nothing but the four errors leaves a primitive, whatever it is given."""

from __future__ import annotations

import array
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorpius_lab import quantum
from scorpius_lab.errors import UsageError

LARGE_OR_SLOW = ("HQC-192", "HQC-256", "Classic-McEliece")
KEMS = [one.name for one in quantum.ALGORITHMS if one.kind == "kem" and not one.name.startswith(LARGE_OR_SLOW)]
LARGE = "Classic-McEliece-348864f"
SIGNATURES = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "Ed25519+ML-DSA-65", "SLH-DSA-SHA2-128f", "SLH-DSA-SHAKE-256s"]
PAIRS = {name: quantum.generate_keypair(name) for name in (*KEMS, LARGE, *SIGNATURES)}
NOT_BYTES = (
    None,
    0,
    32,
    -1,
    1.5,
    "text",
    "ÿ" * 1184,
    [1, 2],
    (1,),
    {},
    object(),
    bytes,
    [b"x"],
    array.array("B", b"x"),
)
RELEASED = memoryview(b"released")
RELEASED.release()


def lengths_near(length: int) -> st.SearchStrategy[bytes]:
    near = st.sampled_from([0, 1, length - 1, length, length, length + 1, 2 * length])
    return st.one_of(near.flatmap(lambda n: st.binary(min_size=min(n, 64), max_size=64).map(lambda b: stretched(b, n))))


def stretched(data: bytes, length: int) -> bytes:
    return (data * (length // max(len(data), 1) + 1))[:length] if data else bytes(length)


def anything(length: int) -> st.SearchStrategy[object]:
    return st.one_of(
        lengths_near(length),
        lengths_near(length).map(bytearray),
        lengths_near(length).map(memoryview),
        lengths_near(length).map(lambda data: memoryview(data + data)[::2]),
        st.sampled_from(NOT_BYTES),
        st.builds(lambda: RELEASED),
        st.sampled_from([PAIRS["X-Wing"].public, PAIRS["X-Wing"].private, PAIRS["ML-DSA-65"].public, PAIRS["X-Wing"]]),
    )


def fuzzed(call: Callable[..., object], *arguments: object, allowed: tuple[type[Exception], ...]) -> None:
    found = error_of(call, arguments, allowed)
    if found is not None:
        assert type(found) in {quantum.InvalidKey, quantum.InvalidCiphertext, quantum.InvalidSignature, UsageError}
        assert str(found)
        assert "\n" not in str(found)


def error_of(
    call: Callable[..., object], arguments: tuple[object, ...], allowed: tuple[type[Exception], ...]
) -> Exception | None:
    try:
        call(*arguments)
    except allowed as error:
        return error
    return None


@pytest.mark.parametrize("name", [*KEMS, LARGE])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_kems_end_in_their_errors_only(name: str, data: st.DataObject) -> None:
    row = quantum.algorithm(name)
    assert row.ciphertext_bytes is not None
    public, private = data.draw(anything(row.public_key_bytes)), data.draw(anything(row.private_key_bytes))
    ciphertext = data.draw(anything(row.ciphertext_bytes))
    fuzzed(quantum.encapsulate, name, public, allowed=(quantum.InvalidKey,))
    fuzzed(quantum.public_from_private, name, private, allowed=(quantum.InvalidKey,))
    fuzzed(quantum.decapsulate, name, private, ciphertext, allowed=(quantum.InvalidKey,))
    fuzzed(quantum.decapsulate, name, PAIRS[name].private, ciphertext, allowed=(quantum.InvalidCiphertext,))


@pytest.mark.parametrize("name", SIGNATURES)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_verification_ends_in_its_errors_only(name: str, data: st.DataObject) -> None:
    row = quantum.algorithm(name)
    assert row.signature_bytes is not None
    public, signature = data.draw(anything(row.public_key_bytes)), data.draw(anything(row.signature_bytes))
    message, context = data.draw(anything(100)), data.draw(anything(255))
    everything = (quantum.InvalidKey, quantum.InvalidSignature, UsageError)
    fuzzed(quantum.verify, name, public, message, signature, context, allowed=everything)
    fuzzed(quantum.verify, name, public, b"m", signature, allowed=(quantum.InvalidKey, quantum.InvalidSignature))
    fuzzed(quantum.verify, name, PAIRS[name].public, b"m", signature, allowed=(quantum.InvalidSignature,))


@pytest.mark.parametrize("name", SIGNATURES[:4])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_signing_ends_in_its_errors_only(name: str, data: st.DataObject) -> None:
    private = data.draw(anything(quantum.algorithm(name).private_key_bytes))
    message, context = data.draw(anything(100)), data.draw(anything(255))
    fuzzed(quantum.sign, name, private, message, context, allowed=(quantum.InvalidKey, UsageError))
    fuzzed(quantum.sign, name, private, b"m", allowed=(quantum.InvalidKey,))


@given(name=st.one_of(st.text(max_size=60), st.sampled_from(NOT_BYTES), st.binary()), key=anything(32))
@settings(max_examples=80, deadline=None)
def test_unknown_names_end_in_usage_errors(name: object, key: object) -> None:
    calls: tuple[tuple[Callable[..., object], tuple[object, ...]], ...] = (
        (quantum.generate_keypair, ()),
        (quantum.public_from_private, (key,)),
        (quantum.encapsulate, (key,)),
        (quantum.decapsulate, (key, key)),
        (quantum.sign, (key, b"m")),
        (quantum.verify, (key, b"m", b"s")),
        (quantum.sign_file, (key, "nowhere")),
        (quantum.verify_file, (key, "nowhere", b"s")),
        (quantum.PublicKey, (key,)),
        (quantum.PrivateKey, (key,)),
    )
    for call, arguments in calls:
        fuzzed(call, name, *arguments, allowed=(UsageError,))


@pytest.mark.parametrize("name", [*KEMS, *SIGNATURES])
def test_a_private_key_of_a_wrong_length_or_type_is_an_invalid_key(name: str) -> None:
    pair = PAIRS[name]
    scheme = quantum.decapsulate if name in KEMS else quantum.sign
    for key in (b"", pair.private_key[:-1], pair.private_key + b"\0", *NOT_BYTES, RELEASED, pair, pair.public):
        with pytest.raises(quantum.InvalidKey) as caught:
            scheme(name, key, b"")
        assert name in str(caught.value) or "released" in str(caught.value)
        assert pair.private_key[:8].hex() not in str(caught.value)


def test_a_key_of_another_algorithm_is_named() -> None:
    with pytest.raises(quantum.InvalidKey, match=r"the key is of ML-KEM-768, but X-Wing was asked for"):
        quantum.encapsulate("X-Wing", PAIRS["ML-KEM-768"].public)
    with pytest.raises(quantum.InvalidKey, match=r"a public key is needed here"):
        quantum.encapsulate("X-Wing", PAIRS["X-Wing"].private)


def test_an_algorithm_of_the_other_kind_is_named() -> None:
    with pytest.raises(UsageError, match="does not encapsulate"):
        quantum.encapsulate("ML-DSA-65", PAIRS["ML-DSA-65"].public)
    with pytest.raises(UsageError, match="does not sign"):
        quantum.sign("X-Wing", PAIRS["X-Wing"].private, b"m")


@pytest.mark.parametrize("name", SIGNATURES[:5])
def test_a_context_of_256_bytes_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="at most 255 bytes"):
        quantum.sign(name, PAIRS[name].private, b"m", bytes(256))
    with pytest.raises(UsageError, match="at most 255 bytes"):
        quantum.verify(name, PAIRS[name].public, b"m", bytes(quantum.algorithm(name).signature_bytes or 0), bytes(256))


@pytest.mark.parametrize("name", SIGNATURES[:5])
def test_a_message_may_be_any_memory(name: str) -> None:
    """Only what memory shows counts, not how it lies there."""
    pair = PAIRS[name]
    words = memoryview(array.array("I", range(6)))
    square = memoryview(bytes(range(24))).cast("B", (4, 6))
    for message in (words, square, memoryview(bytes(range(24)))[::2], bytearray(b"abc"), memoryview(b"")):
        signature = quantum.sign(name, pair.private, message)
        quantum.verify(name, pair.public, bytes(message), signature)
        quantum.verify(name, pair.public, message, signature)


@pytest.mark.parametrize("path", ["", "nowhere", ".", "a\0b", None, 7, b"bytes", [], "\udcff"])
def test_a_file_that_cannot_be_read_is_a_usage_error(
    path: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ML-DSA-65", "Ed25519+ML-DSA-65", "SLH-DSA-SHA2-128f"):
        pair, size = PAIRS[name], quantum.algorithm(name).signature_bytes or 0
        with pytest.raises(UsageError, match="cannot be read"):
            quantum.sign_file(name, pair.private, path)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="cannot be read"):
            quantum.verify_file(name, pair.public, path, bytes(size))  # type: ignore[arg-type]


def test_names_are_found_in_any_letter_case() -> None:
    pair = quantum.generate_keypair("x-wing")
    assert pair.algorithm == "X-Wing"
    assert quantum.decapsulate("X-WING", pair.private, quantum.encapsulate("x-Wing", pair.public).ciphertext)
