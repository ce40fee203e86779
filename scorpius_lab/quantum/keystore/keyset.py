"""Keysets as plain data: the versions of one key, their states and times, and the changes that are allowed.

Nothing here is secret and nothing here touches a disk. Every change takes a keyset and returns another one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from scorpius_lab.errors import KeyNotUsable, KeyStoreError, UsageError
from scorpius_lab.quantum.keys import PublicKey, key_id


class KeyKind(StrEnum):
    """What the keys of a keyset are for."""

    ENCRYPTION = "encryption"
    SIGNATURE = "signature"


class VersionState(StrEnum):
    """`enabled` may be used, `disabled` is kept but not used, `destroyed` has no private half any more."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    DESTROYED = "destroyed"


class Origin(StrEnum):
    """Whether the key was made here, or came from elsewhere, where copies of it may lie."""

    GENERATED = "generated"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """One key pair without its private half. Times are aware, in UTC; None is "has not happened".

    `activated_at` is when it became the primary, `rotated_at` when it stopped being that. `key_id` is 32 hex digits.
    """

    number: int
    algorithm: str
    key_id: str
    public_key: bytes = field(repr=False)
    state: VersionState
    origin: Origin
    created_at: datetime
    activated_at: datetime | None = None
    rotated_at: datetime | None = None
    disabled_at: datetime | None = None
    destroyed_at: datetime | None = None

    @property
    def public(self) -> PublicKey:
        """The public key, with its algorithm."""
        return PublicKey(self.algorithm, self.public_key)

    @property
    def public_key_sha256(self) -> str:
        """The hash of the public key's bytes, in hex."""
        return hashlib.sha256(self.public_key).hexdigest()


@dataclass(frozen=True, slots=True)
class Keyset:
    """All versions of one key. `algorithm` is what the next version will be made with; `primary` is a number.

    `counter` rises by one with every change that is written. `last_number` is the highest number ever given out.
    """

    purpose: str
    kind: KeyKind
    algorithm: str
    counter: int
    primary: int
    last_number: int
    versions: tuple[KeyVersion, ...]

    def version(self, number: int | None = None) -> KeyVersion:
        """The version of this number, or the primary. Raises UsageError if there is none of this number."""
        wanted = self.primary if number is None else number
        for version in self.versions:
            if version.number == wanted:
                return version
        known = ", ".join(str(version.number) for version in self.versions)
        raise UsageError(f"the keyset {self.purpose!r} has no version {wanted}; it has {known}")

    def enabled(self) -> tuple[KeyVersion, ...]:
        """The versions that may be used, newest first."""
        found = (version for version in self.versions if version.state is VersionState.ENABLED)
        return tuple(sorted(found, key=lambda version: version.number, reverse=True))

    def usable(self, number: int | None = None) -> KeyVersion:
        """The version of this number, or the primary. Raises KeyNotUsable if it is disabled or destroyed."""
        version = self.version(number)
        if version.state is VersionState.ENABLED:
            return version
        advice = "enable it first" if version.state is VersionState.DISABLED else "its private key is gone for good"
        raise KeyNotUsable(f"version {version.number} of the keyset {self.purpose!r} is {version.state}; {advice}")


def empty_keyset(purpose: str, kind: KeyKind, algorithm: str) -> Keyset:
    """A keyset before its first version."""
    return Keyset(purpose, kind, algorithm, counter=0, primary=0, last_number=0, versions=())


def with_version(keyset: Keyset, public: PublicKey, origin: Origin, now: datetime, *, primary: bool) -> Keyset:
    """The keyset with one more version, enabled; as its primary, the one before is rotated out.

    Raises KeyStoreError if the keyset holds, or once held, this very key.
    """
    name = key_id(public).hex()
    for known in keyset.versions:
        if known.key_id == name:
            raise KeyStoreError(
                f"the keyset {keyset.purpose!r} has this key already as version {known.number} ({known.state})"
            )
    number = keyset.last_number + 1
    new = KeyVersion(number, public.algorithm, name, public.data, VersionState.ENABLED, origin, now)
    grown = replace(keyset, last_number=number, versions=(*keyset.versions, new))
    if not primary:
        return grown
    return replace(_promoted(grown, number, now), algorithm=public.algorithm)


def with_state(keyset: Keyset, number: int, state: VersionState, now: datetime) -> Keyset:
    """The keyset with one version enabled, disabled or destroyed; the same keyset if it is so already.

    Raises KeyStoreError for the primary (rotate first) and KeyNotUsable for a destroyed version, which stays so.
    """
    version = keyset.version(number)
    if version.state is state:
        return keyset
    if version.state is VersionState.DESTROYED:
        raise KeyNotUsable(
            f"version {number} of the keyset {keyset.purpose!r} is destroyed and cannot be {state} any more"
        )
    if number == keyset.primary:
        raise KeyStoreError(
            f"version {number} is the primary of the keyset {keyset.purpose!r} and cannot be {state}; rotate it first"
        )
    if state is VersionState.DESTROYED:
        return _with_changed(keyset, replace(version, state=state, destroyed_at=now))
    disabled_at = now if state is VersionState.DISABLED else None
    return _with_changed(keyset, replace(version, state=state, disabled_at=disabled_at))


def _promoted(keyset: Keyset, number: int, now: datetime) -> Keyset:
    if keyset.primary:
        keyset = _with_changed(keyset, replace(keyset.version(), rotated_at=now))
    return replace(_with_changed(keyset, replace(keyset.version(number), activated_at=now)), primary=number)


def _with_changed(keyset: Keyset, changed: KeyVersion) -> Keyset:
    versions = tuple(changed if version.number == changed.number else version for version in keyset.versions)
    return replace(keyset, versions=versions)
