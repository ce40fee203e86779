"""Keys where a user keeps them: files in the standards' forms, and the keysets of the lab's key store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from scorpius_lab.errors import InvalidKey, UsageError
from scorpius_lab.quantum.key_formats import load_private, load_public
from scorpius_lab.quantum.keys import PrivateKey, PublicKey
from scorpius_lab.quantum.keystore import KeyStore

LARGEST_KEY_FILE: Final = 64 * 1024
OpenStore = Callable[[], KeyStore]
Key = TypeVar("Key", PublicKey, PrivateKey)


def read_public_key(path: Path) -> PublicKey:
    """The public key in a PEM or DER file. Raises UsageError: cannot be read; InvalidKey: not a public key."""
    return _named(path, lambda: load_public(_content(path)))


def read_private_key(path: Path, passphrase: str | None = None) -> PrivateKey:
    """The private key in a PKCS#8 file. Raises UsageError: cannot be read; InvalidKey: not a key, or locked."""
    return _named(path, lambda: load_private(_content(path), passphrase))


def recipients_of(files: Sequence[Path], purposes: Sequence[str], open_store: OpenStore) -> list[PublicKey]:
    """The public keys of files and the primaries of keysets. Raises UsageError if there is none, or one that signs."""
    found = [read_public_key(path) for path in files]
    if purposes:
        store = open_store()
        found += [store.primary(purpose).public for purpose in purposes]
    if not found:
        raise UsageError("an envelope needs somebody who can open it; name a public key file or a keyset")
    return found


def opening_keys_of(
    files: Sequence[Path], purposes: Sequence[str], open_store: OpenStore, passphrase: str | None
) -> list[PrivateKey]:
    """The private keys of files and all enabled ones of keysets; with neither, those of every encryption keyset."""
    found = [read_private_key(path, passphrase) for path in files]
    if purposes or not files:
        store = open_store()
        wanted = purposes or _encryption_purposes(store)
        found += [key for purpose in wanted for key in store.private_keys(purpose)]
    if not found:
        raise UsageError("no private key is at hand; name a key file, or a keyset of the lab's key store")
    return found


def _encryption_purposes(store: KeyStore) -> list[str]:
    return [purpose for purpose in store.purposes() if store.keyset(purpose).kind == "encryption"]


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_KEY_FILE + 1)
    except OSError as error:
        raise UsageError(f"the key file {path} cannot be read: {error.strerror}") from None
    if len(content) > LARGEST_KEY_FILE:
        raise InvalidKey(f"{path} is larger than a key file can be")
    return content


def _named(path: Path, read: Callable[[], Key]) -> Key:
    """What `read` gives; a key that is wrong is said with the name of its file."""
    try:
        return read()
    except InvalidKey as error:
        raise InvalidKey(f"{path}: {error}") from None
