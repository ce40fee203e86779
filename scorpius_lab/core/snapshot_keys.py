"""The key of each encrypted snapshot, kept in the lab under the lab's own data key. Deleting it erases the snapshot."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from scorpius_lab.core.keys import ensure_key_folder, read_private_file, write_private_file
from scorpius_lab.core.wrapping import WrappedKey, unwrap_key, wrap_key
from scorpius_lab.errors import KeyStoreError

PURPOSE: Final = "snapshot key"
_BYTES: Final = 32


def new_snapshot_key() -> str:
    """A fresh key, in hex."""
    return secrets.token_hex(_BYTES)


def keep_snapshot_key(key_folder: Path, snapshot_sha256: str, key: str, data_key: bytes) -> Path:
    """Write the key of the snapshot file with this hash, wrapped under the lab's data key, and return its path."""
    path = _path(key_folder, snapshot_sha256)
    ensure_key_folder(path.parent)
    write_private_file(path, wrap_key(bytes.fromhex(key), data_key, purpose=PURPOSE).to_json().encode())
    return path


def find_snapshot_key(key_folder: Path, snapshot_sha256: str, data_key: bytes) -> str:
    """The key of the snapshot file with this hash, in hex. Raises KeyStoreError if it was erased or never was here."""
    path = _path(key_folder, snapshot_sha256)
    if not path.exists():
        raise KeyStoreError(
            f"this lab has no key for the snapshot {snapshot_sha256[:16]}…; it was erased, or made elsewhere"
        )
    return unwrap_key(WrappedKey.from_json(read_private_file(path), path.name), data_key, purpose=PURPOSE).hex()


def _path(key_folder: Path, snapshot_sha256: str) -> Path:
    return key_folder / "snapshots" / f"{snapshot_sha256}.json"
