"""Keys on disk: the lab's signing keys, and the data key that encrypts the store, wrapped.

Files lie in a folder of mode 0700, each of mode 0600, each written whole or not at all. A file or folder that others
may read or write is refused. Signing keys are PKCS#8: encrypted with scrypt and AES-256-CBC (RFC 8018, RFC 7914) when
a passphrase is given, plain otherwise, and `describe` says which. Nothing here prints or logs a secret.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scorpius_lab.core.signing import ALGORITHMS, Signer, SigningIdentity
from scorpius_lab.core.wrapping import (
    KEY_BYTES,
    ScryptCost,
    WrappedKey,
    key_from_hex,
    unwrap_key,
    unwrap_with_passphrase,
    wrap_key,
    wrap_with_passphrase,
)
from scorpius_lab.errors import KeyStoreError

PASSPHRASE_VARIABLE: Final = "SCORPIUS_KEY_PASSPHRASE"  # noqa: S105 (a name, not the secret)
STORE_KEY_VARIABLE: Final = "SCORPIUS_STORE_KEY"
SIGNING_FILE: Final = "signing.pem"
SIGNER_FILE: Final = "signing.pub.pem"
DATA_KEY_FILE: Final = "store-key.json"
DATA_KEY_PURPOSE: Final = "store data key"
LARGEST_KEY_FILE: Final = 64 * 1024
OPEN_TO_OTHERS: Final = 0o077

Passphrase = str | Callable[[], str | None] | None

_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----\n.*?-----END \1-----\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class KeyDescription:
    """What a key file is and how it is protected; holds nothing secret. `identifier` is a signer id or a key id."""

    path: Path
    purpose: str
    identifier: str
    protection: str
    mode: str


def load_or_create_signing_identity(
    folder: Path, passphrase: Passphrase = None, *, environ: Mapping[str, str] | None = None
) -> SigningIdentity:
    """The lab's signing identity; made at the first call, also when several processes call at once.

    The passphrase is the argument (text or a callable), or else the environment variable SCORPIUS_KEY_PASSPHRASE.
    Raises KeyStoreError: damaged, open to others, wrong or missing passphrase.
    """
    ensure_key_folder(folder)
    path = folder / SIGNING_FILE
    secret = resolve_passphrase(passphrase, environ)
    if not path.exists():
        _create_once(path, _signing_text(SigningIdentity.generate(), secret))
    return read_signing_identity(path, secret)


def load_signer(folder: Path) -> Signer:
    """The public side of the lab's identity, without a passphrase. Raises KeyStoreError if there is none yet."""
    path = folder / SIGNER_FILE
    if not path.exists():
        raise KeyStoreError(f"{path} does not exist; the lab makes its signing keys when it signs for the first time")
    return _signer_from_text(read_private_file(path).decode("ascii", "replace"), path)


def load_or_create_data_key(
    folder: Path,
    passphrase: Passphrase = None,
    *,
    environ: Mapping[str, str] | None = None,
    cost: ScryptCost | None = None,
) -> bytes:
    """The 32-byte key that encrypts the store; made at the first call and kept wrapped in `folder`.

    It is wrapped under the key in the environment variable SCORPIUS_STORE_KEY (64 hex digits) when that is set, else
    under a key derived by scrypt from the passphrase. Raises KeyStoreError when neither is given, or the wrong one.
    """
    ensure_key_folder(folder)
    path = folder / DATA_KEY_FILE
    environment = os.environ if environ is None else environ
    secret = None if environment.get(STORE_KEY_VARIABLE) else resolve_passphrase(passphrase, environment)
    if not environment.get(STORE_KEY_VARIABLE) and secret is None:
        raise KeyStoreError(
            "the store is to be encrypted but no key is given; "
            f"set {STORE_KEY_VARIABLE} to 64 hex digits, or {PASSPHRASE_VARIABLE} to a passphrase"
        )
    if not path.exists():
        wrapped = _wrap_data_key(secrets.token_bytes(KEY_BYTES), environment, secret, cost or ScryptCost())
        _create_once(path, wrapped.to_json().encode())
    return _unwrap_data_key(WrappedKey.from_json(read_private_file(path), path.name), environment, secret, path)


