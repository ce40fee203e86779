"""The key store: keysets on disk, each the versions of one key with one primary, and what may be done with them.

What is kept. A keyset per purpose, in one file: every version with its algorithm, state, times and public key, and its
private key (the seed, where the standard has one) sealed with AES-256-GCM under a data key and bound to purpose,
number, key id, algorithm and state. The data key is wrapped under a passphrase (scrypt) or a key-encryption key. One
HMAC-SHA-256 covers the whole file, so that no byte of it can be changed unseen.

What is noticed. A counter rises with every change, and an anchor file outside the keyset remembers the highest one
seen: an older keyset put back is refused with KeysetRolledBack, a missing keyset or anchor too. Not noticed: both files
put back, or both removed, together. Keep the anchors on another disk, outside of what is restored with the keys, and
the audit log apart from both.

What destroying a version means. Its private key is gone from the keyset and from what a dying process may have left
beside it. Copies of the file made before (backups, snapshots, blocks the disk has not reused) still hold it, sealed:
whoever has such a copy and its passphrase or key-encryption key can open it.

Changing the protection gives the file a new data key, so that an old passphrase opens old copies only; it does not
change the keys in it. Rotate them too if the old passphrase may be known to others.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scorpius_lab.core.audit import AuditSink
from scorpius_lab.core.runs import Clock, utc_now
from scorpius_lab.errors import KeyStoreError, SuiteNotAllowed, UsageError
from scorpius_lab.quantum.algorithms import algorithm as algorithm_named
from scorpius_lab.quantum.keys import KeyPair, PrivateKey, PublicKey
from scorpius_lab.quantum.keystore.files import KeyFiles, require_purpose
from scorpius_lab.quantum.keystore.keyset import (
    KeyKind,
    Keyset,
    KeyVersion,
    Origin,
    VersionState,
    empty_keyset,
    with_state,
    with_version,
)
from scorpius_lab.quantum.keystore.opened import OpenKeyset
from scorpius_lab.quantum.keystore.pairs import proven_public_key
from scorpius_lab.quantum.keystore.policy import Policy
from scorpius_lab.quantum.keystore.protection import Protection
from scorpius_lab.quantum.keystore.vault import Record, Vault
from scorpius_lab.quantum.primitives import generate_keypair

if TYPE_CHECKING:
    import polars as pl

_ACTIONS: Final = {
    VersionState.ENABLED: "key.enabled",
    VersionState.DISABLED: "key.disabled",
    VersionState.DESTROYED: "key.destroyed",
}
KIND_OF: Final = {"kem": KeyKind.ENCRYPTION, "signature": KeyKind.SIGNATURE}


class KeyStore:
    """The keysets in one folder under one protection; nothing is kept open or unlocked between two calls.

    In: the folder (made, mode 0700, at the first key), how it is locked (`protection`), the clock, where changes are
    recorded (`audit`) and by whom (`actor`), the policy for keys that are made or imported, the folder of the anchors
    (the key folder if not given), and the seconds to wait for another process (`timeout`).

    Every call raises KeyStoreError for a file that is missing, damaged, changed, open to other users or not unlocked by
    this protection, and KeysetRolledBack for one older than seen before; then nothing was done. Names of purposes are
    1 to 64 small letters, digits, hyphens and underscores (UsageError). A change that cannot be recorded in the audit
    log is not made (AuditError).
    """

    def __init__(
        self,
        folder: Path,
        protection: Protection,
        *,
        clock: Clock = utc_now,
        audit: AuditSink | None = None,
        actor: str = "",
        policy: Policy | None = None,
        anchors: Path | None = None,
        timeout: float = 60.0,
    ) -> None:
        """A store on `folder`; touches nothing yet."""
        self.policy = policy or Policy()
        self._clock = clock
        self._vault = Vault(KeyFiles(folder, anchors or folder, timeout), protection, audit, actor)

    # -- what there is

    def purposes(self) -> tuple[str, ...]:
        """The names of all keysets, in order; needs no secret and checks nothing."""
        return self._vault.purposes()

    def list(self) -> pl.DataFrame:
        """Every version of every keyset, checked, one row each, nothing secret; see `KeyVersion` for the columns."""
        from scorpius_lab.quantum.keystore.listing import versions_frame

        return versions_frame(self.keyset(purpose) for purpose in self.purposes())

    def keyset(self, purpose: str) -> Keyset:
        """One keyset as plain data, checked."""
        return self._vault.read(require_purpose(purpose)).keyset

    def primary(self, purpose: str) -> KeyVersion:
        """The version to encrypt to (its `.public`) or to sign with."""
        return self.keyset(purpose).version()

    def private_key(self, purpose: str, version: int | None = None) -> PrivateKey:
        """The private key of a version, or of the primary. Raises KeyNotUsable: disabled or destroyed."""
        opened = self._vault.read(require_purpose(purpose))
        return _private_key(opened, opened.keyset.usable(version))

    def private_keys(self, purpose: str) -> tuple[PrivateKey, ...]:
        """The private keys of all enabled versions, newest first: what decryption tries.

        Give `decrypt` the policy's `allowed_names("kem")` among the names it accepts (`allowed`), so that an old key
        that is kept does not bring an old algorithm back.
        """
        opened = self._vault.read(require_purpose(purpose))
        return tuple(_private_key(opened, version) for version in opened.keyset.enabled())

    def export_public(self, purpose: str, version: int | None = None) -> PublicKey:
        """The public key of a version, or of the primary; recorded. Destroyed versions have one too."""
        keyset = self.keyset(purpose)
        found = keyset.version(version)
        self._vault.tell(keyset, Record("key.exported", found.number))
        return found.public

    # -- changes

    def generate(self, purpose: str, algorithm: str = "X-Wing") -> Keyset:
        """Start a keyset with one new key, its primary.

        Raises KeyStoreError if the purpose has one already (rotate it), or if other keysets of the folder are locked by
        another secret; SuiteNotAllowed: the policy; UsageError: no such algorithm.
        """
        row = self.policy.require(algorithm)
        start = empty_keyset(require_purpose(purpose), KIND_OF[row.kind], row.name)
        with self._vault.changing(purpose, start) as current:
            if current.keyset.versions:
                raise KeyStoreError(f"there is a keyset {purpose!r} already; rotate it to get a new key")
            return self._with_new_primary(current, row.name, "key.generated")

    def rotate(self, purpose: str, algorithm: str | None = None) -> Keyset:
        """Make a new key the primary; the old one stays enabled. `algorithm` changes it from here on.

        Raises SuiteNotAllowed: the policy; UsageError: no such algorithm, or one of the other kind.
        """
        with self._vault.changing(require_purpose(purpose)) as current:
            return self._with_new_primary(current, algorithm or current.keyset.algorithm, "key.rotated")

    def rotate_due(self, interval: timedelta) -> tuple[Keyset, ...]:
        """Rotate every keyset whose primary has been that for `interval` or longer; those rotated, in order.

        One that fails does not keep the others from being rotated. Raises KeyStoreError that names those that failed;
        UsageError if `interval` is not positive.
        """
        if interval <= timedelta(0):
            raise UsageError(f"the rotation interval must be longer than nothing, not {interval}")
        rotated, failures = [], []
        for purpose in self.purposes():
            try:
                keyset = self._rotated_if_due(purpose, interval)
            except (KeyStoreError, SuiteNotAllowed) as error:
                failures.append(f"{purpose}: {error}")
                continue
            if keyset is not None:
                rotated.append(keyset)
        if failures:
            raise KeyStoreError(f"{len(failures)} of the keysets could not be rotated: {'; '.join(failures)}")
        return tuple(rotated)

    def enable(self, purpose: str, version: int) -> Keyset:
        """Let a disabled version be used again. Raises KeyNotUsable if it is destroyed."""
        return self._with_state(purpose, version, VersionState.ENABLED)

    def disable(self, purpose: str, version: int) -> Keyset:
        """Keep a version but do not use it. Raises KeyStoreError if it is the primary (rotate first)."""
        return self._with_state(purpose, version, VersionState.DISABLED)

    def destroy(self, purpose: str, version: int) -> Keyset:
        """Remove a version's private key for good; its public key and times stay listed.

        Whatever was encrypted to this version alone can never be decrypted again. Raises KeyStoreError if it is the
        primary (rotate first).
        """
        return self._with_state(purpose, version, VersionState.DESTROYED)

    def import_key(self, purpose: str, private: PrivateKey, *, primary: bool = False) -> Keyset:
        """Add a key made elsewhere, enabled; it is the primary if asked for, or if the keyset is new.

        Raises InvalidKey: its halves do not belong together; KeyStoreError: the keyset has, or had, this key;
        SuiteNotAllowed: the policy; UsageError: the keyset is of the other kind.
        """
        row = self.policy.require(private.algorithm)
        public = proven_public_key(private)
        start = empty_keyset(require_purpose(purpose), KIND_OF[row.kind], row.name)
        with self._vault.changing(purpose, start) as current:
            first = not current.keyset.versions
            pair = KeyPair(row.name, public.data, private.data)
            return self._with_pair(current, pair, Origin.IMPORTED, "key.imported", primary=primary or first)

    def change_protection(self, protection: Protection) -> tuple[str, ...]:
        """Lock every keyset with another passphrase or key, and this store with it; the purposes that were changed.

        The keys stay, the data keys become new ones. If it stops half way, call it again: those done already are left.
        """
        moved = tuple(purpose for purpose in self.purposes() if self._vault.move(purpose, protection))
        self._vault = replace(self._vault, protection=protection)
        return moved

    def accept_restored(self, purpose: str) -> Keyset:
        """Accept a keyset restored from a backup, or one whose anchor was lost, as the newest; recorded.

        The keyset must open and be whole. Versions made after the backup are gone; those destroyed after it are back
        and must be destroyed again; numbers are not given out twice if the anchor is still there. Raises UsageError if
        the keyset is the newest seen anyway.
        """
        return self._vault.accept(require_purpose(purpose))

    # -- inside

    def _rotated_if_due(self, purpose: str, interval: timedelta) -> Keyset | None:
        with self._vault.changing(purpose) as current:
            primary = current.keyset.version()
            if self._now() - (primary.activated_at or primary.created_at) < interval:
                return None
            return self._with_new_primary(current, current.keyset.algorithm, "key.rotated")

    def _with_new_primary(self, current: OpenKeyset, name: str, action: str) -> Keyset:
        row = self.policy.require(name)
        return self._with_pair(current, generate_keypair(row.name), Origin.GENERATED, action, primary=True)

    def _with_pair(self, current: OpenKeyset, pair: KeyPair, origin: Origin, action: str, *, primary: bool) -> Keyset:
        _require_kind(current.keyset, pair.algorithm)
        keyset = with_version(current.keyset, pair.public, origin, self._now(), primary=primary)
        after = current.changed(keyset, {keyset.last_number: pair.private_key})
        return self._vault.commit(after, Record(action, keyset.last_number, {"primary": primary}))

    def _with_state(self, purpose: str, number: int, state: VersionState) -> Keyset:
        with self._vault.changing(require_purpose(purpose)) as current:
            keyset = with_state(current.keyset, number, state, self._now())
            if keyset is current.keyset:
                return keyset
            return self._vault.commit(current.changed(keyset), Record(_ACTIONS[state], number))

    def _now(self) -> datetime:
        now = self._clock()
        if now.tzinfo is None:
            raise UsageError("the clock of a key store must give aware times; use datetime.now(UTC)")
        return now


def _require_kind(keyset: Keyset, name: str) -> None:
    if KIND_OF[algorithm_named(name).kind] is not keyset.kind:
        raise UsageError(f"the keyset {keyset.purpose!r} is for {keyset.kind}, and {name} is not an algorithm for that")


def _private_key(opened: OpenKeyset, version: KeyVersion) -> PrivateKey:
    return PrivateKey(version.algorithm, opened.private_bytes(version))
