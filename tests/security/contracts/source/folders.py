"""Folders of files for the tests of this package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scorpius_lab.security.contracts.source.files import SourceFile, read_source


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files by their paths under `root`; gives `root` back."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def source(root: Path, name: str) -> SourceFile:
    """A source under `root`, called by its path there."""
    return read_source(root / name, name)
