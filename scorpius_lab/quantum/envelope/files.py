"""Files read and written: an output appears under its name whole and verified, or not at all.

It is written to a file without a name (Linux `O_TMPFILE`), or where the file system has none to a temporary sibling
`.scorpius-….part`, of mode 0600; then synced, then given its name. Any error, an interrupt included, removes it. A
process killed outright leaves nothing where the unnamed form works, else at most the sibling; never the final name.
"""

from __future__ import annotations

import io
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from scorpius_lab.errors import EnvelopeError, UsageError

_UNNAMED: Final = getattr(os, "O_TMPFILE", 0)
_OPEN: Final = os.O_WRONLY | os.O_CLOEXEC
_MODE: Final = 0o600


class InputFile:
    """A file's bytes. Raises EnvelopeError that names the file if the disk refuses."""

    def __init__(self, path: Path) -> None:
        """Open the file. Raises UsageError if there is none or it cannot be opened."""
        try:
            self._file: io.FileIO = path.open("rb", buffering=0)
        except (OSError, ValueError) as error:
            raise UsageError(f"{str(path)!r} cannot be read: {_reason(error)}") from None
        self._path = path

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def readinto(self, room: memoryview) -> int | None:
        """Fill `room` or a part of it."""
        try:
            return self._file.readinto(room)
        except OSError as error:
            raise EnvelopeError(f"{self._path} cannot be read: {error.strerror}") from None


class OutputFile:
    """A file in the making. Raises EnvelopeError that names the file if the disk refuses."""

    def __init__(self, descriptor: int, path: Path) -> None:
        """Write to an open descriptor what will be called `path`."""
        self._descriptor, self._path = descriptor, path

    def write(self, data: memoryview) -> int:
        """Append some or all of `data`; how many bytes."""
        try:
            return os.write(self._descriptor, data)
        except OSError as error:
            raise EnvelopeError(f"{self._path} cannot be written: {error.strerror}") from None


@contextmanager
def new_file(path: Path, *, overwrite: bool) -> Iterator[OutputFile]:
    """A file to write, called `path` from the moment the block ends without an error.

    Raises UsageError if `path` exists and `overwrite` is false (also if it came to exist meanwhile), or if its folder
    cannot be written; EnvelopeError if the disk refuses later.
    """
    _require_free(path, overwrite=overwrite)
    temporary = path.with_name(f".scorpius-{secrets.token_hex(8)}.part")
    descriptor, named = _open_unfinished(temporary, path)
    try:
        yield OutputFile(descriptor, path)
        _finish(descriptor, temporary, path, named=named, overwrite=overwrite)
    finally:
        os.close(descriptor)
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _require_free(path: Path, *, overwrite: bool) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise UsageError(f"{str(path)!r} cannot be written: {_reason(error)}") from None
    if stat.S_ISDIR(mode):
        raise UsageError(f"{path} is a folder; name a file in it")
    if not overwrite:
        raise _taken(path)


def _reason(error: OSError | ValueError) -> str:
    """Why a path cannot be used; a ValueError is about a zero byte in its name."""
    return (error.strerror or "") if isinstance(error, OSError) else "it is not a path"


def _taken(path: Path) -> UsageError:
    return UsageError(f"{path} exists already; name another output or allow it to be overwritten")


def _open_unfinished(temporary: Path, path: Path) -> tuple[int, bool]:
    """A descriptor, and whether it has the temporary name yet."""
    if _UNNAMED:
        with suppress(OSError):  # an old file system: take a named file
            return os.open(temporary.parent, _OPEN | _UNNAMED, _MODE), False
    try:
        return os.open(temporary, _OPEN | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _MODE), True
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def _finish(descriptor: int, temporary: Path, path: Path, *, named: bool, overwrite: bool) -> None:
    try:
        os.fsync(descriptor)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if not named:
                # With a folder descriptor this is linkat(…, AT_SYMLINK_FOLLOW), the way open(2) gives for O_TMPFILE.
                os.link(f"/proc/self/fd/{descriptor}", temporary.name, dst_dir_fd=folder)
            _give_name(temporary, path, overwrite=overwrite)
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise EnvelopeError(f"{path} cannot be written: {error.strerror}") from None


def _give_name(temporary: Path, path: Path, *, overwrite: bool) -> None:
    if overwrite:
        temporary.replace(path)
        return
    try:
        path.hardlink_to(temporary)  # unlike a rename, it never replaces what another process wrote meanwhile
    except FileExistsError:
        raise _taken(path) from None
    except OSError:  # a file system without hard links
        _require_free(path, overwrite=False)
        temporary.replace(path)
