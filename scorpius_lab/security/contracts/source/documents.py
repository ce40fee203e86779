"""JSON and TOML documents that others wrote: read within a size, and never trusted to be what they should be."""

from __future__ import annotations

import json
import os
import stat
import tomllib
from pathlib import Path

LARGEST_SETTINGS = 1 << 20  # bytes


def read_text(file: Path, largest: int = LARGEST_SETTINGS) -> str | None:
    """A text file's content; None if it is not there, cannot be read, is no file or is larger than `largest` bytes."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as handle:  # noqa: PTH123 - a descriptor
            status = os.fstat(handle.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > largest:
                return None
            return handle.read(largest).decode("utf-8-sig", "replace")
    except (OSError, ValueError):
        return None


def read_json(file: Path, largest: int = LARGEST_SETTINGS) -> object:
    """A JSON file's value; None for anything that is not there or not JSON."""
    text = read_text(file, largest)
    return None if text is None else parse_json(text)


def parse_json(text: str) -> object:
    """The value of JSON text; None for text that is not JSON or is nested too deeply."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def parse_toml(text: str) -> dict[str, object] | None:
    """The value of TOML text; None for text that is not TOML or is nested too deeply."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def is_file(path: Path) -> bool:
    """Whether there is a regular file; False too for a name no file can have and where this user may not look."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether there is a folder; False too for a name no folder can have and where this user may not look."""
    try:
        return path.is_dir()
    except OSError:
        return False


def table(value: object, *names: str) -> dict[str, object]:
    """The table under `names` in a document; empty where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def string(value: object, *names: str) -> str:
    """The text under `names` in a document; empty where there is none."""
    *path, last = names
    found = table(value, *path).get(last)
    return found if isinstance(found, str) else ""


def strings(value: object) -> tuple[str, ...]:
    """The texts in a list, or a single one; anything else is left out."""
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
