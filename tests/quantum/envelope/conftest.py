"""Keys made once for all tests of the envelope, and the document's test vector."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scorpius_lab import quantum

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "formats" / "envelope.md"
KEMS = ("ML-KEM-512", "ML-KEM-768", "ML-KEM-1024", "X-Wing", "P-384+ML-KEM-1024")


@pytest.fixture(scope="session")
def pairs() -> dict[str, quantum.KeyPair]:
    """One pair of keys of each KEM."""
    return {kem: quantum.generate_keypair(kem) for kem in KEMS}


@pytest.fixture(scope="session")
def pair(pairs):
    """The pair used where the KEM does not matter."""
    return pairs["X-Wing"]


@pytest.fixture(scope="session")
def stranger() -> quantum.KeyPair:
    """A pair that is nobody's recipient."""
    return quantum.generate_keypair("X-Wing")


@pytest.fixture(scope="session")
def document() -> str:
    """The format's document."""
    return DOCUMENT.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def vector(document) -> dict:
    """Its test vector."""
    found = re.search(r"```json\n(.*?)```", document, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))
