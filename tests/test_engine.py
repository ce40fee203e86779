"""The asynchronous façade."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from scorpius_lab import Engine, initialize_scorpius, quantum
from scorpius_lab.errors import KeyStoreError, NotARecipient, UsageError


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("SCORPIUS_KEYSET_KEY", "5a" * 32)
    return asyncio.run(initialize_scorpius(tmp_path / "lab"))


def test_a_message_comes_back_under_the_algorithm_asked_for(engine: Engine) -> None:
    async def both() -> tuple[bytes, bytes]:
        envelope = await engine.quantum_encrypt(message=b"hello", algorithm="lattice_based", security_level=3)
        return envelope, await engine.quantum_decrypt(envelope)

    envelope, message = asyncio.run(both())
    assert message == b"hello"
    assert b"hello" not in envelope
    (path,) = [engine.lab.path / "e.envelope"]
    path.write_bytes(envelope)
    assert engine.lab.quantum.inspect(path)["algorithm"].to_list() == ["ML-KEM-768"]


@pytest.mark.parametrize(
    ("algorithm", "level", "expected"),
    [(None, None, "ML-KEM-768"), ("lattice_based", 5, "ML-KEM-1024"), ("X-Wing", None, "X-Wing")],
)
def test_the_algorithm_decides_the_keyset(
    engine: Engine, algorithm: str | None, level: int | None, expected: str
) -> None:
    asyncio.run(engine.quantum_encrypt("text too", algorithm, level))
    asyncio.run(engine.quantum_encrypt("once more", algorithm, level))
    assert engine.lab.quantum.keys.list()["algorithm"].to_list() == [expected]


def test_messages_go_on_being_readable_after_a_rotation(engine: Engine) -> None:
    before = asyncio.run(engine.quantum_encrypt(b"old"))
    engine.lab.quantum.keys.rotate("messages-ml-kem-768")
    assert asyncio.run(engine.quantum_decrypt(before)) == b"old"


def test_recipients_of_ones_own(engine: Engine) -> None:
    pair = quantum.generate_keypair("X-Wing")
    envelope = asyncio.run(engine.quantum_encrypt(b"x", recipients=[pair.public], associated_data=b"a"))
    assert asyncio.run(engine.quantum_decrypt(envelope, pair.private, associated_data=b"a")) == b"x"
    asyncio.run(engine.quantum_encrypt(b"other"))
    with pytest.raises(NotARecipient):
        asyncio.run(engine.quantum_decrypt(envelope))
    with pytest.raises(UsageError, match="decide the algorithm"):
        asyncio.run(engine.quantum_encrypt(b"x", "X-Wing", recipients=[pair.public]))


def test_many_at_once(engine: Engine) -> None:
    async def all_of_them() -> list[bytes]:
        envelopes = await asyncio.gather(*(engine.quantum_encrypt(bytes([i])) for i in range(8)))
        return await asyncio.gather(*(engine.quantum_decrypt(one) for one in envelopes))

    assert asyncio.run(all_of_them()) == [bytes([i]) for i in range(8)]
    assert engine.lab.quantum.keys.list().height == 1


def test_without_a_secret_for_the_key_store_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCORPIUS_KEYSET_KEY", raising=False)
    monkeypatch.delenv("SCORPIUS_KEY_PASSPHRASE", raising=False)
    engine = asyncio.run(initialize_scorpius(tmp_path / "lab"))
    with pytest.raises(KeyStoreError, match="set SCORPIUS_KEYSET_KEY"):
        asyncio.run(engine.quantum_encrypt(b"x"))
