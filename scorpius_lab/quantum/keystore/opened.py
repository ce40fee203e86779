"""A keyset that was unlocked and checked, and how it becomes the next one that is written."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scorpius_lab.core.identity import utc_text
from scorpius_lab.core.wrapping import WrappedKey
from scorpius_lab.errors import KeyNotUsable, KeyStoreError
from scorpius_lab.quantum.keystore.document import NO_CODE, KeysetDocument, SealedKey, keyset_of, record_of
from scorpius_lab.quantum.keystore.keyset import Keyset, KeyVersion, VersionState
from scorpius_lab.quantum.keystore.protection import Protection
from scorpius_lab.quantum.keystore.sealing import KeysetSecrets


@dataclass(frozen=True, slots=True)
class OpenKeyset:
    """A keyset whose authentication code held, with what is needed to change it. Private keys stay sealed in it."""

    keyset: Keyset
    sealed: Mapping[int, SealedKey]
    secrets: KeysetSecrets
    wrapped: WrappedKey
    previous: str = NO_CODE
    code: str = NO_CODE

    def private_bytes(self, version: KeyVersion) -> bytes:
        """The private key of a version. Raises KeyNotUsable if it was destroyed, KeyStoreError if it was changed."""
        sealed = self.sealed.get(version.number)
        if sealed is None:
            raise KeyNotUsable(f"version {version.number} of the keyset {self.keyset.purpose!r} has no private key")
        header = _seal_header(self.keyset, version, sealed.counter)
        return self.secrets.unseal(bytes.fromhex(sealed.nonce), bytes.fromhex(sealed.ciphertext), header)

    def changed(self, keyset: Keyset, fresh: Mapping[int, bytes] | None = None) -> OpenKeyset:
        """The same keyset after a change: counter raised, keys of changed versions sealed anew, destroyed ones gone.

        `fresh` holds the private keys of versions that are new.
        """
        after = replace(keyset, counter=self.keyset.counter + 1)
        before = {version.number: version for version in self.keyset.versions}
        sealed: dict[int, SealedKey] = {}
        for version in after.versions:
            if version.state is VersionState.DESTROYED:
                continue
            if version.number in self.sealed and before[version.number].state is version.state:
                sealed[version.number] = self.sealed[version.number]
                continue
            key = (fresh or {}).get(version.number) or self.private_bytes(before[version.number])
            sealed[version.number] = _seal(self.secrets, after, version, key)
        return replace(self, keyset=after, sealed=sealed, previous=self.code, code=NO_CODE)

    def protected_by(self, protection: Protection) -> OpenKeyset:
        """The same keys under another protection and a new data key: the old passphrase is of no use on this file."""
        after = replace(self.keyset, counter=self.keyset.counter + 1)
        secrets = self.secrets.with_new_data_key()
        sealed = {
            version.number: _seal(secrets, after, version, self.private_bytes(version))
            for version in after.versions
            if version.number in self.sealed
        }
        wrapped = secrets.wrap(protection)
        return OpenKeyset(after, sealed, secrets, wrapped, previous=self.code)

    def document(self) -> KeysetDocument:
        """The document to write, with its authentication code."""
        keyset = self.keyset
        unsigned = KeysetDocument(
            purpose=keyset.purpose,
            kind=keyset.kind.value,
            algorithm=keyset.algorithm,
            counter=keyset.counter,
            previous=self.previous,
            primary=keyset.primary,
            last_number=keyset.last_number,
            versions=tuple(record_of(version, self.sealed.get(version.number)) for version in keyset.versions),
            protection=self.wrapped,
            code=NO_CODE,
        )
        return unsigned.model_copy(update={"code": self.secrets.keyset_code(unsigned.authenticated())})


def open_keyset(content: bytes, purpose: str, protection: Protection, path: Path) -> OpenKeyset:
    """The keyset in a file's bytes. Raises KeyStoreError: not whole, of another purpose, locked, or changed."""
    document = KeysetDocument.from_bytes(content, path)
    if document.purpose != purpose:
        raise KeyStoreError(f"{path} holds another keyset than its name says; it was renamed or replaced")
    secrets = KeysetSecrets.unwrap(document.protection, purpose, protection)
    if not hmac.compare_digest(secrets.keyset_code(document.authenticated()), document.code):
        raise KeyStoreError(f"{path} was changed: its authentication code does not hold; restore it from a backup")
    sealed = {record.number: record.sealed for record in document.versions if record.sealed is not None}
    return OpenKeyset(keyset_of(document), sealed, secrets, document.protection, document.previous, document.code)


def _seal(secrets: KeysetSecrets, keyset: Keyset, version: KeyVersion, key: bytes) -> SealedKey:
    nonce, ciphertext = secrets.seal(key, _seal_header(keyset, version, keyset.counter))
    return SealedKey(counter=keyset.counter, nonce=nonce.hex(), ciphertext=ciphertext.hex())


def _seal_header(keyset: Keyset, version: KeyVersion, counter: int) -> dict[str, object]:
    return {
        "purpose": keyset.purpose,
        "kind": keyset.kind.value,
        "counter": counter,
        "number": version.number,
        "algorithm": version.algorithm,
        "key_id": version.key_id,
        "state": version.state.value,
        "origin": version.origin.value,
        "created_at": utc_text(version.created_at),
    }
