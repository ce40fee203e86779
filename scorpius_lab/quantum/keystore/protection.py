"""What locks a keyset at rest: a passphrase, or a key-encryption key of 32 bytes.

A keyset's data key is wrapped by `core.wrapping`: AES-256-GCM under the key given, or under one that scrypt (RFC 7914)
derives from the passphrase. A key-encryption key comes from the environment variable SCORPIUS_KEYSET_KEY or from a
file descriptor, so that it never stands on a command line or in a file of ours.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from scorpius_lab.core.keys import PASSPHRASE_VARIABLE, Passphrase, resolve_passphrase
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

KEYSET_KEY_VARIABLE: Final = "SCORPIUS_KEYSET_KEY"
_LONGEST_KEY_TEXT: Final = 2 * KEY_BYTES + 2  # 64 hex digits and a line end


class Protection(Protocol):
    """Wraps and unwraps the data key of a keyset. `where` names the keyset in errors and is authenticated."""

    def wrap(self, key: bytes, where: str) -> WrappedKey:
        """The key, wrapped. Raises KeyStoreError."""

    def unwrap(self, wrapped: WrappedKey, where: str) -> bytes:
        """The key inside. Raises KeyStoreError: another protection, a wrong secret, or a changed file."""

    def describe(self) -> str:
        """What protects the keyset, in words; nothing secret."""


@dataclass(frozen=True, slots=True)
class PassphraseProtection:
    """A passphrase, as text or as a function that asks for it each time; `cost` is for what is wrapped from now on."""

    passphrase: Passphrase = field(repr=False)
    cost: ScryptCost = field(default_factory=ScryptCost)

    def wrap(self, key: bytes, where: str) -> WrappedKey:
        """The key, wrapped under the passphrase. Raises KeyStoreError if there is none."""
        return wrap_with_passphrase(key, self._secret(where), purpose=where, cost=self.cost)

    def unwrap(self, wrapped: WrappedKey, where: str) -> bytes:
        """The key inside. Raises KeyStoreError."""
        if wrapped.scrypt is None:
            raise KeyStoreError(f"the {where} is protected by a key-encryption key, not by a passphrase; give that key")
        return unwrap_with_passphrase(wrapped, self._secret(where), purpose=where)

    def describe(self) -> str:
        """What protects the keyset, in words."""
        return "a passphrase (scrypt)"

    def _secret(self, where: str) -> str:
        secret = resolve_passphrase(self.passphrase)
        if secret is None:
            raise KeyStoreError(f"the {where} needs a passphrase; set {PASSPHRASE_VARIABLE} or give one")
        return secret


@dataclass(frozen=True, slots=True)
class KeyEncryptionKey:
    """A key-encryption key of 32 bytes, and where it came from. Raises KeyStoreError for another length."""

    key: bytes = field(repr=False)
    source: str = "a key given directly"

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise KeyStoreError(f"a key-encryption key must be {KEY_BYTES} bytes; make one with: openssl rand -hex 32")

    def wrap(self, key: bytes, where: str) -> WrappedKey:
        """The key, wrapped under this one."""
        return wrap_key(key, self.key, purpose=where)

    def unwrap(self, wrapped: WrappedKey, where: str) -> bytes:
        """The key inside. Raises KeyStoreError."""
        if wrapped.scrypt is not None:
            raise KeyStoreError(f"the {where} is protected by a passphrase, not by a key-encryption key; give that")
        return unwrap_key(wrapped, self.key, purpose=where)

    def describe(self) -> str:
        """What protects the keyset, in words."""
        return f"a key-encryption key ({self.source})"


def protection_from_environment(
    environ: Mapping[str, str] | None = None, passphrase: Passphrase = None, *, cost: ScryptCost | None = None
) -> Protection:
    """The key in SCORPIUS_KEYSET_KEY (64 hex digits), else the passphrase given or in SCORPIUS_KEY_PASSPHRASE.

    Raises KeyStoreError if there is neither, or the key is not 64 hex digits; never echoes either.
    """
    environment = os.environ if environ is None else environ
    given = environment.get(KEYSET_KEY_VARIABLE)
    if given:
        return KeyEncryptionKey(key_from_hex(given, KEYSET_KEY_VARIABLE), KEYSET_KEY_VARIABLE)
    if passphrase is None and not environment.get(PASSPHRASE_VARIABLE):
        raise KeyStoreError(
            f"the key store needs a secret; set {KEYSET_KEY_VARIABLE} to 64 hex digits, "
            f"or {PASSPHRASE_VARIABLE} to a passphrase"
        )
    chosen = environment.get(PASSPHRASE_VARIABLE) if passphrase is None else passphrase
    return PassphraseProtection(chosen, cost or ScryptCost())


def protection_from_descriptor(descriptor: int) -> Protection:
    """The key-encryption key read from an open file descriptor: 32 raw bytes, or 64 hex digits and a line end.

    Reads to the end of the file and closes the descriptor, whatever happens. Raises KeyStoreError; never echoes it.
    """
    where = f"file descriptor {descriptor}"
    try:
        content = _drained(descriptor)
    except (OSError, OverflowError):
        raise KeyStoreError(f"the key-encryption key cannot be read from {where}; open it for reading first") from None
    if len(content) == KEY_BYTES:
        return KeyEncryptionKey(content, where)
    return KeyEncryptionKey(key_from_hex(content.decode("ascii", "replace"), where), where)


def _drained(descriptor: int) -> bytes:
    content = b""
    try:
        while len(content) <= _LONGEST_KEY_TEXT:
            chunk = os.read(descriptor, _LONGEST_KEY_TEXT)
            if not chunk:
                break
            content += chunk
    finally:
        os.close(descriptor)
    return content
