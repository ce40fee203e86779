"""Rule files from folders, single files and zip archives, read safely: bounded in number and size, never unpacked."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scorpius_lab.errors import FormatError

SUFFIXES = (".yml", ".yaml")
MAX_FILE = 1 << 20
MAX_FILES = 50_000
MAX_TOTAL = 256 << 20
OWN_RULES = Path(__file__).resolve().parent.parent / "rules"


@dataclass(frozen=True, slots=True)
class RuleText:
    """The text of one rule file; `problem` says why it could not be had."""

    name: str
    text: bytes
    own: bool = False
    problem: str | None = None


def rule_texts(path: Path, *, own: bool = False) -> Iterator[RuleText]:
    """Every rule file under a folder, in a zip, or the file itself, in the order of their names.

    Raises FormatError if the path is none of these or holds more than the limits allow.
    """
    if path.is_dir():
        files = _of_folder(path)
    elif path.is_file() and path.suffix.lower() == ".zip":
        files = _of_zip(path)
    elif path.is_file():
        files = iter([_of_file(path, path.name)])
    else:
        raise FormatError(f"there are no rules at {path}; give a folder, a .yml file or a .zip")
    total = 0
    for count, item in enumerate(files, start=1):
        total += len(item.text)
        if count > MAX_FILES or total > MAX_TOTAL:
            raise FormatError(f"{path} holds more than {MAX_FILES:,} rule files or {MAX_TOTAL:,} bytes of rules")
        yield RuleText(item.name, item.text, own, item.problem)


def _of_folder(folder: Path) -> Iterator[RuleText]:
    hidden = any(part.startswith(".") for part in folder.parts)
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        name = path.relative_to(folder)
        if not hidden and any(part.startswith(".") for part in name.parts):
            continue
        yield _of_file(path, name.as_posix())


def _of_file(path: Path, name: str) -> RuleText:
    try:
        with path.open("rb") as handle:
            text = handle.read(MAX_FILE + 1)
    except OSError as error:
        return RuleText(name, b"", problem=f"cannot be read: {error.strerror}")
    return _checked(name, text)


def _checked(name: str, text: bytes) -> RuleText:
    if len(text) > MAX_FILE:
        return RuleText(name, b"", problem=f"larger than {MAX_FILE:,} bytes")
    return RuleText(name, text)


def _of_zip(path: Path) -> Iterator[RuleText]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(n for n in archive.namelist() if n.lower().endswith(SUFFIXES))
            for name in names:
                with archive.open(name) as handle:
                    yield _checked(name, handle.read(MAX_FILE + 1))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise FormatError(f"{path} is not a readable zip archive: {error}") from None
