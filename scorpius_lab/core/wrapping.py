"""Keys wrapped under other keys: AES-256-GCM with the header as associated data, and scrypt for passphrases.

The wrapped form is JSON text. Everything in it but the ciphertext is authenticated, so purpose, id and cost cannot be
changed without the key, and a key wrapped for one purpose does not unwrap for another.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scorpius_lab.core.identity import canonical_json
from scorpius_lab.errors import KeyStoreError

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
SALT_BYTES: Final = 16
Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})+$", max_length=512)]


@dataclass(frozen=True, slots=True)
class ScryptCost:
    """Cost of scrypt (RFC 7914): memory is 128·n·r bytes. The default takes 128 MiB and well under a second."""

    n: int = 2**17
    r: int = 8
    p: int = 1


class ScryptHeader(BaseModel):
    """How a key-encryption key is derived. The bounds keep a damaged file from asking for all the memory there is."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    salt: Hex
    n: Annotated[int, Field(ge=2, le=2**20)]
    r: Annotated[int, Field(ge=1, le=16)]
    p: Annotated[int, Field(ge=1, le=16)]


class WrappedKey(BaseModel):
    """A wrapped key as kept in a file. `scrypt` is None when the key-encryption key was given directly."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["scorpius wrapped key 1"] = "scorpius wrapped key 1"
    key_id: Hex
    purpose: Annotated[str, Field(max_length=100)]
    wrap: Literal["AES-256-GCM"] = "AES-256-GCM"
    scrypt: ScryptHeader | None = None
    nonce: Hex
    ciphertext: Hex

    def to_json(self) -> str:
        """The text that is kept."""
        return json.dumps(self.model_dump(), indent=2) + "\n"

    @classmethod
    def from_json(cls, content: bytes, where: str) -> WrappedKey:
        """A wrapped key from its text. Raises KeyStoreError that names the file (`where`), never its content."""
        try:
            return cls.model_validate_json(content)
        except ValidationError:
            raise KeyStoreError(f"{where} is damaged or not a wrapped key; restore it from a backup") from None

    @property
    def header(self) -> bytes:
        """What is authenticated with the ciphertext."""
        return canonical_json(self.model_dump(exclude={"ciphertext"})).encode()


def wrap_key(key: bytes, key_encryption_key: bytes, *, purpose: str, scrypt: ScryptHeader | None = None) -> WrappedKey:
    """`key` encrypted under a 32-byte key, for one purpose. Raises KeyStoreError if that is not 32 bytes."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    _require_key(key_encryption_key)
    nonce = os.urandom(NONCE_BYTES)
    unsealed = WrappedKey(
        key_id=os.urandom(8).hex(), purpose=purpose, scrypt=scrypt, nonce=nonce.hex(), ciphertext="00"
    )
    sealed = AESGCM(key_encryption_key).encrypt(nonce, key, unsealed.header)
    return unsealed.model_copy(update={"ciphertext": sealed.hex()})


def unwrap_key(wrapped: WrappedKey, key_encryption_key: bytes, *, purpose: str) -> bytes:
    """The key inside. Raises KeyStoreError: wrong key, wrong purpose, or any byte of the file changed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    _require_key(key_encryption_key)
    if wrapped.purpose != purpose:
        raise KeyStoreError(f"a key wrapped as {wrapped.purpose!r} was asked for as {purpose!r}")
    try:
        nonce, sealed = bytes.fromhex(wrapped.nonce), bytes.fromhex(wrapped.ciphertext)
        return AESGCM(key_encryption_key).decrypt(nonce, sealed, wrapped.header)
    except (InvalidTag, ValueError):
        raise KeyStoreError(
            f"the {purpose} cannot be unwrapped: the passphrase or key given is wrong, or its file was changed"
        ) from None


def wrap_with_passphrase(key: bytes, passphrase: str, *, purpose: str, cost: ScryptCost | None = None) -> WrappedKey:
    """`key` encrypted under a key derived from a passphrase. Raises KeyStoreError if the passphrase is empty."""
    if not passphrase:
        raise KeyStoreError("an empty passphrase protects nothing; give one, or no encryption at all")
    chosen = cost or ScryptCost()
    header = ScryptHeader(salt=os.urandom(SALT_BYTES).hex(), n=chosen.n, r=chosen.r, p=chosen.p)
    return wrap_key(key, _derive(passphrase, header), purpose=purpose, scrypt=header)


def unwrap_with_passphrase(wrapped: WrappedKey, passphrase: str, *, purpose: str) -> bytes:
    """The key inside. Raises KeyStoreError: wrong passphrase, wrong purpose, not made with one, or changed."""
    if wrapped.scrypt is None:
        raise KeyStoreError(f"the {purpose} is not protected by a passphrase but by a key given directly")
    return unwrap_key(wrapped, _derive(passphrase, wrapped.scrypt), purpose=purpose)


def key_from_hex(text: str, where: str) -> bytes:
    """32 bytes from 64 hex digits. Raises KeyStoreError that names the variable and never echoes its value."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyStoreError(f"{where} must be 64 hex digits (32 bytes); make one with: openssl rand -hex 32")
    return key


def _derive(passphrase: str, header: ScryptHeader) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    try:
        kdf = Scrypt(salt=bytes.fromhex(header.salt), length=KEY_BYTES, n=header.n, r=header.r, p=header.p)
        return kdf.derive(passphrase.encode())
    except (ValueError, MemoryError):
        raise KeyStoreError("a wrapped key asks for a scrypt cost that is not possible here") from None


def _require_key(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise KeyStoreError(f"a key-encryption key must be {KEY_BYTES} bytes")
