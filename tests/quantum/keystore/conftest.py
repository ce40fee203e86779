"""Fixtures of the key store's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from keystore_shop import Shop

from scorpius_lab.quantum.keystore import KeyStore


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def store(shop: Shop) -> KeyStore:
    return shop.open()
