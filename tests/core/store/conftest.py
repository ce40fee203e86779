"""Every test of this folder that asks for `store` runs on both backends."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scorpius_lab.core.store import Backend, Store, read_migrations
from scorpius_lab.core.store.migrate import CORE

START = datetime(2026, 3, 1, tzinfo=UTC)


class Ticking:
    """A clock that moves a second at every look."""

    def __init__(self) -> None:
        self._seconds = itertools.count()

    def __call__(self) -> datetime:
        return START + timedelta(seconds=next(self._seconds))


def make_store(folder: Path, kind: str, **settings: object) -> Store:
    key = "0f" * 32 if kind == "encrypted" else None
    backend = (
        Backend("ducklake", folder / "catalogue.ducklake", folder / "tables")
        if kind == "ducklake"
        else Backend("duckdb", folder / "store.duckdb", key=key)
    )
    return Store(folder, backend, read_migrations(*CORE), clock=Ticking(), **settings)  # type: ignore[arg-type]


@pytest.fixture(params=["duckdb", "encrypted", "ducklake"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    made = make_store(tmp_path / "lab", request.param)
    made.create()
    return made


@pytest.fixture
def plain_store(tmp_path: Path) -> Store:
    made = make_store(tmp_path / "lab", "duckdb", lock_timeout=5.0)
    made.create()
    return made


@pytest.fixture
def new_store() -> Callable[..., Store]:
    return make_store
