"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The development data beside the repository; the test is skipped, and counted as such, where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the development data beside the repository")
    return SHARED_DATA


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tier to `make test-full`."""
    if config.getoption("markexpr"):
        return
    kept, left = [], []
    for item in items:
        (left if item.get_closest_marker("full") else kept).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person running the tests reaches them."""
    for name in list(os.environ):
        if name.startswith("SCORPIUS_"):
            monkeypatch.delenv(name)