def rewrap_data_key(
    folder: Path, *, environ: Mapping[str, str], new_environ: Mapping[str, str], cost: ScryptCost | None = None
) -> None:
    """Wrap the same data key under another key or passphrase; the store's content is not touched.

    `environ` unlocks the present file, `new_environ` says what the next one needs. Raises KeyStoreError.
    """
    path = folder / DATA_KEY_FILE
    if not path.exists():
        raise KeyStoreError(f"{path} does not exist; there is no data key to wrap again")
    key = load_or_create_data_key(folder, environ=environ)
    secret = resolve_passphrase(None, new_environ)
    if secret is None and not new_environ.get(STORE_KEY_VARIABLE):
        raise KeyStoreError(f"no new key is given; set {STORE_KEY_VARIABLE} or {PASSPHRASE_VARIABLE}")
    write_private_file(path, _wrap_data_key(key, new_environ, secret, cost or ScryptCost()).to_json().encode())


def describe(folder: Path) -> tuple[KeyDescription, ...]:
    """What keys a folder holds and how each is protected; needs no passphrase."""
    found = []
    path = folder / SIGNING_FILE
    if path.exists():
        text = read_private_file(path).decode("ascii", "replace")
        kinds = {match.group(1) for match in _PEM.finditer(text)}
        encrypted = kinds == {"ENCRYPTED PRIVATE KEY"}
        protection = "encrypted with a passphrase" if encrypted else "not encrypted: whoever reads the file can sign"
        signer = load_signer(folder).id if (folder / SIGNER_FILE).exists() else ""
        found.append(KeyDescription(path, "signing keys (Ed25519, ML-DSA-65)", signer, protection, _mode(path)))
    path = folder / DATA_KEY_FILE
    if path.exists():
        wrapped = WrappedKey.from_json(read_private_file(path), path.name)
        source = "a passphrase (scrypt)" if wrapped.scrypt else f"the key in {STORE_KEY_VARIABLE}"
        found.append(
            KeyDescription(
                path, wrapped.purpose, wrapped.key_id, f"wrapped under {source}, {wrapped.wrap}", _mode(path)
            )
        )
    return tuple(found)


def resolve_passphrase(passphrase: Passphrase, environ: Mapping[str, str] | None = None) -> str | None:
    """The passphrase from the argument or else from SCORPIUS_KEY_PASSPHRASE; None if there is none (or it is empty)."""
    given = passphrase() if callable(passphrase) else passphrase
    if given is None:
        given = (os.environ if environ is None else environ).get(PASSPHRASE_VARIABLE)
    return given or None


# -- one file


def write_signing_identity(identity: SigningIdentity, path: Path, passphrase: str | None) -> None:
    """Write a new key file and its public half beside it. Raises KeyStoreError if the file exists: keys are not lost.

    In: the identity, a path in a folder of mode 0700, and the passphrase or None for a plain file of mode 0600.
    """
    ensure_key_folder(path.parent)
    if not _create_once(path, _signing_text(identity, passphrase)):
        raise KeyStoreError(f"{path} exists already; a signing key is never overwritten, move the file away first")
    _write_signer(identity.signer, path)


def read_signing_identity(path: Path, passphrase: str | None) -> SigningIdentity:
    """The identity in a key file. Raises KeyStoreError: missing, damaged, open to others, wrong passphrase."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

    text = read_private_file(path).decode("ascii", "replace")
    blocks = [match.group(0) for match in _PEM.finditer(text)]
    if len(blocks) != len(ALGORITHMS) or "".join(blocks) != text:
        raise KeyStoreError(f"{path} is damaged: it must hold exactly two PEM private keys, restore it from a backup")
    first, second = (_load_private(block, passphrase, path) for block in blocks)
    if not isinstance(first, Ed25519PrivateKey) or not isinstance(second, MLDSA65PrivateKey):
        raise KeyStoreError(f"{path} is damaged: it must hold an Ed25519 key and then an ML-DSA-65 key")
    identity = SigningIdentity(first, second)
    if not path.with_name(_signer_name(path)).exists():
        _write_signer(identity.signer, path)
    return identity


def ensure_key_folder(folder: Path) -> None:
    """Make the key folder with mode 0700, or refuse one that others may enter. Raises KeyStoreError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise KeyStoreError(f"the key folder {folder} cannot be made: {error.strerror}") from None
    if stat.S_ISLNK(status.st_mode):
        raise KeyStoreError(f"the key folder {folder} is a symbolic link; name the real folder")
    if stat.S_IMODE(status.st_mode) & OPEN_TO_OTHERS:
        raise KeyStoreError(f"the key folder {folder} is open to other users; run: chmod 700 {folder}")


