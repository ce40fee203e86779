"""Key store: keysets with versions and one primary, locked at rest, rotated, and guarded against rollback."""

from scorpius_lab.quantum.keystore.keyset import KeyKind, Keyset, KeyVersion, Origin, VersionState
from scorpius_lab.quantum.keystore.policy import Policy
from scorpius_lab.quantum.keystore.protection import (
    KeyEncryptionKey,
    PassphraseProtection,
    Protection,
    protection_from_descriptor,
    protection_from_environment,
)
from scorpius_lab.quantum.keystore.store import KeyStore

__all__ = [
    "KeyEncryptionKey",
    "KeyKind",
    "KeyStore",
    "KeyVersion",
    "Keyset",
    "Origin",
    "PassphraseProtection",
    "Policy",
    "Protection",
    "VersionState",
    "protection_from_descriptor",
    "protection_from_environment",
]
