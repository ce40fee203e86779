"""One source as the scanner sees it: its text, what it is called in reports, and why it cannot be looked at."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path, PurePath

LARGEST = 32 << 20  # bytes; the longest verified contracts stay under 1 MB
HEAD = 1 << 16  # bytes looked at to tell text from anything else
MOST_CONTROL = 0.02  # share of control characters in text; compressed data has about .1

_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = bytes((*range(9), *range(14, 32), 127))
_CONTROL_IN_NAME = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SPACE = r"(?:\s++|//[^\n]*+|/\*(?s:.*?)\*/)*+"
_YUL = re.compile(_SPACE + r"object\s+\"[^\"\n]*\"\s*\{")
_VYPER = re.compile(r"(?:[ \t\r]*+(?:#[^\n]*+)?\n)*?[ \t]*#[ \t]*(?:@version|pragma[ \t]+version)\b")
_VYPER_SUFFIXES = frozenset({".vy", ".vyi"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One source.

    `label` is its path as reported: relative to the scanned project or folder, with `/`, the same in every scan. `file`
    is where it lies, without symbolic links; None for text that is in no file of its own. `sha256` is of the bytes as
    they lie on disk, empty if they were not read. A `problem` says in one sentence why the source cannot be looked at;
    a `note` says what is odd about one that can.
    """

    label: str
    file: Path | None
    text: str
    size: int
    sha256: str
    language: str = "solidity"
    problem: str = ""
    note: str = ""


def read_source(file: Path, label: str, *, largest: int = LARGEST) -> SourceFile:
    """The source in a file; never fails: what is wrong with the file is its `problem`."""
    try:
        data, size = _read(file, largest)
    except FileNotFoundError:
        return unreadable(label, "there is no such file", file)
    except PermissionError:
        return unreadable(label, "this user may not read it", file)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or error
        return unreadable(label, f"it cannot be read: {words}", file)
    if data is None:
        return unreadable(label, f"it is no file but {_kind(size)}", file)
    if len(data) > largest:
        reason = f"it is larger than {largest / (1 << 20):g} MB, which no contract is; leave it out or split it"
        return SourceFile(label, file, "", size, "", problem=reason)
    return from_bytes(data, label, file)


def from_text(text: str, name: str = "source.sol", *, largest: int = LARGEST) -> SourceFile:
    """A source that is in no file, called `name`."""
    data = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text).encode()
    if len(data) > largest:
        reason = f"it is larger than {largest / (1 << 20):g} MB, which no contract is"
        return SourceFile(name, None, "", len(data), "", problem=reason)
    return from_bytes(data, name, None)


def from_bytes(data: bytes, label: str, file: Path | None) -> SourceFile:
    """A source from its bytes: text, language, and what speaks against looking at it."""
    digest = hashlib.sha256(data).hexdigest()
    problem = _not_text(data)
    if problem:
        return SourceFile(label, file, "", len(data), digest, "", problem)
    text, note = _decode(data)
    language = _language(text, label)
    return SourceFile(label, file, text, len(data), digest, language, _not_supported(language), note)


def unreadable(label: str, problem: str, file: Path | None = None) -> SourceFile:
    """A source that could not be read, with the reason."""
    return SourceFile(label, file, "", 0, "", problem=problem)


def label_of(file: Path, base: Path) -> str:
    r"""A file's path as reported: relative to `base`, with `/`; absolute if `base` is the top of the file system.

    Bytes of a name that are not UTF-8 and control characters, which could write to a terminal, appear as `\xNN`.
    """
    path, folder = file.as_posix(), base.as_posix()
    if path.startswith(f"{folder}/"):  # true of nearly all, and many times quicker than the other way
        path = path[len(folder) + 1 :]
    elif base != base.parent:
        path = PurePath(os.path.relpath(path, folder)).as_posix()
    posix = os.fsencode(path).decode("utf-8", "backslashreplace")
    return _CONTROL_IN_NAME.sub(lambda c: c[0].encode("unicode_escape").decode(), posix)


def _read(file: Path, largest: int) -> tuple[bytes | None, int]:
    """The bytes, at most one more than `largest`, and the size; no bytes and the mode of what is no regular file."""
    # a named pipe or device must neither be waited for nor read
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as handle:  # noqa: PTH123 - a descriptor
        status = os.fstat(handle.fileno())
        if not stat.S_ISREG(status.st_mode):
            return None, status.st_mode
        return handle.read(largest + 1), status.st_size


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device"


def _not_text(data: bytes) -> str:
    if not data:
        return "it is empty"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "it is UTF-16, which no Solidity compiler reads; save it as UTF-8"
    head = data[:HEAD]
    control = len(head) - len(head.translate(None, _CONTROL))
    if b"\0" in data or control > MOST_CONTROL * len(head):
        return "it is not Solidity: it is not text"
    return ""


def _decode(data: bytes) -> tuple[str, str]:
    """Text without a byte order mark, and a note; each byte that is not UTF-8 is one U+FFFD, so that columns stay."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    text, replaced = _NOT_UTF8.subn("\N{REPLACEMENT CHARACTER}", text)
    if not replaced:
        return text, ""
    return (
        text,
        "1 byte that is not UTF-8 was replaced"
        if replaced == 1
        else f"{replaced:,} bytes that are not UTF-8 were replaced",
    )


def _language(text: str, label: str) -> str:
    suffix, head = PurePath(label).suffix.lower(), text[:HEAD]
    if suffix in _VYPER_SUFFIXES or _VYPER.match(head):
        return "vyper"
    if suffix == ".yul" or _YUL.match(head):
        return "yul"
    return "solidity"


def _not_supported(language: str) -> str:
    if language == "solidity":
        return ""
    return f"{language.capitalize()} is not supported; only Solidity is looked at"