def read_private_file(path: Path, largest: int = LARGEST_KEY_FILE) -> bytes:
    """The bytes of a key file. Raises KeyStoreError: missing, a link, over `largest` bytes, or open to other users."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise KeyStoreError(f"the key file {path} does not exist") from None
    except OSError as error:
        raise KeyStoreError(f"the key file {path} cannot be opened: {error.strerror}") from None
    try:
        _require_private(os.fstat(descriptor), path, largest)
        return os.read(descriptor, largest)
    finally:
        os.close(descriptor)


def _require_private(status: os.stat_result, path: Path, largest: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyStoreError(f"the key file {path} is not a regular file")
    if stat.S_IMODE(status.st_mode) & OPEN_TO_OTHERS:
        raise KeyStoreError(f"the key file {path} is open to other users; run: chmod 600 {path}")
    if status.st_size > largest:
        raise KeyStoreError(f"the key file {path} is larger than a key file can be; restore it from a backup")


def write_private_file(path: Path, content: bytes) -> None:
    """Replace a file whole: a temporary sibling of mode 0600, fsync, rename, fsync of the folder."""
    temporary = _write_temporary(path, content)
    try:
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise KeyStoreError(f"the key file {path} cannot be written: {error.strerror}") from None
    _sync_folder(path.parent)


def _create_once(path: Path, content: bytes) -> bool:
    """Write a file that does not exist yet; False if another process was first (its file stays)."""
    temporary = _write_temporary(path, content)
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    except OSError as error:
        raise KeyStoreError(f"the key file {path} cannot be written: {error.strerror}") from None
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return True


def _write_temporary(path: Path, content: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 (a descriptor, not a path)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise KeyStoreError(f"the key file {path} cannot be written: {error.strerror}") from None
    return temporary


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"


# -- the signing keys as text


def _signing_text(identity: SigningIdentity, passphrase: str | None) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from scorpius_lab.core.pkcs8 import encrypted_pem

    if passphrase is None:
        return b"".join(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) for key in identity.private_keys()
        )
    return b"".join(
        encrypted_pem(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), passphrase)
        for key in identity.private_keys()
    )


def _load_private(block: str, passphrase: str | None, path: Path) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    encrypted = "ENCRYPTED" in block.partition("\n")[0]
    if encrypted and passphrase is None:
        raise KeyStoreError(f"{path} is encrypted; set {PASSPHRASE_VARIABLE} to its passphrase")
    try:
        return load_pem_private_key(block.encode("ascii"), passphrase.encode() if encrypted and passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        reason = "cannot be unlocked with the passphrase given, or is damaged" if encrypted else "is damaged"
        raise KeyStoreError(f"{path} {reason}") from None


def _signer_name(path: Path) -> str:
    return path.with_suffix(".pub.pem").name


def _write_signer(signer: Signer, path: Path) -> None:
    write_private_file(path.with_name(_signer_name(path)), (signer.ed25519 + signer.ml_dsa_65).encode("ascii"))


def _signer_from_text(text: str, path: Path) -> Signer:
    blocks = [match.group(0) for match in _PEM.finditer(text)]
    if len(blocks) != len(ALGORITHMS):
        raise KeyStoreError(f"{path} is damaged: it must hold two PEM public keys; delete it, it is made again")
    return Signer.from_pem(blocks[0], blocks[1])


# -- the data key


def _wrap_data_key(key: bytes, environ: Mapping[str, str], passphrase: str | None, cost: ScryptCost) -> WrappedKey:
    given = environ.get(STORE_KEY_VARIABLE)
    if given:
        return wrap_key(key, key_from_hex(given, STORE_KEY_VARIABLE), purpose=DATA_KEY_PURPOSE)
    return wrap_with_passphrase(key, passphrase or "", purpose=DATA_KEY_PURPOSE, cost=cost)


def _unwrap_data_key(wrapped: WrappedKey, environ: Mapping[str, str], passphrase: str | None, path: Path) -> bytes:
    given = environ.get(STORE_KEY_VARIABLE)
    if wrapped.scrypt is None:
        if not given:
            raise KeyStoreError(f"{path} needs the key in {STORE_KEY_VARIABLE}, which is not set")
        return unwrap_key(wrapped, key_from_hex(given, STORE_KEY_VARIABLE), purpose=DATA_KEY_PURPOSE)
    secret = passphrase or resolve_passphrase(None, environ)
    if secret is None:
        raise KeyStoreError(f"{path} needs the passphrase in {PASSPHRASE_VARIABLE}, which is not set")
    return unwrap_with_passphrase(wrapped, secret, purpose=DATA_KEY_PURPOSE)
