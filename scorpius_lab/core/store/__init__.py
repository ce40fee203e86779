"""The store: open, lock, migrate, append in batches, query, snapshot."""

from __future__ import annotations

from scorpius_lab.core.store.backend import Backend
from scorpius_lab.core.store.blobs import BlobFolder
from scorpius_lab.core.store.migrate import Migration, read_migrations
from scorpius_lab.core.store.snapshot import Query
from scorpius_lab.core.store.store import Store
from scorpius_lab.core.store.tables import TABLES, Table

__all__ = ["TABLES", "Backend", "BlobFolder", "Migration", "Query", "Store", "Table", "read_migrations"]
