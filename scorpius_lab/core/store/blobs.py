"""The blob folder: bytes under the name of their SHA-256, written atomically and once."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from scorpius_lab.errors import EvidenceError, StoreFull, StoreKeyError, StoreReadOnly

_ENOSPC = {28, 27, 122}  # no space, file too large, quota
_MAGIC = b"scorpius-blob-1\n"
_NONCE = 12


class BlobFolder:
    """Content-addressed files in `folder`, encrypted with AES-256-GCM under `key` if there is one.

    The hash in the name is that of the plain content, and is bound to the ciphertext as associated data.
    """

    def __init__(self, folder: Path, key: bytes | None = None) -> None:
        """`key` is 32 bytes or None for a plain folder."""
        self._folder = folder
        self._key = key

    def path(self, sha256: str) -> Path:
        """Where the blob of this hash lies or would lie."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):  # noqa: PLR2004 (hex digits of SHA-256)
            raise EvidenceError(f"{sha256!r} is not a SHA-256 in lower-case hex")
        return self._folder / sha256[:2] / sha256[2:]

    def put(self, content: bytes) -> str:
        """Store `content` and return its SHA-256. Raises StoreFull or StoreReadOnly."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        if path.exists():
            return sha256
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_atomically(path, self._sealed(content, sha256))
        except OSError as error:
            if error.errno in _ENOSPC:
                raise StoreFull(f"no space is left for evidence in {self._folder}; free some and try again") from error
            raise StoreReadOnly(f"evidence cannot be written to {self._folder} ({error.strerror})") from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """The content of a blob. Raises EvidenceError if it is missing or does not hash to its name."""
        path = self.path(sha256)
        try:
            content = self._opened(path.read_bytes(), sha256)
        except OSError as error:
            raise EvidenceError(f"the evidence {sha256} cannot be read from {path} ({error.strerror})") from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise EvidenceError(f"the evidence in {path} was changed: its content no longer hashes to its name")
        return content

    def __contains__(self, sha256: str) -> bool:
        """True if a file is there for this hash."""
        return self.path(sha256).exists()

    def _sealed(self, content: bytes, sha256: str) -> bytes:
        if self._key is None:
            return content
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE)
        return _MAGIC + nonce + AESGCM(self._key).encrypt(nonce, content, sha256.encode())

    def _opened(self, data: bytes, sha256: str) -> bytes:
        if self._key is None:
            return data
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        head = len(_MAGIC)
        if not data.startswith(_MAGIC):
            raise EvidenceError(f"the evidence {sha256} is not encrypted although this lab is; somebody put it there")
        nonce, body = data[head : head + _NONCE], data[head + _NONCE :]
        try:
            return AESGCM(self._key).decrypt(nonce, body, sha256.encode())
        except InvalidTag as error:
            raise StoreKeyError(f"the evidence {sha256} does not open with this lab's key, or was changed") from error


def _write_atomically(path: Path, data: bytes) -> None:
    """A reader sees the whole file or none, whenever the machine stops."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)  # noqa: PTH105 (atomic on POSIX, same folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise
