"""What goes in comes out: every size, kind of input, kind of output, KEM and form of key."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorpius_lab import quantum
from scorpius_lab.errors import InvalidKey, UsageError
from scorpius_lab.quantum.envelope.suites import KEM_CODES, SUITES

CHUNK = 1024
SIZES = st.builds(
    lambda chunks, difference: max(0, chunks * CHUNK + difference), st.integers(0, 4), st.integers(-17, 17)
)


class Trickle(io.RawIOBase):
    """A raw stream that reads and writes as little or as much as it likes at a time."""

    def __init__(self, content: bytes = b"", seed: int = 0) -> None:
        self.content, self.position, self.random = bytearray(content), 0, random.Random(seed)  # noqa: S311

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def readinto(self, room) -> int:
        count = min(self.random.randint(1, 700), len(room), len(self.content) - self.position)
        room[:count] = self.content[self.position : self.position + count]
        self.position += count
        return count

    def write(self, data) -> int:
        count = self.random.randint(1, len(data))
        self.content += bytes(data[:count])
        return count


class OnlyRead:
    """A stream with `read` alone."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def read(self, size: int) -> bytes:
        return self._file.read(min(size, 333))


def content(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311 (test data)


@settings(max_examples=120, deadline=None)
@given(size=SIZES, associated=st.one_of(st.none(), st.binary(max_size=50)), suite=st.sampled_from(SUITES))
def test_bytes(pair, size, associated, suite):
    data = content(size)
    envelope = quantum.encrypt(data, [pair.public_key], associated_data=associated, suite=suite.name, chunk_bytes=CHUNK)
    assert type(envelope) is bytes
    found = quantum.decrypt(envelope, pair.private_key, associated_data=associated)
    assert type(found) is bytes
    assert found == data
    chunks = max(1, -(-size // CHUNK))
    assert len(envelope) == quantum.inspect_envelope(envelope).header_bytes + size + 16 * chunks


@settings(max_examples=80, deadline=None)
@given(size=SIZES, seed=st.integers(0, 1000))
def test_streams_that_read_and_write_bit_by_bit(pair, size, seed):
    data, sealed, opened = content(size), Trickle(seed=seed), Trickle(seed=seed + 1)
    done = quantum.encrypt(Trickle(data, seed), [pair.public], output=sealed, chunk_bytes=CHUNK)
    assert done == quantum.Transfer(size, len(sealed.content))
    quantum.decrypt(Trickle(sealed.content, seed), pair, output=opened)
    assert bytes(opened.content) == data
    assert quantum.decrypt(bytes(sealed.content), pair) == data


@pytest.mark.parametrize("size", [0, 1, 1024, 3000])
def test_each_kind_of_input_and_output(tmp_path, pair, size):
    data = content(size)
    plain = tmp_path / "plain"
    plain.write_bytes(data)
    for number, given_data in enumerate(
        (data, bytearray(data), memoryview(data), plain, io.BytesIO(data), OnlyRead(data))
    ):
        sealed = tmp_path / f"sealed{number}"
        quantum.encrypt(given_data, [pair.public], output=sealed, chunk_bytes=CHUNK)
        envelope = sealed.read_bytes()
        for back in (
            envelope,
            bytearray(envelope),
            memoryview(envelope),
            sealed,
            io.BytesIO(envelope),
            OnlyRead(envelope),
        ):
            output = io.BytesIO()
            done = quantum.decrypt(back, pair, output=output)
            assert output.getvalue() == data
            assert done.bytes_written == size
    with plain.open("rb") as source, (tmp_path / "opened").open("wb") as target:
        quantum.encrypt(source, [pair.public], output=target)
    assert quantum.decrypt((tmp_path / "opened").read_bytes(), pair) == data


def test_a_stream_is_read_from_where_it_stands(pair):
    source = io.BytesIO(b"skipped|data")
    source.seek(8)
    output = io.BytesIO()
    quantum.encrypt(source, [pair.public], output=output)
    assert quantum.decrypt(output.getvalue(), pair) == b"data"


def test_a_wide_memoryview_is_taken_as_bytes(pair):
    wide = memoryview(bytes(range(200))).cast("I")
    assert quantum.decrypt(quantum.encrypt(wide, [pair.public]), pair) == bytes(range(200))


@pytest.mark.parametrize("suite", [suite.name for suite in SUITES])
def test_every_recipient_opens_with_every_form_of_key(pairs, suite):
    envelope = quantum.encrypt(b"for all", [pairs[kem].public_key for kem in KEM_CODES], suite=suite)
    for pair in pairs.values():
        for key in (pair.private_key, pair.private, pair, bytearray(pair.private_key), [pair.private_key], (pair,)):
            assert quantum.decrypt(envelope, key) == b"for all"


def test_raw_seeds_of_one_length_are_told_apart_by_the_key_they_make(pairs):
    """64 bytes are a key of ML-KEM-768 and of ML-KEM-1024, 32 bytes one of X-Wing and of P-384+ML-KEM-1024."""
    for kem in ("ML-KEM-768", "ML-KEM-1024", "X-Wing", "P-384+ML-KEM-1024"):
        envelope = quantum.encrypt(b"data", [pair.public for pair in pairs.values()])
        keys = [pair.private_key for name, pair in pairs.items() if name != kem]
        assert quantum.decrypt(envelope, [*keys, pairs[kem].private_key]) == b"data"


def test_many_recipients_and_one_given_twice(pair):
    public = [quantum.generate_keypair("ML-KEM-768").public for _ in range(40)]
    envelope = quantum.encrypt(b"data", [*public, pair.public, pair.public_key, *public])
    assert len(quantum.inspect_envelope(envelope).recipients) == 41
    assert quantum.decrypt(envelope, pair) == b"data"
    ids = [(r.algorithm, r.key_id) for r in quantum.inspect_envelope(envelope).recipients]
    assert len(set(ids)) == 41


def test_the_same_data_is_never_encrypted_the_same(pair):
    assert len({quantum.encrypt(b"data", [pair.public]) for _ in range(20)}) == 20


def test_no_associated_data_and_empty_associated_data_are_the_same(pair):
    assert quantum.decrypt(quantum.encrypt(b"a", [pair.public]), pair, associated_data=b"") == b"a"
    assert quantum.decrypt(quantum.encrypt(b"a", [pair.public], associated_data=b""), pair) == b"a"


def test_progress_is_told_and_may_stop_the_work(tmp_path, pair):
    seen = []
    quantum.encrypt(bytes(20_000_000), [pair.public], progress=lambda *said: seen.append(said))
    assert seen[-1] == (20_000_000, 20_000_000, "encrypted")
    assert len(seen) == 3

    def stop(*_said):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quantum.encrypt(bytes(20_000_000), [pair.public], output=tmp_path / "out", progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "call",
    [
        lambda q, pair: q.encrypt("text", [pair.public]),
        lambda q, pair: q.encrypt(None, [pair.public]),
        lambda q, pair: q.encrypt(12, [pair.public], output=io.BytesIO()),
        lambda q, pair: q.encrypt(io.StringIO("text"), [pair.public], output=io.BytesIO()),
        lambda q, pair: q.encrypt(io.BytesIO(b"data"), [pair.public]),
        lambda q, pair: q.encrypt(b"data", [pair.public], output=io.StringIO()),
        lambda q, pair: q.encrypt(b"data", [pair.public], output="file"),
        lambda q, pair: q.encrypt(b"data", [pair.public], output=12),
        lambda q, _: q.encrypt(b"data", []),
        lambda q, _: q.encrypt(b"data", None),
        lambda q, pair: q.encrypt(b"data", pair.public),
        lambda q, pair: q.encrypt(b"data", pair.public_key),
        lambda q, pair: q.encrypt(b"data", [pair.public] * 1001),
        lambda q, pair: q.encrypt(b"data", [pair.public], suite="AES-128-GCM"),
        lambda q, pair: q.encrypt(b"data", [pair.public], suite=None),
        lambda q, pair: q.encrypt(b"data", [pair.public], chunk_bytes=1000),
        lambda q, pair: q.encrypt(b"data", [pair.public], chunk_bytes=512),
        lambda q, pair: q.encrypt(b"data", [pair.public], chunk_bytes=2**21),
        lambda q, pair: q.encrypt(b"data", [pair.public], chunk_bytes=0),
        lambda q, pair: q.encrypt(b"data", [pair.public], chunk_bytes=1024.0),
        lambda q, pair: q.encrypt(b"data", [pair.public], chunk_bytes=True),
        lambda q, pair: q.encrypt(b"data", [pair.public], associated_data="text"),
        lambda q, pair: q.encrypt(memoryview(b"abcdef")[::2], [pair.public]),
        lambda q, pair: q.decrypt(q.encrypt(b"data", [pair.public]), []),
        lambda q, pair: q.decrypt(io.BytesIO(b"data"), pair),
        lambda q, pair: q.decrypt("text", pair),
        lambda q, pair: q.rewrap(q.encrypt(b"data", [pair.public]), pair, []),
        lambda q, _: q.inspect_envelope("text"),
        lambda q, _: q.inspect_envelope(None),
    ],
)
def test_wrong_calls_end_in_a_usage_error(pair, call):
    with pytest.raises(UsageError):
        call(quantum, pair)


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(1184 + 1), 12, "text", None, object()])
def test_wrong_keys_end_in_invalid_key(pair, key):
    with pytest.raises(InvalidKey):
        quantum.encrypt(b"data", [pair.public, key])
    with pytest.raises(InvalidKey):
        quantum.decrypt(quantum.encrypt(b"data", [pair.public]), key)
    with pytest.raises(InvalidKey):
        quantum.decrypt(quantum.encrypt(b"data", [pair.public]), [key])


def test_keys_of_the_other_half_or_another_purpose_are_refused(pair):
    signing = quantum.generate_keypair("ML-DSA-65")
    envelope = quantum.encrypt(b"data", [pair.public])
    for wrong in (pair.private, pair, signing.public, signing.public_key):
        with pytest.raises(InvalidKey):
            quantum.encrypt(b"data", [wrong])
    for wrong in (pair.public, pair.public_key, signing.private, signing):
        with pytest.raises(InvalidKey):
            quantum.decrypt(envelope, wrong)
    with pytest.raises(InvalidKey):
        quantum.encrypt(b"data", [b"\xff" * 1184])  # ML-KEM-768 coefficients out of range


def test_released_memory_is_a_wrong_call(pair):
    view = memoryview(bytearray(b"data"))
    view.release()
    with pytest.raises(UsageError):
        quantum.encrypt(view, [pair.public])
    with pytest.raises(UsageError):
        quantum.encrypt(b"data", [pair.public], associated_data=view)
    with pytest.raises(UsageError):
        quantum.encrypt(b"data", [view])


class Broken:
    """A stream whose answers make no sense."""

    def __init__(self, answer) -> None:
        self.answer = answer

    def readinto(self, _room):
        return self.answer

    def write(self, _data):
        return self.answer


@pytest.mark.parametrize("answer", [-1, 10**9, None])
def test_streams_that_make_no_sense(pair, answer):
    with pytest.raises(UsageError):
        quantum.encrypt(Broken(answer), [pair.public], output=io.BytesIO())
    if answer is not None:
        with pytest.raises(UsageError):
            quantum.encrypt(b"data", [pair.public], output=Broken(answer))
