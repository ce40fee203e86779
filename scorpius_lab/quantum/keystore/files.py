"""The files of a key store: where they lie, who may touch them when, and that each is whole.

A keyset is `<purpose>.keyset.json` in the key folder, its anchor `<purpose>.anchor.json` in the anchor folder; both
folders have mode 0700, both files 0600, and both are replaced whole (`core.keys`). A kernel lock on the key folder
(`core.store.locks`) is shared by readers, who hold it for two reads, and exclusive for a change from its read to its
write.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scorpius_lab.core.keys import ensure_key_folder, read_private_file, write_private_file
from scorpius_lab.core.store import locks
from scorpius_lab.errors import KeyStoreError, StoreError, StoreLocked, UsageError

LARGEST_KEYSET: Final = 16 * 1024 * 1024
KEYSET_ENDING: Final = ".keyset.json"
ANCHOR_ENDING: Final = ".anchor.json"

_PURPOSE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_TEMPORARY: Final = re.compile(r"\.[0-9a-f]{16}")


def require_purpose(purpose: str) -> str:
    """The purpose, if it can name a file anywhere. Raises UsageError."""
    if not isinstance(purpose, str) or not _PURPOSE.fullmatch(purpose):
        raise UsageError(
            "a purpose is 1 to 64 small letters, digits, hyphens and underscores, and starts with a letter or digit"
        )
    return purpose


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The files of one key store. `timeout` is how many seconds to wait for the lock."""

    folder: Path
    anchors: Path
    timeout: float = 60.0

    def keyset_path(self, purpose: str) -> Path:
        """Where a keyset lies."""
        return self.folder / f"{purpose}{KEYSET_ENDING}"

    def anchor_path(self, purpose: str) -> Path:
        """Where its anchor lies."""
        return self.anchors / f"{purpose}{ANCHOR_ENDING}"

    def purposes(self) -> tuple[str, ...]:
        """The purposes there is a keyset or an anchor for, in order; none if there is no folder yet."""
        places = ((self.folder, KEYSET_ENDING), (self.anchors, ANCHOR_ENDING))
        names = {
            name.removesuffix(ending) for folder, ending in places for name in _names(folder) if name.endswith(ending)
        }
        return tuple(sorted(name for name in names if _PURPOSE.fullmatch(name)))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold the folder as a reader. Raises KeyStoreError: busy, open to others, not there."""
        if not self.folder.is_dir():
            raise KeyStoreError(f"the key folder {self.folder} does not exist; generate a key first")
        ensure_key_folder(self.folder)
        with self._section("read"):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the folder, made if need be, alone. Raises KeyStoreError: busy, open to others, not writable."""
        ensure_key_folder(self.folder)
        ensure_key_folder(self.anchors)
        with self._section("write"):
            yield

    def has_keyset(self, purpose: str) -> bool:
        """True if there is something where the keyset's file should be, whatever it is."""
        return os.path.lexists(self.keyset_path(purpose))

    def read_keyset(self, purpose: str) -> bytes | None:
        """The bytes of a keyset's file, or None if there is none. Raises KeyStoreError."""
        return _content(self.keyset_path(purpose))

    def read_anchor(self, purpose: str) -> bytes | None:
        """The bytes of an anchor's file, or None if there is none. Raises KeyStoreError."""
        return _content(self.anchor_path(purpose))

    def write_keyset(self, purpose: str, content: bytes) -> None:
        """Replace a keyset's file whole, or leave it as it was. Raises KeyStoreError."""
        if len(content) > LARGEST_KEYSET:
            raise KeyStoreError(
                f"the keyset {purpose!r} would grow beyond {LARGEST_KEYSET // 2**20} MiB; start another purpose"
            )
        path = self.keyset_path(purpose)
        _sweep(path)
        write_private_file(path, content)

    def write_anchor(self, purpose: str, content: bytes) -> None:
        """Replace an anchor's file whole, or leave it as it was. Raises KeyStoreError."""
        path = self.anchor_path(purpose)
        _sweep(path)
        write_private_file(path, content)

    @contextmanager
    def _section(self, mode: locks.Mode) -> Iterator[None]:
        with ExitStack() as stack:
            try:
                stack.enter_context(locks.section(self.folder, mode, "key store", timeout=self.timeout))
            except StoreLocked:
                holders = ", ".join(map(str, locks.holders(self.folder))) or "a process that left no note"
                raise KeyStoreError(
                    f"the key store in {self.folder} is busy; it is held by {holders}; wait for it or stop it"
                ) from None
            except StoreError as error:
                raise KeyStoreError(f"the key store in {self.folder} cannot be locked: {error}") from None
            yield


def _content(path: Path) -> bytes | None:
    if not os.path.lexists(path):
        return None
    return read_private_file(path, LARGEST_KEYSET)


def _names(folder: Path) -> list[str]:
    """The names in a folder; none if it is not there."""
    try:
        return [path.name for path in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise KeyStoreError(f"the key folder {folder} cannot be read: {error.strerror}") from None


def _sweep(path: Path) -> None:
    """Remove what a process that died while writing left beside the file: it may hold keys destroyed since."""
    beginning = f".{path.name}"
    for name in _names(path.parent):
        if not name.startswith(beginning) or not _TEMPORARY.fullmatch(name.removeprefix(beginning)):
            continue
        try:
            path.with_name(name).unlink(missing_ok=True)
        except OSError as error:
            raise KeyStoreError(f"{path.with_name(name)} cannot be removed: {error.strerror}") from None
