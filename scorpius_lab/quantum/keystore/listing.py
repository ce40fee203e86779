"""Keysets as one frame, a row for each version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import polars as pl

from scorpius_lab.quantum.keystore.keyset import Keyset, KeyVersion

_TIME: Final = pl.Datetime("us", "UTC")
_SCHEMA: Final[Mapping[str, pl.DataType | type[pl.DataType]]] = {
    "purpose": pl.String,
    "kind": pl.String,
    "version": pl.Int64,
    "primary": pl.Boolean,
    "state": pl.String,
    "algorithm": pl.String,
    "key_id": pl.String,
    "public_key_sha256": pl.String,
    "origin": pl.String,
    "created_at": _TIME,
    "activated_at": _TIME,
    "rotated_at": _TIME,
    "disabled_at": _TIME,
    "destroyed_at": _TIME,
    "counter": pl.Int64,
}


def versions_frame(keysets: Iterable[Keyset]) -> pl.DataFrame:
    """A row for each version of each keyset; `counter` is the keyset's. Times are UTC; null is "has not happened"."""
    rows = [_row(keyset, version) for keyset in keysets for version in keyset.versions]
    return pl.DataFrame(rows, schema=_SCHEMA)


def _row(keyset: Keyset, version: KeyVersion) -> dict[str, object]:
    return {
        "purpose": keyset.purpose,
        "kind": keyset.kind.value,
        "version": version.number,
        "primary": version.number == keyset.primary,
        "state": version.state.value,
        "algorithm": version.algorithm,
        "key_id": version.key_id,
        "public_key_sha256": version.public_key_sha256,
        "origin": version.origin.value,
        "created_at": version.created_at,
        "activated_at": version.activated_at,
        "rotated_at": version.rotated_at,
        "disabled_at": version.disabled_at,
        "destroyed_at": version.destroyed_at,
        "counter": keyset.counter,
    }
