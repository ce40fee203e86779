"""What a lab is put together from: the engines' components, and the store their configuration asks for."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scorpius_lab import __version__
from scorpius_lab.core.components import Component
from scorpius_lab.core.config import Configuration, default_yaml
from scorpius_lab.core.store import Backend, BlobFolder, Migration, Store, read_migrations
from scorpius_lab.core.store.locks import Notify
from scorpius_lab.core.store.migrate import CORE

if TYPE_CHECKING:
    from pydantic import BaseModel

# Every engine hands its functions, tables, rules and configuration section to the lab here, in one line.
COMPONENTS = (
    "scorpius_lab.quantum.component",
    "scorpius_lab.analytics.compliance.component",
    "scorpius_lab.analytics.benchmark.component",
    "scorpius_lab.security.threats.component",
    "scorpius_lab.security.contracts.component",
    "scorpius_lab.security.chain.component",
)


def load_components(names: Iterable[str] = COMPONENTS) -> tuple[Component, ...]:
    """The components of these modules."""
    return tuple(importlib.import_module(name).COMPONENT for name in names)


def components_sections(components: Iterable[Component]) -> list[tuple[str, type[BaseModel]]]:
    """The configuration sections that engines bring."""
    return [component.section for component in components if component.section]


def first_file(overrides: Mapping[str, object]) -> str:
    """The `scorpius.yaml` of a new lab: every setting explained, those overridden set."""
    return default_yaml(components_sections(load_components()), overrides)


def build_store(
    folder: Path, configuration: Configuration, components: Iterable[Component], *, notify: Notify
) -> tuple[Store, BlobFolder]:
    """The tables and the blobs of the lab in `folder`. Raises KeyStoreError if it is encrypted and has no key."""
    settings = configuration.store
    key = _data_key(folder / settings.keys) if settings.encryption else None
    store = Store(
        folder=folder,
        backend=_backend(folder, configuration, key),
        migrations=_migrations(components),
        lock_timeout=settings.lock_timeout,
        notify=notify,
        code_version=__version__,
    )
    return store, BlobFolder(folder / settings.blobs, key)


def _migrations(components: Iterable[Component]) -> tuple[Migration, ...]:
    packages = [CORE, *((component.name, component.migrations) for component in components if component.migrations)]
    return tuple(migration for name, package in packages for migration in read_migrations(name, str(package)))


def _data_key(folder: Path) -> bytes:
    from scorpius_lab.core.keys import load_or_create_data_key

    return load_or_create_data_key(folder)


def _backend(folder: Path, configuration: Configuration, key: bytes | None) -> Backend:
    settings = configuration.store
    file = Backend(
        "duckdb",
        folder / settings.file,
        key=key.hex() if key else None,
        threads=settings.threads,
        memory_limit=settings.memory_limit,
    )
    if settings.backend == "duckdb":
        return file
    catalogue = folder / (settings.catalogue or "catalogue.ducklake")
    return replace(file, kind="ducklake", path=catalogue, data_path=folder / "tables")
